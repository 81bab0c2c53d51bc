import { createAuthenticate } from "../services/actors/authenticate.ts";
import { ProblemError } from "../services/problemError.ts";
import { version } from "../telemetry/version.ts";
import type { HttpDeps } from "./deps.ts";
import type { App } from "./env.ts";
import { updateStateMetrics } from "./stateMetrics.ts";

/** For load balancers and Prometheus. Without a key they show nothing of a tenant, not even its name. */
export function healthRoutes(app: App, deps: HttpDeps): void {
  app.get("/healthz", (c) => c.json({ status: "ok", version }));
  app.get("/readyz", async (c) => {
    const causes = await deps.readiness();
    if (causes.length === 0) return c.json({ status: "ready" });
    throw notReady(causes);
  });
}

/** The metrics of the process for everybody, and those of a tenant for its keys. */
export function metricsRoute(app: App, deps: HttpDeps): void {
  const metricsText = createMetricsText(deps);
  const authenticate = createAuthenticate(deps);
  app.get("/metrics", async (c) => {
    const authorization = c.req.header("authorization");
    const actor = authorization === undefined ? null : (await authenticate(authorization)).actor;
    if (actor && !actor.rights.events)
      throw new ProblemError("forbidden", "This API key lacks the right events. Use a key with the role service or admin.");
    return metricsResponse(deps, await metricsText(actor?.tenant ?? null));
  });
}

/** The metrics of the process and of all tenants, for a port that only operators reach. */
export function allMetricsRoute(app: App, deps: HttpDeps): void {
  const metricsText = createMetricsText(deps);
  app.get("/metrics", async () => metricsResponse(deps, await metricsText(allTenants)));
}

const metricsResponse = ({ metrics }: HttpDeps, text: string): Response =>
  new Response(text, { headers: { "content-type": metrics.registry.contentType } });

/** @param causes shown to strangers: codes and texts of ours only */
export function notReady(causes: readonly { code: string; detail: string }[]): ProblemError {
  const texts = causes.map(({ code, detail }) => `${code}: ${detail}`);
  return new ProblemError("overloaded", `Sidelight is not ready. ${texts.join("; ")}`, {
    retryAfterSeconds: 1,
    errors: causes.map(({ code, detail }) => ({ pointer: `/${code}`, detail })),
  });
}

/** Collecting the metrics costs more than an answer, and strangers may ask for them. */
const metricsCacheMs = 1_000;

const allTenants = Symbol("all tenants");
type MetricsScope = string | null | typeof allTenants;

/** The metrics of the process, and those of one tenant, of none or of all. */
function createMetricsText(deps: HttpDeps): (scope: MetricsScope) => Promise<string> {
  const cache = new Map<MetricsScope, { text: Promise<string>; collectedAt: number }>();
  return async (scope) => {
    const entry = cache.get(scope);
    const now = deps.clock.monotonic();
    if (entry && now - entry.collectedAt < metricsCacheMs) return await entry.text;
    await updateStateMetrics(deps);
    const text = scope === allTenants ? deps.metrics.registry.metrics() : deps.metrics.textFor(scope);
    cache.set(scope, { text, collectedAt: now });
    return await text;
  };
}
