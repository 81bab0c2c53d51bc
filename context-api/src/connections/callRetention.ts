import type { Clock } from "@sidelight/model/clock.ts";
import { encodeTime } from "ulid";
import type { TenantLog } from "../log/log.ts";
import { deleteCalls, findOldCall } from "../store/tables/calls.ts";
import { countCallsByHour, deleteCallTotals } from "../store/tables/callTotals.ts";
import type { Logger } from "../telemetry/logger.ts";

export interface CallRetentionDeps {
  log: TenantLog;
  retention: { callDays: number; maxCalls: number };
  clock: Clock;
  logger: Logger;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** 13 months, so that a month can be compared with that of the year before. */
const totalsMs = 400 * dayMs;
/** Rows that one commit deletes, so that no other commit waits for long. */
const deletedAtOnce = 5_000;

/** Deletes old calls and totals of a tenant at the start and then once an hour, until the signal is aborted. */
export async function runCallRetention(deps: CallRetentionDeps, signal: AbortSignal): Promise<void> {
  const { log, clock, logger } = deps;
  while (!signal.aborted) {
    await deleteOldCalls(deps, signal).catch((err: unknown) =>
      logger.warn({ err, tenant: log.tenant }, "old calls could not be deleted; the next attempt is in an hour"),
    );
    await clock.sleep(hourMs, signal).catch(() => {});
  }
}

/** A clock that is set wrong deletes nothing: the totals show when calls were made. */
async function deleteOldCalls({ log, retention, clock }: CallRetentionDeps, signal: AbortSignal): Promise<void> {
  const now = clock.now();
  const hours = await countCallsByHour(log.store, now - retention.callDays * dayMs);
  const newest = hours[0]?.hour;
  if (newest === undefined || newest > now + dayMs) return;
  await log.append({ statements: [deleteCallTotals(log.store, now - totalsMs)], correlationId: "calls" });
  const below = encodeTime(Math.max(now - retention.callDays * dayMs, firstKept(hours, retention.maxCalls)));
  while (!signal.aborted) {
    const end = (await findOldCall(log.store, { below, offset: deletedAtOnce })) ?? below;
    if (end === below && (await findOldCall(log.store, { below, offset: 0 })) === null) return;
    await log.append({ statements: [deleteCalls(log.store, end)], correlationId: "calls" });
  }
}

/** The first of the newest hours that together have no more than `maxCalls`. The newest hour is always kept. */
function firstKept(hours: readonly { hour: number; calls: number }[], maxCalls: number): number {
  let callCount = 0;
  for (const { hour, calls } of hours) {
    callCount += calls;
    if (callCount > maxCalls) return hour === hours[0]?.hour ? hour : hour + hourMs;
  }
  return 0;
}
