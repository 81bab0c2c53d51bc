import type { Clock } from "@sidelight/model/clock.ts";
import { type Month, monthOf } from "@sidelight/model/month.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { addEventCount, findEventCount, reserveEventCount, sharesEventCounts } from "../store/tables/eventCounts.ts";

/** Cause of a delivery that waits for the next month. */
export const monthlyCapCause = "monthly_cap";

interface MonthlyCapDeps {
  log: TenantLog;
  clock: Pick<Clock, "now">;
  target: Connection;
}

/** Counts the events of one connection in the store, so that all processes together never send more than its cap. */
export interface MonthlyCap {
  /**
   * Counts events before they are sent. A crash between the count and the sending counts events twice, and never sends more.
   * @returns how many of `count` events may be sent, and when the month ends, epoch ms
   */
  reserve(count: number): Promise<{ admitted: number; monthEndsAt: number }>;
}

/** @returns null for a connection without a cap */
export function openMonthlyCap({ log, clock, target }: MonthlyCapDeps): MonthlyCap | null {
  const cap = target.monthlyCap;
  if (!cap) return null;
  let previous: Promise<unknown> = Promise.resolve();
  const countInTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = previous.then(work);
    previous = result.catch(() => {});
    return result;
  };
  return {
    async reserve(count) {
      const now = clock.now();
      const { name: month, endsAt: monthEndsAt } = monthOf(now, cap.timeZone);
      const name = { connection: target.id, month };
      if (count === 0) return { admitted: 0, monthEndsAt };
      if (sharesEventCounts(log.store))
        return { admitted: await reserveEventCount(log.store, { ...name, count, limit: cap.limit, now }), monthEndsAt };
      return await countInTurn(async () => {
        const admitted = Math.max(0, Math.min(count, cap.limit - (await findEventCount(log.store, name))));
        if (admitted > 0) {
          const statement = addEventCount(log.store, { ...name, count: admitted, updated_at: now });
          await log.append({ statements: [statement], correlationId: "delivery" });
        }
        return { admitted, monthEndsAt };
      });
    },
  };
}

/** How far the events of the present month are. */
export interface MonthlyUse {
  limit: number;
  sent: number;
  month: Month;
  /** When the cap is reached if the month goes on as it began, epoch ms; null when it is not reached. */
  runsOutAt: number | null;
}

/** @returns null for a connection without a cap */
export async function monthlyUse({ log, clock, target }: MonthlyCapDeps): Promise<MonthlyUse | null> {
  const cap = target.monthlyCap;
  if (!cap) return null;
  const now = clock.now();
  const month = monthOf(now, cap.timeZone);
  const eventCount = await findEventCount(log.store, { connection: target.id, month: month.name });
  const { limit } = cap;
  if (eventCount >= limit) return { limit, sent: eventCount, month, runsOutAt: now };
  const pace = eventCount / Math.max(1, now - month.startsAt);
  const runsOutAt = pace > 0 ? Math.round(now + (limit - eventCount) / pace) : null;
  return { limit, sent: eventCount, month, runsOutAt: runsOutAt !== null && runsOutAt < month.endsAt ? runsOutAt : null };
}
