import { createScenarioRunner, type ScenarioListener, type ScenarioRequest, type ScenarioResult } from "../control/scenario.ts";
import { startControl } from "../control/server.ts";
import { createWebhookLog, type WebhookLog } from "../webhooks/webhookLog.ts";
import { type Examples, pickExamples } from "../world/examples.ts";
import { newSecrets, openStore, type Saved, type Secrets, WORLD_VERSION } from "../world/store.ts";
import { createTenantWorld, type TenantWorld } from "../world/tenant.ts";
import type { Sizes } from "../world/types.ts";
import { createActivity } from "./activity.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Context, DEFAULT_LIMITS, type Limits } from "./context.ts";
import { createFaults, type Faults } from "./faults.ts";
import { sinks } from "./generic/index.ts";
import { sinkSecrets } from "./generic/secrets.ts";
import { createLog, type Platform, type RequestLog, TARGETS, type Target } from "./log.ts";
import { mixpanel } from "./mixpanel/index.ts";
import { type Operations, startOperations, type TenantChannels } from "./operations/index.ts";
import { salesforce } from "./salesforce/index.ts";
import { type RunningServer, type Simulator, serve } from "./server.ts";
import { zendesk } from "./zendesk/index.ts";

export interface LabOptions {
  /** Folder of the world. Absent: the world lives in memory. */
  dataDir?: string;
  /** For a new world. An existing world keeps its seed. */
  seed?: number;
  now?: Date;
  sizes?: Record<string, Partial<Sizes>>;
  limits?: { [P in Platform]?: Partial<Limits[P]> };
  clock?: Clock;
  /** Called after `POST /happen` changed the world. */
  onScenario?: ScenarioListener;
}

interface Endpoint<K extends keyof Omit<Secrets, "tokenKey">, More = unknown> {
  url: string;
  credentials: Secrets[K] & More;
  /** Calls the platform as its own pages do: no network, no faults, no request log. */
  direct(request: Request): Promise<Response>;
}

export interface LabTenant {
  world: TenantWorld;
  salesforce: Endpoint<"salesforce", { organizationId: string; username: string }>;
  zendesk: Endpoint<"zendesk">;
  mixpanel: Endpoint<"mixpanel">;
  /** The customer's own endpoint and Slack-like channel. */
  generic: { url: string; cardsUrl: string; signingSecret: string; slackUrl: string };
  /** Where the team that operates Sidelight reads alerts. */
  channels: TenantChannels;
  examples: Examples;
  /** The integration's credentials at the three platforms. Mutable: changing one rotates it. */
  registered: Secrets;
}

export interface Lab {
  tenants: Record<string, LabTenant>;
  control: { url: string };
  /** The members below are also offered by the control server. */
  requests: RequestLog;
  faults: Faults;
  webhooks: WebhookLog;
  operations: Operations;
  /** @throws {ScenarioError} with a message for the caller */
  runScenario(request: ScenarioRequest): ScenarioResult;
  /** Whether a simulator is working on a request. Requests that wait for the clock do not count. */
  isBusy(): boolean;
  /** Restores the seeded world and clears faults and logs. */
  reset(): void;
  close(): Promise<void>;
}

const SIZES: Record<string, Sizes> = {
  acme: { companies: 300, people: 2_000, tickets: 6_000, opportunities: 900, activities: 3_000 },
  globex: { companies: 30, people: 200, tickets: 600, opportunities: 90, activities: 300 },
};
/** Requests a minute: acme is on Enterprise, globex on Suite Team. */
const PLANS: Record<string, number> = { acme: 700, globex: 200 };
/** Small enough for a unit test, large enough for every special case. */
export const TINY: Record<string, Sizes> = {
  acme: { companies: 12, people: 90, tickets: 150, opportunities: 30, activities: 60 },
  globex: { companies: 10, people: 60, tickets: 60, opportunities: 15, activities: 30 },
};

export async function startSimulators(options: LabOptions = {}): Promise<Lab> {
  const clock = options.clock ?? systemClock;
  const activity = createActivity(clock);
  const store = openStore(options.dataDir, () => createWorldFile(options, clock));
  const { stored } = store;
  const log = createLog();
  const faults = createFaults();
  const webhookLog = createWebhookLog();
  const servers: RunningServer[] = [];
  const start = async (name: string, simulator: Simulator): Promise<string> => {
    const server = await serve(simulator, { log, faults, activity }, stored.ports[name] ?? 0);
    stored.ports[name] = server.port;
    servers.push(server);
    return server.url;
  };
  const owners = Object.keys(stored.sizes).map((name) => ({ name, tokenKey: stored.secrets[name]!.tokenKey }));
  const operations = await startOperations({ tenants: owners, activity, ports: stored.ports });
  Object.assign(stored.ports, operations.ports);
  const tenants: Record<string, LabTenant> = {};
  for (const [tenant, sizes] of Object.entries(stored.sizes)) {
    const secrets = stored.secrets[tenant]!;
    const world = createTenantWorld({ tenant, seed: stored.seed, anchor: stored.anchor, sizes, journal: store.journal(tenant) });
    const urls: Partial<Record<Target, string>> = {};
    const context = (platform: Target): Context => ({
      world,
      secrets,
      limits: limitsOf(tenant, options),
      clock: activity.clock,
      url: () => urls[platform] ?? "",
    });
    const simulators = {
      salesforce: salesforce(context("salesforce")),
      zendesk: zendesk(context("zendesk")),
      mixpanel: mixpanel(context("mixpanel")),
      generic: sinks(context("generic")),
    };
    for (const platform of TARGETS) urls[platform] = await start(`${platform}/${tenant}`, simulators[platform]);
    const endpoint = (platform: Platform) => ({
      url: urls[platform]!,
      direct: async (request: Request) => await simulators[platform].fetch(request),
    });
    const { organizationId, tables, integrationUser } = world.salesforce;
    const { signing, slackPath } = sinkSecrets(secrets.tokenKey);
    const username = String(tables.User.get(integrationUser)?.["Username"]);
    tenants[tenant] = {
      world,
      salesforce: { ...endpoint("salesforce"), credentials: { ...secrets.salesforce, organizationId, username } },
      zendesk: { ...endpoint("zendesk"), credentials: secrets.zendesk },
      mixpanel: { ...endpoint("mixpanel"), credentials: secrets.mixpanel },
      generic: {
        url: `${urls.generic}/events`,
        cardsUrl: `${urls.generic}/cards`,
        signingSecret: signing,
        slackUrl: `${urls.generic}${slackPath}`,
      },
      channels: operations.channelsOf(tenant),
      examples: pickExamples(world),
      registered: secrets,
    };
  }
  const reset = (): void => {
    faults.clear();
    log.clear();
    webhookLog.clear();
    operations.clear();
    for (const { world } of Object.values(tenants)) world.reset();
  };
  const worlds = Object.fromEntries(Object.entries(tenants).map(([name, tenant]) => [name, tenant.world]));
  const runScenario = createScenarioRunner({ worlds, clock, onScenario: options.onScenario });
  const control = await startControl(
    { worlds, log, faults, webhookLog, operations, runScenario, reset },
    stored.ports["control"] ?? 0,
  );
  stored.ports["control"] = control.port;
  store.save();
  return {
    tenants,
    control: { url: control.url },
    requests: log,
    faults,
    webhooks: webhookLog,
    operations,
    runScenario,
    isBusy: activity.isBusy,
    reset,
    close: async () => {
      await Promise.all([...servers, control, operations].map((server) => server.close()));
    },
  };
}

function createWorldFile(options: LabOptions, clock: Clock): Saved {
  const names = Object.keys(options.sizes ?? SIZES);
  const anchor = Math.floor((options.now?.getTime() ?? clock.now()) / 1000) * 1000;
  return {
    version: WORLD_VERSION,
    seed: options.seed ?? 20_261_121,
    anchor,
    sizes: Object.fromEntries(names.map((name) => [name, { ...(SIZES[name] ?? SIZES["globex"]!), ...options.sizes?.[name] }])),
    secrets: Object.fromEntries(names.map((name) => [name, newSecrets(name)])),
    ports: {},
  };
}

function limitsOf(tenant: string, { limits }: LabOptions): Limits {
  const plan = { requestsPerMinute: PLANS[tenant] ?? DEFAULT_LIMITS.zendesk.requestsPerMinute };
  return {
    salesforce: { ...DEFAULT_LIMITS.salesforce, ...limits?.salesforce },
    zendesk: { ...DEFAULT_LIMITS.zendesk, ...plan, ...limits?.zendesk },
    mixpanel: { ...DEFAULT_LIMITS.mixpanel, ...limits?.mixpanel },
  };
}
