import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import BetterSqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTenantKeys } from "../../security/keyring.ts";
import { keyOf } from "../../security/seal.ts";
import { queriesOf } from "../../store/queries.ts";
import { openStore, type Store } from "../../store/store.ts";
import { loadLastAnswers } from "../../store/tables/connectionHealth.ts";
import { findConsumerOffset } from "../../store/tables/consumerOffsets.ts";
import { findPlatformShape } from "../../store/tables/platformShapes.ts";
import { findSubscriptionPosition } from "../../store/tables/subscriptionPositions.ts";
import { findSyncCheckpoint, hasIncompleteBackfill } from "../../store/tables/syncCheckpoints.ts";
import { findWrappedKeys } from "../../store/tables/tenants.ts";
import { openWriter, type Writer } from "../writer/writer.ts";
import { projectionDigest } from "./digest.ts";

interface OpenFixture {
  store: Store;
  writer: Writer;
  digest(tenant: string): Promise<string>;
  close(): Promise<void>;
}

/** Opens a copy of a store that the earlier release made. Opening migrates it. */
async function openFixture(): Promise<OpenFixture> {
  const master = keyOf(Buffer.from("sidelight-migration-test-fixture"));
  const folder = mkdtempSync(join(tmpdir(), "sidelight-migration-"));
  const file = join(folder, "store.sqlite");
  const fixture = new BetterSqlite(file);
  // One transaction: a commit for every row would take seconds on a busy disk.
  const sql = readFileSync(fileURLToPath(new URL("fixtures/beforePlainNames.sql", import.meta.url)), "utf8");
  fixture.exec(`begin;\n${sql}commit;`);
  fixture.close();
  const writer = await openWriter({ file, masterKey: master });
  const store = openStore(file);
  return {
    store,
    writer,
    async digest(tenant) {
      const tenantStore = store.forTenant(tenant);
      const wrappedKeys = await findWrappedKeys(tenantStore);
      if (!wrappedKeys) throw new Error(`the fixture has no tenant ${tenant}`);
      return await projectionDigest({ store: tenantStore, keys: openTenantKeys(master, tenant, wrappedKeys) });
    },
    async close() {
      await store.close();
      await writer.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe("a store of the release before m014-plain-names", () => {
  let fixture: OpenFixture;
  beforeAll(async () => {
    fixture = await openFixture();
  });
  afterAll(() => fixture.close());

  const acme = () => fixture.store.forTenant("acme");

  // The digests that the earlier release computes over these projections.
  it.each([
    ["acme", "52bf6b93c62616be1da0f208b260dd1c95bc31a0bf3db97b689d7fdfeff37f82"],
    ["globex", "a577308640cb50795a27d039d83a97dba14835900856aa04b8c0e3948f092cb0"],
  ])("keeps the projections of %s and rebuilds them to the same digest", async (tenant, expected) => {
    expect(await fixture.digest(tenant)).toBe(expected);
    const [reply] = await fixture.writer.run([{ id: 1, request: { kind: "rebuild", tenant } }]);
    expect(reply).toMatchObject({ id: 1, result: {} });
    expect(await fixture.digest(tenant)).toBe(expected);
  });

  it("gives each owner of a checkpoint its own table", async () => {
    expect(await findConsumerOffset(acme(), "routing")).toBe(6);
    expect(await findConsumerOffset(acme(), "health")).toBe(5);
    expect(await findSubscriptionPosition(acme(), "salesforce")).toEqual({ replay: 4711 });
    expect((await findPlatformShape(acme(), "salesforce"))?.shape).toMatchObject({ mapped: ["Account.Name"] });
    expect(await findSyncCheckpoint(acme(), "zendesk", "ticket")).toMatchObject({
      state: '{"cursor":"abc"}',
      is_complete: 1,
      records: 5,
    });
    expect(await findSyncCheckpoint(acme(), "salesforce", "Account")).toMatchObject({ is_complete: 0 });
    expect(await hasIncompleteBackfill(acme())).toBe(true);
    const streams = await queriesOf(acme()).from("sync_checkpoints").select("stream").execute();
    expect(streams.map((row) => row.stream).sort()).toEqual(["Account", "ticket"]);
    expect([...(await loadLastAnswers(acme())).keys()].sort()).toEqual(["mixpanel", "salesforce", "zendesk"]);
  });

  it("renames states and causes", async () => {
    const deliveries = await queriesOf(acme()).from("deliveries").select(["id", "state", "cause"]).orderBy("id").execute();
    expect(deliveries).toEqual([
      { id: "dlv_1", state: "dead_letter", cause: "invalid_credentials" },
      { id: "dlv_2", state: "blocked", cause: null },
      { id: "dlv_3", state: "done", cause: null },
      { id: "dlv_4", state: "waiting", cause: null },
    ]);
    const health = await queriesOf(acme())
      .from("connection_health")
      .select(["connection", "failure_code"])
      .orderBy("connection")
      .execute();
    expect(health.map((row) => row.failure_code)).toEqual(["quota_exhausted", "invalid_credentials"]);
    const quarantine = await queriesOf(acme()).from("quarantine").select(["id", "state", "resolved_at"]).orderBy("id").execute();
    expect(quarantine).toMatchObject([
      { id: "qrt_1", state: "quarantined", resolved_at: null },
      { id: "qrt_2", state: "released", resolved_at: expect.any(Number) },
    ]);
    const events = await queriesOf(acme()).from("events").select("stages").where("stages", "is not", null).execute();
    expect(events.map((row) => Object.keys(JSON.parse(row.stages ?? "{}")))).toEqual(
      Array(2).fill(["verifiedAt", "parsedAt", "appendedAt"]),
    );
  });

  it("still recognizes repeated events and keeps list exports and customer health", async () => {
    expect(await queriesOf(acme()).from("deduplication_keys").select("event_id").execute()).toHaveLength(2);
    expect(await queriesOf(acme()).from("list_exports").selectAll().execute()).toMatchObject([
      { list: "l", export_key: "n", export_order: 3, is_complete: 1 },
    ]);
    expect(await queriesOf(acme()).from("list_mentions").selectAll().execute()).toMatchObject([{ export_order: 3 }]);
    expect(await queriesOf(acme()).from("customer_health").selectAll().execute()).toMatchObject([{ band: "watch" }]);
  });

  it("accepts new events after the migration", async () => {
    const record = {
      ref: "zendesk.user:9",
      platform: "zendesk",
      connection: "zendesk",
      object: "user",
      subject: "zendesk.user:9",
      changedAt: 1,
      observedAt: 1,
      identifiers: [{ kind: "email" as const, value: "ada@acme.example" }],
      edges: [],
      data: {
        kind: "person" as const,
        name: "Ada",
        emails: ["ada@acme.example"],
        phones: [],
        title: null,
        optedOut: false,
      },
    };
    const request = {
      kind: "commit" as const,
      tenant: "acme",
      events: [],
      records: [record],
      quarantine: [],
      statements: [],
      receivedAt: 1,
      correlationId: "test",
      isBackfill: false,
      stages: null,
    };
    const { writer, digest, close } = await openFixture();
    try {
      const [reply] = await writer.run([{ id: 1, request }]);
      expect(reply).toMatchObject({ result: { appended: 1 } });
      await writer.project();
      const previousDigest = await digest("acme");
      await writer.run([{ id: 2, request: { kind: "rebuild", tenant: "acme" } }]);
      expect(await digest("acme")).toBe(previousDigest);
    } finally {
      await close();
    }
  });
});
