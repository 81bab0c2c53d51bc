import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import { StoreLostError } from "../log/writer/client.ts";
import { readTraceId, withTrace } from "../telemetry/trace.ts";
import { addHeaders } from "./answerHeaders.ts";
import { createAuthenticate } from "./authenticate.ts";
import { crossOrigin } from "./cors.ts";
import type { HttpDeps } from "./deps.ts";
import { docsRoutes } from "./docs/routes.ts";
import type { App, Env } from "./env.ts";
import { healthRoutes } from "./healthRoutes.ts";
import { limitBody } from "./limitBody.ts";
import { invalidRequest, ProblemError, problemResponse } from "./problem.ts";
import { createRateLimit } from "./rateLimit.ts";
import { type ApiVersion, endHeaders, versions } from "./versions.ts";

/** A request id of the caller's is kept when it is harmless to print. */
const harmless = /^[A-Za-z0-9._-]{8,64}$/;

/** No other route takes more; some take less. */
const limited = limitBody(1024 * 1024);

/** Each takes what its sender may send, and says so itself. */
const isWebhook = /^\/v\d+\/webhooks\//;

/** All that a panel's session opens; which customer, the operation checks. */
const isForSessions = /^\/v\d+\/context\/[^/]+(\/stream)?$/;

/** The API as a fetch handler: no port, no process. */
export function createApp(deps: HttpDeps, served: readonly ApiVersion[] = versions): App {
  const authenticate = createAuthenticate(deps);
  const rateLimit = createRateLimit(deps.requestsPerMinute, deps.clock);
  const app: App = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error.issues);
    },
  });

  app.use(async (c, next) => {
    const given = c.req.header("x-request-id");
    const traceId = readTraceId(c.req.header("traceparent"));
    const requestId = given !== undefined && harmless.test(given) ? given : (traceId ?? randomUUID());
    c.set("requestId", requestId);
    c.set("startedAt", performance.now());
    await withTrace({ requestId, traceId }, next);
    addHeaders(c);
    measure(deps, c.req.method, c.req.routePath, c.res.status, c.get("startedAt"));
    const tier = c.get("tier");
    if (tier) deps.metrics.contextAnswers.inc({ tenant: c.get("actor").tenant, tier });
  });
  for (const version of served) {
    app.use(`/${version.name}/context/*`, crossOrigin);
    const ends = endHeaders(version);
    app.use(`/${version.name}/*`, async (c, next) => {
      c.set("standing", ends);
      // Signed by their senders: no API key there.
      if (isWebhook.test(c.req.path)) return await next();
      const actor = await authenticate(c.req.header("authorization"));
      if (actor.only !== null && !isForSessions.test(c.req.path))
        throw new ProblemError("forbidden", "A session opens one customer.");
      c.set("actor", actor);
      c.set("served", deps.tenants.get(actor.tenant)!);
      c.set("standing", { ...ends, ...rateLimit.take(`${actor.tenant}.${actor.keyId}`) });
      await next();
    });
    app.post(`/${version.name}/*`, async (c, next) => (isWebhook.test(c.req.path) ? await next() : await limited(c, next)));
  }

  app.onError((error, c) => {
    const requestId = c.get("requestId") ?? randomUUID();
    if (error instanceof ProblemError) return problemResponse(error, requestId, "");
    if (error instanceof StoreLostError) {
      deps.logger.error({ err: error, requestId, route: c.req.routePath }, "the store is lost");
      const lost = new ProblemError("overloaded", "The store can't be reached.", { headers: { "retry-after": "5" } });
      return problemResponse(lost, requestId, "");
    }
    deps.logger.error({ err: error, requestId, route: c.req.routePath }, "request failed");
    return problemResponse(new ProblemError("internal", "Something went wrong on our side."), requestId, "");
  });
  app.notFound((c) => {
    return problemResponse(new ProblemError("not_found", "There is no such path."), c.get("requestId") ?? randomUUID(), "");
  });

  healthRoutes(app, deps);
  for (const version of served) version.mount(app, deps);
  docsRoutes(app, deps);
  return app;
}

function measure(deps: HttpDeps, method: string, route: string, status: number, startedAt: number): void {
  const seconds = (performance.now() - startedAt) / 1000;
  deps.metrics.httpRequests.inc({ route, method, status: String(status) });
  deps.metrics.httpSeconds.observe({ route }, seconds);
  if (seconds > 1.5) deps.logger.warn({ route, method, status, ms: Math.round(seconds * 1000) }, "slow request");
}
