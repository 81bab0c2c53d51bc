import type { SectionProblem } from "@sidelight/contracts/context/sections.ts";
import type { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connection } from "../connections/connections.ts";
import type { FetchOutcome } from "./fetchOutcome.ts";

/** The problem of a fetch as it may be shown; null for a fetch that succeeded. @param name of the connection */
export function fetchProblem(outcome: FetchOutcome, name: string, now: number): SectionProblem | null {
  const { connection } = outcome;
  if (outcome.outcome === "timed_out") {
    if (!outcome.isPlatformLate) return null;
    const since = isoOrNull(connection.health().lastSuccessAt);
    return { code: "timeout", message: `${name} ${messages.timeout}.`, since, retryAt: null };
  }
  return outcome.outcome === "failed" ? sectionProblem(connection, name, outcome.error, now) : null;
}

/** The problem of a connection whose circuit for these objects is open; null when there is none. */
export function connectionProblem(
  connection: Connection,
  name: string,
  objects: readonly string[],
  now: number,
): SectionProblem | null {
  const failure = connection.readFailure(objects);
  return failure && sectionProblem(connection, name, failure, now);
}

function sectionProblem(
  connection: Connection,
  name: string,
  { code, retryAt }: Pick<PlatformError, "code" | "retryAt">,
  now: number,
): SectionProblem | null {
  if (!isShown(code)) return null;
  return {
    code,
    message: `${name} ${messages[code]}.`,
    since: isoOrNull(connection.health().lastSuccessAt),
    retryAt: retryAt !== null && retryAt > now ? new Date(retryAt).toISOString() : null,
  };
}

const messages: Record<SectionProblem["code"], string> = {
  timeout: "did not answer in time",
  unavailable: "is unavailable",
  rate_limited: "has reached its request limit",
  invalid_credentials: "refuses our sign-in; an administrator has to reconnect it",
  quota_exhausted: "can't be asked right now, to stay within its request limit",
};

const isShown = (code: string): code is SectionProblem["code"] => Object.hasOwn(messages, code);

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
