import { ProblemError } from "../services/problemError.ts";
import { version } from "../telemetry/version.ts";
import type { HttpDeps } from "./deps.ts";
import type { App } from "./env.ts";

/** For load balancers and Prometheus. They show no data of a tenant. */
export function healthRoutes(app: App, deps: HttpDeps): void {
  app.get("/healthz", (c) => c.json({ status: "ok", version }));
  app.get("/readyz", (c) => {
    const { ready, reasons } = deps.isReady();
    if (ready) return c.json({ status: "ready" });
    throw new ProblemError("overloaded", `Sidelight is not ready: ${reasons.join("; ")}.`, { retryAfterSeconds: 1 });
  });
  app.get("/metrics", async () => {
    const { registry } = deps.metrics;
    updateConnectionMetrics(deps);
    return new Response(await registry.metrics(), { headers: { "content-type": registry.contentType } });
  });
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
