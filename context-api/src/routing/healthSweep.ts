import type { Clock } from "@sidelight/model/clock.ts";
import { findEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import type { Derived } from "../signals/derived.ts";
import { isBackfilling } from "../signals/healthChanges.ts";
import { confirmFall, hasFallen } from "../signals/healthFalls.ts";
import type { HealthState } from "../signals/healthState.ts";
import type { RiskSettings } from "../signals/risk.ts";
import { endHealthFall, type HealthFallRow, listHealthFalls } from "../store/tables/healthFalls.ts";
import type { CustomerDataSource } from "./routeDocument.ts";

export interface SweepDeps {
  log: TenantLog;
  clock: Clock;
  customerData: CustomerDataSource;
  settings(): RiskSettings;
}

const intervalMs = 900_000;
const hourMs = 3_600_000;
/** Of one sweep. The next one takes the others. */
const maxFalls = 200;

/** Confirms falls of health that last, until the signal is aborted. A customer who is gone sends no event that would confirm it. */
export async function sweepHealthFalls(deps: SweepDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await confirmDueFalls(deps);
    await deps.clock.sleep(intervalMs, signal).catch(() => {});
  }
}

async function confirmDueFalls({ log, clock, customerData, settings }: SweepDeps): Promise<void> {
  const { healthFall } = settings();
  const falls = await listHealthFalls(log.store, clock.now() - healthFall.hours * hourMs, maxFalls);
  if (falls.length === 0 || (await isBackfilling(log))) return;
  for (const fall of falls) {
    await yieldToEventLoop();
    const { events, statements } = await judge(fall, healthFall.points);
    await log.commit({ events, statements, correlationId: "health" });
  }

  async function judge(fall: HealthFallRow, points: number): Promise<Derived> {
    const event = await findEvent(log, fall.event_id);
    const end = { events: [], statements: [endHealthFall(log.store, fall.customer)] };
    if (!event) return end;
    // As of now: the days since the last use have grown.
    const health = await customerData.healthAt(fall.customer, { ...event, received_at: clock.now() }, log.head());
    const from = { score: fall.from_score, band: fall.from_band as HealthState["band"] };
    return health && hasFallen(from, health, points) ? confirmFall(log, event, fall, health) : end;
  }
}
