import { createFetcher } from "@sidelight/context-api/context/fetchFromPlatforms.ts";
import { loadRecords } from "@sidelight/context-api/context/loadRecords.ts";
import { type PastMoment, readContext } from "@sidelight/context-api/context/readContext.ts";
import { listEventsAfter } from "@sidelight/context-api/log/listEvents.ts";
import { createCustomerDataSource } from "@sidelight/context-api/routing/customerDataSource.ts";
import { parseRef } from "@sidelight/model/refs.ts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { accountOf, customer, fill } from "../load/customers.ts";

vi.mock("@sidelight/context-api/context/loadRecords.ts", { spy: true });

const people = 120;
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ pull: false });
  await fill(harness, people, people);
});
afterAll(() => harness.close());

const tenant = () => harness.runtime.tenants.get("acme")!.tenant;

/** The company's context: from the records that the process keeps, or from all records in the store. @param at a moment of the past */
async function read(source: "kept" | "store", at?: PastMoment, pii = true) {
  const ref = parseRef(accountOf(0), tenant().platforms);
  if ("problem" in ref) throw new Error(ref.problem);
  // A tenant of another configuration keeps records of its own: it has none yet.
  const reader = source === "kept" ? tenant() : { ...tenant() };
  const rights = { pii, text: pii, reveal: true, events: true, operate: false, identify: false, act: [], sections: null };
  const query = { ref, rights, sections: reader.sections.names, storeOnly: true, at };
  const { context } = await readContext(reader, createFetcher(reader), query, { deadline: 0, isForced: false });
  return context;
}

describe("an event of a company with hundreds of records", () => {
  const health = async (sequence: number) => {
    const { contexts } = harness.runtime.tenants.get("acme")!;
    const [event] = await listEventsAfter(tenant().log, { after: sequence - 1, through: sequence }, 1);
    const data = createCustomerDataSource(tenant(), contexts);
    const company = await data.healthCustomer(event!);
    vi.mocked(loadRecords).mockClear();
    const value = await data.healthAt(company!, event!, sequence);
    return { value, readsAll: vi.mocked(loadRecords).mock.calls.length > 0 };
  };
  async function commitTicket(n: number, status: string): Promise<number> {
    harness.clock.advance(1_000);
    const { log, clock } = tenant();
    const ticket = customer(n, people, clock.now()).find(({ object }) => object === "ticket")!;
    const changed = { ...ticket, changedAt: clock.now(), data: { ...ticket.data, status } };
    await log.commit({ records: [changed as typeof ticket], correlationId: "test" });
    return log.head();
  }

  it("has the same health from kept records as from the store, and does not read all of them", async () => {
    await read("kept");
    for (const n of [20, 21, 22]) {
      const sequence = await commitTicket(n, "solved");
      const { value, readsAll } = await health(sequence);
      const moment = { sequence, instant: tenant().clock.now() };
      const kept = await read("kept", moment);
      expect(kept).toEqual(await read("store", moment));
      expect(value).toEqual(kept.sections.health?.data);
      expect(readsAll).toBe(false);
    }
  });

  it("has the health as of the event after the company has changed again", async () => {
    await read("kept");
    const sequence = await commitTicket(30, "solved");
    const moment = { sequence, instant: tenant().clock.now() };
    const then = await read("kept", moment);
    await commitTicket(31, "solved");
    expect(await read("kept", moment)).toEqual(then);
    expect((await health(sequence)).readsAll).toBe(true);
    expect((await read("kept")).sections.support?.data?.open).toBe((then.sections.support?.data?.open ?? 0) - 1);
  });
});

describe("the context of a company with hundreds of records", () => {
  it("is the same from kept records as from the store after changes, withdrawals, deletions and moves", async () => {
    const { log, clock } = tenant();
    expect(await read("kept")).toEqual(await read("store"));
    const commit = (object: string, n: number, changes: object) => {
      const record = customer(n, people, clock.now()).find((candidate) => candidate.object === object)!;
      const changed = {
        ...record,
        changedAt: clock.now(),
        ...changes,
        data: { ...record.data, ...(changes as { data?: object }).data },
      };
      return log.commit({ records: [changed as typeof record], correlationId: "test" });
    };
    const steps: [string, number, object][] = [
      ["ticket", 3, { data: { status: "pending", priority: "urgent" } }],
      ["ticket", 4, { deleted: true }],
      [
        "usage",
        5,
        { data: { lastActiveAt: new Date(clock.now()).toISOString(), funnel: { "Signed Up": "2026-01-01T00:00:00Z" } } },
      ],
      ["contact", 6, { data: { optedOut: true } }],
      ["contact", 7, { edges: [] }],
      ["contact", 8, { deleted: true }],
      ["account", 0, { data: { stage: "Renewal" } }],
      ["account", 0, { data: { domains: [] } }],
    ];
    for (const step of steps) {
      harness.clock.advance(1_000);
      await commit(...step);
      expect(await read("kept")).toEqual(await read("store"));
    }
  });

  it("is masked from kept records as from the store", async () => {
    const { log, clock } = tenant();
    const ticket = customer(40, people, clock.now()).find(({ object }) => object === "ticket")!;
    harness.clock.advance(1_000);
    const data = { ...ticket.data, subject: "Please call ada@person.test" };
    await log.commit({ records: [{ ...ticket, changedAt: clock.now(), data } as typeof ticket], correlationId: "test" });
    expect(JSON.stringify(await read("kept"))).toContain("ada@person.test");
    const masked = await read("kept", undefined, false);
    expect(masked).toEqual(await read("store", undefined, false));
    expect(JSON.stringify(masked)).not.toContain("ada@person.test");
  });

  it("shows when an unchanged record was last seen at its source", async () => {
    await read("kept");
    const { log, clock } = tenant();
    harness.clock.advance(60_000);
    const numbers = Array.from({ length: people - 9 }, (_, i) => i + 9);
    const tickets = numbers
      .flatMap((n) => customer(n, people, clock.now() - 60_000))
      .filter(({ object }) => object === "ticket")
      .map((ticket) => ({ ...ticket, observedAt: clock.now() }));
    await log.commit({ records: tickets, correlationId: "test" });
    expect(await read("kept")).toEqual(await read("store"));
  });
});
