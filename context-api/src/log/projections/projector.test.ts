import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SidelightError } from "@sidelight/model/errors.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import BetterSqlite from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTenantKeys } from "../../security/keyring.ts";
import { newKey } from "../../security/seal.ts";
import { queriesOf } from "../../store/queries.ts";
import { openStore, type Store } from "../../store/store.ts";
import { summarizeProjectionFailures } from "../../store/tables/projectionFailures.ts";
import { findWrappedKeys } from "../../store/tables/tenants.ts";
import { openWriterStore, type WriterStore } from "../../store/writerStore.ts";
import { openLog, type TenantLog } from "../log.ts";
import { openReader } from "../reader.ts";
import { projectionDigest } from "../replay/digest.ts";
import { restoreError } from "../writer/errors.ts";
import type { WriterRequest } from "../writer/protocol.ts";
import { createWriter, openWriter, type Writer } from "../writer/writer.ts";
import type { Projected } from "./projector.ts";

const masterKey = newKey();
let folder: string;
let file: string;
let writer: Writer;
let store: Store;
let log: TenantLog;
let projections: Projected[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-projector-"));
  file = join(folder, "log.sqlite");
  projections = [];
  writer = await openWriter({ file, masterKey }, (projected) => void projections.push(projected));
  await send({ kind: "ensureTenant", tenant: "acme", now: 0 });
  store = openStore(file);
  const tenantStore = store.forTenant("acme");
  const keys = openTenantKeys(masterKey, "acme", (await findWrappedKeys(tenantStore))!);
  const client = { send, listen: () => () => {}, fault: () => null, close: async () => {}, addFromLog() {}, follow() {} };
  log = openLog({ writer: client, store: tenantStore, keys, head: 0, now: () => 1_000 });
});
afterEach(async () => {
  await writer.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

async function send(request: WriterRequest) {
  const [reply] = await writer.run([{ id: 1, request }]);
  if (!reply || "error" in reply) throw reply ? restoreError(reply.error) : new Error("no reply");
  return reply.result;
}

async function projectAll(): Promise<void> {
  while (writer.waitingSince() !== null) await writer.project();
}

/** The process ends without projecting, and another one opens the store. */
async function restart(): Promise<void> {
  await writer.close();
  writer = await openWriter({ file, masterKey }, (projected) => void projections.push(projected));
}

function user(id: number, name: string, changedAt: number, observedAt = changedAt): RecordInput {
  const ref = `zendesk.user:${id}`;
  return {
    ...{ ref, platform: "zendesk", connection: "zendesk", object: "user", subject: ref, changedAt, observedAt, edges: [] },
    identifiers: [{ kind: "email", value: `user${id}@acme.example` }],
    data: { kind: "person", name, emails: [], phones: [], title: null, optedOut: false },
  };
}

const append = (...records: RecordInput[]) => log.append({ records, correlationId: "test" });
const readUser = async (id: number) => (await openReader(log).records([log.key(`zendesk.user:${id}`)]))[0] ?? null;
const eventTypes = async () => {
  const rows = await queriesOf(log.store).from("events").select("type").orderBy("sequence").execute();
  return rows.map(({ type }) => type);
};

describe("an appended event", () => {
  it("is durable before readers see it, and seen after its projection", async () => {
    expect(await append(user(1, "Ada", 1))).toMatchObject({ head: 1, appended: 1 });
    expect([await readUser(1), await eventTypes()]).toEqual([null, ["zendesk.user.imported"]]);
    await projectAll();
    expect(await readUser(1)).toMatchObject({ data: { name: "Ada" }, observedAt: 1 });
    expect(projections).toMatchObject([{ tenant: "acme", head: 1, failures: [] }]);
    expect(projections[0]!.invalidated.map(([dependency]) => dependency)).toContain(log.key("zendesk.user:1"));
  });

  it("is projected by the next process when its own ended before", async () => {
    await append(user(1, "Ada", 1), user(2, "Grace", 1));
    await restart();
    expect(await readUser(1)).toBeNull();
    await projectAll();
    expect([(await readUser(1))?.data, (await readUser(2))?.data]).toMatchObject([{ name: "Ada" }, { name: "Grace" }]);
    expect(projections.at(-1)).toMatchObject({ tenant: "acme", head: 2 });
  });

  it("is compared with versions that are not projected yet", async () => {
    await append(user(1, "Ada", 1));
    expect(await append(user(1, "Ada", 1, 5))).toMatchObject({ appended: 0, unchanged: 1 });
    expect(await append(user(1, "Grace", 3))).toMatchObject({ appended: 1 });
    expect(await append(user(1, "Hedy", 2))).toMatchObject({ appended: 0 });
    await projectAll();
    expect(await readUser(1)).toMatchObject({ data: { name: "Grace" }, changedAt: 3 });
    expect(await eventTypes()).toEqual(["zendesk.user.imported", "zendesk.user.updated"]);
  });
});

describe("a version that readers still see while a newer one is not projected", () => {
  it("is not confirmed by observations of the newer one", async () => {
    await append(user(1, "Ada", 1, 10));
    await projectAll();
    await append(user(1, "Grace", 20));
    await append(user(1, "Grace", 20, 30));
    expect(await readUser(1)).toMatchObject({ data: { name: "Ada" }, observedAt: 10 });
    await projectAll();
    expect(await readUser(1)).toMatchObject({ data: { name: "Grace" }, observedAt: 30 });
  });

  it("keeps its own time when several newer ones wait", async () => {
    await append(user(1, "Ada", 1, 10));
    await projectAll();
    await append(user(1, "Grace", 20));
    await append(user(1, "Hedy", 30));
    expect(await readUser(1)).toMatchObject({ data: { name: "Ada" }, observedAt: 10 });
  });
});

describe("an event that cannot be projected", () => {
  /** Damages what the log holds about a user, as a lost write of the disk does. */
  function damage(id: number): void {
    const db = new BetterSqlite(file);
    db.prepare("update events set payload = x'0102' where key = ?").run(log.key(`zendesk.user:${id}`));
    db.close();
  }

  it("is reported with its reason, and the others are projected without it", async () => {
    await append(user(1, "Ada", 1), user(2, "Grace", 1), user(3, "Hedy", 1));
    damage(2);
    await restart();
    await projectAll();
    expect([await readUser(1), await readUser(2), await readUser(3)].map((r) => r !== null)).toEqual([true, false, true]);
    const failure = { sequence: 2, reason: expect.stringMatching(/^Error in /) };
    expect(projections.at(-1)).toMatchObject({ head: 3, failures: [failure] });
    expect(await summarizeProjectionFailures(log.store)).toMatchObject({ count: 1, reason: failure.reason });
    expect(writer.waitingSince()).toBeNull();
  });

  it("fails again in a rebuild, which gives the same projections", async () => {
    await append(user(1, "Ada", 1), user(2, "Grace", 1));
    damage(2);
    await restart();
    await projectAll();
    const digest = await projectionDigest(log);
    await send({ kind: "rebuild", tenant: "acme" });
    expect(await projectionDigest(log)).toBe(digest);
    expect(await summarizeProjectionFailures(log.store)).toMatchObject({ count: 1 });
  });

  it("does not stop the next version of its record", async () => {
    await append(user(1, "Ada", 1));
    damage(1);
    await restart();
    await append(user(1, "Grace", 2));
    await projectAll();
    expect(await readUser(1)).toMatchObject({ data: { name: "Grace" } });
  });
});

describe("projecting later", () => {
  type Step = { kind: "append"; records: RecordInput[] } | { kind: "project" | "restart" | "rebuild" };
  const record = fc
    .record({
      id: fc.integer({ min: 1, max: 3 }),
      name: fc.constantFrom("Ada", "Grace"),
      changedAt: fc.integer({ min: 1, max: 6 }),
    })
    .map(({ id, name, changedAt }) => user(id, name, changedAt));
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.array(record, { maxLength: 3 }).map((records) => ({ kind: "append" as const, records })) },
    { weight: 2, arbitrary: fc.constant({ kind: "project" as const }) },
    { weight: 1, arbitrary: fc.constantFrom({ kind: "restart" as const }, { kind: "rebuild" as const }) },
  );
  let tenants = 0;

  it("gives the same log and projections as projecting each append at once, whenever the process ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const results = [];
        for (const isImmediate of [true, false]) {
          const tenant = `t${++tenants}`;
          await send({ kind: "ensureTenant", tenant, now: 0 });
          const tenantStore = store.forTenant(tenant);
          const keys = openTenantKeys(masterKey, tenant, (await findWrappedKeys(tenantStore))!);
          const client = { send, listen: () => () => {}, fault: () => null, close: async () => {}, addFromLog() {}, follow() {} };
          const tenantLog = openLog({ writer: client, store: tenantStore, keys, head: 0, now: () => 1_000 });
          for (const { kind, ...rest } of steps) {
            if (kind === "append" && "records" in rest) await tenantLog.append({ records: rest.records, correlationId: "test" });
            if (kind === "restart") await restart();
            if (kind === "rebuild") await send({ kind: "rebuild", tenant });
            if (kind === "project" || isImmediate) await projectAll();
          }
          await projectAll();
          const reader = openReader(tenantLog);
          const records = await reader.records([1, 2, 3].map((id) => tenantLog.key(`zendesk.user:${id}`)));
          const events = await queriesOf(tenantStore).from("events").select(["sequence", "type"]).orderBy("sequence").execute();
          results.push({ events, records: records.map(({ key: _, ...r }) => r) });
        }
        expect(results[0]).toEqual(results[1]);
      }),
      { numRuns: 40 },
    );
  });
});

describe("a projection whose end is unknown", () => {
  it("is not repeated when it was committed all the same", async () => {
    await writer.close();
    const file = join(folder, "unknown.sqlite");
    const sqlite = await openWriterStore(file);
    let isProjection = false;
    let isLost = true;
    const writerStore: WriterStore = {
      ...sqlite,
      begin(options) {
        isProjection = !options.isDurable;
        return sqlite.begin(options);
      },
      async commit() {
        await sqlite.commit();
        if (!isProjection || !isLost) return;
        isLost = false;
        throw new SidelightError("the connection was lost before the answer", { code: "store_unreachable", stage: "store" });
      },
    };
    writer = await createWriter({ store: writerStore, masterKey, onProjected: (projected) => void projections.push(projected) });
    await send({ kind: "ensureTenant", tenant: "acme", now: 0 });
    await store.close();
    store = openStore(file);
    const tenantStore = store.forTenant("acme");
    const keys = openTenantKeys(masterKey, "acme", (await findWrappedKeys(tenantStore))!);
    const client = { send, listen: () => () => {}, fault: () => null, close: async () => {}, addFromLog() {}, follow() {} };
    log = openLog({ writer: client, store: tenantStore, keys, head: 0, now: () => 1_000 });
    await append(user(1, "Ada", 5));
    await append(user(1, "Grace", 6));
    await expect(writer.project()).rejects.toThrow("lost before the answer");
    await append(user(1, "Mary", 7));
    await projectAll();
    expect((await readUser(1))?.data).toMatchObject({ name: "Mary" });
    const versions = await queriesOf(log.store).from("records").select("from_seq").orderBy("from_seq").execute();
    expect(versions.map(({ from_seq }) => from_seq)).toEqual([1, 2, 3]);
    expect(await summarizeProjectionFailures(log.store)).toBeNull();
    const digest = await projectionDigest(log);
    await send({ kind: "rebuild", tenant: "acme" });
    expect(await projectionDigest(log)).toBe(digest);
  });
});
