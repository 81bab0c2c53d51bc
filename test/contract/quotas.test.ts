import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import type { ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import type { Delivery } from "@sidelight/contracts/events/delivery.ts";
import { advanceBy, advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterEach, describe, expect, it } from "vitest";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { effectsOf } from "../lab/control/effects.ts";
import { salesforceClient } from "../lab/simulators/testing.ts";

let harness: Harness;
afterEach(() => harness.close());

const neverAborted = new AbortController().signal;
const day = 86_400_000;

const waitFor = async (label: string, isTrue: () => Promise<boolean>) => await advanceUntil(harness.clock, 5_000, label, isTrue);
const connectionOf = (id: string) => harness.runtime.tenants.get("acme")!.tenant.connections.find((c) => c.id === id)!;
const statusOf = async (id: string): Promise<ConnectionStatus> =>
  (await harness.request("/v1/connections")).body.items.find((item: ConnectionStatus) => item.id === id);
const deliveries = async (state: string): Promise<Delivery[]> =>
  (await harness.request(`/v1/deliveries?state=${state}&limit=100`)).body.items;
const alertsOf = async (kind: string): Promise<Alert[]> =>
  (await harness.request("/v1/alerts?state=open&limit=100")).body.items.filter((alert: Alert) => alert.kind === kind);
const trackedEvents = (): number => (effectsOf({ acme: harness.lab.tenants["acme"]!.world }, "mixpanel")["event"] ?? []).length;

const trackSignUps = { id: "sign-ups", on: "generic.event.signed_up", to: "mixpanel", do: "track" };

describe("a monthly cap of events", () => {
  it("is never exceeded; the events above it wait with their reason, and are sent when the next month begins", async () => {
    harness = await openHarness({
      configure(config) {
        const { connections } = config.tenants.acme;
        connections.find(({ id }: { id: string }) => id === "mixpanel").settings.eventsPerMonth = 5;
        config.tenants.acme.routing = {
          routes: [{ ...trackSignUps, with: '{ "distinctId": "watcher", "event": "Signed Up" }' }],
        };
      },
    });
    const before = trackedEvents();
    const { email } = harness.lab.tenants["acme"]!.world.people[0]!;
    for (let i = 0; i < 8; i++) {
      const at = new Date(harness.clock.now()).toISOString();
      const { body } = await sendGeneric(harness, { type: "signed_up", at, customer: { email }, data: { number: i } });
      expect(body).toMatchObject({ accepted: 1 });
    }
    await waitFor("all to be decided", async () => {
      const postponed = (await deliveries("waiting")).filter(({ cause }) => cause === "monthly_cap");
      return (await deliveries("done")).length === 5 && postponed.length === 3;
    });
    expect(trackedEvents() - before).toBe(5);
    const [delivery] = await deliveries("waiting");
    expect(delivery).toMatchObject({ cause: "monthly_cap", attempts: 0, message: expect.stringContaining("monthly cap") });
    const status = await statusOf("mixpanel");
    expect(status.monthlyEvents).toMatchObject({ limit: 5, sent: 5, resetsAt: delivery!.nextAttemptAt });
    await waitFor("the alert", async () => (await alertsOf("monthly_cap")).length === 1);
    expect((await alertsOf("monthly_cap"))[0]).toMatchObject({ severity: "critical", connection: "mixpanel" });
    expect(await alertsOf("queue_growing")).toEqual([]);

    await harness.restart();
    await waitFor("the decision after the restart", async () => (await deliveries("waiting")).length === 3);
    expect(trackedEvents() - before).toBe(5);

    harness.clock.advance(Date.parse(delivery!.nextAttemptAt!) - harness.clock.now());
    await waitFor("the rest", async () => (await deliveries("done")).length === 8);
    expect(trackedEvents() - before).toBe(8);
    await waitFor("the end of the alert", async () => (await alertsOf("monthly_cap")).length === 0);
  });
});

describe("a quota", () => {
  it("of an hour continues after a restart: what was used stays used", async () => {
    harness = await openHarness({ pull: false });
    for (let i = 0; i < 40; i++) await connectionOf("mixpanel").rateLimiter.acquire("interactive", "query", neverAborted);
    const used = 60 - connectionOf("mixpanel").rateLimiter.left()["query"]!.remaining;
    await harness.restart({ pull: false });
    expect(connectionOf("mixpanel").rateLimiter.left()["query"]!.remaining).toBe(60 - used);
    harness.clock.advance(day);
    expect(connectionOf("mixpanel").rateLimiter.left()["query"]!.remaining).toBe(60);
  });

  it("that will run out is shown with its time, raises an alert with the time left, and the alert closes when it recovers", async () => {
    harness = await openHarness();
    const { rateLimiter } = connectionOf("mixpanel");
    const stop = new AbortController();
    for (let i = 0; i < 3; i++) {
      for (let n = 0; n < 13; n++) await rateLimiter.acquire("interactive", "query", stop.signal).catch(() => {});
      harness.clock.advance(120_000);
    }
    const { runsOutAt } = (await statusOf("mixpanel")).quota["query"]!;
    expect(Date.parse(runsOutAt!)).toBeGreaterThan(harness.clock.now());
    await waitFor("the alert", async () => (await alertsOf("quota_runs_out")).length > 0);
    const [alert] = await alertsOf("quota_runs_out");
    expect(alert).toMatchObject({ connection: "mixpanel", subject: "query", cause: expect.stringContaining("minutes") });
    expect(alert!.nextAction).toMatch(/quota/);
    harness.clock.advance(7_200_000);
    await waitFor("the end of the alert", async () => (await alertsOf("quota_runs_out")).length === 0);
  });
});

describe("the quota of a day that another client of the org has used up to a twentieth", () => {
  const minute = 60_000;
  const dailyRequests = 1_000;

  const callsSince = (since: number, path: RegExp): number =>
    harness.requests("salesforce", since).filter((request) => request.tenant === "acme" && path.test(request.path)).length;
  const advance = (ms: number, stepMs = 1_000): Promise<void> => advanceBy(harness.clock, stepMs, ms);
  async function signUp(number: number): Promise<void> {
    const at = new Date(harness.clock.now()).toISOString();
    const { email } = harness.lab.tenants["acme"]!.world.people[0]!;
    const { body } = await sendGeneric(harness, { type: "signed_up", at, customer: { email }, data: { number } });
    expect(body).toMatchObject({ accepted: 1 });
  }

  it("lets writes share a call each minute, and pulls bring an hour at once", async () => {
    harness = await openHarness({
      lab: { limits: { salesforce: { dailyRequests, tokenSeconds: 1e8 } } },
      configure(config) {
        for (const { settings } of config.tenants.acme.connections) delete settings.pullEverySeconds;
        const input = '{ "subject": "Call " & event.data.number, "dueDate": "2026-12-01" }';
        config.tenants.acme.routing = {
          routes: [{ id: "calls", on: "generic.event.signed_up", to: "salesforce", do: "create-task", with: input }],
        };
      },
    });
    const otherClient = await salesforceClient(harness.lab.tenants["acme"]!);
    const used = async () => {
      const { headers } = await otherClient("GET", "/services/data/v67.0/limits");
      return Number(/api-usage=(\d+)/.exec(headers.get("sforce-limit-info") ?? "")?.[1]);
    };
    while ((await used()) < 0.95 * dailyRequests);

    const since = harness.requests("salesforce").length;
    const writes = () => callsSince(since, /composite\/sobjects/);
    await signUp(0);
    await waitFor("the first task, which waits for no other", async () => (await deliveries("done")).length === 1);
    for (let number = 1; number <= 4; number++) {
      await signUp(number);
      await advance(8_000);
    }
    expect(writes()).toBe(1);
    expect(await deliveries("waiting")).toHaveLength(4);
    await waitFor("the shared call", async () => (await deliveries("done")).length === 5);
    expect(writes()).toBe(2);

    await advance(16 * minute, minute);
    const pulledSince = harness.requests("salesforce").length;
    await advance(58 * minute, minute);
    expect(callsSince(pulledSince, /\/query/)).toBeLessThanOrEqual(7);
  });
});
