import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { endHealthFall, findHealthFall, type HealthFallRow, startHealthFall } from "../store/tables/healthFalls.ts";
import { type Derived, derivedFrom } from "./derived.ts";
import { bandRank, type HealthState } from "./healthState.ts";
import type { RiskSettings } from "./risk.ts";

export const healthFellType = "customer.health.fell";

/** A customer's health after an event. */
export interface HealthAfter {
  customer: string;
  /** The stored state that it is compared with; null when there is none. */
  from: HealthState | null;
  to: HealthState & Partial<Pick<HealthData, "drivers">>;
}

const noChange: Derived = { events: [], statements: [] };

/**
 * Follows a fall of the score. It starts when the score loses a band and enough points, ends when the score recovers, and is confirmed
 * when it lasts: one busy afternoon with three tickets is none.
 */
export async function followHealthFall(
  log: TenantLog,
  event: LoggedEvent,
  { customer, from, to }: HealthAfter,
  { healthFall: limits }: Pick<RiskSettings, "healthFall">,
): Promise<Derived> {
  const fall = await findHealthFall(log.store, customer);
  if (!fall)
    return startsFall(from, to, limits.points) ? { ...noChange, statements: [startOf(log, event, customer, from)] } : noChange;
  if (!hasFallen({ score: fall.from_score, band: fall.from_band as HealthState["band"] }, to, limits.points))
    return { ...noChange, statements: [endHealthFall(log.store, customer)] };
  return event.received_at - fall.started_at >= limits.hours * hourMs ? confirmFall(log, event, fall, to) : noChange;
}

const hourMs = 3_600_000;

/** The event of a confirmed fall. Confirmed twice, by an event and by the clock, it is one event. */
export function confirmFall(log: TenantLog, event: LoggedEvent, fall: HealthFallRow, to: HealthAfter["to"]): Derived {
  const { customer, from_score, from_band, started_at } = fall;
  const end = endHealthFall(log.store, customer);
  if (!event.payload) return { ...noChange, statements: [end] };
  const drivers = to.drivers?.slice(0, 3).map(({ key, value, points, cap }) => ({ key, value, points, cap: cap ?? null }));
  const data = {
    customer,
    from: { score: from_score, band: from_band },
    to: { score: to.score, band: to.band, trend: to.trend },
    startedAt: new Date(started_at).toISOString(),
    drivers: drivers ?? [],
    causedBy: event.event_id,
  };
  const name = `health_fell:${customer}:${started_at}`;
  return { events: [{ ...derivedFrom(event, event.payload, healthFellType, name), data }], statements: [end] };
}

type ScoreAndBand = Pick<HealthState, "score" | "band">;

/** True when the score is a band lower, and by enough points. */
export const hasFallen = (from: ScoreAndBand, to: ScoreAndBand, points: number): boolean =>
  from.score !== null && to.score !== null && bandRank(to.band) < bandRank(from.band) && from.score - to.score >= points;

const startsFall = (from: HealthState | null, to: HealthState, points: number): from is HealthState =>
  from !== null && hasFallen(from, to, points);

const startOf = (log: TenantLog, { received_at, event_id }: LoggedEvent, customer: string, from: HealthState | null) =>
  startHealthFall(log.store, {
    customer,
    from_score: from?.score ?? 0,
    from_band: from?.band ?? "good",
    started_at: received_at,
    event_id,
  });
