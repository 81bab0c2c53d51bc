import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TenantConfig } from "../../config/schema.ts";
import type { Origin } from "../../config/versions.ts";
import { queriesOf } from "../queries.ts";
import { rawStatement, type Statement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";
import { delivery } from "../testRows.ts";
import { openTestTables, type TestTables } from "../testTables.ts";
import { closeAlert, listAlerts, openAlert } from "./alerts.ts";
import { findApiKeyRow, insertApiKey, revokeApiKey } from "./apiKeys.ts";
import { findAuditEntry, insertAuditEntry, listAuditEntries } from "./auditEntries.ts";
import { deletePin, findPin, savePin } from "./configPins.ts";
import { findVersion, listVersions, recordVersion } from "./configVersions.ts";
import {
  countDecidedConflicts,
  countOpenConflicts,
  decideConflict,
  deleteResolvedConflicts,
  findConflict,
  listConflicts,
  listOpenConflicts,
  saveConflict,
} from "./conflicts.ts";
import { loadLastAnswers, saveConnectionHealth } from "./connectionHealth.ts";
import { findConsumerOffset, saveConsumerOffset } from "./consumerOffsets.ts";
import { findCustomerHealth, saveCustomerHealth } from "./customerHealth.ts";
import { deleteOverview, listOldOverviews, listOverviewNodes, loadOverviews, saveOverview } from "./customerOverview.ts";
import { deleteCustomerPins, listCustomerPins, saveCustomerPin } from "./customerPins.ts";
import { blockWaitingDeliveries, deleteEndedDeliveries, listDeliveries, openDeliveryWrites } from "./deliveries.ts";
import { addEventCount, findEventCount } from "./eventCounts.ts";
import { loadFieldStates, saveFieldState } from "./fieldStates.ts";
import { deleteMentions, listExports, loadMentionOrders, saveListExport, saveMention } from "./memberLists.ts";
import { findCoverage, findObservation, saveCoverage, saveObservation } from "./observations.ts";
import { countPassedOver, listPassedOver } from "./passedOver.ts";
import { findPlatformShape, savePlatformShape } from "./platformShapes.ts";
import { loadQuotaUse, saveQuotaUse } from "./quotaUse.ts";
import { findSubscriptionPosition, saveSubscriptionPosition } from "./subscriptionPositions.ts";
import { findSyncCheckpoint, saveSyncCheckpoint } from "./syncCheckpoints.ts";

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

const config = TenantConfig.parse({});
const alert = { kind: "sign_in_failed", severity: "critical" as const, connection: "zd", subject: "", message: "Sign in." };
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
const apiKey = {
  key_id: "k1",
  secret_hash: "h",
  role: "agent",
  label: "",
  created_at: 1,
  expires_at: null,
  revoked_at: null,
};

const conflict = {
  ...{ id: "c1", key: "k", field: "jobTitle", state: "open", cause: "changed", rule: "manual", subject: "s" },
  ...{ opened_at: 5, resolved_at: null, decided_by: null, payload: Buffer.from("sealed") },
};
const fieldState = {
  ...{ key: "k", field: "jobTitle", seen: "a", agreed: "b", partner: "p", hops: 0, changed_at: 1, written_at: null },
};

const auditEntry = {
  ...{ id: "act_1", at: 5, verb: "actions.note", key_id: "k1", role: "agent", person: null, customer: "person:n" },
  ...{ ids: "{}", request: "h", subject: null, payload: null },
};
const overview = {
  ...{ node: "n", owner: "o", band: "good", score: 70, usage_trend: "steady", renewal_day: "2027-01-31", last_active_at: 5 },
  ...{ band_since: 1, trend_since: 2, computed_at: 3, subject: "s", payload: Buffer.from("sealed") },
};

/** Each write of the tables with a read that shows it: the reads of another tenant must not. */
const writes: [string, (store: TenantStore) => Statement[], (store: TenantStore) => Promise<unknown>][] = [
  ["an alert", (s) => [openAlert(s, alert, 1)], (s) => listAlerts(s, { limit: 10, offset: 0 })],
  ["an API key", (s) => [insertApiKey(s, apiKey)], (s) => findApiKeyRow(s, "k1")],
  ["an audit entry", (s) => [insertAuditEntry(s, auditEntry)], (s) => findAuditEntry(s, "act_1")],
  [
    "a pinned customer",
    (s) => [saveCustomerPin(s, { owner: "o", key: "k", kind: "person", pinned_at: 5 })],
    (s) => listCustomerPins(s, "o", 10),
  ],
  ["a row of the overview", (s) => [saveOverview(s, overview)], async (s) => [...(await loadOverviews(s, ["n"])).values()]],
  ["a pin", (s) => [savePin(s, { version: "v1", filesVersion: "v2" }, 1)], findPin],
  ["a version", (s) => [recordVersion(s, { version: "v1", config }, { since: 1, origin: "start" })], (s) => findVersion(s, "v1")],
  ["connection health", (s) => [saveConnectionHealth(s, healthRow)], async (s) => [...(await loadLastAnswers(s))]],
  ["a consumer offset", (s) => [saveConsumerOffset(s, "router", 7, 1)], (s) => findConsumerOffset(s, "router")],
  [
    "customer health",
    (s) => [saveCustomerHealth(s, "person:x", { score: 1, band: "good", trend: "steady", sequence: 1 })],
    (s) => findCustomerHealth(s, "person:x"),
  ],
  ["a conflict", (s) => [saveConflict(s, conflict)], (s) => findConflict(s, "c1")],
  ["a field's state", (s) => [saveFieldState(s, fieldState)], (s) => loadFieldStates(s, ["k"])],
  ["a delivery", (s) => [openDeliveryWrites(s).insert(delivery("d1"))], (s) => listDeliveries(s, { limit: 10 })],
  ["a mention", (s) => [saveMention(s, "l", "m", 3)], async (s) => [...(await loadMentionOrders(s, ["m"]))]],
  [
    "a list export",
    (s) => [saveListExport(s, "l", { export_key: "e", export_order: 1, pages: "[]", total: 1, is_complete: 0 }, 1)],
    (s) => listExports(s, "l"),
  ],
  ["an observation", (s) => [saveObservation(s, "k", 9)], async (s) => (await findObservation(s, "k")) || null],
  [
    "coverage",
    (s) => [saveCoverage(s, { connection: "zd", object: "ticket", observed_at: 4 })],
    (s) => findCoverage(s, "zd", ["ticket"]),
  ],
  [
    "a count of records that were passed over",
    (s) => [countPassedOver(s, { connection: "zd", stream: "tickets", reason: "invalid id", count: 2, at: 5 })],
    async (s) => (await listPassedOver(s))[0] ?? null,
  ],
  [
    "the use of a quota",
    (s) => [saveQuotaUse(s, { connection: "zd", quota: "core", requests: [1, 4, 2], updated_at: 5 })],
    async (s) => (await loadQuotaUse(s))[0] ?? null,
  ],
  [
    "events of a month",
    (s) => [addEventCount(s, { connection: "mp", month: "2026-11", count: 3, updated_at: 5 })],
    async (s) => (await findEventCount(s, { connection: "mp", month: "2026-11" })) || null,
  ],
  ["a platform shape", (s) => [savePlatformShape(s, "zd", { a: 1 }, 2)], (s) => findPlatformShape(s, "zd")],
  [
    "a subscription position",
    (s) => [saveSubscriptionPosition(s, "sf", { replay: 1 }, 2)],
    (s) => findSubscriptionPosition(s, "sf"),
  ],
  ["a sync checkpoint", (s) => [saveSyncCheckpoint(s, checkpoint)], (s) => findSyncCheckpoint(s, "zd", "ticket")],
];

describe("tables", () => {
  it.each(writes)("return %s to its own tenant only", async (_, statements, read) => {
    const [owner, otherStore] = [newStore(), newStore()];
    await writeAs(owner, ...statements(owner));
    const value = await read(owner);
    expect(value).not.toBeNull();
    expect(value).not.toEqual([]);
    const otherValue = await read(otherStore);
    expect(otherValue === null || (Array.isArray(otherValue) && otherValue.length === 0)).toBe(true);
    // The same write by another tenant adds a row and does not replace that of the owner.
    await writeAs(otherStore, ...statements(otherStore));
    expect(await read(owner)).toEqual(value);
  });

  it("change and delete rows of their own tenant only", async () => {
    const [owner, otherStore] = [newStore(), newStore()];
    for (const store of [owner, otherStore])
      await writeAs(
        store,
        openAlert(store, alert, 1),
        insertApiKey(store, apiKey),
        savePin(store, { version: "v1", filesVersion: "v2" }, 1),
        openDeliveryWrites(store).insert(delivery("d1")),
        openDeliveryWrites(store).insert(delivery("d2", { state: "done", settled_at: 1 })),
        saveMention(store, "l", "m", 3),
      );
    const tables = ["alerts", "api_keys", "config_pins", "deliveries", "list_mentions"] as const;
    const rowsOf = (store: TenantStore) => Promise.all(tables.map((table) => queriesOf(store).from(table).selectAll().execute()));
    const otherRows = await rowsOf(otherStore);
    const changes = await writeAs(
      owner,
      closeAlert(owner, alert, 2),
      revokeApiKey(owner, "k1", 2),
      deletePin(owner),
      blockWaitingDeliveries(owner, { route: "r", target: "zd", subject: "s" }),
      deleteEndedDeliveries(owner, 5),
      deleteMentions(owner, "l", 3),
      openDeliveryWrites(owner).saveOutcome(delivery("d1", { state: "done", attempts: 1, settled_at: 3 })),
    );
    expect(changes).toEqual(Array(7).fill(1));
    expect(await rowsOf(otherStore)).toEqual(otherRows);
  });

  it("name only tables of the schema and always the tenant in raw SQL", () => {
    const folder = fileURLToPath(new URL("./", import.meta.url));
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))) {
      const text = readFileSync(folder + file, "utf8");
      for (const [statement] of text.matchAll(/[`"](select|insert into|update|delete from) [^`"]+[`"]/g))
        expect(statement, file).toContain("tenant");
    }
  });
});

describe("conflicts", () => {
  it("are decided once, counted while they are open, and deleted some time after their decision", async () => {
    const store = newStore();
    await writeAs(
      store,
      saveConflict(store, conflict),
      saveConflict(store, { ...conflict, id: "c2", key: "other", opened_at: 4 }),
    );
    expect(await countOpenConflicts(store)).toEqual([{ field: "jobTitle", count: 2, since: 4 }]);
    expect((await listOpenConflicts(store, ["k", "none"])).map(({ id }) => id)).toEqual(["c1"]);
    const decide = (payload: string) => decideConflict(store, { id: "c1", payload: Buffer.from(payload), resolved_at: 9 });
    expect(await writeAs(store, decide("first"), decide("second"))).toEqual([1, 0]);
    expect((await findConflict(store, "c1"))?.payload.toString()).toBe("first");
    const idsOf = async (filter: object) => (await listConflicts(store, { limit: 10, offset: 0, ...filter })).map(({ id }) => id);
    expect(await idsOf({})).toEqual(["c1", "c2"]);
    expect([await idsOf({ state: "resolved" }), await idsOf({ since: 5 }), await idsOf({ field: "none" })]).toEqual([
      ["c1"],
      ["c1"],
      [],
    ]);
    const decidedSince = (openedAt: number) => countDecidedConflicts(store, openedAt);
    expect([await decidedSince(5), await decidedSince(6)]).toEqual([[{ field: "jobTitle", decidedBy: "person", count: 1 }], []]);
    expect(await writeAs(store, deleteResolvedConflicts(store, 9), deleteResolvedConflicts(store, 10))).toEqual([0, 1]);
    expect(await idsOf({})).toEqual(["c2"]);
  });
});

describe("queriesOf", () => {
  it("throws for a store that was not opened by the store module", () => {
    expect(() => queriesOf({ tenant: "acme" })).toThrow("was not opened");
  });

  it("adds the tenant to every row of an insert and to every condition", () => {
    const queries = queriesOf(tables.forTenant("acme"));
    expect(queries.insertInto("consumer_offsets", { consumer: "c", sequence: 1, updated_at: 1 }).compile()).toMatchObject({
      sql: expect.stringMatching(/^insert into "consumer_offsets" \("consumer", "sequence", "updated_at", "tenant"\) values \(/),
      parameters: ["c", 1, 1, "acme"],
    });
    for (const query of [
      queries.from("alerts").selectAll(),
      queries.updateTable("alerts").set({ closed_at: 1 }),
      queries.deleteFrom("alerts"),
    ]) {
      const { sql, parameters } = query.compile();
      expect(sql).toMatch(/"tenant" = [?$]/);
      expect(parameters).toContain("acme");
    }
  });
});

describe("alerts", () => {
  it("keep the time of opening while open, and get a new one when opened again", async () => {
    const store = newStore();
    const openedAt = async () => (await listAlerts(store, { limit: 1, offset: 0 }))[0]?.opened_at;
    await writeAs(store, openAlert(store, alert, 1), openAlert(store, { ...alert, message: "Again." }, 5));
    expect(await openedAt()).toBe(1);
    await writeAs(store, closeAlert(store, alert, 6), openAlert(store, alert, 8));
    expect(await openedAt()).toBe(8);
    expect(await listAlerts(store, { limit: 10, offset: 0, state: "closed" })).toEqual([]);
  });
});

describe("configuration versions", () => {
  it("list the newest activation first and keep one row a version", async () => {
    const store = newStore();
    const record = (version: string, since: number, origin: Origin = "reload") =>
      writeAs(store, recordVersion(store, { version, config }, { since, origin }));
    await record("v1", 1, "start");
    await record("v2", 2);
    await record("v1", 3);
    const rows = await listVersions(store, { limit: 10 });
    expect(rows.map(({ version, since, origin }) => [version, since, origin])).toEqual([
      ["v1", 3, "reload"],
      ["v2", 2, "reload"],
    ]);
    expect(await listVersions(store, { limit: 10, since: 3 })).toHaveLength(1);
  });
});

describe("audit entries", () => {
  it("are kept as they were first recorded, and listed newest first", async () => {
    const store = newStore();
    await writeAs(store, insertAuditEntry(store, auditEntry), insertAuditEntry(store, { ...auditEntry, id: "act_2", at: 9 }));
    expect(await writeAs(store, insertAuditEntry(store, { ...auditEntry, verb: "other" }))).toEqual([0]);
    const idsOf = async (filter: object) =>
      (await listAuditEntries(store, { limit: 10, offset: 0, ...filter })).map(({ id }) => id);
    expect([await idsOf({}), await idsOf({ since: 6 }), await idsOf({ verb: "other" })]).toEqual([
      ["act_2", "act_1"],
      ["act_2"],
      [],
    ]);
  });
});

describe("pinned customers", () => {
  it("keep their time, and are taken away by any record of the customer", async () => {
    const store = newStore();
    const save = (key: string, pinned_at: number) => saveCustomerPin(store, { owner: "o", key, kind: "company", pinned_at });
    await writeAs(store, save("a", 1), save("a", 7), save("b", 2));
    expect((await listCustomerPins(store, "o", 10)).map(({ key, pinned_at }) => [key, pinned_at])).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
    await writeAs(store, deleteCustomerPins(store, "o", ["other", "a"]));
    expect((await listCustomerPins(store, "o", 10)).map(({ key }) => key)).toEqual(["b"]);
  });
});

describe("the overview of companies", () => {
  it("is sorted and filtered, with what is unknown at the end", async () => {
    const store = newStore();
    const rows = [
      { node: "a", score: 40, band: "at_risk", renewal_day: "2027-03-01", last_active_at: 9 },
      { node: "b", score: 101, band: "", owner: "", renewal_day: "9999-12-31", last_active_at: 0 },
      { node: "c", score: 90, renewal_day: "2027-02-01", last_active_at: 4, computed_at: 1 },
    ];
    await writeAs(store, ...rows.map((row) => saveOverview(store, { ...overview, ...row })));
    const nodesOf = (filter: object) => listOverviewNodes(store, { limit: 10, offset: 0, sort: "score", ...filter });
    expect(await nodesOf({})).toEqual(["a", "c", "b"]);
    expect(await nodesOf({ sort: "renewal_day" })).toEqual(["c", "a", "b"]);
    expect(await nodesOf({ owner: "o", sort: "renewal_day" })).toEqual(["c", "a"]);
    expect(await nodesOf({ band: "at_risk" })).toEqual(["a"]);
    expect(await nodesOf({ renewal: { from: "2027-02-01", to: "2027-02-28" } })).toEqual(["c"]);
    expect(await nodesOf({ lastActiveBefore: 5 })).toEqual(["c"]);
    expect(await nodesOf({ nodes: ["b"] })).toEqual(["b"]);
    expect(await listOldOverviews(store, 3, 10)).toEqual(["c"]);
    await writeAs(store, deleteOverview(store, "a"));
    expect([...(await loadOverviews(store, ["a", "c"])).keys()]).toEqual(["c"]);
  });
});

describe("rawStatement", () => {
  it("carries SQL and parameters unchanged", () => {
    expect(rawStatement("select ?", [1])).toEqual({ sql: "select ?", parameters: [1] });
  });
});
