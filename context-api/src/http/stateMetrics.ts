import type { Connection } from "../connections/connections.ts";
import { monthlyUse } from "../deliveries/monthlyCap.ts";
import type { ServedTenant } from "../services/servedTenant.ts";
import { countOpenAlerts } from "../store/tables/alerts.ts";
import { countDeadLetters, loadBacklogs } from "../store/tables/deliveryFigures.ts";
import { summarizeProjectionFailures } from "../store/tables/projectionFailures.ts";
import { countQuarantined } from "../store/tables/quarantine.ts";
import type { ConnectionState } from "../sync/connectionStates.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { HttpDeps } from "./deps.ts";

const circuitStates = { closed: 0, "half-open": 1, open: 2 } as const;

/** Sets the gauges that are read together with the metrics. Without a store, they show what was read last. */
export async function updateStateMetrics(deps: Pick<HttpDeps, "metrics" | "tenants" | "clock">): Promise<void> {
  await Promise.all([updateConnections(deps), updateStored(deps).catch(() => {})]);
}

async function updateConnections({ metrics, tenants }: Pick<HttpDeps, "metrics" | "tenants">): Promise<void> {
  await Promise.all([...tenants.values()].map(({ states }) => states.refresh().catch(() => {})));
  const { connectionUp, connectionLag, streamLag, streamFailing, circuitState, monthlyEvents } = metrics;
  const { quotaLimit, quotaWindow, quotaUsed, quotaRemaining, quotaRunsOut } = metrics;
  // A connection may have been removed from the configuration.
  for (const gauge of [connectionUp, connectionLag, streamLag, streamFailing, circuitState, monthlyEvents]) gauge.reset();
  for (const gauge of [quotaLimit, quotaWindow, quotaUsed, quotaRemaining, quotaRunsOut]) gauge.reset();
  for (const { tenant, states } of tenants.values()) {
    for (const connection of tenant.connections) {
      setConnection(metrics, tenant, connection, states.of(connection));
      if (!connection.monthlyCap) continue;
      const use = await monthlyUse({ log: tenant.log, clock: tenant.clock, target: connection }).catch(() => null);
      if (use) monthlyEvents.set({ tenant: tenant.id, connection: connection.id }, use.sent);
    }
  }
}

function setConnection(metrics: Metrics, tenant: ServedTenant["tenant"], connection: Connection, state: ConnectionState): void {
  const labels = { tenant: tenant.id, connection: connection.id };
  const { health, streams, quotas, forecast, circuits } = state;
  const now = tenant.clock.now();
  metrics.connectionUp.set(labels, health.failingSince === null ? 1 : 0);
  for (const { kind, state: circuit } of circuits) metrics.circuitState.set({ ...labels, kind }, circuitStates[circuit]);
  for (const [quota, { limit, remaining, windowMs }] of Object.entries(quotas)) {
    metrics.quotaLimit.set({ ...labels, quota }, limit);
    metrics.quotaWindow.set({ ...labels, quota }, windowMs / 1000);
    metrics.quotaRemaining.set({ ...labels, quota }, remaining);
    metrics.quotaUsed.set({ ...labels, quota }, Math.max(0, limit - remaining));
    const runsOutAt = forecast?.[quota] ?? null;
    if (runsOutAt !== null) metrics.quotaRunsOut.set({ ...labels, quota }, Math.max(0, (runsOutAt - now) / 1000));
  }
  for (const { stream, coveredUntil, problem } of streams) {
    metrics.streamFailing.set({ ...labels, stream }, problem ? 1 : 0);
    if (coveredUntil !== null) metrics.streamLag.set({ ...labels, stream }, Math.max(0, now - coveredUntil) / 1000);
  }
  const coverage = streams.flatMap((stream) => stream.coveredUntil ?? []);
  if (coverage.length > 0) metrics.connectionLag.set(labels, (now - Math.min(...coverage)) / 1000);
}

/** Queues, alerts and what waits for a decision. Reads indexes only. */
async function updateStored({ metrics, tenants, clock }: Pick<HttpDeps, "metrics" | "tenants" | "clock">): Promise<void> {
  const read = await Promise.all([...tenants.values()].map(readStored));
  const { queueDepth, queueOldest, deadLetters, quarantined, openAlerts, projectionFailures } = metrics;
  for (const gauge of [queueDepth, queueOldest, deadLetters, quarantined, openAlerts, projectionFailures]) gauge.reset();
  const now = clock.now();
  let waitingCalls = 0;
  let oldestAt = now;
  for (const { tenant, connections, backlogs, dead, messages, alerts, failures } of read) {
    for (const id of connections) {
      const backlog = backlogs.find(({ target }) => target === id);
      queueDepth.set({ tenant, target: id }, backlog?.count ?? 0);
      queueOldest.set({ tenant, target: id }, Math.max(0, now - (backlog?.oldestAt ?? now)) / 1000);
      deadLetters.set({ tenant, target: id }, sum(dead.filter(({ target }) => target === id)));
      quarantined.set({ tenant, connection: id }, sum(messages.filter(({ connection }) => connection === id)));
      waitingCalls += backlog?.count ?? 0;
      oldestAt = Math.min(oldestAt, backlog?.oldestAt ?? now);
    }
    for (const severity of ["critical", "warning", "info"] as const)
      openAlerts.set({ tenant, severity }, sum(alerts.filter((alert) => alert.severity === severity)));
    projectionFailures.set({ tenant }, failures?.count ?? 0);
  }
  // Of all tenants together, so that the number reveals nothing of one.
  metrics.deliveriesWaiting.set(waitingCalls);
  metrics.oldestDelivery.set((now - oldestAt) / 1000);
}

async function readStored({ tenant: { id, log, connections } }: ServedTenant) {
  const targets = connections.map((connection) => connection.id);
  const [backlogs, dead, messages, alerts, failures] = await Promise.all([
    loadBacklogs(log.store, targets),
    countDeadLetters(log.store, targets),
    countQuarantined(log.store, targets),
    countOpenAlerts(log.store),
    summarizeProjectionFailures(log.store),
  ]);
  return { tenant: id, connections: targets, backlogs, dead, messages, alerts, failures };
}

const sum = (groups: readonly { count: number }[]): number => groups.reduce((total, { count }) => total + count, 0);
