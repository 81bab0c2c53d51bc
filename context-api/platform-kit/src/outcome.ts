import type { Cause, Outcome } from "./action.ts";
import { PlatformError, type PlatformErrorCode } from "./errors.ts";

type Failure = Extract<Outcome, { state: "failed" }>;

/** The effect is in place. `hasWritten` is false when nothing had to change; `ref` is null for an object without a ref. */
export const success = (ref: string | null, hasWritten = true): Outcome => ({ state: "done", ref, hasWritten });

/** The effect failed, or its result is unknown. `retryAt` is epoch ms. */
export const failure = (
  cause: Cause,
  message: string,
  { isRetryable = false, retryAt = null }: { isRetryable?: boolean; retryAt?: number | null } = {},
): Failure => ({ state: "failed", cause, message, isRetryable, retryAt });

const causes: Record<PlatformErrorCode, Cause> = {
  timeout: "unavailable",
  unavailable: "unavailable",
  rate_limited: "rate_limited",
  // Our own limit, below the platform's.
  quota_exhausted: "rate_limited",
  invalid_credentials: "invalid_credentials",
  not_found: "not_found",
  rejected: "rejected",
};

/** Converts an error of a platform client into an outcome. Never throws. Anything but a PlatformError counts as a bug of ours. */
export function outcomeOf(error: unknown): Failure {
  if (!(error instanceof PlatformError)) return failure("bug", `Internal error: ${sourceLocation(error)}.`);
  const cause = causes[error.code];
  return failure(cause, error.message, { isRetryable: isRetryable(cause, error), retryAt: error.retryAt });
}

function isRetryable(cause: Cause, { status }: PlatformError): boolean {
  if (cause === "rate_limited" || cause === "unavailable") return true;
  // A refused credential may be renewed or rotated. A missing permission (403) needs a person.
  return cause === "invalid_credentials" && status !== 403;
}

/** Name and source location of an unexpected error, without its message, which may contain customer data. */
function sourceLocation(error: unknown): string {
  if (!(error instanceof Error)) return "a thrown value that is not an Error";
  const [, location] = /[\\/]([\w.-]+\.[jt]s:\d+)/.exec(error.stack ?? "") ?? [];
  return location ? `${error.name} in ${location}` : error.name;
}
