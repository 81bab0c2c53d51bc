import type { Interaction, Money } from "@sidelight/model/records.ts";
import type { EventPayload } from "../log/payload.ts";

/** What a tenant counts as a risk. */
export interface RiskSettings {
  /** Words of a customer who is about to leave, by language. */
  churnWords: Readonly<Record<string, readonly string[]>>;
  /** Account value above which a risk is an alert, by currency; a number holds for every currency. */
  accountAbove: number | Readonly<Record<string, number>>;
  /** Days in which a customer's team is alerted to the same cause once; 0 for no limit. */
  repeatDays: number;
  /** A ticket that was reopened this often is a risk. */
  reopenedTimes: number;
  /** A fall of the health score is a risk when it loses a band and this many points, and lasts this many hours. */
  healthFall: { points: number; hours: number };
}

/** Why a customer may leave. */
export type RiskReason =
  | "churn_words"
  | "health_at_risk"
  | "escalated"
  | "high_priority"
  | "bad_rating"
  | "reopened"
  | "health_falling";

/**
 * A word that the customer is leaving weighs more than any sign of trouble. A fall of the health weighs less than the trouble that the
 * team already knows, because it often follows from it.
 */
const gravities: Record<RiskReason, number> = {
  churn_words: 4,
  health_at_risk: 3,
  escalated: 3,
  high_priority: 2,
  bad_rating: 2,
  reopened: 2,
  health_falling: 1,
};

const maxGravity = 4;
/** From here on a risk is high: it is an alert even if the account's value is unknown. */
const highGravity = 3;

export const gravityOf = (reason: RiskReason): number => gravities[reason];

/** The gravest of the reasons; the first one of those that weigh the same. */
export const causeOf = (reasons: readonly RiskReason[]): RiskReason | null =>
  reasons.reduce<RiskReason | null>((cause, r) => (cause === null || gravityOf(r) > gravityOf(cause) ? r : cause), null);

/** The gravities from this one to the highest. */
export const gravitiesFrom = (gravity: number): number[] =>
  Array.from({ length: maxGravity - gravity + 1 }, (_, i) => gravity + i);

/**
 * True when a risk is worth an alert: the account's value is above the threshold of its currency. Without a value, or in a currency
 * without a threshold, a high risk is.
 */
export function isWorthAlert(
  arr: Money | null,
  cause: RiskReason,
  { accountAbove }: Pick<RiskSettings, "accountAbove">,
): boolean {
  const threshold = arr === null ? undefined : typeof accountAbove === "number" ? accountAbove : accountAbove[arr.currency];
  if (arr === null || threshold === undefined) return gravityOf(cause) >= highGravity;
  return arr.amount > threshold;
}

/** Signs in one event that the customer may leave. */
export interface ChurnSignal {
  reasons: RiskReason[];
  /** The configured words found in the text, and nothing else of what the person wrote. */
  words: string[];
}

/** The event's interaction, or one made from the ticket record when a pull found the change. */
export function interactionOf({ interaction, record }: EventPayload): Interaction | null {
  if (interaction || record?.data.kind !== "ticket") return interaction;
  const { priority, subject } = record.data;
  return { type: "ticket", priority, category: null, description: subject };
}

/** Churn words in a ticket's subject or new comment, if the customer wrote it. */
export function churnWordsIn(payload: EventPayload, settings: Pick<RiskSettings, "churnWords">): string[] {
  return isWrittenByStaff(payload) ? [] : wordsIn(interactionOf(payload)?.description ?? "", settings);
}

/** An agent who mentions a cancellation is not a customer who leaves. */
function isWrittenByStaff({ data }: EventPayload): boolean {
  const { comment } = data as { comment?: { isPublic?: boolean | null; byStaff?: boolean | null } };
  return comment?.isPublic === false || comment?.byStaff === true;
}

function wordsIn(text: string, { churnWords }: Pick<RiskSettings, "churnWords">): string[] {
  const normalized = normalizeText(text);
  return [...new Set(Object.values(churnWords).flat())].filter((word) => normalized.includes(normalizeText(word)));
}

const normalizeText = (text: string): string => text.normalize("NFC").toLowerCase().replaceAll("’", "'").replace(/\s+/g, " ");
