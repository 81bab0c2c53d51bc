import type { HonoRequest } from "hono";
import type { Authenticate, Authenticated } from "../services/actors/authenticate.ts";
import { readConsoleCookie } from "./console/cookie.ts";
import { requireOwnPage } from "./console/sameOrigin.ts";

/** Other origins may read these with a token that they send themselves, so a cookie must not count. */
const isCrossOrigin = (path: string): boolean => /^\/[^/]+\/context\//.test(path);

/**
 * The caller of an operation: by the header `authorization`, or, without one, by the cookie of the console.
 * @throws {ProblemError} unauthenticated, forbidden
 */
export async function callerOf(
  request: Pick<HonoRequest, "header" | "method" | "path">,
  authenticate: Authenticate,
): Promise<Authenticated> {
  const authorization = request.header("authorization");
  const token = authorization === undefined ? readConsoleCookie(request.header("cookie"), request.header("host")) : null;
  if (token === null || isCrossOrigin(request.path)) return await authenticate(authorization);
  requireOwnPage(request, token);
  return await authenticate.console(token);
}
