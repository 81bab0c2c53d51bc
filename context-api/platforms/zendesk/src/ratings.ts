import type { RecordInput } from "@sidelight/model/records.ts";
import type { PullContext } from "@sidelight/platform-kit/platform.ts";
import { type Origin, ratingRecord } from "./records.ts";
import type { WireTicket } from "./wire.ts";

/**
 * Ratings in tickets that are not stored yet. They have no time of their own there, so the ticket's update time is used until the
 * ratings stream, which is pulled less often, corrects it.
 */
export async function newRatings(
  tickets: readonly WireTicket[],
  origin: Origin,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const ratings = tickets.flatMap((ticket) => ratingOf(ticket, origin) ?? []);
  const storedRatings = await readCurrent(ratings.map((r) => r.ref));
  return ratings.filter((r) => !storedRatings.has(r.ref));
}

function ratingOf(ticket: WireTicket, origin: Origin): RecordInput | null {
  const { satisfaction_rating: rating, requester_id, updated_at } = ticket;
  if (!rating?.id) return null;
  const values = { id: rating.id, score: rating.score, ticket_id: ticket.id, requester_id };
  return ratingRecord({ ...values, created_at: updated_at, updated_at }, origin);
}
