import { HOUR } from "../../world/time.ts";
import type { Context } from "../context.ts";

export interface Quota {
  take(): boolean;
  /** `api-usage=10018/100000` */
  header(): string;
  limits(): unknown;
}

const KEY = "salesforce.calls";

/** Calls in the last 24 hours, counted by the hour. Survives a restart with an error of a few calls. */
export function quota(ctx: Context): Quota {
  const max = ctx.limits.salesforce.dailyRequests;
  const hours = new Map<number, number>(
    Object.entries((ctx.world.meta.get(KEY)?.value ?? {}) as Record<string, number>).map(([hour, n]) => [Number(hour), n]),
  );
  let unsavedCalls = 0;
  ctx.world.onReset(() => hours.clear());
  const usedCount = (): number => {
    const oldest = Math.floor(ctx.clock.now() / HOUR) - 23;
    let sum = 0;
    for (const [hour, n] of hours) {
      if (hour < oldest) hours.delete(hour);
      else sum += n;
    }
    return sum;
  };
  return {
    take() {
      if (usedCount() >= max) return false;
      const hour = Math.floor(ctx.clock.now() / HOUR);
      hours.set(hour, (hours.get(hour) ?? 0) + 1);
      if (++unsavedCalls >= 25) {
        unsavedCalls = 0;
        ctx.world.change(() => ctx.world.meta.put({ key: KEY, value: Object.fromEntries(hours) }));
      }
      return true;
    },
    header: () => `api-usage=${usedCount()}/${max}`,
    limits: () => ({
      DailyApiRequests: { Max: max, Remaining: Math.max(0, max - usedCount()) },
      DailyBulkApiBatches: { Max: 15_000, Remaining: 15_000 },
      DataStorageMB: { Max: 1_024, Remaining: 900 },
    }),
  };
}
