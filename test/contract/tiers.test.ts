import type { Costs } from "@sidelight/contracts/costs/costs.ts";
import { advanceBy, advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterEach, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import {
  commentOn,
  ticketValue,
  tieredRoute,
  tiersAbove,
  type ValuedTicket,
  valuedTickets,
  writesSince,
} from "../harness/tieredTickets.ts";

let harness: Harness;
afterEach(() => harness.close());

const advance = (ms: number): Promise<void> => advanceBy(harness.clock, 1_000, ms);
const waitingCount = async (): Promise<number> =>
  (await harness.request("/v1/deliveries?state=waiting&limit=100")).body.items.length;

it("customers of a high tier are served at once, and the others share calls", async () => {
  let threshold = 0;
  harness = await openHarness({ pull: true });
  const tickets = await valuedTickets(harness);
  await harness.close();
  threshold = tickets[0]!.arr;
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.routing = { routes: [tieredRoute], tiers: tiersAbove(threshold, 10) };
    },
  });
  const high = tickets.filter(({ arr }) => arr >= threshold);
  const otherItems = tickets.filter(({ arr }) => arr < threshold).slice(0, 4);
  expect([high.length > 0, otherItems.length > 2]).toEqual([true, true]);
  await advance(60_000);

  // After a quiet time, the first one does not wait.
  const [first, ...rest] = otherItems as [ValuedTicket, ...ValuedTicket[]];
  await commentOn(harness, first);
  await advanceUntil(harness.clock, 200, "the first write", async () => (await waitingCount()) === 0);
  const since = harness.requests("zendesk").length;
  const expected = new Map<ValuedTicket, number>();
  for (const ticket of [...rest, ...rest]) {
    expected.set(ticket, await commentOn(harness, ticket));
    await advance(5_000);
  }
  expect(writesSince(harness, since)).toBe(0);
  expect(await waitingCount()).toBe(2 * rest.length);

  await advance(600_000);
  expect(await waitingCount()).toBe(0);
  expect(writesSince(harness, since)).toBe(1);
  for (const [ticket, value] of expected) expect(ticketValue(harness, ticket)).toBe(value);

  // A valuable customer is served at once, and takes those along who wait.
  const mark = harness.requests("zendesk").length;
  await commentOn(harness, rest[0]!);
  await advance(3_000);
  expect(writesSince(harness, mark)).toBe(0);
  const value = await commentOn(harness, high[0]!);
  await advanceUntil(harness.clock, 200, "the write", async () => (await waitingCount()) === 0);
  expect(ticketValue(harness, high[0]!)).toBe(value);
  expect(writesSince(harness, mark)).toBe(1);

  const { tiers } = (await harness.request<Costs>("/v1/costs")).body;
  const events = Object.fromEntries(tiers.map(({ tier, events: count }) => [tier ?? "none", count]));
  expect(events).toMatchObject({ high: 1, standard: expect.any(Number) });
  expect(tiers.find(({ tier }) => tier === "standard")!.calls).toBeGreaterThan(0);
});
