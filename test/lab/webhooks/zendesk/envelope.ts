import { randomBytes, randomUUID } from "node:crypto";
import { digits } from "../tokens.ts";

export type Detail = Record<string, unknown>;

/** An event as Zendesk's event subscriptions have it. */
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

/** What happened to one object: the name behind `zen:event-type:ticket.`, and the event's own part. */
export interface Occurrence {
  what: string;
  event: Record<string, unknown>;
}

/** The account's number stands in each event and in a header. */
export const accountId = (tenant: string): number => Number(digits(8, "zendesk-account", tenant));

/** The names that Zendesk's own list writes with a slash. */
const SLASHED = new Set(["user.identity_changed", "user.identity_created", "user.merged"]);
const VERSION = { ticket: "2022-11-06", user: "2022-06-20", organization: "2022-06-20" };

/** Events of one object. Those of one action share a sequence, and each shows the object as the action left it. */
export function envelopes(
  tenant: string,
  object: keyof typeof VERSION,
  detail: Detail,
  occurrences: readonly Occurrence[],
  at: number,
): ZendeskEvent[] {
  const sequence = randomBytes(16).toString("hex").toUpperCase();
  return occurrences.map(({ what, event }, i) => {
    const name = `${object}.${what}`;
    return {
      type: `zen:event-type${SLASHED.has(name) ? "/" : ":"}${name}`,
      account_id: accountId(tenant),
      id: randomUUID(),
      time: nanoseconds(at, i),
      zendesk_event_version: VERSION[object],
      subject: `zen:${object}:${detail["id"]}`,
      detail,
      event: {
        ...event,
        meta: {
          version: "1.0",
          occurred_at: nanoseconds(at, i),
          ref: `1-${digits(10, sequence)}`,
          sequence: { id: sequence, position: i + 1, total: occurrences.length },
        },
      },
    };
  });
}

/** `2026-11-20T15:05:00.123000417Z`: nine digits, later ones higher. */
const nanoseconds = (at: number, position: number): string =>
  `${new Date(at).toISOString().slice(0, -1)}${String(417 + position * 1_031).padStart(6, "0")}Z`;

/** Ids are strings here; `"0"` says none. */
export const id = (value: number | null): string => (value === null ? "0" : String(value));
/** Values of lists are upper case here; `""` says none. */
export const upper = (value: string | null): string => value?.toUpperCase() ?? "";
export const text = (value: string | null): string => value ?? "";
