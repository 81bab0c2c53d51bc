import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Identifier, RecordInput } from "@sidelight/model/records.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maxHolders } from "../../identity/clusterRecord.ts";
import { newTenantKeys, openTenantKeys } from "../../security/keyring.ts";
import { newKey } from "../../security/seal.ts";
import { openSqlite } from "../../store/sqlite.ts";
import { openAppendRows } from "../../store/tables/appendRows.ts";
import { type IdentifierRow, openProjectionRows, type ProjectionRows } from "../../store/tables/projectionRows.ts";
import type { TenantLog } from "../log.ts";
import { openReader } from "../reader.ts";
import { projectionDigest } from "../replay/digest.ts";
import { type Logs, openLogs } from "../testLogs.ts";
import { startWriter } from "../writer/client.ts";
import { openProjectionBatch } from "./projectionBatch.ts";
import { projectRecord } from "./projectRecord.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

let changes = 0;
const ref = (n: number) => `mixpanel.user:${n}`;
const officeAddress: Identifier = { kind: "email", value: "rita@acme.example" };

/** A profile of the product, which does not show whose it is. */
function profile(n: number, identifiers: Identifier[], fields: Partial<RecordInput> = {}): RecordInput {
  const origin = { ref: ref(n), platform: "mixpanel", connection: "mixpanel", object: "user", subject: ref(n), edges: [] };
  const data = { kind: "person" as const, name: null, emails: [], phones: [], title: null, optedOut: false };
  return { ...origin, changedAt: ++changes, observedAt: changes, identifiers, data, ...fields };
}

async function customers(log: TenantLog, count: number): Promise<number> {
  const reader = openReader(log);
  const nodes = await reader.nodesOf(Array.from({ length: count }, (_, n) => log.key(ref(n))));
  return new Set(nodes.values()).size;
}

describe("an identifier that many records hold", () => {
  it("joins them up to the limit, none of them above it, and all again when there are fewer", async () => {
    const log = await logs.newLog();
    const commit = (...records: RecordInput[]) => log.commit({ records, correlationId: "test" });
    const total = maxHolders + 3;
    await commit(...Array.from({ length: maxHolders }, (_, n) => profile(n, [officeAddress])));
    expect(await customers(log, total)).toBe(1);
    await commit(profile(maxHolders, [officeAddress]));
    expect(await customers(log, total)).toBe(maxHolders + 1);
    await commit(profile(maxHolders + 1, [officeAddress]), profile(maxHolders + 2, [officeAddress]));
    expect(await customers(log, total)).toBe(total);
    await commit(profile(0, []), profile(1, [], { deleted: true }));
    expect(await customers(log, total)).toBe(total - 1);
    await commit(profile(2, [{ kind: "email", value: "ada@acme.example" }]));
    // Those without the address are customers of their own, one is deleted, and the others are one customer.
    expect(await customers(log, total)).toBe(3);
    const digest = await projectionDigest(log);
    await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
    expect(await projectionDigest(log)).toBe(digest);
  });

  it("gives the same customers however the records arrive, and after a rebuild", async () => {
    const step = fc.record({ n: fc.integer({ min: 0, max: maxHolders + 2 }), holds: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 7 }), async (steps, size) => {
        const log = await logs.newLog();
        const initial = Array.from({ length: maxHolders - 1 }, (_, n) => profile(n, [officeAddress]));
        const later = steps.map(({ n, holds }) => profile(n, holds ? [officeAddress] : []));
        const records = [...initial, ...later];
        for (let start = 0; start < records.length; start += size)
          await log.commit({ records: records.slice(start, start + size), correlationId: "test" });
        const holding = new Map(records.map((record) => [record.ref, record.identifiers.length > 0]));
        const holders = [...holding.values()].filter(Boolean).length;
        const joinedCount = holders <= maxHolders && holders > 0 ? 1 : holders;
        expect(await customers(log, maxHolders + 3)).toBe(joinedCount + holding.size - holders);
        const digest = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(digest);
      }),
      { numRuns: 8 },
    );
  });

  it("costs an event about one of them the same, however many there are", async () => {
    const costs = await Promise.all([maxHolders + 10, 10_000].map(rowsRead));
    expect(costs[0]).toBe(costs[1]);
  });
});

it("the reads of a projection find their rows by an index, not among all rows of the tenant", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-plans-"));
  const file = join(folder, "log.sqlite");
  const writer = startWriter({ file, masterKey: newKey() });
  await writer.send({ kind: "ensureTenant", tenant: "acme", now: 0 });
  await writer.close();
  const sqlite = openSqlite(file, "read");
  const texts = new Set<string>();
  const prepare = (text: string) => {
    texts.add(text);
    return sqlite.raw.prepare(text);
  };
  const rows = openProjectionRows(prepare, "acme");
  rows.records(["key"]);
  rows.identifiersOf(["key"]);
  rows.holders(["identifier"], maxHolders);
  rows.edgesOf(["key"]);
  rows.edgesTo(["key"], "decided");
  rows.payloads(["key"]);
  rows.subjectKeys(["subject"]);
  rows.memberships(["key"]);
  rows.membersOf(["node"]);
  const appendRows = openAppendRows(prepare, "acme");
  appendRows.subjectKeys(["subject"]);
  appendRows.recordHeads(["key"]);
  appendRows.eventIdsOf(["key"]);
  appendRows.event(1);
  appendRows.projectedRecord("key");
  expect(texts.size).toBe(13);
  for (const text of texts) {
    const values = (text.match(/\?/g) ?? []).map(() => "[]");
    const plan = sqlite.raw.prepare(`explain query plan ${text}`).all(...values) as { detail: string }[];
    expect(
      plan.filter(({ detail }) => /\(tenant=\?\)$|^SCAN (?!json_each)/.test(detail)),
      text,
    ).toEqual([]);
  }
  await sqlite.close();
  rmSync(folder, { recursive: true });
});

/** Rows that the projection of one record reads when this many records hold its address, its domain and its number. */
async function rowsRead(holders: number): Promise<number> {
  let count = 0;
  const countRows = <T>(rows: T[]): T[] => {
    count += rows.length;
    return rows;
  };
  const rows: ProjectionRows = {
    records: () => [],
    identifiersOf: (keys): IdentifierRow[] =>
      keys.map((key) => ({ identifier: "email", key, kind: "email", from_seq: 1, to_seq: null })),
    holders: (names, limit) =>
      countRows(
        names.flatMap((identifier) =>
          Array.from({ length: Math.min(limit, holders) }, (_, n) => ({ identifier, key: `holder ${n}` })),
        ),
      ),
    edgesOf: () => [],
    edgesTo: () => [],
    payloads: () => [],
    subjectKeys: () => [],
    memberships: () => [],
    membersOf: () => [],
    write: () => {},
  };
  const master = newKey();
  const keys = openTenantKeys(master, "acme", newTenantKeys(master, "acme"));
  const batch = openProjectionBatch({ rows, keys, openSubjectKey: () => newKey() });
  const identifiers: Identifier[] = [
    officeAddress,
    { kind: "email_domain", value: "acme.example" },
    { kind: "phone", value: "+14155550100" },
  ];
  const { changedAt, edges, data } = profile(1, []);
  const source = { platform: "mixpanel", connection: "mixpanel", object: "user" };
  const event = { ...source, sequence: 1, event_id: "evt_1", key: "key", subject: "subject" };
  await projectRecord(batch, event, { ref: ref(1), changedAt, deleted: false, identifiers, edges, data }, "digest", newKey());
  return count;
}
