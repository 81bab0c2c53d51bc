import type { Interaction } from "@sidelight/model/records.ts";
import type { EventPayload } from "../log/payload.ts";

/** What a tenant counts as a risk. */
export interface RiskSettings {
  /** Words of a customer who is about to leave, by language. */
  churnWords: Readonly<Record<string, readonly string[]>>;
}

export type RiskReason = "churn_words" | "high_priority" | "health_at_risk" | "health_falling";

/** Signs in one event that the customer may leave. */
export interface ChurnSignal {
  reasons: RiskReason[];
  /** The configured words found in the text, and nothing else of what the person wrote. */
  words: string[];
}

/** Reads the ticket's subject or new comment, and its priority. */
export function churnSignalIn(payload: EventPayload, settings: RiskSettings): ChurnSignal {
  const { description, priority } = interactionOf(payload) ?? { description: null, priority: null };
  const words = isWrittenByStaff(payload) ? [] : wordsIn(description ?? "", settings);
  const isUrgent = priority === "high" || priority === "urgent";
  return {
    words,
    reasons: [...(words.length > 0 ? ["churn_words" as const] : []), ...(isUrgent ? ["high_priority" as const] : [])],
  };
}

/** The event's interaction, or one made from the ticket record when a pull found the change. */
export function interactionOf({ interaction, record }: EventPayload): Interaction | null {
  if (interaction || record?.data.kind !== "ticket") return interaction;
  const { priority, subject } = record.data;
  return { type: "ticket", priority, category: null, description: subject };
}

/** An agent who mentions a cancellation is not a customer who leaves. */
function isWrittenByStaff({ data }: EventPayload): boolean {
  const { comment } = data as { comment?: { isPublic?: boolean | null; byStaff?: boolean | null } };
  return comment?.isPublic === false || comment?.byStaff === true;
}

function wordsIn(text: string, { churnWords }: RiskSettings): string[] {
  const normalized = normalizeText(text);
  return [...new Set(Object.values(churnWords).flat())].filter((word) => normalized.includes(normalizeText(word)));
}

const normalizeText = (text: string): string => text.normalize("NFC").toLowerCase().replaceAll("’", "'").replace(/\s+/g, " ");
