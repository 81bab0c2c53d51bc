import type { HonoRequest } from "hono";
import { isCsrfToken } from "../../security/consoleSessions.ts";
import { ProblemError } from "../../services/problemError.ts";

/** Proves that the page that sends a request could read the answer of its sign-in. */
export const csrfHeader = "x-sidelight-csrf";
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * Refuses a request with a cookie that another page caused. Browsers name the relation of the pages (Fetch Metadata); those that do not
 * send the origin with every request that is not a GET.
 * @throws {ProblemError} forbidden
 */
export function requireSameOrigin(request: Pick<HonoRequest, "header">): void {
  const site = request.header("sec-fetch-site");
  const isOwn = site === undefined ? isOwnOrigin(request) : site === "same-origin";
  if (!isOwn) throw refusal("Another site sent this request. Open the console at /console, or send an API key.");
}

/** The same, and the token that only the console's page has, for a request that may change something. @throws {ProblemError} forbidden */
export function requireOwnPage(request: Pick<HonoRequest, "header" | "method">, token: string): void {
  requireSameOrigin(request);
  if (safeMethods.has(request.method)) return;
  const csrfToken = request.header(csrfHeader);
  if (csrfToken === undefined || !isCsrfToken(token, csrfToken))
    throw refusal(`The header ${csrfHeader} is missing or wrong. Reload the console.`);
}

function isOwnOrigin(request: Pick<HonoRequest, "header">): boolean {
  const origin = request.header("origin");
  const host = request.header("host");
  return origin !== undefined && host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

const refusal = (detail: string): ProblemError => new ProblemError("forbidden", detail, { stage: "authenticate" });
