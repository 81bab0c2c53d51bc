import { type Clock, systemClock } from "@sidelight/model/clock.ts";
import { listedBackoff } from "@sidelight/platform-kit/backoff.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connector, Platform, PlatformCall } from "@sidelight/platform-kit/platform.ts";
import { ConfigError, type ConfigIssue, issuesOf } from "../config/issues.ts";
import type { ConnectionConfig, SyncSchedule, TenantConfig, WebhookConfig } from "../config/schema.ts";
import { createCircuitBreaker } from "../resilience/circuitBreaker.ts";
import { createRateLimiter, type RateLimiter } from "../resilience/rateLimiter.ts";
import { SecretError, type SecretProvider } from "../security/secrets/provider.ts";
import { type CallLog, createCallLog } from "../telemetry/callLog.ts";
import { currentTrace } from "../telemetry/trace.ts";

/** Whether a connection works. Instants are epoch ms. */
export interface ConnectionHealth {
  lastSuccessAt: number | null;
  /** Start of the current failure; null while calls succeed. */
  failingSince: number | null;
  failure: { code: PlatformError["code"]; message: string; retryAt: number | null } | null;
}

/** An open connection to one tenant's account on a platform. */
export interface Connection {
  id: string;
  tenant: string;
  environment: ConnectionConfig["environment"];
  platform: Platform;
  connector: Connector;
  rateLimiter: RateLimiter;
  freshMs: number;
  staleMs: number;
  horizonMs: number;
  /** Parsed by the platform's schema. */
  settings: unknown;
  webhooks: WebhookConfig[];
  /** The configured schedule of a stream; null for the platform's own interval. */
  schedule(stream: string): SyncSchedule | null;
  health(): ConnectionHealth;
  recordSuccess(): void;
  recordFailure(error: PlatformError): void;
  /** True right after a failure, and until the platform's retry instant: a call would fail. */
  isCircuitOpen(): boolean;
}

export interface ConnectionDeps {
  tenant: string;
  config: TenantConfig;
  /** Open connections to reuse, by id. */
  reusable?: ReadonlyMap<string, Connection>;
  platforms: ReadonlyMap<string, Platform>;
  secrets: SecretProvider;
  clock: Clock;
  callLog: CallLog;
  onCall(platform: string, call: PlatformCall): void;
  /** Stored health by connection id. */
  storedHealth: ReadonlyMap<string, ConnectionHealth>;
  /** Called when a connection starts to fail or recovers. */
  onHealthChange(connection: Connection): void;
  /** Called for an error that is no PlatformError: a defect of an adapter. */
  onUnexpectedError(connection: string, error: unknown): void;
}

/** Connections for a short check, without logs and metrics. The caller closes them. @throws {ConfigError} */
export const openDetachedConnections = (
  deps: Pick<ConnectionDeps, "tenant" | "config" | "platforms" | "secrets">,
): Connection[] =>
  openConnections({
    ...deps,
    clock: systemClock,
    callLog: createCallLog(),
    storedHealth: new Map(),
    onCall: () => {},
    onHealthChange: () => {},
    onUnexpectedError: () => {},
  });

/** After a failure no interactive call is made for this long, so that it does not use up a reader's deadline. */
const openMs = 5_000;

/** @throws {ConfigError} for an unknown platform or invalid settings */
export function openConnections(deps: ConnectionDeps): Connection[] {
  const issues: ConfigIssue[] = [];
  const connections = deps.config.connections.flatMap((config, i) => {
    const reusableConnection = deps.reusable?.get(config.id);
    if (reusableConnection) return [reusableConnection];
    try {
      return [openConnection(config, ["tenants", deps.tenant, "connections", i], deps)];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      issues.push(...error.issues);
      return [];
    }
  });
  if (issues.length > 0) throw new ConfigError(issues);
  return connections;
}

function openConnection(config: ConnectionConfig, configPath: PropertyKey[], deps: ConnectionDeps): Connection {
  const { tenant, clock } = deps;
  const configError = (path: PropertyKey[], message: string) =>
    new ConfigError([{ path: [...configPath, ...path], message, location: null }]);
  const platform = deps.platforms.get(config.platform);
  if (!platform) {
    const names = [...deps.platforms.keys()].join(", ");
    throw configError(["platform"], `unknown platform ${config.platform}; use one of: ${names}`);
  }
  const settings = platform.options.safeParse(config.settings);
  if (!settings.success) throw new ConfigError(issuesOf(settings.error, [...configPath, "settings"]));
  const rateLimiter = createRateLimiter(platform.quotas(settings.data), clock);
  const freshness = config.freshness ?? platform.freshness;
  let health: ConnectionHealth = deps.storedHealth.get(config.id) ?? { lastSuccessAt: null, failingSince: null, failure: null };
  const breaker = createCircuitBreaker(clock, { failureThreshold: 1, backoff: listedBackoff([openMs], (ms) => ms) });

  const platformConnector = platform.connect(settings.data, {
    tenant,
    connection: config.id,
    timeZone: deps.config.timeZone,
    now: clock.now,
    secret: (name, options) =>
      deps.secrets.get(name, options).catch((cause: unknown) => Promise.reject(missingSecret(platform, cause))),
    onCall(call) {
      deps.onCall(platform.name, call);
      const { route, status, ms, bytes, priority } = call;
      deps.callLog.add({
        at: clock.now(),
        tenant,
        connection: config.id,
        platform: platform.name,
        route,
        status,
        ms,
        bytes,
        priority,
        requestId: currentTrace()?.requestId ?? null,
      });
    },
    acquire: (priority, quota, signal) => rateLimiter.acquire(priority, quota, signal),
    onQuota: (name, quota) => rateLimiter.observe(name, quota),
  });
  const unknownStream = Object.keys(config.sync).find(
    (name) => name !== "default" && !platformConnector.streams.some((s) => s.name === name),
  );
  if (unknownStream) {
    const names = platformConnector.streams.map((s) => s.name).join(", ");
    throw configError(["sync", unknownStream], `unknown stream ${unknownStream}; use one of: ${names}`);
  }
  const connector = guarded(platform.name, platformConnector, (error) => deps.onUnexpectedError(config.id, error));

  const connection: Connection = {
    id: config.id,
    tenant,
    environment: config.environment,
    platform,
    connector,
    rateLimiter,
    freshMs: freshness.freshMinutes * 60_000,
    staleMs: freshness.staleMinutes * 60_000,
    horizonMs: config.horizonDays * 86_400_000,
    settings: settings.data,
    webhooks: config.webhooks,
    schedule: (stream) => config.sync[stream] ?? config.sync["default"] ?? null,
    health: () => health,
    recordSuccess() {
      const hasRecovered = health.failingSince !== null;
      health = { lastSuccessAt: clock.now(), failingSince: null, failure: null };
      breaker.recordSuccess();
      if (hasRecovered) deps.onHealthChange(connection);
    },
    recordFailure(error) {
      // An exhausted quota is our own limit, and a rejection is an answer. Neither means that the platform is down.
      if (!error.isOutage) return;
      const isNewFailure = health.failure?.code !== error.code;
      const { code, message, retryAt } = error;
      health = { ...health, failingSince: health.failingSince ?? clock.now(), failure: { code, message, retryAt } };
      breaker.recordFailure(retryAt);
      if (isNewFailure) deps.onHealthChange(connection);
    },
    isCircuitOpen: () => breaker.state() === "open",
  };
  return connection;
}

/** Turns an unexpected error of an adapter into a PlatformError, so that a defect there does not fail a read. */
function guarded(platform: string, connector: Connector, onUnexpectedError: (error: unknown) => void): Connector {
  const toPlatformError = (error: unknown): never => {
    if (error instanceof PlatformError) throw error;
    onUnexpectedError(error);
    throw new PlatformError("unavailable", platform, "The platform's answer could not be processed. The log has the reason.", {
      cause: error,
    });
  };
  const { fetch } = connector;
  return {
    ...connector,
    ...(fetch ? { fetch: (refs, call, readCurrent) => fetch(refs, call, readCurrent).catch(toPlatformError) } : {}),
    lookup: (lookup, call, readCurrent) => connector.lookup(lookup, call, readCurrent).catch(toPlatformError),
    refetch: (refs, call, readCurrent) => connector.refetch(refs, call, readCurrent).catch(toPlatformError),
  };
}

/** The provider's message names the secret and the problem, never its value. */
function missingSecret(platform: Platform, cause: unknown): PlatformError {
  const secretError = cause instanceof SecretError ? cause : null;
  const message = secretError
    ? `Sign-in is not possible: ${secretError.message}.`
    : "A secret that this connection names is missing.";
  return new PlatformError(secretError?.isOutage ? "unavailable" : "invalid_credentials", platform.name, message, { cause });
}
