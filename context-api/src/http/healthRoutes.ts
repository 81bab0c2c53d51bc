import { monthlyUse } from "../deliveries/monthlyCap.ts";
import { createAuthenticate } from "../services/actors/authenticate.ts";
import { ProblemError } from "../services/problemError.ts";
import { loadBacklogs } from "../store/tables/deliveryFigures.ts";
import { version } from "../telemetry/version.ts";
import type { HttpDeps } from "./deps.ts";
import type { App } from "./env.ts";

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
    await Promise.all([updateConnectionMetrics(deps), updateQueueMetrics(deps).catch(() => {})]);
    const text = scope === allTenants ? deps.metrics.registry.metrics() : deps.metrics.textFor(scope);
    cache.set(scope, { text, collectedAt: now });
    return await text;
  };
}

async function updateConnectionMetrics({ metrics, tenants }: HttpDeps): Promise<void> {
  // Without a store, the metrics show what was read last.
  await Promise.all([...tenants.values()].map(({ states }) => states.refresh().catch(() => {})));
  // A connection may have been removed from the configuration.
  metrics.connectionUp.reset();
  metrics.connectionLag.reset();
  metrics.quotaRemaining.reset();
  metrics.quotaRunsOut.reset();
  metrics.monthlyEvents.reset();
  for (const { tenant, states } of tenants.values()) {
    for (const connection of tenant.connections) {
      const labels = { tenant: tenant.id, connection: connection.id };
      const { health, streams, quotas, forecast } = states.of(connection);
      for (const [quota, { remaining }] of Object.entries(quotas)) {
        metrics.quotaRemaining.set({ ...labels, quota }, remaining);
        const runsOutAt = forecast?.[quota] ?? null;
        if (runsOutAt !== null)
          metrics.quotaRunsOut.set({ ...labels, quota }, Math.max(0, (runsOutAt - tenant.clock.now()) / 1000));
      }
      if (connection.monthlyCap) {
        const use = await monthlyUse({ log: tenant.log, clock: tenant.clock, target: connection }).catch(() => null);
        if (use) metrics.monthlyEvents.set(labels, use.sent);
      }
      metrics.connectionUp.set(labels, health.failingSince === null ? 1 : 0);
      const coverage = streams.flatMap((stream) => stream.coveredUntil ?? []);
      if (coverage.length > 0) metrics.connectionLag.set(labels, (tenant.clock.now() - Math.min(...coverage)) / 1000);
    }
  }
}

/** Deliveries of all tenants, so that the number reveals nothing of one. Each process that shares the store reports the same. */
async function updateQueueMetrics({ metrics, tenants, clock }: HttpDeps): Promise<void> {
  const backlogs = await Promise.all(
    [...tenants.values()].map(({ tenant }) =>
      loadBacklogs(
        tenant.log.store,
        tenant.connections.map(({ id }) => id),
      ),
    ),
  );
  const targets = backlogs.flat();
  metrics.deliveriesWaiting.set(targets.reduce((sum, { count }) => sum + count, 0));
  const oldestAt = Math.min(clock.now(), ...targets.map((target) => target.oldestAt));
  metrics.oldestDelivery.set((clock.now() - oldestAt) / 1000);
}
