import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import { StoreLostError } from "../log/writer/errors.ts";
import { createFairTurns } from "../resilience/fairTurns.ts";
import { assertedPerson } from "../services/actors/assertedPerson.ts";
import { createAuthenticate } from "../services/actors/authenticate.ts";
import { auditedTenant, createAuditLog } from "../services/audit.ts";
import { ProblemError } from "../services/problemError.ts";
import { createReceiveWebhook } from "../services/webhooks/receiveWebhook.ts";
import { withTrace } from "../telemetry/trace.ts";
import type { AheadHandler } from "./ahead.ts";
import { addHeaders } from "./answerHeaders.ts";
import { type ApiVersion, endHeaders } from "./apiVersion.ts";
import { callerOf } from "./callers.ts";
import { consoleRoutes } from "./console/routes.ts";
import { consoleSessionRoutes } from "./console/session.ts";
import { crossOrigin } from "./cors.ts";
import type { HttpDeps, RouteDeps } from "./deps.ts";
import { docsRoutes } from "./docs/routes.ts";
import type { App, Env } from "./env.ts";
import { healthRoutes, metricsRoute } from "./healthRoutes.ts";
import { limitBody } from "./limitBody.ts";
import { methodsByPath } from "./methods.ts";
import { panelRoutes } from "./panels/routes.ts";
import { HttpProblem, invalidRequest, problemOf, problemResponse } from "./problem.ts";
import { checkQuery } from "./query.ts";
import { costOfPage, createRateLimit, limitNameOf } from "./rateLimit.ts";
import { recordFailure } from "./recordFailure.ts";
import { recordRequest, traceOf } from "./requestLog.ts";
import { withRequestSpan } from "./requestSpan.ts";
import { aheadOf, requireRole } from "./roles.ts";
import { versions } from "./versions.ts";
import { createWarmReads } from "./warmReads.ts";
import { isWebhook } from "./webhookPaths.ts";

/** The limit of all routes. Some have a lower one. */
const limitToOneMegabyte = limitBody(1024 * 1024);

/** Names the person for whom a platform's server calls. */
const assertionHeader = "x-sidelight-assertion";

/** Streams wait for turns of their own, behind the requests. */
const isStream = (path: string): boolean => path.endsWith("/stream");

/** The API as a fetch handler, with the handlers that answer frequent requests before it. */
export type Api = App & { ahead: readonly AheadHandler[] };

/** The API without a port or a process. */
export function createApp(httpDeps: HttpDeps, apiVersions: readonly ApiVersion[] = versions): Api {
  const authenticate = createAuthenticate(httpDeps);
  const rateLimit = createRateLimit(httpDeps.requestsPerMinute, httpDeps.shared, httpDeps.clock);
  const deps: RouteDeps = {
    ...{ ...httpDeps, authenticate, rateLimit },
    receiveWebhook: createReceiveWebhook(httpDeps),
    warmReads: createWarmReads(),
  };
  const audit = createAuditLog(deps.logger, {
    of(name) {
      const servedTenant = deps.tenants.get(name);
      return servedTenant ? auditedTenant(servedTenant.tenant.log) : null;
    },
    now: deps.clock.now,
  });
  const takeTurn = createFairTurns();
  const app: App = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error.issues);
    },
  });

  app.use(async (c, next) => {
    const trace = traceOf(c.req.header("x-request-id"), c.req.header("traceparent"));
    const { requestId } = trace;
    const startedAt = performance.now();
    c.set("requestId", requestId);
    c.set("startedAt", startedAt);
    const traceparent = c.req.header("traceparent");
    await withRequestSpan({ method: c.req.method, traceparent }, async (endSpan) => {
      await withTrace(trace, next);
      endSpan(c.req.routePath, c.res.status);
    });
    addHeaders(c);
    const { method, routePath: route } = c.req;
    recordRequest(deps, { requestId, method, route, status: c.res.status, startedAt, actor: c.get("service")?.actor });
    const tier = c.get("tier");
    if (tier) deps.metrics.contextAnswers.count(c.get("service").actor.tenant, tier);
  });
  const roles = new Set(deps.roles);
  if (deps.roles)
    app.use(async (c, next) => {
      requireRole(roles, c.req.path);
      await next();
    });
  for (const version of apiVersions) {
    app.use(`/${version.name}/context/*`, crossOrigin);
    const versionHeaders = endHeaders(version);
    app.use(`/${version.name}/*`, async (c, next) => {
      c.set("responseHeaders", versionHeaders);
      if (isWebhook(c.req.path)) return await next();
      const caller = await callerOf(c.req, authenticate);
      // The caller is an operator, not the person of an assertion.
      const assertion = caller.actor.consoleSession ? undefined : c.req.header(assertionHeader);
      const { actor, served } = assertion === undefined ? caller : await assertedPerson(caller, assertion, deps.logger);
      c.set("service", { served, actor, audit });
      c.set("charge", async (cost) => {
        c.set("responseHeaders", { ...versionHeaders, ...(await rateLimit.take(limitNameOf(actor), cost)) });
      });
      await c.get("charge")(costOfPage(c.req.query("limit")));
      checkQuery(c.req.url);
      if (!isStream(c.req.path)) await takeTurn(actor.tenant);
      await next();
    });
    app.post(`/${version.name}/*`, async (c, next) => (isWebhook(c.req.path) ? await next() : await limitToOneMegabyte(c, next)));
  }

  app.onError((error, c) => {
    const requestId = c.get("requestId") ?? randomUUID();
    const problem = problemOf(error);
    // The writer reports a store that is lost, once. A client that goes away while it sends is no failure of ours.
    const level = error instanceof StoreLostError || c.req.raw.signal.aborted ? "debug" : "error";
    recordFailure(c, error, problem, requestId, deps.clock.now());
    if (problem !== error) deps.logger[level]({ err: error, requestId, route: c.req.routePath }, "request failed");
    return problemResponse(problem, requestId);
  });

  healthRoutes(app, deps);
  if (!deps.hasOpsPort) metricsRoute(app, deps);
  for (const version of apiVersions) version.mount(app, deps);
  docsRoutes(app, deps);
  consoleRoutes(app);
  consoleSessionRoutes(app, deps, audit);
  panelRoutes(app, deps);

  const methodsOf = methodsByPath(app);
  app.notFound((c) => {
    const methods = methodsOf(c.req.path);
    return problemResponse(unknownPath(c.req.method, methods), c.get("requestId") ?? randomUUID());
  });
  const ahead = apiVersions.flatMap((version) => version.ahead?.(deps, endHeaders(version)) ?? []);
  return Object.assign(app, { ahead: deps.roles ? aheadOf(roles, ahead) : ahead });
}

/** @param methods that the path takes; empty when there is no such path */
function unknownPath(method: string, methods: string[]): ProblemError {
  if (methods.length === 0) return new ProblemError("not_found", "There is no such path. See /docs for all paths.");
  const allow = methods.join(", ");
  return new HttpProblem({ allow }, "method_not_allowed", `This path does not take ${method}. Use ${allow}.`);
}
