import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SectionDefinition } from "@sidelight/context-api/context/sections/section.ts";
import { type Api, createApp } from "@sidelight/context-api/http/app.ts";
import type { WriterClient } from "@sidelight/context-api/log/writer/client.ts";
import type { SharedState } from "@sidelight/context-api/redis/sharedState.ts";
import { openRuntime, type Runtime } from "@sidelight/context-api/runtime/runtime.ts";
import { newApiKey } from "@sidelight/context-api/store/apiKeys.ts";
import { createLogger } from "@sidelight/context-api/telemetry/logger.ts";
import { createMetrics, type Metrics } from "@sidelight/context-api/telemetry/metrics.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { type ManualClock, manualClock } from "@sidelight/test-support/manualClock.ts";
import { newDatabaseUrl } from "@sidelight/test-support/postgres.ts";
import { newRedisUrl } from "@sidelight/test-support/redis.ts";
import { parse, stringify } from "yaml";
import { labConfig, labSecrets } from "../lab/launch/config.ts";
import { webhookAddresses } from "../lab/launch/labFile.ts";
import { newTenantState, type WebhookSecrets } from "../lab/launch/state.ts";
import { type Lab, type LabOptions, startSimulators, TINY } from "../lab/simulators/lab.ts";
import type { LoggedRequest, Platform as PlatformName } from "../lab/simulators/log.ts";
import { ANCHOR } from "../lab/simulators/testing.ts";
import { openWebhooks, type Webhooks } from "../lab/webhooks/index.ts";
import { allPlatforms } from "./platforms.ts";

export type RoleName = "admin" | "service" | "agent" | "rep";
const roleNames: readonly RoleName[] = ["admin", "service", "agent", "rep"];

/** The parsed YAML configuration, for a test to change before the start. */
// biome-ignore lint/suspicious/noExplicitAny: a tree of plain values that tests change
export type ConfigTree = any;

export interface HarnessOptions {
  lab?: LabOptions;
  /** True adds the tenant globex. Without it there is only acme, which costs a third less. */
  otherTenant?: boolean;
  /** Runs when the simulators have started, before the configuration is written. */
  prepare?: (lab: Lab) => Promise<void>;
  /** Changes the configuration before the start. */
  configure?: (config: ConfigTree) => void;
  /** False leaves the store empty: nothing is pulled. */
  pull?: boolean;
  /** True enables the default routes with the lab's settings. */
  routes?: boolean;
  /** True sends alerts to the channels of the lab: `lab.operations`. */
  alerts?: boolean;
  /** Platforms besides those of the product. */
  platforms?: readonly Platform[];
  /** Secrets besides those of the lab, by name. */
  secrets?: Readonly<Record<string, string>>;
  /** Sections besides the standard ones. */
  sections?: readonly SectionDefinition[];
  /** A database of PostgreSQL for the store, whatever the run tests. */
  databaseUrl?: string;
  /** A Redis to share state in, whatever the run tests. */
  redisUrl?: string;
  /** True lets the simulated platforms send their webhooks to the product. */
  webhooks?: boolean;
  /** An existing folder for the data, which stays after the end; a temporary one when left out. */
  directory?: string;
}

export interface ApiResponse<T = Context> {
  status: number;
  headers: Headers;
  tier: string | null;
  text: string;
  body: T;
}

export interface RequestOptions {
  tenant?: string;
  role?: RoleName | null;
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** The whole product over small simulators, in this process, with a manual clock. */
export interface Harness {
  lab: Lab;
  clock: ManualClock;
  runtime: Runtime;
  metrics: Metrics;
  app: Api;
  keys: Record<string, Record<RoleName, string>>;
  /** Webhook tokens and secrets, by tenant. */
  webhooks: Record<string, WebhookSecrets>;
  /** The webhook senders of the platforms, when `webhooks` is true. */
  senders: Webhooks | null;
  /** Log lines. */
  logged: string[];
  directory: string;
  /** The database of the store; null for the embedded store. A restart uses the current value. */
  databaseUrl: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every kind of response
  request<T = any>(path: string, options?: RequestOptions): Promise<ApiResponse<T>>;
  context(ref: string, options?: RequestOptions & { query?: string }): Promise<ApiResponse>;
  /** Requests that the simulators received, from an index. */
  requests(platform?: PlatformName, since?: number): LoggedRequest[];
  /** Closes the product and starts it again over the same store. */
  restart(options?: { pull?: boolean; wait?: boolean }): Promise<void>;
  /** Closes the product, for a command that needs the store alone. A restart opens it again. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function openHarness(options: HarnessOptions = {}): Promise<Harness> {
  const clock = manualClock(ANCHOR.getTime() + 300_000);
  const sizes = options.otherTenant ? TINY : { acme: TINY["acme"] ?? {} };
  const lab = await startSimulators({ now: ANCHOR, seed: 7, sizes, clock, ...options.lab });
  await options.prepare?.(lab);
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "sidelight-harness-")));
  const webhooks = Object.fromEntries(Object.keys(lab.tenants).map((name) => [name, newTenantState().webhooks]));
  const config: ConfigTree = parse(
    labConfig(lab.tenants, "http://localhost:9", webhooks, {
      hasRoutes: options.routes ?? false,
      ...(options.alerts ? { consoleUrl: "https://sidelight.example" } : {}),
    }),
  );
  options.configure?.(config);
  await writeFile(join(directory, "sidelight.yaml"), stringify(config));
  await writeFile(join(directory, "secrets.json"), JSON.stringify({ ...labSecrets(lab.tenants, webhooks), ...options.secrets }));
  const logLines: string[] = [];
  const platforms = [...allPlatforms, ...(options.platforms ?? [])];
  const databaseUrl = options.databaseUrl ?? newDatabaseUrl();
  const redisUrl = options.redisUrl ?? newRedisUrl();
  const harness = { lab, clock, directory, databaseUrl, logged: logLines, webhooks, keys: {} } as unknown as Harness;
  const pendingWrites = { count: 0 };
  clock.addBusyCheck(() => lab.isBusy() || pendingWrites.count > 0 || hasUnprojectedEvents(harness.runtime));

  const open = async (pull: boolean, wait = pull): Promise<void> => {
    const metrics = createMetrics();
    harness.metrics = metrics;
    const logger = createLogger("debug", { write: (line: string) => void logLines.push(line) });
    harness.runtime = await openRuntime({
      configFile: join(directory, "sidelight.yaml"),
      dataDirectory: directory,
      env: {
        ...(harness.databaseUrl === null ? {} : { SIDELIGHT_DATABASE_URL: harness.databaseUrl }),
        ...(redisUrl === null ? {} : { SIDELIGHT_REDIS_URL: redisUrl }),
      },
      platforms,
      sections: options.sections ?? [],
      clock,
      logger,
      metrics,
      pull,
    });
    countPendingWrites(harness.runtime.writer, pendingWrites);
    countSharedCalls(harness.runtime.shared, pendingWrites);
    const { tenants, eventSchemas, isReady, readiness } = harness.runtime;
    const { requestsPerMinute, trustedProxies, forwardedHeader } = harness.runtime.config.config.http;
    harness.app = createApp({
      ...{
        tenants,
        shared: harness.runtime.shared,
        clock,
        logger,
        metrics,
        home: null,
        requestsPerMinute,
        trustedProxies,
        forwardedHeader,
        platforms,
        eventSchemas,
        readiness,
      },
    });
    if (wait) await backfilled(isReady, clock);
  };

  await open(options.pull ?? true);
  for (const name of Object.keys(lab.tenants)) harness.keys[name] = await createKeys(harness.runtime, name);

  harness.request = async (path, { tenant = "acme", role = "admin", method = "GET", body, headers = {} } = {}) => {
    const key = role === null ? undefined : harness.keys[tenant]?.[role];
    const response = await harness.app.request(path, {
      method,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (method !== "GET") await projected(harness.runtime);
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      tier: response.headers.get("x-sidelight-tier"),
      text,
      body: isJson && text ? JSON.parse(text) : (text as never),
    };
  };
  harness.context = (ref, { query = "", ...rest } = {}) =>
    harness.request(`/v1/context/${encodeURIComponent(ref)}${query}`, rest);
  harness.requests = (platform, since = 0) => lab.requests.list(platform ? { platform } : {}).slice(since);
  let isOpen = true;
  harness.stop = async () => {
    if (isOpen) await harness.runtime.close();
    isOpen = false;
  };
  harness.restart = async ({ pull = true, wait = pull } = {}) => {
    await harness.stop();
    await open(pull, wait);
    isOpen = true;
  };
  harness.senders = options.webhooks ? senders(harness) : null;
  harness.close = async () => {
    await harness.senders?.close();
    await harness.stop();
    await lab.close();
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  return harness;
}

/** Counts requests that the writer thread has not answered, so that the clock does not move while it works. */
function countPendingWrites(writer: WriterClient, pending: { count: number }): void {
  const send = writer.send.bind(writer);
  writer.send = async (request) => {
    pending.count++;
    try {
      return await send(request);
    } finally {
      pending.count--;
    }
  };
}

/** Counts calls to Redis in the same way. */
function countSharedCalls(shared: SharedState, pending: { count: number }): void {
  const [get, run] = [shared.get.bind(shared), shared.run.bind(shared)];
  const counted = async <T>(call: Promise<T>): Promise<T> => {
    pending.count++;
    return await call.finally(() => pending.count--);
  };
  shared.get = (key) => counted(get(key));
  shared.run = (script, keys, args) => counted(run(script, keys, args));
}

/** True while events that were acknowledged are not projected. */
function hasUnprojectedEvents({ tenants }: Runtime): boolean {
  return [...tenants.values()].some(({ tenant }) => !tenant.log.isProjected());
}

/** The lab's webhook senders, on the harness's clock, straight into the app. */
function senders(harness: Harness): Webhooks {
  const { lab, clock, webhooks } = harness;
  const targets = Object.fromEntries(
    Object.entries(lab.tenants).map(([name, { salesforce }]) => [
      name,
      webhookAddresses("http://harness.invalid", name, webhooks[name]!, salesforce.credentials.organizationId),
    ]),
  );
  return openWebhooks({
    ...{ lab, targets, clock },
    async send(url, init) {
      const response = await harness.app.request(new URL(url).pathname, init);
      await projected(harness.runtime);
      return response;
    },
  });
}

/** Events are projected after their acknowledgment. A test that sent them reads what they changed. */
async function projected({ tenants }: Runtime): Promise<void> {
  // A store that a test has made unwritable projects nothing.
  await Promise.allSettled([...tenants.values()].map(({ tenant }) => tenant.log.whenProjected()));
}

/** Requests may wait for a rate limit of some requests a second, so time has to advance. */
async function backfilled(isReady: Runtime["isReady"], clock: ManualClock): Promise<void> {
  await advanceUntil(clock, 20, "the first backfill", () => isReady().ready).catch((cause: unknown) => {
    throw new Error(`not filled: ${isReady().reasons.join("; ")}`, { cause });
  });
}

async function createKeys(runtime: Runtime, name: string): Promise<Record<RoleName, string>> {
  const { log, clock } = runtime.tenants.get(name)!.tenant;
  const keysByRole = roleNames.map((role) => ({ role, ...newApiKey(log.store, role, role, clock.now()) }));
  await log.commit({ statements: keysByRole.map((m) => m.statement), correlationId: "test" });
  return Object.fromEntries(keysByRole.map(({ role, token }) => [role, token])) as Record<RoleName, string>;
}
