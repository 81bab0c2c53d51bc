import { HOUR } from "../../world/time.ts";
import { slidingWindow, type Window } from "../clock.ts";
import type { Context } from "../context.ts";
import { MixpanelError, RATE_LIMITED } from "./errors.ts";

export interface ProjectLimits {
  query(): void;
  exported(): void;
  deletion(): void;
}

const refuseOverLimit = (): never => {
  throw new MixpanelError(429, { error: RATE_LIMITED, status: "error" });
};

/** "60 queries per hour, 5 concurrent"; exports "60 per hour, 3 per second". Counts survive a restart. */
export function projectLimits(ctx: Context): ProjectLimits {
  const { queriesPerHour, exportsPerHour, exportsPerSecond } = ctx.limits.mixpanel;
  const hourly = (name: string, limit: number): Window => {
    const key = `mixpanel.${name}`;
    const times = [...((ctx.world.meta.get(key)?.value as number[] | undefined) ?? [])];
    const window = slidingWindow(ctx.clock, limit, HOUR, times);
    return {
      ...window,
      take() {
        const isAdmitted = window.take();
        if (isAdmitted) ctx.world.change(() => ctx.world.meta.put({ key, value: [...times] }));
        return isAdmitted;
      },
    };
  };
  const queries = hourly("queries", queriesPerHour);
  const exports = hourly("exports", exportsPerHour);
  const perSecond = slidingWindow(ctx.clock, exportsPerSecond, 1_000);
  const deletions = slidingWindow(ctx.clock, 1, 1_000);
  ctx.world.onReset(() => {
    for (const window of [queries, exports, perSecond, deletions]) window.clear();
  });
  return {
    query: () => void (queries.take() || refuseOverLimit()),
    exported: () => void ((perSecond.take() && exports.take()) || refuseOverLimit()),
    deletion: () => void (deletions.take() || refuseOverLimit()),
  };
}
