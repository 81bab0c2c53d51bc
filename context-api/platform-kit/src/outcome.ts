import type { Cause, Outcome } from "./action.ts";
import { PlatformError, type PlatformErrorCode } from "./errors.ts";

type Failure = Extract<Outcome, { state: "failed" }>;

/** Something was written, or was as wanted already (`wrote` false). `ref` is null for what has no ref of ours. */
export const done = (ref: string | null, wrote = true): Outcome => ({ state: "done", ref, wrote });

/** Nothing was written, or nobody knows. `retryAt` is epoch ms. */
export const failed = (
  cause: Cause,
  message: string,
  { isRetryable = false, retryAt = null }: { isRetryable?: boolean; retryAt?: number | null } = {},
): Failure => ({ state: "failed", cause, message, isRetryable, retryAt });

const causes: Record<PlatformErrorCode, Cause> = {
  timeout: "unavailable",
  unavailable: "unavailable",
  rate_limited: "rate_limited",
  // Our own thrift with the platform's allowance.
  quota_exhausted: "rate_limited",
  invalid_credentials: "invalid_credentials",
  not_found: "not_found",
  rejected: "rejected",
};

/** What an error of a platform's client means for the effect that met it. Never throws; what isn't a PlatformError is a bug of ours. */
export function outcomeOf(error: unknown): Failure {
  if (!(error instanceof PlatformError)) return failed("bug", `A mistake of ours: ${placeOf(error)}.`);
  const cause = causes[error.code];
  return failed(cause, error.message, { isRetryable: isRetryable(cause, error), retryAt: error.retryAt });
}

function isRetryable(cause: Cause, { status }: PlatformError): boolean {
  if (cause === "rate_limited" || cause === "unavailable") return true;
  // A credential that was refused is renewed or rotated; a right that is missing is for a person to give.
  return cause === "invalid_credentials" && status !== 403;
}

/** Kind and place of an unexpected error, without its message: that may quote a customer. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return "something was thrown that is no error";
  const [, place] = /[\\/]([\w.-]+\.[jt]s:\d+)/.exec(error.stack ?? "") ?? [];
  return place ? `${error.name} in ${place}` : error.name;
}
