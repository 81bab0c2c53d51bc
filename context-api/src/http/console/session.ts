import { createHash } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { type ConsoleSession, ConsoleSignIn } from "@sidelight/contracts/sessions/consoleSession.ts";
import type { Context } from "hono";
import { createSharedRequestLimit } from "../../resilience/sharedRequestLimit.ts";
import { csrfTokenOf } from "../../security/consoleSessions.ts";
import type { Audit } from "../../services/audit.ts";
import { createConsoleSession } from "../../services/consoleSessions/createConsoleSession.ts";
import { endConsoleSession } from "../../services/consoleSessions/endConsoleSession.ts";
import { getConsoleSession } from "../../services/consoleSessions/getConsoleSession.ts";
import { renewConsoleSession } from "../../services/consoleSessions/renewConsoleSession.ts";
import { ProblemError } from "../../services/problemError.ts";
import type { ServiceContext } from "../../services/service.ts";
import { createClientAddress } from "../clientAddress.ts";
import type { RouteDeps } from "../deps.ts";
import type { App, Env } from "../env.ts";
import { readJsonBody } from "../jsonOperation.ts";
import { invalidRequest, problemOf } from "../problem.ts";
import { consoleCookie, endedConsoleCookies, readConsoleCookie } from "./cookie.ts";
import { requireOwnPage, requireSameOrigin } from "./sameOrigin.ts";

const path = "/console/session";
const noStore = { "cache-control": "no-store" };
const maxBodyBytes = 1024;
/** Refused sign-ins of one client in a minute, in all processes together. */
const maxRefusals = 10;

/** Sign-in of the console: an API key for a cookie that no script can read. The page holds no key. */
export function consoleSessionRoutes(app: App, deps: RouteDeps, audit: Audit): void {
  const addressOf = createClientAddress(deps.trustedProxies, deps.forwardedHeader);
  const refusals = createSharedRequestLimit({ kind: "console", limit: maxRefusals, shared: deps.shared, clock: deps.clock });
  const clientOf = (c: Context<Env>): string => {
    const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
    const address = addressOf(incoming?.socket.remoteAddress ?? null, c.req.header(deps.forwardedHeader));
    // Redis needs no address.
    return createHash("sha256")
      .update(address ?? "")
      .digest("base64url");
  };

  app.post(path, async (c) => {
    requireSameOrigin(c.req);
    const origin = c.req.header("origin");
    if (origin === undefined || !URL.canParse(origin))
      throw new ProblemError("forbidden", "The request has no origin. Sign in at /console, or use the API with the key.");
    const client = clientOf(c);
    const { remaining, resetSeconds } = await refusals.take(client, 0);
    if (remaining === 0)
      throw new ProblemError("rate_limited", `Too many sign-ins were refused. Retry in ${resetSeconds} s.`, {
        retryAfterSeconds: resetSeconds,
      });
    const parsed = ConsoleSignIn.safeParse(await readJsonBody(c.req.raw, maxBodyBytes));
    if (!parsed.success) throw invalidRequest(parsed.error.issues);
    try {
      const caller = await deps.authenticate(`Bearer ${parsed.data.apiKey}`);
      const { token, session } = await createConsoleSession({ ...caller, audit }, {});
      const body: ConsoleSession = { csrfToken: csrfTokenOf(token), ...session };
      return c.json(body, 201, { ...noStore, "set-cookie": consoleCookie(origin, token) });
    } catch (error) {
      const { code } = problemOf(error);
      if (code === "unauthenticated") await refusals.take(client);
      deps.logger.warn({ requestId: c.get("requestId"), code }, "console sign-in refused");
      throw error;
    }
  });

  app.get(path, async (c) => {
    // Every visitor's page asks. A refusal would be an error in the browser's console.
    if (readConsoleCookie(c.req.header("cookie"), c.req.header("host")) === null) return c.body(null, 204, noStore);
    const { context, token } = await operatorOf(c);
    const body: ConsoleSession = { csrfToken: csrfTokenOf(token), ...(await getConsoleSession(context, {})) };
    return c.json(body, 200, noStore);
  });

  app.post(`${path}/renew`, async (c) => {
    const { context, token } = await operatorOf(c);
    const body: ConsoleSession = { csrfToken: csrfTokenOf(token), ...(await renewConsoleSession(context, {})) };
    return c.json(body, 200, noStore);
  });

  app.delete(path, async (c) => {
    const { context } = await operatorOf(c);
    await endConsoleSession(context, {});
    const headers = new Headers(noStore);
    for (const cookie of endedConsoleCookies) headers.append("set-cookie", cookie);
    return new Response(null, { status: 204, headers });
  });

  async function operatorOf(c: Context<Env>): Promise<{ context: ServiceContext; token: string }> {
    const token = readConsoleCookie(c.req.header("cookie"), c.req.header("host"));
    if (token === null)
      throw new ProblemError("unauthenticated", "There is no console session. Sign in.", { stage: "authenticate" });
    requireOwnPage(c.req, token);
    return { context: { ...(await deps.authenticate.console(token)), audit }, token };
  }
}
