import type { Context } from "hono";

/** Other sites open in the same browser must not be able to change the lab. */
export function isSameOrigin(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  return (site === undefined || site === "same-origin") && (c.req.header("content-type") ?? "").startsWith("application/json");
}
