import type { Context } from "hono";

/** Another site open in the same browser must not be able to do things to the lab. */
export function isOurPage(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  return (site === undefined || site === "same-origin") && (c.req.header("content-type") ?? "").startsWith("application/json");
}
