import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Statement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";
import { delivery } from "../testRows.ts";
import { openTestTables, type TestTables } from "../testTables.ts";
import {
  deadLetterUnknownActions,
  listDeliveries,
  listDueDeliveries,
  nextDueAt,
  openDeliveryWrites,
  requeueDelivery,
} from "./deliveries.ts";
import { countDeliveries, groupDeadLetters } from "./deliveryFigures.ts";

let tables: TestTables;
let tenants = 0;
/** A new tenant for each test, so that tests do not depend on each other. */
const newStore = (): TenantStore => tables.forTenant(`t${++tenants}`);

/** @returns the number of rows that each statement changed */
async function writeAs(store: TenantStore, ...statements: Statement[]): Promise<number[]> {
  const changes: number[] = [];
  for (const statement of statements) changes.push(await tables.execute(store.tenant, statement));
  return changes;
}

beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

describe("deliveries", () => {
  const states = async (store: TenantStore) =>
    Object.fromEntries((await listDeliveries(store, { limit: 100 })).map((d) => [d.id, d.state]));

  it("are blocked behind a dead letter of the same route, target and subject", async () => {
    const store = newStore();
    const { insert, insertBlockable } = openDeliveryWrites(store);
    await writeAs(
      store,
      insert(delivery("dead", { state: "dead_letter" })),
      insertBlockable(delivery("same")),
      insertBlockable(delivery("subject", { subject: "another" })),
      insertBlockable(delivery("route", { route: "another" })),
      insertBlockable(delivery("target", { target: "another" })),
      insert(delivery("plain")),
    );
    expect(await states(store)).toEqual({
      dead: "dead_letter",
      same: "blocked",
      subject: "waiting",
      route: "waiting",
      target: "waiting",
      plain: "waiting",
    });
  });

  it("in the dead-letter queue are counted by target, route and cause, the most frequent first", async () => {
    const store = newStore();
    const { insert } = openDeliveryWrites(store);
    const deadLetter = (id: string, settled_at: number, overrides = {}) =>
      insert(delivery(id, { state: "dead_letter", cause: "rejected", settled_at, ...overrides }));
    await writeAs(
      store,
      deadLetter("a", 10, { cause: "unavailable" }),
      deadLetter("b", 20),
      deadLetter("c", 40),
      deadLetter("d", 30, { target: "another" }),
      insert(delivery("waiting")),
    );
    const { target, route } = delivery("any");
    const rejected = { target, route, cause: "rejected", count: 2, firstAt: 20, lastAt: 40 };
    expect(await groupDeadLetters(store, {})).toEqual([
      rejected,
      { target: "another", route, cause: "rejected", count: 1, firstAt: 30, lastAt: 30 },
      { target, route, cause: "unavailable", count: 1, firstAt: 10, lastAt: 10 },
    ]);
    expect(await groupDeadLetters(store, { target, cause: "rejected" })).toEqual([rejected]);
    expect(await groupDeadLetters(store, { route: "another" })).toEqual([]);
  });

  it("are not changed by a second insert", async () => {
    const store = newStore();
    const { insert } = openDeliveryWrites(store);
    expect(await writeAs(store, insert(delivery("d", { state: "done" })), insert(delivery("d")))).toEqual([1, 0]);
    expect(await states(store)).toEqual({ d: "done" });
  });

  it("are due with the waiting ones of the same name and those that wait to share a call, in the order of their events", async () => {
    const store = newStore();
    const { insert } = openDeliveryWrites(store);
    await writeAs(
      store,
      insert(delivery("later", { name: "n", next_at: 99, sequence: 1 })),
      insert(delivery("due", { name: "n", next_at: 5, sequence: 2 })),
      insert(delivery("unrelated", { name: "m", next_at: 99, sequence: 3, attempts: 1 })),
      insert(delivery("joining", { name: "j", next_at: 99, sequence: 4 })),
      insert(delivery("other", { action: "tag", next_at: 5 })),
    );
    const due = await listDueDeliveries(store, { target: "zd", action: "note", now: 10, limit: 50, claimed: null });
    expect(due.map((d) => d.id)).toEqual(["later", "due", "joining"]);
    expect(await nextDueAt(store, "zd", "note")).toBe(5);
    expect(await nextDueAt(store, "zd", "unknown")).toBeNull();
  });

  it("wait again after a requeue, with those that the dead letter blocks", async () => {
    const store = newStore();
    const { insert } = openDeliveryWrites(store);
    await writeAs(
      store,
      insert(delivery("dead", { state: "dead_letter", settled_at: 2, attempts: 9 })),
      insert(delivery("blocked", { state: "blocked" })),
      insert(delivery("elsewhere", { state: "blocked", subject: "another" })),
      ...requeueDelivery(store, { id: "dead", route: "r", subject: "s" }, 20),
    );
    expect(await states(store)).toEqual({ dead: "waiting", blocked: "waiting", elsewhere: "blocked" });
    const [row] = await listDeliveries(store, { limit: 1, id: "dead" });
    expect(row).toMatchObject({ attempts: 0, next_at: 20, settled_at: null });
  });

  it("become dead letters when their action is unknown", async () => {
    const store = newStore();
    const { insert } = openDeliveryWrites(store);
    await writeAs(
      store,
      insert(delivery("known")),
      insert(delivery("unknown", { action: "gone" })),
      deadLetterUnknownActions(store, "zd", ["note"], { message: "Change the route.", now: 5 }),
    );
    expect(await states(store)).toEqual({ known: "waiting", unknown: "dead_letter" });
  });

  it("are counted by route and state, ended ones since an instant", async () => {
    const store = newStore();
    const { insert } = openDeliveryWrites(store);
    await writeAs(
      store,
      insert(delivery("old", { state: "done", settled_at: 1 })),
      insert(delivery("new", { state: "done", settled_at: 9 })),
      insert(delivery("open")),
      insert(delivery("another", { route: "x" })),
    );
    expect(await countDeliveries(store, ["r"], 5)).toEqual([
      { route: "r", state: "done", count: 1 },
      { route: "r", state: "waiting", count: 1 },
    ]);
  });
});
