import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { advanceBy, advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const minuteMs = 60_000;

interface Breaker {
  state: string;
  since: string | null;
  failures: number;
  nextProbeAt: string | null;
  problem: string | null;
}

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({
    configure: (config) => {
      const { acme } = config.tenants;
      for (const { settings, platform } of acme.connections) if (platform !== "generic") settings.pullEverySeconds = 30;
      const route = { id: "note", on: "zendesk.ticket.comment_added", to: "zendesk", do: "add-internal-note" };
      acme.routing = { routes: [{ ...route, with: '{ "ticket": ref, "body": "Seen" }' }] };
    },
  });
});
afterEach(() => harness.close());

const connection = async (id: string): Promise<{ state: string; problem: string | null; breaker: Record<string, Breaker> }> =>
  (await harness.request("/v1/connections")).body.items.find((c: { id: string }) => c.id === id);
const openBreakers = async (id: string): Promise<string[]> =>
  Object.entries((await connection(id)).breaker).flatMap(([kind, { state }]) => (state === "closed" ? [] : [kind]));
const alerts = async (state = "open"): Promise<Alert[]> =>
  (await harness.request(`/v1/alerts?state=${state}&limit=100`)).body.items;
const alertNames = async (): Promise<string[]> =>
  (await alerts()).map(({ kind, connection: id, subject }) => [kind, id, subject].join(" ")).sort();
const ref = (): string => {
  const { world } = harness.lab.tenants["acme"]!;
  return `email:${world.people.find((p) => p.tags.includes("demo"))!.email}`;
};
const refresh = async () =>
  (
    await advanceUntilSettled(
      harness.clock,
      harness.request(`/v1/context/${encodeURIComponent(ref())}/refresh`, { method: "POST" }),
    )
  ).value;
const waitFor = async (label: string, isTrue: () => Promise<boolean>) => await advanceUntil(harness.clock, 1_000, label, isTrue);
const advance = (ms: number): Promise<void> => advanceBy(harness.clock, 1_000, ms);

describe("one late answer", () => {
  it("does not mark its source as out: state, breakers and alerts stay as they are", async () => {
    harness.clock.advance(31_000);
    harness.lab.faults.add({ platform: "salesforce", kind: "latency", ms: 3_000, rate: 1, seed: 1 });
    const { body } = await refresh();
    expect(body.sections.account).toMatchObject({ state: "ok", problem: { code: "timeout" } });
    harness.lab.faults.clear();
    await advance(5_000);
    const later = await harness.context(ref());
    for (const name of ["account", "support", "product"] as const)
      expect(later.body.sections[name], name).toMatchObject({ state: "ok", problem: null });
    expect(await connection("salesforce")).toMatchObject({ state: "ok", problem: null });
    expect(await openBreakers("salesforce")).toEqual([]);
    expect(await alertNames()).toEqual([]);
  });
});

describe("an outage", () => {
  it("opens the breakers after five failures, raises one alert, leaves fresh values ok, and ends without a read", async () => {
    await harness.context(ref());
    harness.lab.faults.add({ platform: "salesforce", kind: "error", status: 503, rate: 1, seed: 1 });
    const startedAt = harness.clock.now();
    await waitFor("the alert", async () => (await alertNames()).some((name) => name.startsWith("circuit_open salesforce")));
    await waitFor("the breakers of all streams", async () =>
      Object.entries((await connection("salesforce")).breaker).every(
        ([kind, { state }]) => !kind.startsWith("pull.") || state !== "closed",
      ),
    );
    const { breaker } = await connection("salesforce");
    const pulls = Object.entries(breaker).filter(([kind]) => kind.startsWith("pull."));
    expect(pulls.length).toBeGreaterThan(3);
    for (const [kind, { state, failures, since }] of pulls) {
      expect([kind, state]).toEqual([kind, expect.stringMatching(/open/)]);
      expect(failures).toBeGreaterThanOrEqual(5);
      expect(Date.parse(since!)).toBeGreaterThan(startedAt);
    }
    // One cause, one alert: not one for each stream.
    expect(await alertNames()).toEqual(["circuit_open salesforce pull"]);
    const [alert] = await alerts();
    expect(alert).toMatchObject({ cause: expect.stringMatching(/503/), nextAction: expect.stringMatching(/\S/), closedAt: null });
    expect(alert!.count).toBeGreaterThanOrEqual(5);
    expect(Date.parse(alert!.since)).toBeLessThanOrEqual(Date.parse(alert!.openedAt));
    const { body } = await harness.context(ref());
    expect(body.sections.account).toMatchObject({ state: "ok", problem: { code: "unavailable", retryAt: expect.any(String) } });
    expect(body.sections.support).toMatchObject({ state: "ok", problem: null });

    harness.lab.faults.clear();
    const endedAt = harness.clock.now();
    await waitFor("the recovery", async () => (await openBreakers("salesforce")).length === 0);
    expect(harness.clock.now() - endedAt).toBeLessThanOrEqual(2 * minuteMs);
    expect(await connection("salesforce")).toMatchObject({ state: "ok", problem: null });
    const recovery = await harness.context(ref());
    for (const name of ["account", "support", "product"] as const)
      expect(recovery.body.sections[name], name).toMatchObject({ state: "ok", problem: null });
    await waitFor("the end of the alert", async () => (await alertNames()).length === 0);
    const closedAlerts = (await alerts("closed")).filter(({ kind }) => kind === "circuit_open");
    expect(closedAlerts).toMatchObject([{ connection: "salesforce", subject: "pull", closedAt: expect.any(String) }]);
  });

  it("makes a value stale only when it is older than its limit, and its alert survives a restart", async () => {
    await harness.context(ref());
    harness.lab.faults.add({ platform: "zendesk", kind: "error", status: 503, rate: 1, seed: 1 });
    await waitFor("the alert", async () => (await alertNames()).includes("circuit_open zendesk pull"));
    const [first] = await alerts();
    expect((await harness.context(ref())).body.sections.support!.state).toBe("ok");
    harness.clock.advance(16 * minuteMs);
    const { value } = await advanceUntilSettled(harness.clock, harness.context(ref()));
    expect(value.body.sections.support).toMatchObject({ state: "stale", problem: { code: "unavailable" } });
    expect(value.body.sections.account!.problem).toBeNull();
    await harness.restart({ wait: false });
    await waitFor("the alert again", async () => (await openBreakers("zendesk")).length > 3);
    await advance(20_000);
    const zendeskAlerts = (await alerts()).filter(({ kind, subject }) => kind === "circuit_open" && subject === "pull");
    expect(zendeskAlerts).toHaveLength(1);
    expect(first!.kind).toBe("circuit_open");
  });

  it("of a read that is not repeated is probed until it ends", async () => {
    // Pulls work, so only the breaker of reads opens.
    harness.lab.faults.add({
      platform: "salesforce",
      kind: "error",
      status: 500,
      path: "/services/data/v67.0/query?",
      rate: 1,
      seed: 1,
    });
    for (let i = 0; i < 6; i++) {
      harness.clock.advance(31_000);
      await refresh();
    }
    expect(await openBreakers("salesforce")).toEqual(["read"]);
    expect(await alertNames()).toEqual(["circuit_open salesforce read"]);
    harness.lab.faults.clear();
    const since = harness.requests("salesforce").length;
    await advance(2 * minuteMs);
    expect(harness.requests("salesforce", since).length).toBeGreaterThan(0);
    expect((await connection("salesforce")).breaker["read"]!.state).toBe("closed");
  });
});

describe("a stream that fails alone", () => {
  it("raises its own alert, and nothing else is called failing or stale", async () => {
    harness.lab.faults.add({
      platform: "zendesk",
      kind: "error",
      status: 500,
      path: "/api/v2/incremental/users",
      rate: 1,
      seed: 1,
    });
    await waitFor("the alert", async () => (await alertNames()).includes("stream_failing zendesk users"));
    expect(await alertNames()).toEqual(["stream_failing zendesk users"]);
    expect(await openBreakers("zendesk")).toEqual(["pull.users"]);
    const { body } = await harness.context(ref());
    for (const name of ["account", "support", "product"] as const)
      expect(body.sections[name], name).toMatchObject({ state: "ok", problem: null });
    harness.lab.faults.clear();
    await waitFor("the end of the alert", async () => (await alertNames()).length === 0);
  });
});

describe("deliveries that fail", () => {
  const comment = async (i: number): Promise<void> => {
    const tickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()].filter((t) => t.status !== "closed");
    const { id, requester_id: requesterId } = tickets[i]!;
    await sendZendesk(harness, ticketEvent("comment_added", { id, requesterId, updatedAt: harness.clock.now() }));
  };
  const writes = { platform: "zendesk", path: "/api/v2/tickets", rate: 1, seed: 1 } as const;
  const states = async (): Promise<string[]> =>
    (await harness.request("/v1/deliveries?limit=100")).body.items.map((d: { state: string }) => d.state);

  it("are an alert at once when they become dead letters, and the alert closes when they are retried", async () => {
    harness.lab.faults.add({ ...writes, kind: "error", status: 422 });
    await comment(0);
    await waitFor("the dead letter", async () => (await states()).includes("dead_letter"));
    expect(await alertNames()).toEqual(["dead_letter zendesk note"]);
    expect((await alerts())[0]).toMatchObject({
      count: 1,
      cause: expect.stringMatching(/\S/),
      nextAction: expect.stringMatching(/retry/),
    });
    await comment(1);
    await waitFor("the second dead letter", async () => (await states()).filter((s) => s === "dead_letter").length === 2);
    await advance(20_000);
    expect(await alerts()).toMatchObject([{ kind: "dead_letter", count: 2 }]);
    harness.lab.faults.clear();
    await harness.request("/v1/deliveries/retry", { method: "POST", body: {} });
    await waitFor("the end of the alert", async () => (await alertNames()).length === 0);
  });

  it("wait no longer when the system's clock is set back meanwhile", async () => {
    harness.lab.faults.add({ ...writes, kind: "error", status: 503 });
    await comment(0);
    await waitFor("the first attempt", async () =>
      (await harness.request("/v1/deliveries?limit=100")).body.items.some((d: { attempts: number }) => d.attempts > 0),
    );
    harness.lab.faults.clear();
    harness.clock.step(-86_400_000);
    await advance(660_000);
    expect(await states()).toEqual(["done"]);
  });

  it("raise an alert when their queue grows, and a retry of the connection sends them at once", async () => {
    harness.lab.faults.add({ ...writes, kind: "error", status: 503 });
    for (let i = 0; i < 8; i++) await comment(i);
    await waitFor("the breaker of the writes", async () => (await openBreakers("zendesk")).includes("write.add-internal-note"));
    expect(await alertNames()).toContain("circuit_open zendesk write");
    await waitFor("the alert", async () => (await alertNames()).includes("queue_growing zendesk "));
    expect(await states()).not.toContain("dead_letter");
    harness.lab.faults.clear();
    const { body } = await harness.request("/v1/connections/zendesk/retry", { method: "POST" });
    expect(body.quotas).toEqual([]);
    await waitFor("the deliveries", async () => !(await states()).includes("waiting"));
    await waitFor("the end of the alerts", async () => (await alertNames()).length === 0);
    expect(await openBreakers("zendesk")).toEqual([]);
  });
});

describe("the retry of a connection", () => {
  it("is not_found for an unknown connection, and for operators only", async () => {
    expect((await harness.request("/v1/connections/hubspot/retry", { method: "POST" })).body.code).toBe("not_found");
    expect((await harness.request("/v1/connections/zendesk/retry", { method: "POST", role: "agent" })).status).toBe(403);
  });
});
