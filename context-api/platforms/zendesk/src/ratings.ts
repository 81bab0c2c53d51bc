import type { RecordInput } from "@sidelight/model/records.ts";
import type { PullContext } from "@sidelight/platform-kit/platform.ts";
import { type Origin, ratingRecord } from "./records.ts";
import type { WireTicket } from "./wire.ts";

/**
 * Ratings that tickets carry and nobody has seen yet. They have no time of their own there, but giving one changed the ticket;
 * the list of ratings, which is pulled seldom, corrects it.
 */
export async function newRatings(
  tickets: readonly WireTicket[],
  origin: Origin,
  current: PullContext["current"],
): Promise<RecordInput[]> {
  const rated = tickets.flatMap((ticket) => ratingOf(ticket, origin) ?? []);
  const known = await current(rated.map((r) => r.ref));
  return rated.filter((r) => !known.has(r.ref));
}

function ratingOf(ticket: WireTicket, origin: Origin): RecordInput | null {
  const { satisfaction_rating: rating, requester_id, updated_at } = ticket;
  if (!rating?.id) return null;
  const wire = { id: rating.id, score: rating.score, ticket_id: ticket.id, requester_id };
  return ratingRecord({ ...wire, created_at: updated_at, updated_at }, origin);
}
