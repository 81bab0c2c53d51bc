import type { RecordInput } from "@sidelight/model/records.ts";
import type { PullContext } from "@sidelight/platform-kit/platform.ts";
import { type Origin, ratingRecord } from "./records.ts";
import type { WireTicket } from "./wire.ts";

/**
 * Ratings in tickets that are not stored yet or that the customer has changed: the list of ratings can be filtered by their creation
 * only, so it does not bring a change. They have no time of their own in a ticket. A new one has the ticket's update time until the
 * list, which is pulled less often, corrects it. That time orders no versions: the rating's own may be earlier.
 */
export async function newRatings(
  tickets: readonly WireTicket[],
  origin: Origin,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const ratings = tickets.flatMap((ticket) => ratingOf(ticket, origin) ?? []);
  const storedRatings = await readCurrent(ratings.map((r) => r.ref));
  return ratings.flatMap((rating) => {
    const storedRating = storedRatings.get(rating.ref);
    if (storedRating?.kind !== "rating" || rating.data.kind !== "rating") return [rating];
    return storedRating.score === rating.data.score ? [] : [{ ...rating, data: { ...storedRating, score: rating.data.score } }];
  });
}

function ratingOf(ticket: WireTicket, origin: Origin): RecordInput | null {
  const { satisfaction_rating: rating, requester_id, updated_at } = ticket;
  if (!rating?.id) return null;
  const values = { id: rating.id, score: rating.score, ticket_id: ticket.id, requester_id };
  const record = ratingRecord({ ...values, created_at: updated_at, updated_at }, origin);
  return record && { ...record, changedAt: null };
}
