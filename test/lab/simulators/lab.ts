import { type Asked, type HappenedListener, happening, type Told } from "../control/happening.ts";
import { startControl } from "../control/server.ts";
import { createSentLog, type SentLog } from "../webhooks/sent.ts";
import { type Examples, pickExamples } from "../world/examples.ts";
import { newSecrets, openStore, type Saved, type Secrets, WORLD_VERSION } from "../world/store.ts";
import { createTenantWorld, type TenantWorld } from "../world/tenant.ts";
import type { Sizes } from "../world/types.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Context, DEFAULT_LIMITS, type Limits } from "./context.ts";
import { createFaults, type Faults } from "./faults.ts";
import { sinks } from "./generic/index.ts";
import { sinkSecrets } from "./generic/secrets.ts";
import { createLog, type Platform, type RequestLog, TARGETS, type Target } from "./log.ts";
import { mixpanel } from "./mixpanel/index.ts";
import { salesforce } from "./salesforce/index.ts";
import { type Running, type Simulator, serve } from "./server.ts";
import { zendesk } from "./zendesk/index.ts";

export interface LabOptions {
  /** Where the world is kept; without it everything lives in memory. */
  dataDir?: string;
  /** Of a new world; an existing one keeps its own. */
  seed?: number;
  now?: Date;
  sizes?: Record<string, Partial<Sizes>>;
  limits?: { [P in Platform]?: Partial<Limits[P]> };
  clock?: Clock;
  /** Told after `POST /happen` changed the world. */
  onHappened?: HappenedListener;
}

interface Endpoint<K extends keyof Omit<Secrets, "tokenKey">, More = unknown> {
  url: string;
  credentials: Secrets[K] & More;
  /** Asks the platform as its own pages do: past the network, its faults and the log. */
  direct(request: Request): Promise<Response>;
}

export interface LabTenant {
  world: TenantWorld;
  salesforce: Endpoint<"salesforce", { organizationId: string; username: string }>;
  zendesk: Endpoint<"zendesk">;
  mixpanel: Endpoint<"mixpanel">;
  /** The company's own endpoint and Slack-like channel, that take what routes send there. */
  generic: { url: string; signingSecret: string; slackUrl: string };
  examples: Examples;
  /** What the three platforms hold of the integration, live: to change one is to rotate it there. */
  registered: Secrets;
}

export interface Lab {
  tenants: Record<string, LabTenant>;
  control: { url: string };
  /** The same as the control server offers, for callers in this process. */
  requests: RequestLog;
  faults: Faults;
  webhooks: SentLog;
  /** @throws {Impossible} with a sentence for whoever asked */
  happen(asked: Asked): Told;
  /** Back to the seeded world; faults and log cleared. */
  reset(): void;
  close(): Promise<void>;
}

const SIZES: Record<string, Sizes> = {
  acme: { companies: 300, people: 2_000, tickets: 6_000, opportunities: 900, activities: 3_000 },
  globex: { companies: 30, people: 200, tickets: 600, opportunities: 90, activities: 300 },
};
/** Plans differ: acme is on Enterprise, globex on Suite Team. */
const PLANS: Record<string, number> = { acme: 700, globex: 200 };
/** Small enough for a unit test, large enough to hold every case. */
export const TINY: Record<string, Sizes> = {
  acme: { companies: 12, people: 90, tickets: 150, opportunities: 30, activities: 60 },
  globex: { companies: 10, people: 60, tickets: 60, opportunities: 15, activities: 30 },
};

export async function startSimulators(options: LabOptions = {}): Promise<Lab> {
  const clock = options.clock ?? systemClock;
  const store = openStore(options.dataDir, () => fresh(options, clock));
  const { saved } = store;
  const log = createLog();
  const faults = createFaults();
  const sent = createSentLog();
  const running: Running[] = [];
  const start = async (name: string, simulator: Simulator): Promise<string> => {
    const server = await serve(simulator, { log, faults, clock }, saved.ports[name] ?? 0);
    saved.ports[name] = server.port;
    running.push(server);
    return server.url;
  };
  const tenants: Record<string, LabTenant> = {};
  for (const [tenant, sizes] of Object.entries(saved.sizes)) {
    const secrets = saved.secrets[tenant]!;
    const world = createTenantWorld({ tenant, seed: saved.seed, anchor: saved.anchor, sizes, journal: store.journal(tenant) });
    const urls: Partial<Record<Target, string>> = {};
    const context = (platform: Target): Context => ({
      world,
      secrets,
      limits: limitsOf(tenant, options),
      clock,
      url: () => urls[platform] ?? "",
    });
    const at = {
      salesforce: salesforce(context("salesforce")),
      zendesk: zendesk(context("zendesk")),
      mixpanel: mixpanel(context("mixpanel")),
      generic: sinks(context("generic")),
    };
    for (const platform of TARGETS) urls[platform] = await start(`${platform}/${tenant}`, at[platform]);
    const endpoint = (platform: Platform) => ({
      url: urls[platform]!,
      direct: async (request: Request) => await at[platform].fetch(request),
    });
    const { organizationId, tables, integrationUser } = world.salesforce;
    const { signing, slackPath } = sinkSecrets(secrets.tokenKey);
    const username = String(tables.User.get(integrationUser)?.["Username"]);
    tenants[tenant] = {
      world,
      salesforce: { ...endpoint("salesforce"), credentials: { ...secrets.salesforce, organizationId, username } },
      zendesk: { ...endpoint("zendesk"), credentials: secrets.zendesk },
      mixpanel: { ...endpoint("mixpanel"), credentials: secrets.mixpanel },
      generic: { url: `${urls.generic}/events`, signingSecret: signing, slackUrl: `${urls.generic}${slackPath}` },
      examples: pickExamples(world),
      registered: secrets,
    };
  }
  const reset = (): void => {
    faults.clear();
    log.clear();
    sent.clear();
    for (const { world } of Object.values(tenants)) world.reset();
  };
  const worlds = Object.fromEntries(Object.entries(tenants).map(([name, tenant]) => [name, tenant.world]));
  const happen = happening({ worlds, clock, onHappened: options.onHappened });
  const control = await startControl({ worlds, log, faults, sent, happen, reset }, saved.ports["control"] ?? 0);
  saved.ports["control"] = control.port;
  store.save();
  return {
    tenants,
    control: { url: control.url },
    requests: log,
    faults,
    webhooks: sent,
    happen,
    reset,
    close: async () => {
      await Promise.all([...running, control].map((server) => server.close()));
    },
  };
}

function fresh(options: LabOptions, clock: Clock): Saved {
  const names = Object.keys(options.sizes ?? SIZES);
  const anchor = Math.floor((options.now?.getTime() ?? clock.now()) / 1000) * 1000;
  return {
    version: WORLD_VERSION,
    seed: options.seed ?? 20_261_121,
    anchor,
    sizes: Object.fromEntries(names.map((name) => [name, { ...(SIZES[name] ?? SIZES["globex"]!), ...options.sizes?.[name] }])),
    secrets: Object.fromEntries(names.map((name) => [name, newSecrets()])),
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
