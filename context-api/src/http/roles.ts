import { ProblemError } from "../services/problemError.ts";
import type { AheadHandler } from "./ahead.ts";
import { isWebhook } from "./webhookPaths.ts";

/** What a process may serve over HTTP: webhooks, or everything else. */
export type HttpRole = "api" | "hub";

/** Every process answers these. */
const sharedPaths: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);

const roleOf = (path: string): HttpRole => (isWebhook(path) ? "hub" : "api");
const serves = (roles: ReadonlySet<string>, path: string): boolean => sharedPaths.has(path) || roles.has(roleOf(path));

/**
 * Refuses the requests of roles that other processes have. A webhook is refused so that its platform sends it again, because it would
 * be lost otherwise.
 * @throws {ProblemError} not_found, or overloaded for a webhook
 */
export function requireRole(roles: ReadonlySet<string>, path: string): void {
  if (serves(roles, path)) return;
  if (roleOf(path) === "hub")
    throw new ProblemError("overloaded", "This process takes no webhooks. Send them to a process with the role hub.", {
      retryAfterSeconds: 30,
    });
  throw new ProblemError("not_found", "This process does not serve the API. Send the request to a process with the role api.");
}

/** The handlers for the paths that this process serves. */
export const aheadOf = (roles: ReadonlySet<string>, handlers: readonly AheadHandler[]): readonly AheadHandler[] =>
  roles.has("api") && roles.has("hub")
    ? handlers
    : handlers.map((handle) => (request, response) => serves(roles, pathOf(request.url)) && handle(request, response));

const pathOf = (url = "/"): string => url.split("?", 1)[0] ?? "/";
