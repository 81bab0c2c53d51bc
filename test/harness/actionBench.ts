import { createRateLimiter, type RateLimiter } from "@sidelight/context-api/resilience/rateLimiter.ts";
import { createIdentifiers } from "@sidelight/model/identifiers/identifiers.ts";
import type { Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import type { Connector, Platform, PlatformCall } from "@sidelight/platform-kit/platform.ts";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import type { Fault } from "../lab/simulators/faults.ts";
import type { Lab, LabOptions, LabTenant } from "../lab/simulators/lab.ts";
import type { LoggedRequest, Platform as PlatformName } from "../lab/simulators/log.ts";
import { type FakeClock, fakeClock, tinyLab } from "../lab/simulators/testing.ts";

/** One live connection, opened as the product opens it, with the test's own clock. */
export interface ActionBench {
  connector: Connector;
  rateLimiter: RateLimiter;
  /** Calls that were logged. */
  calls: PlatformCall[];
  /** Called after each logged call. */
  onCall: ((call: PlatformCall) => void) | null;
  /**
   * Performs effects by an action's name. Effects with the same id are attempts of the same. Inputs are validated as a route's
   * are.
   */
  perform(action: string, effects: Partial<Effect>[], signal?: AbortSignal): Promise<Outcome[]>;
  close(): Promise<void>;
}

let serial = 0;

export function openActionBench<Options>(
  platform: Platform<Options>,
  settings: unknown,
  secrets: Record<string, string>,
  clock: FakeClock = fakeClock(),
): ActionBench {
  const options = platform.options.parse(settings);
  const rateLimiter = createRateLimiter(platform.quotas(options), clock);
  const bench: ActionBench = {
    rateLimiter,
    calls: [],
    onCall: null,
    connector: platform.connect(options, {
      tenant: "acme",
      connection: platform.name,
      timeZone: "UTC",
      identifiers: createIdentifiers({ defaultCountry: null, freeMailDomains: [] }),
      now: clock.now,
      monotonic: clock.monotonic,
      platformNow: clock.now,
      onDate() {},
      secret: (name) => (name in secrets ? Promise.resolve(secrets[name]!) : Promise.reject(new Error(`no secret ${name}`))),
      onCall(call) {
        bench.calls.push(call);
        bench.onCall?.(call);
      },
      acquire: (priority, quota, signal, options) => rateLimiter.acquire(priority, quota, signal, options),
      quotaLeft: () => 1,
      onQuota: (name, quota) => rateLimiter.observe(name, quota),
    }),
    async perform(name, effects, signal = new AbortController().signal) {
      const action = bench.connector.actions?.[name];
      if (!action) throw new Error(`no action ${name}`);
      const completeEffects = effects.map(({ id, input, at }) => ({
        id: id ?? `effect-${++serial}`,
        input: action.input.parse(input),
        at: at ?? clock.now(),
      }));
      if (completeEffects.length > action.batch) throw new Error(`${name} takes ${action.batch} at most`);
      return await action.perform(completeEffects, { priority: "webhook", signal });
    },
    close: () => bench.connector.close(),
  };
  return bench;
}

/** A workbench over a small lab's acme. */
export interface LabActionBench extends ActionBench {
  lab: Lab;
  acme: LabTenant;
  clock: FakeClock;
  /** Written records by object. */
  effects(): Record<string, ReportedEffect[]>;
  /** `PUT /api/v2/tickets/1`, without token requests. */
  requests(): string[];
  /** Makes requests fail until {@link clearFaults}. */
  addFault(fault: Omit<Fault, "platform" | "rate" | "seed">): void;
  clearFaults(): void;
}

export async function openLabActionBench<Options>(
  platform: Platform<Options>,
  settingsOf: (tenant: LabTenant) => { settings: unknown; secrets: Record<string, string> },
  lab: LabOptions = {},
): Promise<LabActionBench> {
  const tiny = await tinyLab(lab);
  const name = platform.name as PlatformName;
  const { settings, secrets } = settingsOf(tiny.acme);
  const bench = openActionBench(platform, settings, secrets, tiny.clock);
  const requestLine = ({ method, path }: LoggedRequest): string => `${method} ${decodeURIComponent(path.split("?")[0]!)}`;
  return Object.assign(bench, {
    lab: tiny.lab,
    acme: tiny.acme,
    clock: tiny.clock,
    effects: () => effectsOf({ acme: tiny.acme.world }, name),
    requests: () =>
      tiny.lab.requests
        .list({ platform: name })
        .map(requestLine)
        .filter((request) => !/\/oauth2?\//.test(request)),
    addFault: (fault: Omit<Fault, "platform" | "rate" | "seed">) =>
      tiny.lab.faults.add({ platform: name, rate: 1, seed: 1, ...fault }),
    clearFaults: () => tiny.lab.faults.clear(),
    async close() {
      await bench.connector.close();
      await tiny.lab.close();
    },
  });
}

export const zendeskSettings = ({ zendesk: { url, credentials } }: LabTenant) => ({
  settings: { url, auth: { clientId: credentials.clientId, clientSecret: "zendesk" } },
  secrets: { zendesk: credentials.clientSecret },
});

export const salesforceSettings = ({ salesforce: { url, credentials } }: LabTenant) => ({
  settings: { url, auth: { clientId: credentials.clientId, clientSecret: "salesforce" } },
  secrets: { salesforce: credentials.clientSecret },
});

export const mixpanelSettings = ({ mixpanel: { url, credentials } }: LabTenant) => ({
  settings: {
    projectId: credentials.projectId,
    ...{ queryUrl: url, exportUrl: url, ingestUrl: url },
    auth: { username: credentials.username, secret: "mixpanel" },
    token: "token",
  },
  secrets: { mixpanel: credentials.secret, token: credentials.token },
});
