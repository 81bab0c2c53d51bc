import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { EventInput, RecordKind } from "@sidelight/model/records.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import type { EventPayload } from "../log/payload.ts";
import { hasIncompleteBackfill } from "../store/tables/syncCheckpoints.ts";
import { type Derived, derivedFrom, ownPlatform, riskRaised } from "./derived.ts";
import { type HealthState, isHealthChange, loadHealthState, saveHealthState, worseningReasons } from "./healthState.ts";

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

/** Derives an event when band or trend differ from the stored state, and stores the new state. The first observation is only stored. */
export async function deriveHealthChange(
  log: TenantLog,
  event: LoggedEvent,
  { customer, health, readPrevious }: HealthObservation,
): Promise<Derived> {
  const { payload } = event;
  if (!payload || !health || health.score === null) return { events: [], statements: [] };
  const storedState = await loadHealthState(log, customer);
  const from = storedState ?? (await readPrevious());
  const hasChanged = from !== null && from.score !== null && isHealthChange(from, health);
  const statements = storedState && !hasChanged ? [] : [saveHealthState(log, customer, health, event.sequence)];
  if (!hasChanged) return { events: [], statements };
  const reasons = worseningReasons(from, health);
  const name = `churn_risk:${event.event_id}`;
  const risks = reasons.length > 0 ? [riskRaised(event, payload, { name, reasons, words: [], ticket: null })] : [];
  return { events: [healthChanged(event, payload, customer, from, health), ...risks], statements };
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
