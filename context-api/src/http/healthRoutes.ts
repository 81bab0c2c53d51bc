import { createAuthenticate } from "../services/actors/authenticate.ts";
import { ProblemError } from "../services/problemError.ts";
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
  const metricsText = createMetricsText(deps);
  const authenticate = createAuthenticate(deps);
  app.get("/metrics", async (c) => {
    const authorization = c.req.header("authorization");
    const actor = authorization === undefined ? null : (await authenticate(authorization)).actor;
    if (actor && !actor.rights.events)
      throw new ProblemError("forbidden", "This API key lacks the right events. Use a key with the role service or admin.");
    return new Response(await metricsText(actor?.tenant ?? null), {
      headers: { "content-type": deps.metrics.registry.contentType },
    });
  });
}

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

/** The metrics of the process, and those of one tenant. */
function createMetricsText(deps: HttpDeps): (tenant: string | null) => Promise<string> {
  const cache = new Map<string | null, { text: Promise<string>; collectedAt: number }>();
  return async (tenant) => {
    const entry = cache.get(tenant);
    const now = deps.clock.monotonic();
    if (entry && now - entry.collectedAt < metricsCacheMs) return await entry.text;
    updateConnectionMetrics(deps);
    const text = deps.metrics.textFor(tenant);
    cache.set(tenant, { text, collectedAt: now });
    return await text;
  };
}

function updateConnectionMetrics({ metrics, tenants }: HttpDeps): void {
  // A connection may have been removed from the configuration.
  metrics.connectionUp.reset();
  metrics.connectionLag.reset();
  for (const { tenant, syncs } of tenants.values()) {
    for (const connection of tenant.connections) {
      const labels = { tenant: tenant.id, connection: connection.id };
      metrics.connectionUp.set(labels, connection.health().failingSince === null ? 1 : 0);
      const coverage = (syncs.get(connection.id)?.progress() ?? []).flatMap((stream) => stream.coveredUntil ?? []);
      if (coverage.length > 0) metrics.connectionLag.set(labels, (tenant.clock.now() - Math.min(...coverage)) / 1000);
    }
  }
}
