import type { Interaction } from "@sidelight/model/records.ts";
import type { EventPayload } from "../log/payload.ts";

/** What a tenant takes for a risk. */
export interface RiskSettings {
  /** Words that say somebody is about to leave, by language. */
  churnWords: Readonly<Record<string, readonly string[]>>;
}

export type RiskReason = "churn_words" | "high_priority" | "health_at_risk" | "health_falling";

/** What was said of staying or leaving. */
export interface Said {
  reasons: RiskReason[];
  /** Those of the configured words that stand in it: nothing else of what a person wrote. */
  words: string[];
}

/** Reads what a ticket was called, or what was just written in it, and how urgent it is. */
export function saidBy(payload: EventPayload, settings: RiskSettings): Said {
  const { description, priority } = interactionOf(payload) ?? { description: null, priority: null };
  const words = isStaffs(payload) ? [] : wordsIn(description ?? "", settings);
  const isUrgent = priority === "high" || priority === "urgent";
  return {
    words,
    reasons: [...(words.length > 0 ? ["churn_words" as const] : []), ...(isUrgent ? ["high_priority" as const] : [])],
  };
}

/** What an event was about: as it was told, or as the ticket says where the event was found by ourselves. */
export function interactionOf({ interaction, record }: EventPayload): Interaction | null {
  if (interaction || record?.data.kind !== "ticket") return interaction;
  const { priority, subject } = record.data;
  return { type: "ticket", priority, category: null, description: subject };
}

/** An agent who writes of a cancellation isn't about to leave. */
function isStaffs({ data }: EventPayload): boolean {
  const { comment } = data as { comment?: { isPublic?: boolean | null; byStaff?: boolean | null } };
  return comment?.isPublic === false || comment?.byStaff === true;
}

function wordsIn(text: string, { churnWords }: RiskSettings): string[] {
  const searched = plain(text);
  return [...new Set(Object.values(churnWords).flat())].filter((word) => searched.includes(plain(word)));
}

const plain = (text: string): string => text.normalize("NFC").toLowerCase().replaceAll("’", "'").replace(/\s+/g, " ");
