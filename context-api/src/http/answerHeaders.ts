import type { Context } from "hono";
import type { Env } from "./env.ts";

/**
 * The headers of every answer. A route that builds its response with them saves the framework from copying the response later, which
 * costs more than the rest of an answer from memory.
 */
export function answerHeaders(c: Context<Env>): Record<string, string> {
  c.set("hasHeaders", true);
  return {
    ...c.get("responseHeaders"),
    "x-request-id": c.get("requestId"),
    "server-timing": `total;dur=${(performance.now() - c.get("startedAt")).toFixed(2)}`,
    "x-content-type-options": "nosniff",
  };
}

/** Adds them to a response that was built without them. */
export function addHeaders(c: Context<Env>): void {
  if (c.get("hasHeaders")) return;
  for (const [name, value] of Object.entries(answerHeaders(c))) c.res.headers.set(name, value);
}
