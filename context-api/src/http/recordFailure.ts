import { problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { SidelightError } from "@sidelight/model/errors.ts";
import type { Context } from "hono";
import type { ProblemError } from "../services/problemError.ts";
import type { Env } from "./env.ts";

/** A panel's name for itself, without what follows it. */
const panelName = /^[a-z][a-z-]{0,19}/;

/** Keeps why a request of a tenant failed, so that the id on a person's screen leads to the cause. Nothing of the request is kept. */
export function recordFailure(c: Context<Env>, error: unknown, problem: ProblemError, requestId: string, instant: number): void {
  const service = c.get("service") as Env["Variables"]["service"] | undefined;
  // One above the rate limit repeats.
  if (!service || problem.code === "rate_limited") return;
  const { served, actor } = service;
  const panel = panelName.exec(c.req.header("x-sidelight-panel") ?? "")?.[0] ?? null;
  const { status } = problemCodes[problem.code];
  if (panel !== null && status >= 500) served.panelCounts.count({ match: "failed", stale: [] });
  served.failedRequests.add({
    ...{ request_id: requestId, at: instant, method: c.req.method, route: c.req.routePath, status, code: problem.code, panel },
    cause: causeOf(error),
    key_id: actor.person === null ? actor.keyId : null,
  });
}

/** The code and the stage of the error, or its class: messages can contain what was sent. */
function causeOf(error: unknown): string | null {
  const root = error instanceof SidelightError && error.cause !== undefined ? error.cause : error;
  if (root instanceof SidelightError) return `${root.code} in ${root.stage}`;
  return root instanceof Error ? root.name : null;
}
