import { CostReport, Costs } from "@sidelight/contracts/costs/costs.ts";
import { advanceBy, advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    routes: true,
    configure: (config) => {
      config.tenants.acme.costs = {
        currency: "EUR",
        monthlyBudget: 5_000,
        connections: {
          zendesk: { plan: "Team", monthlyFee: 49, included: 2, per: 1, prices: [{ upTo: 4, price: 1 }, { price: 2 }] },
          mixpanel: { unit: "event", currency: "USD", per: 100, prices: [{ price: 1 }] },
          salesforce: { monthlyFee: 100, monthlyBudget: 10 },
        },
      };
    },
  });
  await advanceBy(harness.clock, 1_000, 5_000);
});
afterAll(() => harness.close());

const costs = async (): Promise<Costs> => Costs.parse((await harness.request("/v1/costs")).body);
const reportOf = ({ connections }: Costs, id: string) => connections.find(({ connection }) => connection === id)!;
const sum = (list: readonly { calls: number }[]) => list.reduce((total, { calls }) => total + calls, 0);

describe("GET /v1/costs", () => {
  it("counts every call that a platform received, and prices it by the tiers of the plan", async () => {
    await advanceBy(harness.clock, 1_000, 3_000);
    const body = await costs();
    const zendesk = reportOf(body, "zendesk");
    expect(zendesk.calls + zendesk.unansweredCalls).toBe(harness.requests("zendesk").length);
    expect(zendesk.calls).toBeGreaterThan(4);
    expect(zendesk).toMatchObject({ unit: "call", plan: "Team", included: 2, units: zendesk.calls });
    const variable = 2 + (zendesk.calls - 4) * 2;
    expect(zendesk.amount).toMatchObject({ currency: "EUR", fee: 49, variable, total: 49 + variable, state: "no_budget" });
    expect(zendesk.forecastUnits).toBeGreaterThan(zendesk.units);
    for (const list of [body.operations, body.causes])
      expect(sum(list.filter(({ connection }) => connection === "zendesk"))).toBe(zendesk.calls);
    expect(body.causes).toContainEqual(expect.objectContaining({ connection: "zendesk", kind: "stream", name: "tickets" }));
    const pricedPrices = body.operations
      .filter(({ connection }) => connection === "zendesk")
      .reduce((total, { amount }) => total + amount!, 0);
    expect(pricedPrices).toBeCloseTo(variable, 0);
  });

  it("keeps currencies apart, and compares with the budgets", async () => {
    const { totals, connections } = await costs();
    expect(totals.map(({ currency, budget }) => [currency, budget])).toEqual([
      ["EUR", 5_000],
      ["USD", null],
    ]);
    expect(totals[0]!.amount).toBeCloseTo(
      connections.reduce((total, { amount }) => total + (amount?.currency === "EUR" ? amount.total : 0), 0),
    );
    const alerts = async () => (await harness.request("/v1/alerts?state=open&limit=100")).body.items;
    const ofCosts = async () => (await alerts()).filter(({ kind }: { kind: string }) => kind === "cost_over_budget");
    await advanceUntil(harness.clock, 5_000, "the alert", async () => (await ofCosts()).length > 0);
    expect(await ofCosts()).toContainEqual(
      expect.objectContaining({
        connection: "salesforce",
        severity: "critical",
        cause: expect.stringMatching(/above the budget of 10 EUR/),
      }),
    );
  });

  it("shows what caches and batches saved", async () => {
    const valueBefore = (await costs()).savings.cache;
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    for (let i = 0; i < 3; i++) await harness.context(ref!);
    const { cache } = (await costs()).savings;
    expect(cache.answers - valueBefore.answers).toBe(3);
    expect(cache.withoutCall - valueBefore.withoutCall).toBe(3);
    expect(cache.callsSaved - valueBefore.callsSaved).toBe(3 * 4);

    const ticket = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()][0]!;
    for (let id = 881_001; id <= 881_006; id++)
      await sendZendesk(
        harness,
        ticketEvent("created", { id, requesterId: ticket.requester_id, updatedAt: harness.clock.now() }),
      );
    const deliveries = async () => (await harness.request("/v1/deliveries?limit=100")).body.items as { state: string }[];
    await advanceUntil(harness.clock, 200, "the deliveries", async () => {
      const items = await deliveries();
      return items.length > 6 && items.every(({ state }) => state !== "waiting");
    });
    const body = await costs();
    const track = body.savings.batching.filter(({ connection }) => connection === "mixpanel");
    expect(track.reduce((total, { deliveries: count }) => total + count, 0)).toBeGreaterThanOrEqual(6);
    expect(track.reduce((total, { callsSaved }) => total + callsSaved, 0)).toBeGreaterThan(0);
    const mixpanel = reportOf(body, "mixpanel");
    expect(mixpanel.units).toBeGreaterThanOrEqual(6);
    expect(mixpanel.amount!.total).toBeCloseTo(mixpanel.units / 100, 2);
    expect(body.causes.filter(({ connection, kind }) => connection === "mixpanel" && kind === "route").length).toBeGreaterThan(0);
  });

  it("keeps its totals over a restart, and refuses other months and other keys", async () => {
    const valueBefore = await costs();
    await harness.restart();
    const valueAfter = await costs();
    expect(reportOf(valueAfter, "zendesk").calls).toBeGreaterThanOrEqual(reportOf(valueBefore, "zendesk").calls);
    expect(valueAfter.savings.cache.answers).toBeGreaterThanOrEqual(valueBefore.savings.cache.answers);
    expect((await harness.request("/v1/costs?month=2099-01")).body).toMatchObject({
      code: "invalid_request",
      detail: expect.stringMatching(/not begun/),
    });
    expect((await harness.request("/v1/costs?month=2026-13")).status).toBe(400);
    expect((await harness.request("/v1/costs", { role: "rep" })).status).toBe(403);
    const earlier = Costs.parse((await harness.request("/v1/costs?month=2026-01")).body);
    expect(earlier.connections.every(({ calls, events }) => calls + events === 0)).toBe(true);
  });
});

describe("GET /v1/costs/report", () => {
  it("is the month beside the one before, as JSON and as a page without scripts", async () => {
    const report = CostReport.parse((await harness.request("/v1/costs/report")).body);
    expect(report.previous).toBeNull();
    expect(reportOf(report.current, "zendesk").calls).toBeGreaterThan(4);
    const page = await harness.request("/v1/costs/report?format=html");
    expect(page.headers.get("content-type")).toMatch(/text\/html/);
    expect(page.text).toContain("Costs of acme");
    expect(page.text).toMatch(/€[\d,.]+/);
    expect(page.text).not.toMatch(/<script/i);
    harness.clock.advance(35 * 86_400_000);
    const next = CostReport.parse((await harness.request("/v1/costs/report")).body);
    expect(next.previous?.month).toBe(report.current.month);
    expect(reportOf(next.previous!, "zendesk").calls).toBeGreaterThanOrEqual(reportOf(report.current, "zendesk").calls);
  });
});
