import { findEvent } from "@sidelight/context-api/log/listEvents.ts";
import * as queries from "@sidelight/context-api/store/queries.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

vi.mock("@sidelight/context-api/store/queries.ts", { spy: true });

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
}, scaled(60_000));
afterAll(() => harness.close());

/** Runs a request, counting the queries to the store and the turns of the event loop. */
async function measured<T>(work: () => Promise<T>): Promise<{ value: T; reads: number; turns: number }> {
  let turns = 0;
  let isDone = false;
  const countTurn = (): void => {
    turns += 1;
    if (!isDone) setImmediate(countTurn);
  };
  vi.mocked(queries.queriesOf).mockClear();
  setImmediate(countTurn);
  const value = await work();
  isDone = true;
  return { value, reads: vi.mocked(queries.queriesOf).mock.calls.length, turns };
}

describe("a page of a thousand events", () => {
  it("reads the customers of all events together, in several turns of the event loop", async () => {
    const { value, reads, turns } = await measured(() => harness.request("/v1/events?limit=1000", { role: "service" }));
    expect(value.status).toBe(200);
    expect(value.body.items.length).toBeGreaterThan(500);
    const customers = new Set(value.body.items.map((item: { customer: { id: string } | null }) => item.customer?.id));
    expect(customers.size).toBeGreaterThan(20);
    // One query for each hundred keys of each step, not several for each event.
    expect(reads).toBeLessThan(150);
    expect(turns).toBeGreaterThan(10);
  });

  it("shows the same customers as the events themselves", async () => {
    const { items } = (await harness.request("/v1/events?limit=1000")).body as {
      items: { eventId: string; customer: unknown }[];
    };
    for (const { eventId, customer } of items.filter((_, i) => i % 97 === 0))
      expect((await harness.request(`/v1/events/${eventId}`)).body.customer, eventId).toEqual(customer);
  });
});

describe("the price of a request in the rate limit of its key", () => {
  const remaining = (headers: Headers) => Number(/r=(\d+)/.exec(headers.get("ratelimit")!)![1]);
  const costOf = async (send: () => Promise<{ headers: Headers }>) => {
    const initialRequests = remaining((await harness.request("/v1/config")).headers);
    return initialRequests - remaining((await send()).headers);
  };

  it.each([
    ["a page of the default size", "/v1/events", 1],
    ["a page of 50", "/v1/events?limit=50", 1],
    ["a page of 51", "/v1/events?limit=51", 2],
    ["a page of 1,000", "/v1/events?limit=1000", 20],
    ["a large page of deliveries", "/v1/deliveries?limit=1000", 20],
    ["a page above the maximum, which is refused", "/v1/events?limit=99999999", 20],
    ["a page without a number", "/v1/events?limit=all", 1],
  ])("%s", async (_, path, cost) => {
    expect(await costOf(() => harness.request(path))).toBe(cost);
  });

  it("is one for each ref of a batch", async () => {
    const refs = Array.from({ length: 40 }, (_, i) => `person:${"A".repeat(20)}${10 + i}`);
    const send = () => harness.request("/v1/contexts", { method: "POST", body: { refs } });
    expect(await costOf(send)).toBe(40);
  });

  it("never exceeds the whole limit, so that every request is possible in an unused minute", async () => {
    const small = await openHarness({ pull: false, configure: (config) => (config.http.requestsPerMinute = 3) });
    try {
      expect((await small.request("/v1/events?limit=1000")).status).toBe(200);
      expect((await small.request("/v1/config")).status).toBe(429);
      small.clock.advance(60_000);
      expect((await small.request("/v1/config")).status).toBe(200);
      expect((await small.request("/v1/events?limit=1000")).status).toBe(429);
    } finally {
      await small.close();
    }
  });
});

it("an event whose stored content is damaged is an item with a problem, and the page stays readable", async () => {
  const { log } = harness.runtime.tenants.get("acme")!.tenant;
  const { items } = (await harness.request("/v1/events?limit=3")).body;
  const event = await findEvent(log, items[1].eventId);
  expect(event).not.toBeNull();
  // A payload that was sealed for another row does not open.
  const damage = { sql: "update events set payload = zeroblob(64) where event_id = ?", parameters: [items[1].eventId] };
  await log.commit({ statements: [damage as never], correlationId: "test" });
  const { status, body } = await harness.request("/v1/events?limit=3");
  expect(status).toBe(200);
  expect(body.items.map((item: { eventId: string }) => item.eventId)).toEqual(
    items.map((item: { eventId: string }) => item.eventId),
  );
  expect(body.items[1]).toMatchObject({ eventType: items[1].eventType, customer: null, data: {}, problem: expect.any(String) });
  expect(body.items[0].problem).toBeUndefined();
});
