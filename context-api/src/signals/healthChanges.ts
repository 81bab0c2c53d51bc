import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { EventInput, RecordKind } from "@sidelight/model/records.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import type { EventPayload } from "../log/payload.ts";
import { hasIncompleteBackfill } from "../store/tables/syncCheckpoints.ts";
import { type Derived, derivedFrom, ownPlatform } from "./derived.ts";
import { followHealthFall } from "./healthFalls.ts";
import { type HealthState, isHealthChange, loadHealthState, saveHealthState } from "./healthState.ts";
import type { RiskSettings } from "./risk.ts";

/** Kinds of records that the health score is computed from. */
export const healthKinds: readonly RecordKind[] = ["ticket", "rating", "usage", "company"];

/** True for events that can change the health score. A comment can't. */
export const affectsHealth = ({ type, platform, payload }: LoggedEvent): boolean =>
  payload?.record != null &&
  platform !== ownPlatform &&
  healthKinds.includes(payload.record.data.kind) &&
  !type.endsWith(".comment_added");

/** During the first backfill our data changes, not the customer's health. */
export const isBackfilling = ({ store }: TenantLog): Promise<boolean> => hasIncompleteBackfill(store);

/** A customer's health as of an event. */
export interface HealthObservation {
  /** `company:…`, or `person:…` for a person without a company. */
  customer: string;
  health: (HealthState & Partial<Pick<HealthData, "drivers">>) | null;
  /** The health before the event. Called only when no state is stored yet. */
  readPrevious(): Promise<HealthState | null>;
}

/**
 * Derives an event when the health differs from the stored state (`isHealthChange`), and stores the new state. The first observation is only stored.
 * Follows a fall of the score until it is confirmed or over.
 */
export async function deriveHealthChange(
  log: TenantLog,
  event: LoggedEvent,
  { customer, health, readPrevious }: HealthObservation,
  settings: Pick<RiskSettings, "healthFall">,
): Promise<Derived> {
  const { payload } = event;
  if (!payload || !health || health.score === null) return { events: [], statements: [] };
  const storedState = await loadHealthState(log, customer);
  const from = storedState ?? (await readPrevious());
  const hasChanged = from !== null && from.score !== null && isHealthChange(from, health);
  const fall = await followHealthFall(log, event, { customer, from, to: health }, settings);
  const save = storedState && !hasChanged ? [] : [saveHealthState(log, customer, health, event.sequence)];
  const changes = hasChanged ? [healthChanged(event, payload, customer, from, health)] : [];
  return { events: [...changes, ...fall.events], statements: [...save, ...fall.statements] };
}

function healthChanged(
  event: LoggedEvent,
  payload: EventPayload,
  customer: string,
  from: HealthState,
  to: NonNullable<HealthObservation["health"]>,
): EventInput {
  const drivers = to.drivers?.slice(0, 3).map(({ key, points }) => ({ key, points }));
  return {
    ...derivedFrom(event, payload, "customer.health.changed", `health:${event.event_id}`),
    data: { customer, from: stateOf(from), to: stateOf(to), drivers: drivers ?? [], causedBy: event.event_id },
  };
}

const stateOf = ({ score, band, trend }: HealthState): HealthState => ({ score, band, trend });
