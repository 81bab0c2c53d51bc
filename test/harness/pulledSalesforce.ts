import { advanceBy, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { iso } from "../lab/world/time.ts";
import type { Company } from "../lab/world/types.ts";
import { type ConfigTree, type Harness, type HarnessOptions, openHarness } from "./harness.ts";

export const minute = 60_000;
export const stampOf = (ms: number): string => iso(Math.floor(ms / 1000) * 1000);

interface StreamStatus {
  name: string;
  state: string;
  complete: boolean;
  problem: string | null;
  coveredUntil: string | null;
  passedOver: { reason: string; count: number }[];
}
interface Status {
  state: string;
  missing: string[];
  lagSeconds: number | null;
  quota: Record<string, { remaining: number }>;
  streams: StreamStatus[];
}

/** The product beside acme's org, at the platforms' own intervals: Salesforce is pulled every 15 minutes. */
export interface PulledSalesforce {
  harness: Harness;
  /** Advances the clock, so that pulls that become due run. */
  pass(ms: number): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: sections of every kind
  read(ref: string, query?: string): Promise<any>;
  /** @returns the status of the answer */
  refresh(ref: string): Promise<number>;
  status(): Promise<Status>;
  stream(name: string): Promise<StreamStatus>;
  /** Subjects of the alerts of a kind. */
  alertsOf(kind: string, state?: string): Promise<string[]>;
  ids: Harness["lab"]["tenants"][string]["world"]["ids"]["salesforce"];
  companies(): readonly Company[];
  /** A company with a value, and without a special case. */
  company(): Company;
  accountRef(): string;
  /** The stamp of a change that is made now. */
  now(): string;
}

export async function openPulledSalesforce(
  configure: (settings: ConfigTree) => void = () => {},
  lab: HarnessOptions["lab"] = {},
): Promise<PulledSalesforce> {
  const harness = await openHarness({
    lab: { ...lab, limits: { ...lab?.limits, salesforce: { tokenSeconds: 1e8, ...lab?.limits?.salesforce } } },
    configure: (config) => {
      for (const { settings } of config.tenants.acme.connections) delete settings.pullEverySeconds;
      configure(config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce").settings);
    },
  });
  const { world } = harness.lab.tenants["acme"]!;
  const ids = world.ids.salesforce;
  const companies = () => world.companies;
  const company = () => companies().find((c) => c.arr !== null && c.tags.length === 0 && c.owner.kind === "user")!;
  const status = async () => {
    const { body } = await harness.request("/v1/connections");
    return body.items.find((c: { id: string }) => c.id === "salesforce");
  };
  return {
    harness,
    pass: (ms) => advanceBy(harness.clock, minute, ms),
    async read(ref, query = "") {
      const { value } = await advanceUntilSettled(harness.clock, harness.context(ref, { query }));
      if (value.status !== 200) throw new Error(`the read of ${ref} was answered ${value.status}: ${value.text}`);
      return value.body;
    },
    async refresh(ref) {
      const request = harness.request(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" });
      return (await advanceUntilSettled(harness.clock, request)).value.status;
    },
    status,
    stream: async (name) => (await status()).streams.find((s: StreamStatus) => s.name === name),
    async alertsOf(kind, state = "open") {
      const { body } = await harness.request(`/v1/alerts?state=${state}&limit=1000`);
      return body.items
        .filter((a: { kind: string; connection: string }) => a.kind === kind && a.connection === "salesforce")
        .map((a: { subject: string }) => a.subject);
    },
    ids,
    companies,
    company,
    accountRef: () => `salesforce.account:${ids.account(company().index)}`,
    now: () => stampOf(harness.clock.now()),
  };
}
