import { Freshness, type FreshnessObjective } from "@sidelight/contracts/freshness/freshness.ts";
import { advanceBy, advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const minuteMs = 60_000;
let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.objectives = [{ connection: "zendesk", data: "ticket", youngerThan: "10m", share: 0.9, windowDays: 1 }];
    },
  });
});
afterEach(() => harness.close());

const freshness = async (): Promise<Freshness> => Freshness.parse((await harness.request("/v1/freshness")).body);
async function tickets(): Promise<FreshnessObjective> {
  const { objectives } = await freshness();
  return objectives.find(({ connection, data }) => connection === "zendesk" && data === "ticket")!;
}
const requester = () => [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()][0]!.requester_id;
const sendTicket = (id: number, ageMs: number) =>
  sendZendesk(harness, ticketEvent("created", { id, requesterId: requester(), updatedAt: harness.clock.now() - ageMs }));
const openAlerts = async (kind: string) =>
  (await harness.request("/v1/alerts?state=open&limit=100")).body.items.filter((alert: { kind: string }) => alert.kind === kind);

describe("GET /v1/freshness", () => {
  it("counts minutes and facts that arrive, and not the first import", async () => {
    await advanceBy(harness.clock, 20_000, 5 * minuteMs);
    const valueBefore = await tickets();
    expect(valueBefore).toMatchObject({
      youngerThan: "10m",
      share: 0.9,
      isDefault: false,
      state: "met",
      facts: { total: 0, share: null },
    });
    expect(valueBefore.minutes.total).toBeGreaterThanOrEqual(3);
    expect(valueBefore.attainment).toBe(1);
    await sendTicket(880_001, 20_000);
    await sendTicket(880_002, 45 * minuteMs);
    await advanceUntil(harness.clock, 20_000, "the facts", async () => (await tickets()).facts.total === 2);
    const valueAfter = await tickets();
    expect(valueAfter.facts).toEqual({ total: 2, young: 1, share: 0.5 });
    expect(valueAfter).toMatchObject({ attainment: 0.5, state: "missed", budgetLeft: expect.closeTo(-4) });
    expect(valueAfter.ages.filter(({ facts }) => facts > 0)).toEqual([
      { upTo: "30s", facts: 1 },
      { upTo: "1h", facts: 1 },
    ]);
    expect(valueAfter.causes).toEqual([{ cause: "webhook", lateFacts: 1, minutesBehind: 0 }]);
    expect((await freshness()).objectives.map(({ data, isDefault }) => `${data} ${isDefault}`)).toEqual(
      expect.arrayContaining(["ticket false", "account true", "usage true"]),
    );
    await harness.restart();
    expect((await tickets()).facts.total).toBe(2);
  });

  it("burns during an outage although nothing arrives, raises the alert, and closes it after the repair", async () => {
    await advanceBy(harness.clock, 20_000, 2 * minuteMs);
    harness.lab.faults.add({ platform: "zendesk", kind: "error", rate: 1, seed: 1 });
    await advanceUntil(harness.clock, 30_000, "the alert", async () => (await openAlerts("freshness_burning_fast")).length > 0);
    const [alert] = await openAlerts("freshness_burning_fast");
    expect(alert).toMatchObject({ connection: "zendesk", subject: "ticket", severity: "critical" });
    const outage = await tickets();
    expect(outage.facts.total).toBe(0);
    expect(outage.causes[0]).toMatchObject({ cause: "failing", lateFacts: 0 });
    expect(outage.budgetLeft).toBeLessThan(0);
    expect(outage.streams[0]?.problem).toMatch(/\S/);
    expect((await freshness()).worst[0]).toMatchObject({ connection: "zendesk", data: "ticket", cause: "failing" });
    harness.lab.faults.clear();
    await advanceUntil(harness.clock, 30_000, "its end", async () => (await openAlerts("freshness_burning_fast")).length === 0);
    await advanceUntil(harness.clock, 30_000, "current data", async () => (await tickets()).burnRate.fiveMinutes === 0);
  });

  it("refuses a key without the right, and objectives for what does not exist", async () => {
    expect((await harness.request("/v1/freshness", { role: "agent" })).status).toBe(403);
    expect((await harness.request("/v1/freshness?since=now")).status).toBe(400);
    await expect(
      openHarness({
        pull: false,
        configure: (config) => {
          config.tenants.acme.objectives = [{ connection: "zendesc", data: "ticket", youngerThan: "2m" }];
        },
      }),
    ).rejects.toThrow(/did you mean zendesk/);
  });
});
