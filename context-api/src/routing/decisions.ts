import type { LoggedEvent } from "../log/listEvents.ts";
import type { Statement } from "../store/statement.ts";
import { findRouteDecisions, saveRouteDecisions } from "../store/tables/routeDecisions.ts";
import type { TenantStore } from "../store/tenantStore.ts";

/** Why a route made no delivery of an event. */
export type ReasonCode =
  /** Its condition is not true. */
  | "condition_false"
  /** The customer has no record at the target platform, or is unknown. */
  | "no_link"
  /** The delivery would write what the target already has from us, or the update changed nothing that the route maps. */
  | "unchanged"
  /** An earlier event made this delivery. */
  | "duplicate"
  /** The event reports what one of our deliveries wrote. */
  | "echo"
  /** Too many deliveries led to the event: routes cause each other. */
  | "loop"
  /** The churn risk repeats one that the customer's team was alerted to. */
  | "already_alerted"
  | "disabled"
  /** The event is history that a backfill imported. */
  | "imported"
  /** The event brought no newer version of its record. */
  | "already_known";

export interface Reason {
  code: ReasonCode;
  /** What was missing: `salesforce.account`. Never a value of a customer. */
  detail: string | null;
}

export const reason = (code: ReasonCode, detail: string | null = null): Reason => ({ code, detail });

/** Means all routes of the event's type. */
export const allRoutes = "*";

/** The decisions about one event, by route. Stored because consent, links and routes may change after it. */
export type Decisions = ReadonlyMap<string, Reason>;

/** Null for an event without decisions. */
export function decisionStatement(
  store: TenantStore,
  { sequence }: LoggedEvent,
  decisions: Decisions,
  { config, now }: { config: string; now: number },
): Statement | null {
  if (decisions.size === 0) return null;
  const entries = [...decisions].map(([route, { code, detail }]) => [route, detail === null ? code : [code, detail]]);
  return saveRouteDecisions(store, { sequence, decisions: JSON.stringify(Object.fromEntries(entries)), config, decided_at: now });
}

/** The stored decisions about an event, and the configuration they were made with; null when there are none. */
export async function readDecisions(
  store: TenantStore,
  { sequence }: LoggedEvent,
): Promise<{ decisions: Decisions; config: string } | null> {
  const row = await findRouteDecisions(store, sequence);
  if (!row) return null;
  const storedDecisions = JSON.parse(row.decisions) as Record<string, ReasonCode | [ReasonCode, string]>;
  const entries = Object.entries(storedDecisions).map(([route, value]) => {
    return [route, Array.isArray(value) ? reason(...value) : reason(value)] as const;
  });
  return { decisions: new Map(entries), config: row.config };
}
