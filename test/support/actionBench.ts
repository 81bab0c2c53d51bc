import { type Budget, createBudget } from "@sidelight/context-api/resilience/rateLimiter.ts";
import type { Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import type { Connector, Platform, PlatformCall } from "@sidelight/platform-kit/platform.ts";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import type { Fault } from "../lab/simulators/faults.ts";
import type { Lab, LabOptions, LabTenant } from "../lab/simulators/lab.ts";
import type { LoggedRequest, Platform as PlatformName } from "../lab/simulators/log.ts";
import { type FakeClock, fakeClock, tinyLab } from "../lab/simulators/testing.ts";

/** One live connection, as the product opens it, with a clock of the test's own. */
export interface Workbench {
  connector: Connector;
  budget: Budget;
  /** What the call log is told. */
  calls: PlatformCall[];
  /** Called after each call was told. */
  onCall: ((call: PlatformCall) => void) | null;
  /** Does effects by an action's name; those of the same id are attempts at the same. Inputs are checked as a route's are. */
  perform(action: string, effects: Partial<Effect>[], signal?: AbortSignal): Promise<Outcome[]>;
  close(): Promise<void>;
}

let serial = 0;

export function workbench<Options>(
  platform: Platform<Options>,
  settings: unknown,
  secrets: Record<string, string>,
  clock: FakeClock = fakeClock(),
): Workbench {
  const options = platform.options.parse(settings);
  const budget = createBudget(platform.pools(options), clock);
  const bench: Workbench = {
    budget,
    calls: [],
    onCall: null,
    connector: platform.connect(options, {
      tenant: "acme",
      connection: platform.name,
      timeZone: "UTC",
      now: clock.now,
      secret: (name) => (name in secrets ? Promise.resolve(secrets[name]!) : Promise.reject(new Error(`no secret ${name}`))),
      onCall(call) {
        bench.calls.push(call);
        bench.onCall?.(call);
      },
      admit: (lane, pool, signal) => budget.admit(lane, pool, signal),
      onAllowance: (pool, allowance) => budget.observe(pool, allowance),
    }),
    async perform(name, effects, signal = new AbortController().signal) {
      const action = bench.connector.actions?.[name];
      if (!action) throw new Error(`no action ${name}`);
      const whole = effects.map(({ id, input, at }) => ({
        id: id ?? `effect-${++serial}`,
        input: action.input.parse(input),
        at: at ?? clock.now(),
      }));
      if (whole.length > action.batch) throw new Error(`${name} takes ${action.batch} at most`);
      return await action.perform(whole, { lane: "webhook", signal });
    },
    close: () => bench.connector.close(),
  };
  return bench;
}

/** The same over a small lab's acme. */
export interface LabBench extends Workbench {
  lab: Lab;
  acme: LabTenant;
  clock: FakeClock;
  /** Records that were written there, by object. */
  effects(): Record<string, ReportedEffect[]>;
  /** `PUT /api/v2/tickets/1`, those for tokens left out. */
  requests(): string[];
  /** Breaks what is asked until {@link mend}. */
  breakWith(fault: Omit<Fault, "platform" | "rate" | "seed">): void;
  mend(): void;
}

export async function labBench<Options>(
  platform: Platform<Options>,
  settingsOf: (tenant: LabTenant) => { settings: unknown; secrets: Record<string, string> },
  lab: LabOptions = {},
): Promise<LabBench> {
  const tiny = await tinyLab(lab);
  const name = platform.name as PlatformName;
  const { settings, secrets } = settingsOf(tiny.acme);
  const bench = workbench(platform, settings, secrets, tiny.clock);
  const said = ({ method, path }: LoggedRequest): string => `${method} ${decodeURIComponent(path.split("?")[0]!)}`;
  return Object.assign(bench, {
    lab: tiny.lab,
    acme: tiny.acme,
    clock: tiny.clock,
    effects: () => effectsOf({ acme: tiny.acme.world }, name),
    requests: () =>
      tiny.lab.requests
        .list({ platform: name })
        .map(said)
        .filter((request) => !/\/oauth2?\//.test(request)),
    breakWith: (fault: Omit<Fault, "platform" | "rate" | "seed">) =>
      tiny.lab.faults.add({ platform: name, rate: 1, seed: 1, ...fault }),
    mend: () => tiny.lab.faults.clear(),
    async close() {
      await bench.connector.close();
      await tiny.lab.close();
    },
  });
}

export const zendeskOf = ({ zendesk: { url, credentials } }: LabTenant) => ({
  settings: { url, auth: { clientId: credentials.clientId, clientSecret: "zendesk" } },
  secrets: { zendesk: credentials.clientSecret },
});

export const salesforceOf = ({ salesforce: { url, credentials } }: LabTenant) => ({
  settings: { url, auth: { clientId: credentials.clientId, clientSecret: "salesforce" } },
  secrets: { salesforce: credentials.clientSecret },
});

export const mixpanelOf = ({ mixpanel: { url, credentials } }: LabTenant) => ({
  settings: {
    projectId: credentials.projectId,
    ...{ queryUrl: url, exportUrl: url, ingestUrl: url },
    auth: { username: credentials.username, secret: "mixpanel" },
    token: "token",
  },
  secrets: { mixpanel: credentials.secret, token: credentials.token },
});
