import type { Outcome } from "@sidelight/platform-kit/action.ts";
import type { OnFailure } from "../config/routing.ts";
import type { TenantLog } from "../log/log.ts";
import { jittered } from "../resilience/jitter.ts";
import { openAlert } from "../store/alerts.ts";
import type { DeliveriesTable } from "../store/schema.ts";
import type { Statement } from "../store/statement.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Deliveries } from "./deliveryQueue.ts";

export interface GivenUp {
  log: TenantLog;
  deliveries: Deliveries;
  /** What the route says of a delivery that is given up. */
  onFailure(route: string): OnFailure;
  logger: Logger;
}

/** Pauses between attempts, ms; together more than a day. Each is drawn from half of it to the whole. */
const pauses = [2_000, 10_000, 60_000, 300_000, 900_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000, 28_800_000, 28_800_000];

/** What is written down after an attempt. */
export function settled(delivery: DeliveriesTable, outcome: Outcome | "declined", now: number, deps: GivenUp): Statement[] {
  const { settle } = deps.deliveries;
  if (outcome === "declined") {
    const message = "The person has declined.";
    return [settle({ ...delivery, state: "withheld", settled_at: now, cause: null, message })];
  }
  const attempts = delivery.attempts + 1;
  if (outcome.state === "done") {
    return [settle({ ...delivery, state: "done", attempts, settled_at: now, ref: outcome.ref, cause: null, message: null })];
  }
  const { cause, message, isRetryable, retryAt } = outcome;
  // It only went along: its own time is still to come.
  if (isRetryable && delivery.next_at > now) return [];
  const pause = pauses[attempts - 1];
  if (isRetryable && pause !== undefined) {
    const next_at = Math.round(Math.max(now + jittered(pause), retryAt ?? 0));
    return [settle({ ...delivery, attempts, cause, message, next_at })];
  }
  return [
    settle({ ...delivery, state: "dead", attempts, cause, message, settled_at: now }),
    ...givenUp(delivery, cause, now, deps),
  ];
}

function givenUp(delivery: DeliveriesTable, cause: string, now: number, { log, onFailure, logger }: GivenUp): Statement[] {
  const { id, route, target } = delivery;
  logger.warn({ tenant: log.tenant, target, route, delivery: id, cause }, "a delivery was given up");
  const policy = onFailure(route);
  if (policy === "continue") return [];
  return [holdOthers(delivery, log), ...(policy === "review" ? [openAlert(log.store, reviewOf(route, target), now)] : [])];
}

/** What waits for the same customer goes no further. */
function holdOthers({ subject, target, route }: DeliveriesTable, { store, tenant }: TenantLog): Statement {
  return store.statements
    .updateTable("deliveries")
    .set({ state: "held" })
    .where("tenant", "=", tenant)
    .where("route", "=", route)
    .where("target", "=", target)
    .where("subject", "=", subject)
    .where("state", "=", "waiting")
    .compile();
}

/** One alert for a route, however many of its deliveries wait for somebody. */
export const reviewOf = (route: string, target: string) => ({
  kind: "delivery_review",
  severity: "warning" as const,
  connection: target,
  subject: route,
  message: `Deliveries of the route ${route} were given up and wait for somebody to look at them and to retry them.`,
});
