import type { Cause, Outcome } from "@sidelight/platform-kit/action.ts";
import { failed, outcomeOf } from "@sidelight/platform-kit/outcome.ts";
import type { Saved } from "../client.ts";
import { SalesforceRefusal } from "../refusal.ts";

/** Status codes whose cause is known; the others are refusals. */
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
  // Somebody else is writing the same record or its parent.
  UNABLE_TO_LOCK_ROW: "unavailable",
  UNKNOWN_EXCEPTION: "unavailable",
};

/** Nothing says when the daily quota has room again. */
const quotaMs = 900_000;

/** What a status code means for one record. `fields` are API names. */
export function refused(code: string, fields: readonly string[], now: number): Outcome {
  const cause = causes[code] ?? "rejected";
  const where = fields.length > 0 ? `: ${fields.join(", ").slice(0, 200)}` : "";
  return failed(cause, `Salesforce refused the record (${code.slice(0, 60)}${where}).`, {
    isRetryable: cause === "unavailable" || cause === "rate_limited",
    retryAt: cause === "rate_limited" ? now + quotaMs : null,
  });
}

/** Why a record of a collection wasn't saved. */
export function notSaved({ errors }: Saved, now: number): Outcome {
  const [first] = errors ?? [];
  return refused(first?.statusCode ?? "UNKNOWN_EXCEPTION", first?.fields ?? [], now);
}

/** One record may be to blame when Salesforce refuses them all: one that it can't read is enough. */
export const mayBeOnes = (error: unknown): boolean => error instanceof SalesforceRefusal;

/** Why a call for one record failed. */
export const failureOf = (error: unknown, now: number): Outcome =>
  error instanceof SalesforceRefusal ? refused(error.errorCode, [], now) : outcomeOf(error);
