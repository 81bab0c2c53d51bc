import { isDeepStrictEqual } from "node:util";
import { identifiersOf } from "../config/identifiers.ts";
import type { TenantConfig } from "../config/schema.ts";
import type { TenantVersion } from "../config/versions.ts";
import { createCallRecorder } from "../connections/callRecorder.ts";
import { type Connection, openConnections } from "../connections/connections.ts";
import { followPauses, loadPauses } from "../connections/pauses.ts";
import { runProbes } from "../connections/probe.ts";
import { createSecretReader } from "../connections/secretReader.ts";
import { openConsentChecks } from "../context/consent.ts";
import { createContexts } from "../context/contexts.ts";
import { createPanelViews } from "../context/panelViews.ts";
import { createSectionRegistry } from "../context/sections/registry.ts";
import { connectionDependency, type Tenant } from "../context/tenant.ts";
import { createAnswerTotals } from "../costs/answerTotals.ts";
import { openCreationChecks } from "../deliveries/creationCheck.ts";
import { openDeliveries } from "../deliveries/deliveryQueue.ts";
import { type DeliveryWorkers, type DeliveryWorkersDeps, startDeliveryWorkers } from "../deliveries/workers.ts";
import { openIngest } from "../ingest/ingest.ts";
import type { TenantLog } from "../log/log.ts";
import { createMeasurements } from "../quality/measurements.ts";
import { createDurableQuotas } from "../resilience/quota/durableQuotas.ts";
import type { QuotaStore } from "../resilience/quota/store.ts";
import type { ActiveRoutes } from "../routing/routes.ts";
import { createAlertChannels } from "../services/alerts/channels/index.ts";
import { createAlertMessages } from "../services/alerts/runMessages.ts";
import { createAlertWatch } from "../services/alerts/watchAlerts.ts";
import { deliveriesTopic, receiveAnnouncement, reportTopic } from "../services/announcements.ts";
import { createCardCache } from "../services/cards/cardCache.ts";
import { createFailedRequests } from "../services/overview/failedRequests.ts";
import { createPanelCounts } from "../services/overview/panelCounts.ts";
import type { ServedTenant } from "../services/servedTenant.ts";
import { loadLastAnswers } from "../store/tables/connectionHealth.ts";
import { loadQuotaUse, saveQuotaUse } from "../store/tables/quotaUse.ts";
import { createConnectionStates } from "../sync/connectionStates.ts";
import { recordHealthChange } from "../sync/health.ts";
import type { Sync } from "../sync/runner.ts";
import { createHostState } from "../telemetry/hostState.ts";
import { statusLabel } from "../telemetry/labels.ts";
import { type LeaderWork, startLeaderWork } from "./leaderWork.ts";
import { type RuntimeOptions, rolesOf } from "./options.ts";
import type { Lead } from "./processGroup.ts";
import { resumeCircuits } from "./resumeCircuits.ts";
import { routesOf, type TenantDeps } from "./tenantDeps.ts";

/** A tenant with its open connections, before background work is started. */
export type PreparedTenant = Omit<ServedTenant, "syncs" | "states" | "routing" | "deliveryWorkers" | "closed">;

export interface RunningTenant {
  served: ServedTenant;
  /** This process leads the tenant from now on: it does the background work. */
  lead(lead: Lead): void;
  /** Another process leads the tenant from now on. Resolves when the background work has ended. */
  follow(): Promise<void>;
  /** Uses the routes of this version from the next event on. */
  activateRoutes(next: TenantVersion): void;
  /** Stops background work for good. Requests are still answered. */
  stop(): Promise<void>;
  /** Ends the streams of this opening of the tenant. */
  end(): void;
}

/**
 * @param previous the same tenant with its previous configuration: connections that did not change stay open
 * @throws {ConfigError}
 */
export async function prepareTenant(
  { version, config }: TenantVersion,
  { log, shared, quotas, flights, circuits, answerCache, secrets, configuration, options }: TenantDeps,
  previous: ServedTenant | null = null,
): Promise<PreparedTenant> {
  const { clock, logger, metrics } = options;
  const platforms = new Map((options.platforms ?? []).map((p) => [p.name, p]));
  const alertMessages = previous?.alertMessages ?? createAlertMessages();
  const secret = (name: string) => secrets.get(name);
  const alertWatch =
    previous?.alertWatch ??
    createAlertWatch({ clock, logger, secret, host: createHostState(options.dataDirectory), onChange: alertMessages.wake });
  const callLog =
    previous?.tenant.callLog ??
    createCallRecorder({
      ...{ log, clock, logger },
      onLost: (calls) => metrics.callsLost.inc({ tenant: log.tenant }, calls),
    });
  const connections = openConnections({
    tenant: log.tenant,
    config: options.platforms ? config : { ...config, connections: [] },
    reusable: previous ? unchangedConnections(previous.tenant, config) : new Map(),
    platforms,
    secrets,
    clock,
    callLog,
    sharedCircuits: (connection) => circuits.of(log.identifier("circuits", connection)),
    quotaStore: quotas ? (connection) => quotas.of(log.tenant, connection) : await durableQuotas(log, options),
    lastAnswers: await loadLastAnswers(log.store),
    onCall(platform, call) {
      const { status, priority, ms } = call;
      logger.debug({ tenant: log.tenant, platform, ...call }, "call");
      metrics.platformCalls.inc({ tenant: log.tenant, platform, priority, status: statusLabel(status) });
      metrics.platformSeconds.observe({ platform }, ms / 1000);
    },
    onUnexpectedError: (connection, error) =>
      logger.error({ err: error, tenant: log.tenant, connection }, "an adapter failed with an unexpected error"),
    onCircuitChange(connection) {
      log.invalidate(connectionDependency(connection.id));
      alertWatch.wake();
    },
    onHealthChange: (connection) => recordHealthChange(connection, log, logger),
    onReport: (connection, object) => log.announce(reportTopic(connection, object)),
  });
  if (options.pull)
    await resumeCircuits(
      connections.filter((connection) => !previous?.tenant.connections.includes(connection)),
      log,
    );
  await loadPauses(log, connections);
  const sections = createSectionRegistry(options.sections);
  metrics.contextAnswers.setConnections(log.tenant, connections.length);
  const tenant: Tenant = {
    id: log.tenant,
    config,
    configVersion: version,
    log,
    shared,
    flights,
    answerCache,
    counters: metrics.contextAnswers,
    connections,
    platforms,
    clock,
    callLog,
    sections,
  };
  return {
    tenant,
    contexts: createContexts(tenant),
    ingest: openIngest({
      log,
      connections,
      secret: (name) => secrets.get(name),
      identifiers: identifiersOf(config),
      clock,
      logger,
      metrics,
    }),
    panelViews: previous?.panelViews ?? createPanelViews(),
    panelCounts: previous?.panelCounts ?? createPanelCounts({ log, clock }),
    answerTotals: previous?.answerTotals ?? createAnswerTotals({ log, counters: metrics.contextAnswers, clock }),
    failedRequests: previous?.failedRequests ?? createFailedRequests({ log, clock }),
    cards: previous?.cards ?? createCardCache(clock),
    deliveries: openDeliveries(log, options.coordination?.claimLeaseMs),
    alertWatch,
    alertMessages,
    alertChannels: previous?.alertChannels ?? createAlertChannels({ secret, now: clock.now }),
    quality: createMeasurements(tenant),
    rereadSecrets: createSecretReader({ config, platforms, secrets, now: clock.now }),
    configuration,
  };
}

/** The quotas of a process that has no other beside it. They continue after a crash. */
async function durableQuotas(
  log: TenantLog,
  { clock }: Pick<RuntimeOptions, "clock">,
): Promise<(connection: string) => QuotaStore> {
  const rows = Map.groupBy(await loadQuotaUse(log.store), ({ connection }) => connection);
  return (connection) =>
    createDurableQuotas({
      clock,
      stored: new Map(rows.get(connection)?.map(({ quota, requests }) => [quota, requests])),
      async save(quota, requests) {
        const statement = saveQuotaUse(log.store, { connection, quota, requests, updated_at: clock.now() });
        await log.append({ statements: [statement], correlationId: "quota" });
      },
    });
}

/** By id. Of the tenant's own configuration, a connection depends on the time zone, on what makes identifiers canonical, and on fields. */
function unchangedConnections(previous: Tenant, next: TenantConfig): Map<string, Connection> {
  const sharedParts = ({ timeZone, defaultCountry, freeMailDomains, identity, fields, connections }: TenantConfig) => [
    ...[timeZone, defaultCountry, freeMailDomains, identity.evidence, fields],
    // Presets of fields depend on which platforms are connected.
    ...(Object.keys(fields).length > 0 ? connections.map(({ platform }) => platform) : []),
  ];
  if (!isDeepStrictEqual(sharedParts(previous.config), sharedParts(next))) return new Map();
  const configOf = ({ connections }: TenantConfig, id: string) => connections.find((c) => c.id === id);
  const unchangedConnections = previous.connections.filter(({ id }) =>
    isDeepStrictEqual(configOf(previous.config, id), configOf(next, id)),
  );
  return new Map(unchangedConnections.map((connection) => [connection.id, connection]));
}

/**
 * Serves a tenant, and does its background work while this process leads it.
 */
export function startTenant(preparedTenant: PreparedTenant, deps: TenantDeps): RunningTenant {
  const { supervise, options } = deps;
  const { tenant } = preparedTenant;
  const { log, connections } = tenant;
  const stopping = new AbortController();
  const closing = new AbortController();
  const syncs = new Map<string, Sync>();
  let work: LeaderWork | null = null;
  /** Work that was stopped and may not have ended. */
  const ending = new Set<Promise<void>>();
  const isFollowing = (): boolean => options.pull && work === null;
  const states = createConnectionStates({ log, connections, syncs, isFollowing }, closing.signal);
  let routes: ActiveRoutes | null = null;
  const consent = openConsentChecks(tenant);
  const deliveryWorkers =
    options.pull && rolesOf(options).has("worker")
      ? startDeliveryWorkers({
          log,
          connections,
          deliveries: preparedTenant.deliveries,
          creations: openCreationChecks(tenant),
          clock: options.clock,
          logger: options.logger,
          ...consent,
          onSettled: countDeliveries(log.tenant, options),
          onFailure(id) {
            routes ??= routesOf(tenant);
            return routes.routes.find((route) => route.id === id)?.config.onFailure ?? "continue";
          },
        })
      : null;
  const served: ServedTenant = { ...preparedTenant, syncs, states, routing: null, deliveryWorkers, closed: closing.signal };
  const probes = options.pull
    ? connections.map((connection) => {
        const run = () => runProbes({ connection, clock: options.clock }, stopping.signal);
        return supervise({ name: `probes of ${connection.id}`, tenant: tenant.id, run }, stopping.signal);
      })
    : [];
  const pauses = supervise(
    { name: "pauses", tenant: tenant.id, run: () => followPauses({ log, connections, clock: options.clock }, stopping.signal) },
    stopping.signal,
  );
  const { answerTotals } = served;
  const runAnswerTotals = () => answerTotals.run(stopping.signal);
  const answers = supervise({ name: "answer totals", tenant: tenant.id, run: runAnswerTotals }, stopping.signal);
  const stopReceiving = log.onAnnounced((topic) => receiveAnnouncement(served, topic));

  function endWork(): void {
    if (!work) return;
    const end = work.stop().finally(() => ending.delete(end));
    ending.add(end);
    work = null;
    syncs.clear();
    served.routing = null;
  }

  return {
    served,
    lead(lead) {
      if (stopping.signal.aborted) return;
      endWork();
      work = startLeaderWork(served, lead, { ...deps, consent, workers: workersOfAll(log, deliveryWorkers) });
      for (const [id, sync] of work.syncs) syncs.set(id, sync);
      served.routing = work.routing;
    },
    async follow() {
      endWork();
      await Promise.all(ending);
    },
    activateRoutes(next) {
      tenant.config = next.config;
      tenant.configVersion = next.version;
      routes = null;
      work?.activateRoutes(next);
    },
    async stop() {
      stopping.abort();
      endWork();
      await Promise.all([...ending, ...probes, pauses, answers, deliveryWorkers?.stop()]);
      // A store that is lost keeps nothing.
      await Promise.allSettled([served.panelCounts.flush(), served.failedRequests.flush(), answerTotals.flush()]);
    },
    end() {
      closing.abort();
      stopReceiving();
    },
  };
}

const countDeliveries =
  (tenant: string, { metrics, clock }: RuntimeOptions): DeliveryWorkersDeps["onSettled"] =>
  ({ target, delivery, state, cause }) => {
    metrics.deliveries.inc({ tenant, target: target.id, state, cause: cause ?? "" });
    if (state === "done")
      metrics.deliverySeconds.observe({ platform: target.platform.name }, Math.max(0, clock.now() - delivery.created_at) / 1000);
  };

/** The workers of this process and of all others. */
const workersOfAll = (log: TenantLog, workers: DeliveryWorkers | null): Pick<DeliveryWorkers, "wake" | "retryNow"> => ({
  // An announcement reaches this process too.
  wake(queues) {
    for (const queue of queues) log.announce(deliveriesTopic(queue));
  },
  retryNow: () => workers?.retryNow(),
});

/** Closes a tenant's connections, except those that the next configuration keeps open. */
export async function closeTenant(
  { tenant, ingest }: ServedTenant,
  connectionsToKeep: readonly Connection[] = [],
): Promise<void> {
  await ingest.followUps.stop();
  const closed = tenant.connections.filter((connection) => !connectionsToKeep.includes(connection));
  await Promise.all(closed.map(({ connector }) => connector.close()));
  for (const { rateLimiter } of closed) rateLimiter.close();
  await tenant.callLog.flush();
}
