import type { StoredRecord } from "@sidelight/model/records.ts";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { describe, expect, it } from "vitest";
import type { CustomerRecords } from "./customerRecords.ts";
import { createLoadedCustomers } from "./loadedCustomers.ts";

function setup() {
  const clock = manualClock(0);
  let generation = 1;
  const invalidations = new Map<string, number>();
  const log = { generation: () => generation, invalidatedAt: (dependency: string) => invalidations.get(dependency) ?? 0 };
  const invalidate = (dependency: string) => invalidations.set(dependency, ++generation);
  return { clock, invalidate, customers: createLoadedCustomers(log, clock) };
}

const none = { ratings: [], opportunities: [], activities: [], cases: [], usage: [], memberships: [] };
const companyOf = (tickets: number): CustomerRecords => ({
  ...{ kind: "company", node: "node", people: new Map(), company: null, parent: null, subsidiaries: [] },
  ...none,
  tickets: Array.from({ length: tickets }, () => ({}) as StoredRecord<"ticket">),
});
const loaded = (tickets: number) => ({ records: companyOf(tickets), generation: 1, dependencies: new Set(["a", "b"]) });

describe("the records of a large company", () => {
  it("are kept until something that they were read from changes", () => {
    const { invalidate, customers } = setup();
    const customer = loaded(600);
    customers.set("node", customer);
    invalidate("another");
    expect(customers.get("node")).toBe(customer);
    invalidate("b");
    expect(customers.get("node")).toBeNull();
  });

  it("are read again after fifteen seconds, because an unchanged record is seen without an event", () => {
    const { clock, customers } = setup();
    customers.set("node", loaded(600));
    clock.advance(14_999);
    expect(customers.get("node")).not.toBeNull();
    clock.advance(1);
    expect(customers.get("node")).toBeNull();
  });

  it("are kept for large companies only, and not for more of them than memory allows", () => {
    const { customers } = setup();
    customers.set("small", loaded(100));
    expect(customers.get("small")).toBeNull();
    for (let i = 0; i < 5; i++) customers.set(`large ${i}`, loaded(15_000));
    expect([0, 1, 2, 3, 4].map((i) => customers.get(`large ${i}`) !== null)).toEqual([false, false, false, true, true]);
    customers.set("too large", loaded(50_000));
    expect(customers.get("too large")).toBeNull();
  });
});
