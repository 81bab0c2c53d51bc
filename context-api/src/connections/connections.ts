import { type Clock, systemClock } from "@sidelight/model/clock.ts";
import type { Action } from "@sidelight/platform-kit/action.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connector, MonthlyCap, Platform, PlatformCall } from "@sidelight/platform-kit/platform.ts";
import { fieldDefinitions, fieldMappingOf } from "../config/fields.ts";
import { identifiersOf } from "../config/identifiers.ts";
import { ConfigError, type ConfigIssue, issuesOf } from "../config/issues.ts";
import type { ConnectionConfig, SyncSchedule, TenantConfig, WebhookConfig } from "../config/schema.ts";
import type { QuotaStore } from "../resilience/quota/store.ts";
import { createRateLimiter, type RateLimiter } from "../resilience/rateLimiter.ts";
import { SecretError, type SecretProvider } from "../security/secrets/provider.ts";
import { type CallCause, currentCallCause } from "../telemetry/callCause.ts";
import { type CallLog, discardedCalls } from "../telemetry/callLog.ts";
import { recordSpan } from "../telemetry/spans.ts";
import { currentTrace } from "../telemetry/trace.ts";
import { type CallKind, type CircuitFailure, type CircuitStatus, type Circuits, createCircuits } from "./circuits.ts";
import { createPlatformClock } from "./platformClock.ts";
import type { ConnectionCircuits } from "./sharedCircuits.ts";

/** Whether a connection works. Instants are epoch ms. */
export interface ConnectionHealth {
  lastSuccessAt: number | null;
  /** When the first of the open circuits opened; null while all are closed. */
  failingSince: number | null;
  /** Why circuits are open: a refused sign-in if there is one, otherwise the first failure. */
  failure: (CircuitFailure & { retryAt: number | null }) | null;
}

/** Why a stream brings nothing: the account lacks an object, a permission or a feature. */
export interface UnavailableStream {
  /** A sentence of the platform's adapter; contains no customer data. */
  reason: string;
  /** Epoch ms. */
  since: number;
}

export interface SubscriptionProblem {
  /** A sentence of the platform's adapter; contains no customer data. */
  message: string;
  nextAction: string | null;
  /** Failures in a row. */
  failures: number;
  /** Epoch ms. */
  since: number;
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
  /** Null when its events are not counted by month. */
  monthlyCap: MonthlyCap | null;
  webhooks: WebhookConfig[];
  /** Since when an operator has it paused, epoch ms: it is not called. Null while it is not paused. */
  pausedAt: number | null;
  /** Why its subscription to change events fails; null while it works, or when there is none. */
  subscriptionProblem: SubscriptionProblem | null;
  /** True once its subscription has worked since the start. */
  hasSubscribed: boolean;
  /** Streams that the account cannot serve, by name. */
  unavailableStreams: Map<string, UnavailableStream>;
  /** The configured schedule of a stream; null for the platform's own interval. */
  schedule(stream: string): SyncSchedule | null;
  /** Records the results of all calls. */
  circuits: Circuits;
  health(): ConnectionHealth;
  /** Why records of these objects may not be current: the failure of reads, or of a stream that brings the objects. */
  readFailure(objects: readonly string[]): ConnectionHealth["failure"];
  /** True while interactive calls wait for our own rate limit: a fetch that is late then does not prove that the platform is. */
  isThrottled(): boolean;
  /** How far this machine's clock is ahead of the platform's, ms; negative when it is behind; 0 when they agree. */
  clockLeadMs(): number;
  /** Records that the platform sent an accepted webhook. */
  recordContact(): void;
  /** Records that a webhook or subscription reported changes of these objects, to this process or to another one. */
  recordReports(objects: Iterable<string>, receiver?: "here" | "elsewhere"): void;
  /** When a webhook or subscription last reported a change of an object, by the monotonic clock; null when none did. */
  reportedAt(object: string): number | null;
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
  /** Where the quotas of a connection are counted; for this process alone when left out. */
  quotaStore?: (connection: string) => QuotaStore;
  onCall(platform: string, call: PlatformCall): void;
  /** The circuits of a connection in other processes, by its id; none when left out. */
  sharedCircuits?: (connection: string) => ConnectionCircuits;
  /** When each connection last answered, by its id, as stored; epoch ms. */
  lastAnswers: ReadonlyMap<string, number>;
  /** Called when a circuit of a connection opens, opens for another reason, or closes. */
  onCircuitChange(connection: Connection): void;
  /** Called when a webhook or subscription reported a change of an object to this process; for each object every ten minutes. */
  onReport?(connection: string, object: string): void;
  /** Called when a connection starts to fail, fails for another reason, or has recovered. */
  onHealthChange(connection: Connection): void;
  /** Called for an error that is no PlatformError: a defect of an adapter. */
  onUnexpectedError(connection: string, error: unknown): void;
}

/** Reports are counted in hours. */
const reportIntervalMs = 10 * 60_000;

/** Connections for a short check, without logs and metrics. The caller closes them. @throws {ConfigError} */
export const openDetachedConnections = (
  deps: Pick<ConnectionDeps, "tenant" | "config" | "platforms" | "secrets">,
): Connection[] =>
  openConnections({
    ...deps,
    clock: systemClock,
    callLog: discardedCalls,
    lastAnswers: new Map(),
    onCall: () => {},
    onCircuitChange: () => {},
    onHealthChange: () => {},
    onUnexpectedError: () => {},
  });

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
  const rateLimiter = createRateLimiter(platform.quotas(settings.data), clock, deps.quotaStore?.(config.id));
  const freshness = config.freshness ?? platform.freshness;
  const reports = new Map<string, number>();
  /** When each object's report was last passed on to other processes. */
  const passedOn = new Map<string, number>();
  const platformClock = createPlatformClock(clock);
  let waitingReads = 0;
  let reportedCode: PlatformError["code"] | null = null;
  let lastSuccessAt = deps.lastAnswers.get(config.id) || null;

  const platformConnector = platform.connect(settings.data, {
    tenant,
    connection: config.id,
    timeZone: deps.config.timeZone,
    identifiers: identifiersOf(deps.config),
    fields: fieldMappingOf(fieldDefinitions(deps.config, deps.platforms).definitions, platform.name),
    now: clock.now,
    monotonic: clock.monotonic,
    platformNow: platformClock.now,
    onDate: platformClock.observe,
    secret: (name, options) =>
      deps.secrets.get(name, options).catch((cause: unknown) => Promise.reject(missingSecret(platform, cause))),
    onCall(call) {
      deps.onCall(platform.name, call);
      const { route, status, ms, bytes, priority } = call;
      recordSpan(route, () => ({ ...callSpan(platform.name, config.id, call), ms }));
      const requestId = currentTrace()?.requestId ?? null;
      const { cause, customerTier } = currentCallCause() ?? { cause: causeOf(priority), customerTier: null };
      deps.callLog.add({
        at: clock.now(),
        connection: config.id,
        platform: platform.name,
        route,
        status,
        ms,
        bytes,
        priority,
        cause,
        customerTier,
        requestId,
      });
    },
    async acquire(priority, quota, signal, options) {
      const isInteractive = priority === "interactive";
      if (isInteractive) waitingReads += 1;
      try {
        await rateLimiter.acquire(priority, quota, signal, options);
      } finally {
        if (isInteractive) waitingReads -= 1;
      }
    },
    quotaLeft(name) {
      const quota = rateLimiter.left()[name];
      return quota ? quota.remaining / quota.limit : 1;
    },
    onQuota: (name, quota) => rateLimiter.observe(name, quota),
  });
  const unknownStream = Object.keys(config.sync).find(
    (name) => name !== "default" && !platformConnector.streams.some((s) => s.name === name),
  );
  if (unknownStream) {
    const names = platformConnector.streams.map((s) => s.name).join(", ");
    throw configError(["sync", unknownStream], `unknown stream ${unknownStream}; use one of: ${names}`);
  }
  const { failures: failureThreshold, openSeconds } = config.circuitBreaker;
  const circuits = createCircuits({
    platform: platform.name,
    kinds: callKinds(platformConnector),
    clock,
    options: { failureThreshold, openMs: openSeconds * 1000 },
    onSuccess: () => {
      lastSuccessAt = clock.now();
    },
    shared: deps.sharedCircuits?.(config.id),
    onChange(isAdopted) {
      deps.onCircuitChange(connection);
      const code = connection.health().failure?.code ?? null;
      if (code === reportedCode) return;
      reportedCode = code;
      // The process that saw it records it.
      if (!isAdopted) deps.onHealthChange(connection);
    },
  });
  const connector = guarded(platform.name, platformConnector, circuits, {
    isPaused: () => connection.pausedAt !== null,
    onUnexpectedError: (error) => deps.onUnexpectedError(config.id, error),
  });

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
    monthlyCap: platform.monthlyCap?.(settings.data) ?? null,
    webhooks: config.webhooks,
    unavailableStreams: new Map(),
    pausedAt: null,
    subscriptionProblem: null,
    hasSubscribed: false,
    schedule: (stream) => config.sync[stream] ?? config.sync["default"] ?? null,
    circuits,
    health: () => {
      const open = openCircuits(circuits.list());
      return { lastSuccessAt, failingSince: failingSince(open), failure: failureOf(open) };
    },
    readFailure(objects) {
      const streams = connector.streams.filter((stream) => stream.objects.some((object) => objects.includes(object)));
      const kinds = new Set<CallKind>(["read", ...streams.map(({ name }) => pullKind(name))]);
      return failureOf(openCircuits(circuits.list()).filter(({ kind }) => kinds.has(kind)));
    },
    isThrottled: () => waitingReads > 0,
    clockLeadMs: platformClock.leadMs,
    recordContact() {
      lastSuccessAt = clock.now();
    },
    recordReports(objects, receiver = "here") {
      const now = clock.monotonic();
      for (const object of objects) {
        reports.set(object, now);
        if (receiver === "elsewhere" || now - (passedOn.get(object) ?? Number.NEGATIVE_INFINITY) < reportIntervalMs) continue;
        passedOn.set(object, now);
        deps.onReport?.(config.id, object);
      }
    },
    reportedAt: (object) => reports.get(object) ?? null,
  };
  return connection;
}

export const pullKind = (stream: string): CallKind => `pull.${stream}`;
export const writeKind = (action: string): CallKind => `write.${action}`;

function callKinds({ streams, actions = {} }: Connector): CallKind[] {
  return ["read", ...streams.map(({ name }) => pullKind(name)), ...Object.keys(actions).map(writeKind)];
}

const callSpan = (platform: string, connection: string, { route, status, priority }: PlatformCall) => {
  const [method = "", template = ""] = route.split(" ", 2);
  return {
    kind: "client" as const,
    attributes: {
      "http.request.method": method,
      "url.template": template,
      ...(status === 0 ? {} : { "http.response.status_code": status }),
      "sidelight.platform": platform,
      "sidelight.connection": connection,
      "sidelight.priority": priority,
    },
    failure: status === 0 ? "no_answer" : status >= 400 ? String(status) : null,
  };
};

/** Of work that names no cause: reads for a person, and what follows a webhook. */
const causeOf = (priority: string): CallCause["cause"] =>
  priority === "interactive" ? "read" : priority === "webhook" ? "webhook" : "other";

const openCircuits = (circuits: CircuitStatus[]): CircuitStatus[] => circuits.filter(({ state }) => state !== "closed");

function failingSince(open: readonly CircuitStatus[]): number | null {
  const instants = open.flatMap(({ since }) => since ?? []);
  return instants.length === 0 ? null : Math.min(...instants);
}

function failureOf(open: readonly CircuitStatus[]): ConnectionHealth["failure"] {
  const circuit = open.find(({ failure }) => failure?.code === "invalid_credentials") ?? open[0];
  return circuit?.failure ? { ...circuit.failure, retryAt: circuit.nextProbeAt } : null;
}

/**
 * Every call passes its circuit breaker. An unexpected error of an adapter becomes a PlatformError, so that a defect there does not
 * fail a read.
 */
function guarded(
  platform: string,
  connector: Connector,
  circuits: Circuits,
  { isPaused, onUnexpectedError }: { isPaused(): boolean; onUnexpectedError(error: unknown): void },
): Connector {
  const toPlatformError = (error: unknown): never => {
    if (error instanceof PlatformError) throw error;
    onUnexpectedError(error);
    throw new PlatformError("unavailable", platform, "The platform's answer could not be processed. The log has the reason.", {
      cause: error,
      isPlatformFault: false,
    });
  };
  const read = <T>(work: () => Promise<T>): Promise<T> =>
    isPaused() ? Promise.reject(pausedError(platform)) : circuits.run("read", () => work().catch(toPlatformError));
  const { fetch, isOwnChange, actions, cards } = connector;
  return {
    ...connector,
    streams: connector.streams.map((stream) => ({
      ...stream,
      pull: (context) => circuits.runPages(pullKind(stream.name), () => stream.pull(context)),
    })),
    ...(fetch ? { fetch: (refs, call, readCurrent) => read(() => fetch(refs, call, readCurrent)) } : {}),
    ...(isOwnChange ? { isOwnChange: (ref, instant, call) => read(() => isOwnChange(ref, instant, call)) } : {}),
    ...(cards ? { cards: { ...cards, load: (query, call) => read(() => cards.load(query, call)) } } : {}),
    lookup: (lookup, call, readCurrent) => read(() => connector.lookup(lookup, call, readCurrent)),
    refetch: (refs, call, readCurrent) => read(() => connector.refetch(refs, call, readCurrent)),
    ...(actions ? { actions: guardedActions(actions, circuits) } : {}),
  };
}

function guardedActions(actions: Record<string, Action>, circuits: Circuits): Record<string, Action> {
  const entries = Object.entries(actions).map(([name, action]): [string, Action] => [
    name,
    { ...action, perform: (effects, options) => circuits.runEffects(writeKind(name), () => action.perform(effects, options)) },
  ]);
  return Object.fromEntries(entries);
}

const pausedError = (platform: string): PlatformError =>
  new PlatformError("unavailable", platform, "An operator has paused this connection.", {
    isNotSent: true,
    isPlatformFault: false,
    nextAction: "Resume the connection in the console, or with POST /v1/connections/{id}/resume.",
  });

/** The provider's message names the secret and the problem, never its value. */
function missingSecret(platform: Platform, cause: unknown): PlatformError {
  const secretError = cause instanceof SecretError ? cause : null;
  const message = secretError
    ? `Sign-in is not possible: ${secretError.message}.`
    : "A secret that this connection names is missing.";
  return new PlatformError(secretError?.isOutage ? "unavailable" : "invalid_credentials", platform.name, message, { cause });
}
