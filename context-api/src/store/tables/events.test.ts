import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queriesOf } from "../queries.ts";
import { toStatement } from "../statement.ts";
import type { TenantStore } from "../tenantStore.ts";
import { openTestTables, type TestTables } from "../testTables.ts";
import { listEventRows } from "./events.ts";

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

async function insertEvent(store: TenantStore, sequence: number, received_at: number, hash: string | null = null): Promise<void> {
  const row = {
    ...{ sequence, event_id: `evt_${sequence}`, type: "zendesk.ticket.created", schema_version: 1, timestamp: received_at },
    ...{ received_at, platform: "zendesk", connection: "zendesk", object: "ticket", key: `k${sequence}`, subject: "s" },
    ...{ correlation_id: "c", deduplication_key: null, payload: Buffer.alloc(0), stages: null, source_event_hash: hash },
  };
  await tables.execute(store.tenant, toStatement(queriesOf(store).insertInto("events", row)));
}

describe("events of the log", () => {
  it("are listed since an instant, also those before whose receipt the clock was set back", async () => {
    const store = tables.forTenant("since");
    for (const [sequence, receivedAt] of [10, 20, 30, 40, 15, 35].entries()) await insertEvent(store, sequence + 1, receivedAt);
    const sequencesSince = async (receivedSince: number) =>
      (await listEventRows(store, { limit: 10, beforeSequence: null, receivedSince })).map(({ sequence }) => Number(sequence));
    expect(await sequencesSince(30)).toEqual([6, 4, 3]);
    expect(await sequencesSince(15)).toEqual([6, 5, 4, 3, 2]);
    expect(await sequencesSince(0)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(await sequencesSince(41)).toEqual([]);
  });

  it("are found by the platform's own id, newest first", async () => {
    const store = tables.forTenant("hash");
    for (const [index, hash] of ["a", "b", "a", null].entries()) await insertEvent(store, index + 1, 10, hash);
    const rows = await listEventRows(store, { limit: 10, beforeSequence: null, sourceEventHash: "a" });
    expect(rows.map(({ sequence }) => Number(sequence))).toEqual([3, 1]);
  });
});
