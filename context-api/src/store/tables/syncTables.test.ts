import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Statement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";
import { openTestTables, type TestTables } from "../testTables.ts";
import { loadLastAnswers, saveConnectionHealth } from "./connectionHealth.ts";
import {
  deleteListExports,
  deleteMentions,
  listExports,
  listMentionedSince,
  loadMentionOrders,
  saveListExport,
  saveMention,
} from "./memberLists.ts";
import { findCoverage, saveCoverage } from "./observations.ts";
import { savePlatformShape } from "./platformShapes.ts";
import { saveSubscriptionPosition } from "./subscriptionPositions.ts";
import { hasIncompleteBackfill, saveSyncCheckpoint } from "./syncCheckpoints.ts";

let tables: TestTables;
let tenants = 0;
/** A new tenant for each test, so that tests do not depend on each other. */
const newStore = (): TenantStore => tables.forTenant(`t${++tenants}`);

async function writeAs(store: TenantStore, ...statements: Statement[]): Promise<void> {
  for (const statement of statements) await tables.execute(store.tenant, statement);
}

beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const checkpoint = {
  connection: "zd",
  stream: "ticket",
  state: "{}",
  is_complete: 0,
  records: 1,
  started_at: 1,
  updated_at: 2,
};
const healthRow = {
  connection: "zd",
  last_success_at: 5,
  failing_since: null,
  failure_code: null,
  failure_message: null,
};

describe("member lists", () => {
  it("forget old exports, and mentions that a complete export replaces", async () => {
    const store = newStore();
    const row = { pages: "[]", total: 1, is_complete: 0 };
    await writeAs(
      store,
      saveListExport(store, "l", { ...row, export_key: "a", export_order: 1 }, 1),
      saveListExport(store, "l", { ...row, export_key: "b", export_order: 2 }, 100),
      deleteListExports(store, "l", 2, 50),
      saveMention(store, "l", "early", 1),
      saveMention(store, "l", "late", 3),
    );
    expect((await listExports(store, "l")).map((e) => e.export_key)).toEqual(["b"]);
    expect(await listMentionedSince(store, "l", 2)).toEqual(new Set(["late"]));
    await writeAs(store, deleteMentions(store, "l", 2));
    expect([...(await loadMentionOrders(store, ["early", "late"]))]).toEqual([["late", 3]]);
  });
});

describe("coverage and checkpoints", () => {
  it("coverage never moves back, and several objects are covered by the earliest of them", async () => {
    const store = newStore();
    const cover = (object: string, observed_at: number) =>
      writeAs(store, saveCoverage(store, { connection: "zd", object, observed_at }));
    await cover("ticket", 9);
    await cover("ticket", 4);
    await cover("user", 7);
    expect(await findCoverage(store, "zd", ["ticket"])).toBe(9);
    expect(await findCoverage(store, "zd", ["ticket", "user"])).toBe(7);
    expect(await findCoverage(store, "zd", ["organization"])).toBeNull();
  });

  it("a backfill is incomplete until every checkpoint is complete", async () => {
    const store = newStore();
    expect(await hasIncompleteBackfill(store)).toBe(false);
    await writeAs(store, saveSyncCheckpoint(store, checkpoint));
    expect(await hasIncompleteBackfill(store)).toBe(true);
    await writeAs(store, saveSyncCheckpoint(store, { ...checkpoint, is_complete: 1 }));
    expect(await hasIncompleteBackfill(store)).toBe(false);
  });

  it("the last answer of a connection is the newest of health, pulls, subscription and schema check", async () => {
    const store = newStore();
    await writeAs(
      store,
      saveConnectionHealth(store, healthRow),
      saveSyncCheckpoint(store, { ...checkpoint, updated_at: 8 }),
      saveSubscriptionPosition(store, "sf", null, 6),
      savePlatformShape(store, "sf", {}, 7),
    );
    expect(await loadLastAnswers(store)).toEqual(
      new Map([
        ["zd", 8],
        ["sf", 7],
      ]),
    );
  });
});
