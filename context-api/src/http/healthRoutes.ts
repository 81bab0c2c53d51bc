import type { HttpDeps } from "./deps.ts";
import type { App } from "./env.ts";
import { ProblemError } from "./problem.ts";

/** For load balancers and Prometheus. They say nothing of any tenant's data. */
export function healthRoutes(app: App, deps: HttpDeps): void {
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", (c) => {
    const { ready, reasons } = deps.isReady();
    if (ready) return c.json({ status: "ready" });
    throw new ProblemError("overloaded", `Not ready: ${reasons.join("; ")}.`, { headers: { "retry-after": "1" } });
  });
  app.get("/metrics", async () => {
    // A connection may have gone since.
    deps.metrics.connectionUp.reset();
    deps.metrics.connectionLag.reset();
    for (const { tenant, syncs } of deps.tenants.values()) {
      for (const connection of tenant.connections) {
        const labels = { tenant: tenant.id, connection: connection.id };
        deps.metrics.connectionUp.set(labels, connection.health().failingSince === null ? 1 : 0);
        const covered = (syncs.get(connection.id)?.progress() ?? []).map((p) => p.coveredUntil);
        const known = covered.filter((at) => at !== null);
        if (known.length > 0) deps.metrics.connectionLag.set(labels, (tenant.clock.now() - Math.min(...known)) / 1000);
      }
    }
    return new Response(await deps.metrics.registry.metrics(), {
      headers: { "content-type": deps.metrics.registry.contentType },
    });
  });
}
