import type { Cause, Outcome } from "@sidelight/platform-kit/action.ts";
import { failure, outcomeOf } from "@sidelight/platform-kit/outcome.ts";
import type { Saved } from "../client.ts";
import { limitRetryAt } from "../limits.ts";
import { SalesforceRefusal } from "../refusal.ts";

/** Causes by status code. Other codes count as `rejected`. */
const causes: Record<string, Cause> = {
  INVALID_FIELD: "misconfigured",
  INVALID_FIELD_FOR_INSERT_UPDATE: "misconfigured",
  INVALID_TYPE: "misconfigured",
  INVALID_TYPE_ON_FIELD_IN_RECORD: "misconfigured",
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: "misconfigured",
  INACTIVE_OWNER_OR_USER: "misconfigured",
  JSON_PARSER_ERROR: "misconfigured",
  MALFORMED_ID: "misconfigured",
  REQUIRED_FIELD_MISSING: "misconfigured",
  CANNOT_UPDATE_CONVERTED_LEAD: "conflict",
  // A duplicate rule that blocks. Rules that only alert do not refuse our writes.
  DUPLICATES_DETECTED: "rejected",
  STORAGE_LIMIT_EXCEEDED: "rejected",
  ENTITY_IS_DELETED: "not_found",
  INVALID_CROSS_REFERENCE_KEY: "not_found",
  NOT_FOUND: "not_found",
  INSUFFICIENT_ACCESS: "invalid_credentials",
  INSUFFICIENT_ACCESS_OR_READONLY: "invalid_credentials",
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: "invalid_credentials",
  REQUEST_LIMIT_EXCEEDED: "rate_limited",
  QUERY_TIMEOUT: "unavailable",
  REQUEST_RUNNING_TOO_LONG: "unavailable",
  SERVER_UNAVAILABLE: "unavailable",
  // A concurrent write of the same record or its parent.
  UNABLE_TO_LOCK_ROW: "unavailable",
  UNKNOWN_EXCEPTION: "unavailable",
};

/** Outcome of a record that was refused with a status code. `fields` are API names. `isDaily`: the day's quota is used up. */
export function refusedOutcome(code: string, fields: readonly string[], now: number, isDaily = false): Outcome {
  const cause = (Object.hasOwn(causes, code) ? causes[code] : undefined) ?? "rejected";
  const fieldNames = fields.length > 0 ? `: ${fields.join(", ").slice(0, 200)}` : "";
  return failure(cause, `Salesforce refused the record (${code.slice(0, 60)}${fieldNames}).`, {
    isRetryable: cause === "unavailable" || cause === "rate_limited",
    retryAt: cause === "rate_limited" ? limitRetryAt(isDaily, now) : null,
  });
}

/** Outcome of a record of a collection that was not saved. */
export function unsavedOutcome({ errors }: Saved, now: number): Outcome {
  const [first] = errors ?? [];
  return refusedOutcome(first?.statusCode ?? "UNKNOWN_EXCEPTION", first?.fields ?? [], now, first?.isDailyLimit);
}

/** True when a single bad record may have caused the refusal of the whole request. */
export const isBisectable = (error: unknown): boolean => error instanceof SalesforceRefusal;

/** Outcome of a failed call for one record. */
export const failureOf = (error: unknown, now: number): Outcome =>
  error instanceof SalesforceRefusal ? refusedOutcome(error.errorCode, [], now) : outcomeOf(error);
