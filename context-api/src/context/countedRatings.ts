import type { StoredRecord } from "@sidelight/model/records.ts";

/**
 * One rating for each ticket and each way of giving it. An account that replaced its ratings by surveys may report the same opinion
 * both ways, so the answer to a survey counts instead of the rating of its ticket. Without a ticket each one counts.
 */
export function countedRatings(ratings: readonly StoredRecord<"rating">[]): StoredRecord<"rating">[] {
  const surveyedTickets = new Set(ratings.filter(isSurvey).flatMap((rating) => ticketOf(rating) ?? []));
  return ratings.filter((rating) => isSurvey(rating) || !surveyedTickets.has(ticketOf(rating) ?? ""));
}

const isSurvey = ({ data }: StoredRecord<"rating">): boolean => data.via === "survey";
const ticketOf = ({ edges }: StoredRecord<"rating">): string | null => edges.find(({ rel }) => rel === "ticket")?.to ?? null;
