import { randomBytes, randomUUID } from "node:crypto";
import { digits } from "../tokens.ts";

export type Detail = Record<string, unknown>;

/** An event of a Zendesk event subscription. */
export interface ZendeskEvent {
  type: string;
  account_id: number;
  id: string;
  time: string;
  zendesk_event_version: string;
  subject: string;
  detail: Detail;
  event: Record<string, unknown>;
}

/** The type after `zen:event-type:ticket.`, and the event's own part. */
export interface ObjectChange {
  change: string;
  event: Record<string, unknown>;
}

/** The account number, which is in each event and in a header. */
export const accountId = (tenant: string): number => Number(digits(8, "zendesk-account", tenant));

/** Types that Zendesk's documentation writes with a slash. */
const SLASHED = new Set(["user.identity_changed", "user.identity_created", "user.merged"]);
const VERSION = { ticket: "2022-11-06", user: "2022-06-20", organization: "2022-06-20" };

/** Events of one object. Events of one action share a sequence, and each contains the object's state after the action. */
export function envelopes(
  tenant: string,
  object: keyof typeof VERSION,
  detail: Detail,
  occurrences: readonly ObjectChange[],
  timestamp: number,
): ZendeskEvent[] {
  const sequence = randomBytes(16).toString("hex").toUpperCase();
  return occurrences.map(({ change, event }, i) => {
    const name = `${object}.${change}`;
    return {
      type: `zen:event-type${SLASHED.has(name) ? "/" : ":"}${name}`,
      account_id: accountId(tenant),
      id: randomUUID(),
      time: nanoseconds(timestamp, i),
      zendesk_event_version: VERSION[object],
      subject: `zen:${object}:${detail["id"]}`,
      detail,
      event: {
        ...event,
        meta: {
          version: "1.0",
          occurred_at: nanoseconds(timestamp, i),
          ref: `1-${digits(10, sequence)}`,
          sequence: { id: sequence, position: i + 1, total: occurrences.length },
        },
      },
    };
  });
}

/** `2026-11-20T15:05:00.123000417Z`: nine digits, increasing. */
const nanoseconds = (timestamp: number, position: number): string =>
  `${new Date(timestamp).toISOString().slice(0, -1)}${String(417 + position * 1_031).padStart(6, "0")}Z`;

/** Ids are strings here; `"0"` means none. */
export const id = (value: number | null): string => (value === null ? "0" : String(value));
/** List values are upper case here; `""` means none. */
export const upper = (value: string | null): string => value?.toUpperCase() ?? "";
export const text = (value: string | null): string => value ?? "";
