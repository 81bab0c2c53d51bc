import type { RecordInput } from "@sidelight/model/records.ts";
import { type Origin, ticketRef, userRef } from "./records.ts";
import type { WireSurveyResponse } from "./wire.ts";

/**
 * The rating in a survey response; null for one that was not answered yet, or whose rating is neither good nor bad. A response without
 * a ticket is about a conversation.
 */
export function surveyRecord(response: WireSurveyResponse, origin: Origin): RecordInput | null {
  const answer = response.answers.find(({ type, rating_category }) => type === "rating_scale" && isScore(rating_category));
  if (!answer || !isScore(answer.rating_category) || response.responder_id === null) return null;
  const requester = userRef(response.responder_id);
  const ticket = ticketOf(response);
  const updates = response.answers.flatMap(({ updated_at }) => (updated_at ? [Date.parse(updated_at)] : []));
  return {
    ref: `zendesk.survey:${response.id}`,
    platform: "zendesk",
    object: "survey",
    changedAt: updates.length > 0 ? Math.max(...updates) : null,
    ...origin,
    subject: requester,
    identifiers: [],
    edges: [{ rel: "requester", to: requester }, ...(ticket === null ? [] : [{ rel: "ticket" as const, to: ticketRef(ticket) }])],
    data: { kind: "rating", score: answer.rating_category, at: new Date(answer.created_at).toISOString(), via: "survey" },
  };
}

const isScore = (category: string | null | undefined): category is "good" | "bad" => category === "good" || category === "bad";

/** `zen:ticket:99`; examples in the documentation also have the prefix `zrn`. */
function ticketOf({ subjects, subject_zrns }: WireSurveyResponse): string | null {
  const names = [...(subjects ?? []).map(({ zrn }) => zrn ?? ""), ...(subject_zrns ?? [])];
  return names.map((name) => /^(?:zen|zrn):ticket:([1-9]\d{0,18})$/.exec(name)?.[1]).find((id) => id !== undefined) ?? null;
}
