import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { halfJitter } from "@sidelight/platform-kit/backoff.ts";
import { boundedInstant } from "@sidelight/platform-kit/bounds.ts";
import type { OnFailure } from "../config/routing.ts";
import { type Withdrawal, withheldMessage } from "../context/consent.ts";
import type { TenantLog } from "../log/log.ts";
import type { Statement } from "../store/statement.ts";
import { openAlert } from "../store/tables/alerts.ts";
import { blockWaitingDeliveries } from "../store/tables/deliveries.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ClaimedDelivery } from "./claim.ts";
import { deadLetterAlert } from "./deadLetterAlert.ts";
import type { Deliveries } from "./deliveryQueue.ts";
import { duplicateCause } from "./duplicateCauses.ts";
import { monthlyCapCause } from "./monthlyCap.ts";

export interface SettleDeps {
  log: TenantLog;
  deliveries: Deliveries;
  /** The route's policy for a dead letter. */
  onFailure(route: string): OnFailure;
  logger: Logger;
}

/** Delays between attempts, ms; together more than a day. Jitter reduces each by up to half. */
const retryDelaysMs = [
  2_000, 10_000, 60_000, 300_000, 900_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000, 28_800_000, 28_800_000,
];

/** Not sent, because the person withdrew consent. */
export interface Withheld {
  state: "withheld";
  withdrawal: Withdrawal;
}

/** Not sent yet, because the events of the month are used up. */
export interface Postponed {
  state: "postponed";
  /** Epoch ms. */
  dueAt: number;
}

/** Not sent, because the record may exist already: a person decides. */
export interface Held {
  state: "held";
  /** Customers that it may be a duplicate of. */
  candidates: number;
}

/** Not sent, because the store could not be asked whether the record exists. */
export interface Unchecked {
  state: "unchecked";
}

const heldMessage = (candidates: number): string =>
  `Possible duplicate of ${candidates} ${candidates === 1 ? "customer" : "customers"}. GET /v1/deliveries/{id} shows them: link or dismiss them, or retry with create=true.`;

const uncheckedMessage = "The check for duplicates failed. It is repeated. The log has the details.";
const recheckMs = 60_000;

const postponedMessage =
  "The monthly cap of events is reached. The event is sent when the next month begins, or when eventsPerMonth is raised.";

/** No delivery waits longer for its next attempt, ms. */
export const maxRetryDelayMs = Math.max(...retryDelaysMs);

/** What an outcome made of a delivery: `retried` is a failure that is tried again. */
export type SettledState = "done" | "retried" | "dead_letter" | "withheld" | "postponed";

/** For counts. The cause is one of a fixed set. */
export function settledState(
  { attempts, next_at }: ClaimedDelivery,
  outcome: Outcome | Withheld | Postponed | Held | Unchecked,
  now: number,
): { state: SettledState; cause: string | null } {
  switch (outcome.state) {
    case "held":
      return { state: "dead_letter", cause: duplicateCause };
    case "unchecked":
      return { state: "retried", cause: "bug" };
    case "postponed":
      return { state: "postponed", cause: monthlyCapCause };
    case "failed": {
      const { cause, isRetryable } = outcome;
      return { state: isRetryable && (next_at > now || attempts < retryDelaysMs.length) ? "retried" : "dead_letter", cause };
    }
    default:
      return { state: outcome.state, cause: null };
  }
}

/** Statements that store the outcome of an attempt. */
export function outcomeStatements(
  delivery: ClaimedDelivery,
  outcome: Outcome | Withheld | Postponed | Held | Unchecked,
  now: number,
  deps: SettleDeps,
): Statement[] {
  const { settle } = deps.deliveries;
  if (outcome.state === "withheld") {
    const message = withheldMessage(outcome.withdrawal);
    return [settle({ ...delivery, state: "withheld", settled_at: now, cause: null, message })];
  }
  if (outcome.state === "postponed")
    return [settle({ ...delivery, cause: monthlyCapCause, message: postponedMessage, next_at: outcome.dueAt })];
  if (outcome.state === "unchecked")
    return [settle({ ...delivery, cause: "bug", message: uncheckedMessage, next_at: now + recheckMs })];
  if (outcome.state === "held") {
    const message = heldMessage(outcome.candidates);
    const heldStatement = settle({ ...delivery, state: "dead_letter", cause: duplicateCause, message, settled_at: now });
    return [heldStatement, ...deadLetterStatements(delivery, duplicateCause, now, deps)];
  }
  const attempts = delivery.attempts + 1;
  if (outcome.state === "done") {
    return [settle({ ...delivery, state: "done", attempts, settled_at: now, ref: outcome.ref, cause: null, message: null })];
  }
  const { cause, message, isRetryable, retryAt } = outcome;
  // It was sent early, together with a due delivery of its name: the failure does not count as its attempt.
  if (isRetryable && delivery.next_at > now) return [];
  const delayMs = retryDelaysMs[attempts - 1];
  if (isRetryable && delayMs !== undefined) {
    const next_at = Math.round(Math.max(now + halfJitter(delayMs), boundedInstant(retryAt, now) ?? 0));
    return [settle({ ...delivery, attempts, cause, message, next_at })];
  }
  return [
    settle({ ...delivery, state: "dead_letter", attempts, cause, message, settled_at: now }),
    ...deadLetterStatements(delivery, cause, now, deps),
  ];
}

function deadLetterStatements(
  delivery: ClaimedDelivery,
  cause: string,
  now: number,
  { log, onFailure, logger }: SettleDeps,
): Statement[] {
  const { id, route, target } = delivery;
  logger.warn({ tenant: log.tenant, target, route, delivery: id, cause }, "a delivery was moved to the dead-letter queue");
  const policy = onFailure(route);
  return [
    ...(policy === "continue" ? [] : [blockWaitingDeliveries(log.store, delivery)]),
    openAlert(log.store, deadLetterAlert({ route, target, policy, cause }), now),
  ];
}
