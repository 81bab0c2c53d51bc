import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestTables, type TestTables } from "../testTables.ts";
import { type CallRow, deleteCalls, findOldCall, insertCalls, listCallRows } from "./calls.ts";
import { addCallTotals, type CallTotal, countCallsByHour, deleteCallTotals, loadCallTotals } from "./callTotals.ts";

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const call = (id: string, changes: Partial<CallRow> = {}): CallRow => ({
  call_id: id,
  at: 1_764_500_000_000,
  connection: "zd",
  platform: "zendesk",
  operation: "GET /api/v2/users/{id}",
  priority: "sync",
  status: 200,
  ms: 12,
  bytes: 3_000_000_000,
  cause: "stream:users",
  customer_tier: null,
  request_id: null,
  ...changes,
});

it("lists calls of one tenant by each filter, newest first, and deletes the oldest", async () => {
  const store = tables.forTenant("calls");
  const otherStore = tables.forTenant("other");
  const rows = [
    call("A"),
    call("B", { status: 429, connection: "sf", platform: "salesforce" }),
    call("C", { request_id: "req-1", operation: "POST /oauth/tokens", at: 1_764_500_001_000 }),
  ];
  await tables.execute("calls", insertCalls(store, rows));
  await tables.execute("other", insertCalls(otherStore, [call("A", { status: 500 })]));
  const ids = async (filter: object) =>
    (await listCallRows(store, { limit: 9, below: null, ...filter })).map((row) => row.call_id);
  expect(await listCallRows(store, { limit: 9, below: null })).toMatchObject(rows.toReversed());
  const filters = [
    ...[{ limit: 1 }, { below: "C" }, { status: 429 }, { connection: "sf" }, { platform: "zendesk" }, { requestId: "req-1" }],
    ...[{ operation: "POST /oauth/tokens" }, { since: 1_764_500_001_000 }, { status: 500 }],
  ];
  expect(await Promise.all(filters.map(ids))).toEqual([["C"], ["B", "A"], ["B"], ["B"], ["C", "A"], ["C"], ["C"], ["C"], []]);
  expect(await findOldCall(store, { below: "C", offset: 1 })).toBe("B");
  expect(await findOldCall(store, { below: "C", offset: 2 })).toBeNull();
  await tables.execute("calls", deleteCalls(store, "C"));
  expect([await ids({}), (await listCallRows(otherStore, { limit: 9, below: null })).length]).toEqual([["C"], 1]);
});

it("adds up totals by their key", async () => {
  const store = tables.forTenant("totals");
  const total = (changes: Partial<CallTotal> = {}): CallTotal => ({
    ...{ hour: 7_200_000, connection: "zd", platform: "zendesk", operation: "GET /x", priority: "sync", status_class: "2xx" },
    ...{ cause: "read", customer_tier: "", calls: 2, ms: 10, bytes: 3_000_000_000 },
    ...changes,
  });
  await tables.execute("totals", addCallTotals(store, [total(), total({ customer_tier: "high" }), total({ hour: 3_600_000 })]));
  await tables.execute("totals", addCallTotals(store, [total({ calls: 5 })]));
  expect(await countCallsByHour(store, 0)).toEqual([
    { hour: 7_200_000, calls: 9 },
    { hour: 3_600_000, calls: 2 },
  ]);
  expect(await countCallsByHour(store, 3_600_001)).toEqual([{ hour: 7_200_000, calls: 9 }]);
  const rows = await loadCallTotals(store, { from: 7_200_000, to: 7_200_001 });
  expect(rows.sort((a, b) => a.calls - b.calls)).toEqual([
    total({ customer_tier: "high" }),
    total({ calls: 7, ms: 20, bytes: 6_000_000_000 }),
  ]);
  await tables.execute("totals", deleteCallTotals(store, 7_200_000));
  expect(await countCallsByHour(store, 0)).toEqual([{ hour: 7_200_000, calls: 9 }]);
});
