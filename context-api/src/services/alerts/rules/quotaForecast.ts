import { iso } from "../../instant.ts";
import { minAlertWindowMs } from "./quotaExhausted.ts";
import type { AlertFinding, AlertRule } from "./rule.ts";

/** A quota that lasts for a longer part of its window can still recover. */
const alertShare = 1 / 3;
/** Of a quota that has hardly been used, a short burst is no pace. */
const minUsedShare = 0.5;
/** Shown times move in such steps, so that an alert does not change every minute. */
const shownStepMs = 15 * 60_000;

/** A quota runs out if its use goes on as lately. `quotaExhausted` reports one that has run out. */
export const quotaForecast: AlertRule = {
  kind: "quota_runs_out",
  comesAndGoes: true,
  nextAction:
    "Costs in the console shows what uses the quota, GET /v1/calls each call. Pull less often with sync, or raise the quota at the platform and in the settings.",
  async find({ served: { tenant }, now }) {
    await Promise.all(tenant.connections.map(({ rateLimiter }) => rateLimiter.refresh()));
    return tenant.connections.flatMap(({ id, rateLimiter }) => {
      const forecast = rateLimiter.forecast();
      return Object.entries(rateLimiter.left()).flatMap(([quota, { limit, remaining, windowMs }]): AlertFinding[] => {
        const runsOutAt = forecast[quota] ?? null;
        if (windowMs < minAlertWindowMs || remaining === 0 || runsOutAt === null) return [];
        const isSoon = runsOutAt - now <= windowMs * alertShare && remaining <= limit * (1 - minUsedShare);
        if (!isSoon) return [];
        const cause = `At the present pace it runs out ${inWords(runsOutAt - now)}, at about ${iso(roundedUp(runsOutAt))}.`;
        const message = `The quota ${quota} will run out: ${cause}`;
        return [{ severity: "warning", connection: id, subject: quota, message, cause, since: now, count: 1 }];
      });
    });
  },
};

const roundedUp = (instant: number): number => Math.ceil(instant / shownStepMs) * shownStepMs;

function inWords(ms: number): string {
  const minutes = Math.max(15, Math.round(ms / shownStepMs) * 15);
  return minutes < 120 ? `in about ${minutes} minutes` : `in about ${Math.round(minutes / 60)} hours`;
}
