import type { MiddlewareHandler } from "hono";
import type { Env } from "./env.ts";

/**
 * Panels read a customer's context and its stream from another origin, with a token that they send themselves. Any origin is
 * allowed, because no cookie is read. The framework's middleware costs as much as an answer.
 */
export const crossOrigin: MiddlewareHandler<Env> = async (c, next) => {
  if (c.req.method === "OPTIONS") {
    return new Response(null, {
      status: 204,
      headers: {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET",
        "access-control-allow-headers": "authorization, x-sidelight-panel, x-request-id, if-none-match",
        "access-control-max-age": "600",
      },
    });
  }
  await next();
  if (c.req.header("origin") !== undefined) c.res.headers.set("access-control-allow-origin", "*");
  return undefined;
};
