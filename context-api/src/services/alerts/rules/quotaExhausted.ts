import type { AlertFinding, AlertRule } from "./rule.ts";

/** Quotas of shorter windows recover before a person could act. */
export const minAlertWindowMs = 3_600_000;

/** A request of this age was answered. */
const answerMs = 30_000;

export const quotaExhausted: AlertRule = {
  kind: "quota_exhausted",
  comesAndGoes: true,
  nextAction:
    "Costs in the console shows what uses the quota, GET /v1/calls each call. Pull less often, or raise the quota at the platform.",
  find: async ({ served: { tenant }, now }) =>
    tenant.connections.flatMap(({ id, rateLimiter }) =>
      Object.entries(rateLimiter.left()).flatMap(([quota, { limit, remaining, windowMs, blockedUntil }]): AlertFinding[] => {
        if (remaining > 0 || windowMs < minAlertWindowMs) return [];
        const cause = blockedUntil === null ? `All ${limit} requests of the window are used.` : "The platform refuses requests.";
        const message = `The quota ${quota} is used up: ${cause} Values become older until it recovers.`;
        return [{ severity: "warning", connection: id, subject: quota, message, cause, since: now, count: limit }];
      }),
    ),
  // Our own count starts empty: only the answers to the first requests show whether the platform still refuses them.
  hasEnded({ connection: id, subject, opened_at }, { served: { tenant }, now }) {
    const rateLimiter = tenant.connections.find((connection) => connection.id === id)?.rateLimiter;
    const quota = rateLimiter?.left()[subject];
    if (!rateLimiter || !quota || now - opened_at >= quota.windowMs) return true;
    const firstRequestAt = rateLimiter.firstRequestAt(subject);
    return firstRequestAt !== null && now - firstRequestAt >= answerMs;
  },
};
