import { createFetcher } from "@sidelight/context-api/context/fetchFromPlatforms.ts";
import { readContext } from "@sidelight/context-api/context/readContext.ts";
import { parseRef } from "@sidelight/model/refs.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { accountOf, customer, fill } from "../load/customers.ts";

const people = 120;
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ pull: false });
  await fill(harness, people, people);
});
afterAll(() => harness.close());

const tenant = () => harness.runtime.tenants.get("acme")!.tenant;

/** The company's context: from the records that the process keeps, or from all records in the store. */
async function read(source: "kept" | "store") {
  const ref = parseRef(accountOf(0), tenant().platforms);
  if ("problem" in ref) throw new Error(ref.problem);
  // A tenant of another configuration keeps records of its own: it has none yet.
  const reader = source === "kept" ? tenant() : { ...tenant() };
  const rights = { pii: true, text: true, reveal: true, events: true, operate: false, act: [] };
  const query = { ref, rights, sections: reader.sections.names, storeOnly: true };
  const { context } = await readContext(reader, createFetcher(reader), query, { deadline: 0, isForced: false });
  return context;
}

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
