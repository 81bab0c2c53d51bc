import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { StoreLostError } from "../log/writer/errors.ts";
import { createAuthenticate } from "../services/actors/authenticate.ts";
import { createAuditLog } from "../services/audit.ts";
import { ProblemError } from "../services/problemError.ts";
import { readTraceId, withTrace } from "../telemetry/trace.ts";
import { addHeaders } from "./answerHeaders.ts";
import { type ApiVersion, endHeaders } from "./apiVersion.ts";
import { crossOrigin } from "./cors.ts";
import type { HttpDeps } from "./deps.ts";
import { docsRoutes } from "./docs/routes.ts";
import type { App, Env } from "./env.ts";
import { healthRoutes } from "./healthRoutes.ts";
import { limitBody } from "./limitBody.ts";
import { methodsByPath } from "./methods.ts";
import { HttpProblem, invalidRequest, problemOf, problemResponse } from "./problem.ts";
import { checkQuery } from "./query.ts";
import { costOfPage, createRateLimit } from "./rateLimit.ts";
import { versions } from "./versions.ts";

/** A request id that a caller may choose: harmless to print. */
const requestIdForm = /^[A-Za-z0-9._-]{8,64}$/;

/** The limit of all routes. Some have a lower one. */
const limitToOneMegabyte = limitBody(1024 * 1024);

/** Webhooks are authenticated by their signature and limited by their source. */
const isWebhook = /^\/v\d+\/webhooks\//;

/** A request that takes longer is logged, in seconds. */
const slowSeconds = 1.5;

/** The API as a fetch handler, without a port or a process. */
export function createApp(deps: HttpDeps, apiVersions: readonly ApiVersion[] = versions): App {
  const authenticate = createAuthenticate(deps);
  const rateLimit = createRateLimit(deps.requestsPerMinute, deps.clock);
  const audit = createAuditLog(deps.logger);
  const app: App = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error.issues);
    },
  });

  app.use(async (c, next) => {
    const callersId = c.req.header("x-request-id");
    const traceId = readTraceId(c.req.header("traceparent"));
    const requestId = callersId !== undefined && requestIdForm.test(callersId) ? callersId : (traceId ?? randomUUID());
    c.set("requestId", requestId);
    c.set("startedAt", performance.now());
    await withTrace({ requestId, traceId }, next);
    addHeaders(c);
    measure(deps, c.req.method, c.req.routePath, c.res.status, c.get("startedAt"));
    if (deps.accessLog) logAccess(deps, c);
    const tier = c.get("tier");
    if (tier) deps.metrics.contextAnswers.inc({ tenant: c.get("service").actor.tenant, tier });
  });
  for (const version of apiVersions) {
    app.use(`/${version.name}/context/*`, crossOrigin);
    const versionHeaders = endHeaders(version);
    app.use(`/${version.name}/*`, async (c, next) => {
      c.set("responseHeaders", versionHeaders);
      if (isWebhook.test(c.req.path)) return await next();
      const { actor, served } = await authenticate(c.req.header("authorization"));
      c.set("service", { served, actor, audit });
      c.set("charge", (cost) => {
        c.set("responseHeaders", { ...versionHeaders, ...rateLimit.take(`${actor.tenant}.${actor.keyId}`, cost) });
      });
      c.get("charge")(costOfPage(c.req.query("limit")));
      checkQuery(c.req.url);
      await next();
    });
    app.post(`/${version.name}/*`, async (c, next) =>
      isWebhook.test(c.req.path) ? await next() : await limitToOneMegabyte(c, next),
    );
  }

  app.onError((error, c) => {
    const requestId = c.get("requestId") ?? randomUUID();
    const problem = problemOf(error);
    // The writer reports a store that is lost, once. A client that goes away while it sends is no failure of ours.
    const level = error instanceof StoreLostError || c.req.raw.signal.aborted ? "debug" : "error";
    if (problem !== error) deps.logger[level]({ err: error, requestId, route: c.req.routePath }, "request failed");
    return problemResponse(problem, requestId);
  });

  healthRoutes(app, deps);
  for (const version of apiVersions) version.mount(app, deps);
  docsRoutes(app, deps);

  const methodsOf = methodsByPath(app);
  app.notFound((c) => {
    const methods = methodsOf(c.req.path);
    return problemResponse(unknownPath(c.req.method, methods), c.get("requestId") ?? randomUUID());
  });
  return app;
}

/** @param methods that the path takes; empty when there is no such path */
function unknownPath(method: string, methods: string[]): ProblemError {
  if (methods.length === 0) return new ProblemError("not_found", "There is no such path. See /docs for all paths.");
  const allow = methods.join(", ");
  return new HttpProblem({ allow }, "method_not_allowed", `This path does not take ${method}. Use ${allow}.`);
}

/** Only what names no customer: the route instead of the path, and nothing of the query. */
function logAccess({ logger }: HttpDeps, c: Context<Env>): void {
  const ms = Math.round(performance.now() - c.get("startedAt"));
  const { tenant, keyId, role } = c.get("service")?.actor ?? {};
  const { method, routePath: route } = c.req;
  logger.info({ requestId: c.get("requestId"), method, route, status: c.res.status, ms, tenant, keyId, role }, "request");
}

function measure(deps: HttpDeps, method: string, route: string, status: number, startedAt: number): void {
  const seconds = (performance.now() - startedAt) / 1000;
  deps.metrics.httpRequests.inc({ route, method, status: String(status) });
  deps.metrics.httpSeconds.observe({ route }, seconds);
  if (seconds > slowSeconds) deps.logger.warn({ route, method, status, ms: Math.round(seconds * 1000) }, "slow request");
}
