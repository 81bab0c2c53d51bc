import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { advanceBy, advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import type { Fault } from "../lab/simulators/faults.ts";

interface Situation {
  name: string;
  alert: [kind: string, connection: string, subject: string];
  fault: Omit<Fault, "rate" | "seed">;
  /** Makes the calls that meet the fault; without it, the pulls meet it. */
  call?(): Promise<unknown>;
}

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({
    configure(config) {
      const { acme } = config.tenants;
      for (const { settings, platform } of acme.connections) {
        if (platform === "generic") continue;
        settings.pullEverySeconds = 30;
        if (platform === "salesforce") settings.changeDataCapture = { objects: ["Account"] };
      }
      const route = { id: "note", on: "zendesk.ticket.comment_added", to: "zendesk", do: "add-internal-note" };
      acme.routing = { routes: [{ ...route, with: '{ "ticket": ref, "body": "Seen" }' }] };
    },
  });
});
afterEach(() => harness.close());

const waitFor = async (label: string, isTrue: () => Promise<boolean>) => await advanceUntil(harness.clock, 1_000, label, isTrue);
const advance = (ms: number): Promise<void> => advanceBy(harness.clock, 1_000, ms);
const comment = async (i: number): Promise<void> => {
  const tickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()].filter((t) => t.status !== "closed");
  const { id, requester_id: requesterId } = tickets[i]!;
  await sendZendesk(harness, ticketEvent("comment_added", { id, requesterId, updatedAt: harness.clock.now() }));
};
const refresh = async (): Promise<void> => {
  const { people } = harness.lab.tenants["acme"]!.world;
  const ref = encodeURIComponent(`email:${people.find((p) => p.tags.includes("demo"))!.email}`);
  harness.clock.advance(31_000);
  await advanceUntilSettled(harness.clock, harness.request(`/v1/context/${ref}/refresh`, { method: "POST" }));
};
const repeat = async (work: (i: number) => Promise<void>): Promise<void> => {
  for (let i = 0; i < 6; i++) await work(i);
};

const situations: Situation[] = [
  {
    name: "an outage",
    alert: ["circuit_open", "salesforce", "pull"],
    fault: { platform: "salesforce", kind: "error", status: 503 },
  },
  {
    name: "an outage of reads only",
    alert: ["circuit_open", "salesforce", "read"],
    fault: { platform: "salesforce", kind: "error", path: "/services/data/v67.0/query?" },
    call: () => repeat(refresh),
  },
  {
    name: "an outage of writes only",
    alert: ["circuit_open", "zendesk", "write"],
    fault: { platform: "zendesk", kind: "error", status: 503, path: "/api/v2/tickets" },
    call: () => repeat(comment),
  },
  {
    name: "a refused sign-in",
    alert: ["sign_in_failed", "zendesk", ""],
    fault: { platform: "zendesk", kind: "expired_token" },
  },
  {
    name: "a stream that fails alone",
    alert: ["stream_failing", "zendesk", "users"],
    fault: { platform: "zendesk", kind: "error", path: "/api/v2/incremental/users" },
  },
  {
    name: "a subscription that fails",
    alert: ["subscription_failing", "salesforce", ""],
    fault: { platform: "salesforce", kind: "error", status: 503, path: "/cometd" },
  },
  {
    name: "a quota that the platform closed",
    alert: ["quota_exhausted", "mixpanel", "query"],
    fault: { platform: "mixpanel", kind: "far_retry" },
  },
];

const alertsOf = async ([kind, connection, subject]: Situation["alert"], state: "open" | "closed"): Promise<Alert[]> => {
  const { body } = await harness.request(`/v1/alerts?state=${state}&limit=100`);
  return body.items.filter((a: Alert) => a.kind === kind && a.connection === connection && a.subject === subject);
};

async function begin({ fault, alert, call }: Situation): Promise<Alert> {
  harness.lab.faults.add({ ...fault, rate: 1, seed: 1 });
  await call?.();
  await waitFor("the alert", async () => (await alertsOf(alert, "open")).length > 0);
  return (await alertsOf(alert, "open"))[0]!;
}
const openings = ({ alert: [kind] }: Situation): number =>
  harness.logged.filter((line) => line.includes('"msg":"alert: ') && line.includes(`"kind":"${kind}"`)).length;

describe.each(situations)("$name", (situation) => {
  it("is one alert across restarts, from its beginning to its end", async () => {
    const { openedAt } = await begin(situation);
    for (let i = 0; i < 2; i++) {
      await harness.restart({ wait: false });
      await advance(150_000);
      expect(await alertsOf(situation.alert, "open")).toMatchObject([{ openedAt, closedAt: null }]);
    }
    const count = openings(situation);
    harness.lab.faults.clear();
    await harness.request(`/v1/connections/${situation.alert[1]}/retry`, { method: "POST" });
    await waitFor("the end of the alert", async () => (await alertsOf(situation.alert, "open")).length === 0);
    await advance(120_000);
    expect(await alertsOf(situation.alert, "closed")).toMatchObject([{ openedAt }]);
    expect(openings(situation)).toBe(count);
  });

  it("that ended while Sidelight was stopped closes after the start", async () => {
    const { openedAt } = await begin(situation);
    await harness.runtime.close();
    harness.lab.faults.clear();
    harness.clock.advance(600_000);
    await harness.restart({ wait: false });
    await waitFor("the end of the alert", async () => (await alertsOf(situation.alert, "open")).length === 0);
    expect(await alertsOf(situation.alert, "closed")).toMatchObject([{ openedAt }]);
  });
});
