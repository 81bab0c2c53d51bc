import type { SectionProblem } from "@sidelight/contracts/context/sections.ts";
import type { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connection } from "../connections/connections.ts";
import type { Asked } from "./platformFetch.ts";

/** What went wrong when a platform was asked, in words that may be shown; null when nothing did. */
export function problemOf(asked: Asked, now: number): SectionProblem | null {
  const { connection } = asked;
  const name = connection.platform.label;
  const base = { since: isoOrNull(connection.health().lastSuccessAt), retryAt: null };
  if (asked.outcome === "late") return { ...base, code: "timeout", message: `${name} did not answer in time.` };
  if (asked.outcome !== "failed") return null;
  return sectionProblem(connection, asked.error.code, asked.error.retryAt, now);
}

/** Trouble that a connection is known to have; a reached rate limit alone doesn't make a fresh value doubtful. */
export function standingProblem(connection: Connection, isFresh: boolean, now: number): SectionProblem | null {
  const { failure } = connection.health();
  if (!failure || (failure.code === "rate_limited" && isFresh)) return null;
  return sectionProblem(connection, failure.code, failure.retryAt, now);
}

function sectionProblem(
  connection: Connection,
  code: PlatformError["code"],
  retryAt: number | null,
  now: number,
): SectionProblem | null {
  const text = words[code as SectionProblem["code"]];
  if (!text) return null;
  return {
    code: code as SectionProblem["code"],
    message: `${connection.platform.label} ${text}.`,
    since: isoOrNull(connection.health().lastSuccessAt),
    retryAt: retryAt !== null && retryAt > now ? new Date(retryAt).toISOString() : null,
  };
}

const words: Record<SectionProblem["code"], string> = {
  timeout: "did not answer in time",
  unavailable: "is unavailable",
  rate_limited: "has reached its request limit",
  invalid_credentials: "refuses our sign-in; an administrator has to reconnect it",
  quota_exhausted: "can't be asked right now, to stay within its request limit",
};

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
