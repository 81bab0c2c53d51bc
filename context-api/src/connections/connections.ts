import { type Clock, systemClock } from "@sidelight/model/clock.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connector, Platform, PlatformCall } from "@sidelight/platform-kit/platform.ts";
import { ConfigError, type ConfigIssue, issuesOf } from "../config/issues.ts";
import type { ConnectionConfig, SyncSchedule, TenantConfig, WebhookConfig } from "../config/schema.ts";
import { type Budget, createBudget } from "../resilience/rateLimiter.ts";
import { SecretError, type SecretProvider } from "../security/secrets/provider.ts";
import { type CallLog, createCallLog } from "../telemetry/callLog.ts";
import { currentTrace } from "../telemetry/trace.ts";

/** What is known of a connection's fitness. Instants are epoch ms. */
export interface Health {
  lastSuccessAt: number | null;
  /** Since when no call has succeeded; null while all is well. */
  failingSince: number | null;
  failure: { code: PlatformError["code"]; message: string; retryAt: number | null } | null;
}

/** One tenant's account on a platform, live. */
export interface Connection {
  id: string;
  tenant: string;
  environment: ConnectionConfig["environment"];
  platform: Platform;
  connector: Connector;
  budget: Budget;
  freshMs: number;
  staleMs: number;
  horizonMs: number;
  /** As its platform's schema read them. */
  settings: unknown;
  webhooks: WebhookConfig[];
  /** How a stream is scheduled; null for its platform's own pause. */
  schedule(stream: string): SyncSchedule | null;
  health(): Health;
  succeeded(): void;
  failed(error: PlatformError): void;
  /** True while asking again is pointless: right after a failure, or before the instant that the platform named. */
  isResting(): boolean;
}

export interface ConnectionDeps {
  tenant: string;
  config: TenantConfig;
  /** By id: those that stay as they are. */
  open?: ReadonlyMap<string, Connection>;
  platforms: ReadonlyMap<string, Platform>;
  secrets: SecretProvider;
  clock: Clock;
  callLog: CallLog;
  onCall(platform: string, call: PlatformCall): void;
  /** Health as it was stored, by connection. */
  known: ReadonlyMap<string, Health>;
  /** Told when a connection starts to fail or recovers. */
  onHealthChange(connection: Connection): void;
  /** Told of an error that an adapter should have turned into a PlatformError: a bug of ours. */
  onBug(connection: string, error: unknown): void;
}

/** Connections of a moment: nobody follows what becomes of them. Closing them is the caller's. @throws {ConfigError} */
export const openAside = (deps: Pick<ConnectionDeps, "tenant" | "config" | "platforms" | "secrets">): Connection[] =>
  openConnections({
    ...deps,
    clock: systemClock,
    callLog: createCallLog(),
    known: new Map(),
    onCall: () => {},
    onHealthChange: () => {},
    onBug: () => {},
  });

/** After a failure an interactive call isn't tried again for this long: a reader's deadline is better spent elsewhere. */
const restMs = 5_000;

/** @throws {ConfigError} for a platform nobody knows, or settings it can't read */
export function openConnections(deps: ConnectionDeps): Connection[] {
  const issues: ConfigIssue[] = [];
  const connections = deps.config.connections.flatMap((config, i) => {
    const open = deps.open?.get(config.id);
    if (open) return [open];
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

function openConnection(config: ConnectionConfig, at: PropertyKey[], deps: ConnectionDeps): Connection {
  const { tenant, clock } = deps;
  const wrong = (path: PropertyKey[], message: string) => new ConfigError([{ path: [...at, ...path], message, place: null }]);
  const platform = deps.platforms.get(config.platform);
  if (!platform) {
    const known = [...deps.platforms.keys()].join(", ");
    throw wrong(["platform"], `unknown platform ${config.platform}; known are ${known}`);
  }
  const settings = platform.options.safeParse(config.settings);
  if (!settings.success) throw new ConfigError(issuesOf(settings.error, [...at, "settings"]));
  const budget = createBudget(platform.pools(settings.data), clock);
  const freshness = config.freshness ?? platform.freshness;
  let health: Health = deps.known.get(config.id) ?? { lastSuccessAt: null, failingSince: null, failure: null };
  let restUntil = 0;

  const connected = platform.connect(settings.data, {
    tenant,
    connection: config.id,
    timeZone: deps.config.timeZone,
    now: clock.now,
    secret: (name, options) =>
      deps.secrets.get(name, options).catch((cause: unknown) => Promise.reject(missingSecret(platform, cause))),
    onCall(call) {
      deps.onCall(platform.name, call);
      const { route, status, ms, bytes, lane } = call;
      deps.callLog.add({
        at: clock.now(),
        tenant,
        connection: config.id,
        platform: platform.name,
        route,
        status,
        ms,
        bytes,
        lane,
        requestId: currentTrace()?.requestId ?? null,
      });
    },
    admit: (lane, pool, signal) => budget.admit(lane, pool, signal),
    onAllowance: (pool, allowance) => budget.observe(pool, allowance),
  });
  const unknown = Object.keys(config.sync).find((name) => name !== "default" && !connected.streams.some((s) => s.name === name));
  if (unknown) {
    const known = connected.streams.map((s) => s.name).join(", ");
    throw wrong(["sync", unknown], `there is no stream ${unknown}; there are ${known}`);
  }
  const connector = guarded(platform.name, connected, (error) => deps.onBug(config.id, error));

  const connection: Connection = {
    id: config.id,
    tenant,
    environment: config.environment,
    platform,
    connector,
    budget,
    freshMs: freshness.freshMinutes * 60_000,
    staleMs: freshness.staleMinutes * 60_000,
    horizonMs: config.horizonDays * 86_400_000,
    settings: settings.data,
    webhooks: config.webhooks,
    schedule: (stream) => config.sync[stream] ?? config.sync["default"] ?? null,
    health: () => health,
    succeeded() {
      const recovered = health.failingSince !== null;
      health = { lastSuccessAt: clock.now(), failingSince: null, failure: null };
      restUntil = 0;
      if (recovered) deps.onHealthChange(connection);
    },
    failed(error) {
      // An empty budget is our own thrift, and a rejection is an answer: neither says that the platform is down.
      if (!error.isOutage) return;
      const isNews = health.failure?.code !== error.code;
      const { code, message, retryAt } = error;
      health = { ...health, failingSince: health.failingSince ?? clock.now(), failure: { code, message, retryAt } };
      restUntil = Math.max(clock.now() + restMs, retryAt ?? 0);
      if (isNews) deps.onHealthChange(connection);
    },
    isResting: () => clock.now() < restUntil,
  };
  return connection;
}

/** A read must not fail for a bug in an adapter: it is told to us, and to the reader as a platform that can't be used. */
function guarded(platform: string, connector: Connector, onBug: (error: unknown) => void): Connector {
  const known = (error: unknown): never => {
    if (error instanceof PlatformError) throw error;
    onBug(error);
    throw new PlatformError("unavailable", platform, "The answer could not be used.", { cause: error });
  };
  const { fetch } = connector;
  return {
    ...connector,
    ...(fetch ? { fetch: (refs, call, current) => fetch(refs, call, current).catch(known) } : {}),
    lookup: (lookup, call, current) => connector.lookup(lookup, call, current).catch(known),
    refetch: (refs, call, current) => connector.refetch(refs, call, current).catch(known),
  };
}

/** The provider's own words name the secret and what is wrong with it, and never its value. */
function missingSecret(platform: Platform, cause: unknown): PlatformError {
  const known = cause instanceof SecretError ? cause : null;
  const message = known ? `No sign-in: ${known.message}.` : "A secret that this connection names is missing.";
  return new PlatformError(known?.isOutage ? "unavailable" : "invalid_credentials", platform.name, message, { cause });
}
