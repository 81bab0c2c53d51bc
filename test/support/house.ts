import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "@sidelight/context-api/http/app.ts";
import type { App } from "@sidelight/context-api/http/env.ts";
import { openRuntime, type Runtime } from "@sidelight/context-api/runtime/runtime.ts";
import { newApiKey } from "@sidelight/context-api/security/apiKeys.ts";
import { createLogger } from "@sidelight/context-api/telemetry/logger.ts";
import { createMetrics } from "@sidelight/context-api/telemetry/metrics.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { generic } from "@sidelight/generic/index.ts";
import { mixpanel } from "@sidelight/mixpanel/index.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { salesforce } from "@sidelight/salesforce/index.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";
import { parse, stringify } from "yaml";
import { labConfig, labSecrets } from "../lab/launch/config.ts";
import { webhookAddresses } from "../lab/launch/labFile.ts";
import { newTenantState, type WebhookSecrets } from "../lab/launch/state.ts";
import { type Lab, type LabOptions, startSimulators, TINY } from "../lab/simulators/lab.ts";
import type { LoggedRequest, Platform as PlatformName } from "../lab/simulators/log.ts";
import { ANCHOR } from "../lab/simulators/testing.ts";
import { openWebhooks, type Webhooks } from "../lab/webhooks/index.ts";
import { type ManualClock, manualClock } from "./manualClock.ts";
import { until } from "./until.ts";

export type RoleName = "admin" | "service" | "agent" | "rep";
const roleNames: readonly RoleName[] = ["admin", "service", "agent", "rep"];

/** The configuration as YAML reads it, for a test to change before the start. */
// biome-ignore lint/suspicious/noExplicitAny: a tree of plain values, reached into by tests
export type ConfigTree = any;

export interface HouseOptions {
  lab?: LabOptions;
  /** Changes the configuration before it is used. */
  configure?: (config: ConfigTree) => void;
  /** False leaves the store empty: nothing is pulled. */
  pull?: boolean;
  /** True switches the default routes on, with the settings that the lab gives them. */
  routes?: boolean;
  /** True has the simulated platforms send their webhooks to the product. */
  webhooks?: boolean;
}

export interface Answer<T = Context> {
  status: number;
  headers: Headers;
  tier: string | null;
  text: string;
  body: T;
}

export interface AskOptions {
  tenant?: string;
  role?: RoleName | null;
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** The whole product over small simulators, in this process, with a clock of its own. */
export interface House {
  lab: Lab;
  clock: ManualClock;
  runtime: Runtime;
  app: App;
  keys: Record<string, Record<RoleName, string>>;
  /** Addresses and secrets of the webhooks, by tenant. */
  webhooks: Record<string, WebhookSecrets>;
  /** What the platforms send by themselves, where that was asked for. */
  senders: Webhooks | null;
  /** What the logger wrote. */
  logged: string[];
  directory: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every kind of answer
  ask<T = any>(path: string, options?: AskOptions): Promise<Answer<T>>;
  context(ref: string, options?: AskOptions & { query?: string }): Promise<Answer>;
  /** Requests that the simulators received since a mark. */
  requests(platform?: PlatformName, since?: number): LoggedRequest[];
  /** Ends the process and starts it again over the same store. */
  restart(options?: { pull?: boolean; wait?: boolean }): Promise<void>;
  close(): Promise<void>;
}

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const clock = manualClock(ANCHOR.getTime() + 300_000);
  const lab = await startSimulators({ now: ANCHOR, seed: 7, sizes: TINY, clock, ...options.lab });
  const directory = await mkdtemp(join(tmpdir(), "sidelight-house-"));
  const webhooks = Object.fromEntries(Object.keys(lab.tenants).map((name) => [name, newTenantState().webhooks]));
  const config: ConfigTree = parse(
    labConfig(lab.tenants, "http://localhost:9", webhooks, { hasRoutes: options.routes ?? false }),
  );
  options.configure?.(config);
  await writeFile(join(directory, "sidelight.yaml"), stringify(config));
  await writeFile(join(directory, "secrets.json"), JSON.stringify(labSecrets(lab.tenants, webhooks)));
  const logged: string[] = [];
  const house = { lab, clock, directory, logged, webhooks, keys: {} } as unknown as House;

  const open = async (pull: boolean, wait = pull): Promise<void> => {
    const metrics = createMetrics();
    const logger = createLogger("debug", { write: (line: string) => void logged.push(line) });
    house.runtime = await openRuntime({
      configFile: join(directory, "sidelight.yaml"),
      dataDirectory: directory,
      env: {},
      platforms: [salesforce, zendesk, mixpanel, generic] as readonly Platform[],
      clock,
      logger,
      metrics,
      pull,
    });
    const { tenants, isReady } = house.runtime;
    const { requestsPerMinute, trustedProxies } = house.runtime.config.config.http;
    house.app = createApp({ tenants, clock, logger, metrics, home: null, requestsPerMinute, trustedProxies, isReady });
    if (wait) await backfilled(isReady, clock);
  };

  await open(options.pull ?? true);
  for (const name of Object.keys(lab.tenants)) house.keys[name] = await makeKeys(house.runtime, name);

  house.ask = async (path, { tenant = "acme", role = "admin", method = "GET", body, headers = {} } = {}) => {
    const key = role === null ? undefined : house.keys[tenant]?.[role];
    const response = await house.app.request(path, {
      method,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      tier: response.headers.get("x-sidelight-tier"),
      text,
      body: isJson && text ? JSON.parse(text) : (text as never),
    };
  };
  house.context = (ref, { query = "", ...rest } = {}) => house.ask(`/v1/context/${encodeURIComponent(ref)}${query}`, rest);
  house.requests = (platform, since = 0) => lab.requests.list(platform ? { platform } : {}).slice(since);
  house.restart = async ({ pull = true, wait = pull } = {}) => {
    await house.runtime.close();
    await open(pull, wait);
  };
  house.senders = options.webhooks ? senders(house) : null;
  house.close = async () => {
    await house.senders?.close();
    await house.runtime.close();
    await lab.close();
    await rm(directory, { recursive: true, force: true });
  };
  return house;
}

/** The lab's senders, on the house's clock, straight into the app. */
function senders(house: House): Webhooks {
  const { lab, clock, webhooks } = house;
  const targets = Object.fromEntries(
    Object.entries(lab.tenants).map(([name, { salesforce }]) => [
      name,
      webhookAddresses("http://house.invalid", name, webhooks[name]!, salesforce.credentials.organizationId),
    ]),
  );
  return openWebhooks({ lab, targets, clock, send: async (url, init) => await house.app.request(new URL(url).pathname, init) });
}

/** Limits of some requests a second are kept on the way: time has to pass. */
async function backfilled(isReady: Runtime["isReady"], clock: ManualClock): Promise<void> {
  await until("the first backfill", () => {
    clock.advance(20);
    return isReady().ready;
  }).catch(() => {
    throw new Error(`not filled: ${isReady().reasons.join("; ")}`);
  });
}

async function makeKeys(runtime: Runtime, name: string): Promise<Record<RoleName, string>> {
  const { log, clock } = runtime.tenants.get(name)!.tenant;
  const made = roleNames.map((role) => ({ role, ...newApiKey(log.store, role, role, clock.now()) }));
  await log.commit({ statements: made.map((m) => m.statement), correlationId: "test" });
  return Object.fromEntries(made.map(({ role, token }) => [role, token])) as Record<RoleName, string>;
}
