import type { Edge, Identifier, RecordData, RecordInput } from "@sidelight/model/records.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Logs, openLogs } from "../../../test/support/logs.ts";
import { type Clusterable, type CustomerKind, cluster, clusteringKinds } from "../identity/cluster.ts";
import type { TenantLog } from "./log.ts";
import { openReader } from "./reader.ts";
import { projectionDigest } from "./replay/digest.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

// A small world in which everything can happen to everything: shared and contested addresses, accounts that change hands.
const type = fc.constantFrom("salesforce.contact", "zendesk.user", "mixpanel.user", "salesforce.account", "zendesk.ticket");
const version = fc
  .record({
    type,
    id: fc.integer({ min: 1, max: 3 }),
    changedAt: fc.integer({ min: 1, max: 10 }),
    name: fc.constantFrom("Ada", "Grace"),
    values: fc.uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 2 }),
    other: fc.constantFrom(null, "1", "2"),
    deleted: fc.boolean(),
  })
  .map(toRecord);
let observations = 0;

function toRecord(v: {
  type: string;
  id: number;
  changedAt: number;
  name: string;
  values: string[];
  other: string | null;
  deleted: boolean;
}): RecordInput {
  const [platform = "", object = ""] = v.type.split(".");
  const kind = object === "account" ? "domain" : "email";
  const identifiers: Identifier[] = object === "ticket" ? [] : v.values.map((value) => ({ kind, value }));
  if (platform === "mixpanel") identifiers.push({ kind: "product_user", value: String(v.id) });
  const edges: Edge[] = [];
  if (object === "contact" && v.other) edges.push({ rel: "account", to: `salesforce.account:${v.other}` });
  if (object === "ticket" && v.other) edges.push({ rel: "requester", to: `zendesk.user:${v.other}` });
  return {
    ref: `${v.type}:${v.id}`,
    platform,
    connection: platform,
    object,
    subject: object === "ticket" && v.other ? `zendesk.user:${v.other}` : `${v.type}:${v.id}`,
    // Mixpanel has no modification time: what is fetched later is newer.
    changedAt: platform === "mixpanel" ? null : v.changedAt,
    observedAt: ++observations,
    identifiers,
    edges,
    deleted: platform !== "mixpanel" && v.deleted,
    data: dataOf(object, v.name, v.values),
  };
}

function dataOf(object: string, name: string, values: string[]): RecordData {
  const none = { owner: null, arr: null, plan: null, stage: null, renewalDate: null, nextStep: null, notMapped: [] };
  if (object === "account") return { kind: "company", name, domains: values, ...none };
  const at = "2026-11-21T00:00:00.000Z";
  const ticket = {
    status: "open",
    priority: null,
    createdAt: at,
    updatedAt: at,
    solvedAt: null,
    resolutionMinutes: null,
  } as const;
  if (object === "ticket") return { kind: "ticket", subject: name, ...ticket };
  return { kind: "person", name, emails: values, phones: [], title: null, optedOut: false };
}

interface Held {
  record: RecordInput;
  content: string;
  changedAt: number;
  observedAt: number;
}

/** What should be held after these records came in this order, and how many of them said something new. */
function expectation(records: readonly RecordInput[]): { held: Map<string, Held>; appended: number } {
  const held = new Map<string, Held>();
  let appended = 0;
  for (const record of records) {
    const { ref, changedAt, observedAt, identifiers, edges, deleted, data } = record;
    const before = held.get(ref);
    if (before && changedAt !== null && changedAt < before.changedAt) continue;
    const content = JSON.stringify({ identifiers, edges, deleted, data });
    const isNew = before?.content !== content;
    if (isNew) appended += 1;
    held.set(ref, {
      record: isNew ? record : before.record,
      content,
      changedAt: Math.max(changedAt ?? 0, before?.changedAt ?? 0),
      observedAt: Math.max(observedAt, before?.observedAt ?? 0),
    });
  }
  return { held, appended };
}

async function expectHeld(log: TenantLog, held: Map<string, Held>): Promise<void> {
  const found = await openReader(log).records([...held.keys()].map(log.key));
  const shown = found.map(({ ref, observedAt, data, edges }) => ({ ref, observedAt, data, edges }));
  const live = [...held.values()].filter(({ record }) => !record.deleted);
  expect(shown).toEqual(live.map(({ record: { ref, data, edges }, observedAt }) => ({ ref, observedAt, data, edges })));
}

async function sequences(log: TenantLog): Promise<number[]> {
  const rows = await log.store.from("events").select("sequence").orderBy("sequence").execute();
  return rows.map((r) => r.sequence);
}

const counted = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

/** Who is who, decided over all live records at once. */
async function clustered(log: TenantLog, held: Map<string, Held>, kind: CustomerKind) {
  const rows = await log.store.from("records").select(["key", "first_seq"]).where("to_seq", "is", null).execute();
  const firstSeq = new Map(rows.map((r) => [r.key, r.first_seq]));
  const live = [...held.values()].map((h) => h.record).filter((r) => !r.deleted && r.data.kind === kind);
  const all = live.map((r): Clusterable => {
    const account = r.edges.find((e) => e.rel === "account");
    return {
      key: log.key(r.ref),
      firstSeq: firstSeq.get(log.key(r.ref))!,
      type: `${r.platform}.${r.object}`,
      identifiers: r.identifiers
        .filter((i) => i.kind in clusteringKinds[kind])
        .map((i) => ({ kind: i.kind, identifier: log.identifier(i.kind, i.value) })),
      account: account ? log.key(account.to) : null,
    };
  });
  return cluster(kind, all);
}

describe("commits of records, in any order and any grouping", () => {
  it("append what is new and newer, move the observation of what is not, and leave no gap", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(version, { maxLength: 5 }), { maxLength: 10 }),
        fc.boolean(),
        async (batches, atOnce) => {
          const log = await logs.newLog();
          const commit = (records: RecordInput[]) => log.commit({ records, correlationId: "test" });
          const committed = atOnce ? await Promise.all(batches.map(commit)) : [];
          if (!atOnce) for (const batch of batches) committed.push(await commit(batch));
          const { held, appended } = expectation(batches.flat());
          expect(committed.reduce((sum, c) => sum + c.appended, 0)).toBe(appended);
          // The order of the requests is the order of the log.
          expect(committed.map((c) => c.head)).toEqual([...committed.map((c) => c.head)].sort((a, b) => a - b));
          expect(await sequences(log)).toEqual(counted(appended));
          await expectHeld(log, held);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("fold, one by one, to what a rebuild of the whole log and one clustering of everybody give", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(version, { maxLength: 4 }), { maxLength: 12 }), async (batches) => {
        const log = await logs.newLog();
        await Promise.all(batches.map((records) => log.commit({ records, correlationId: "test" })));
        const { held } = expectation(batches.flat());
        const members = await log.store.from("members").select(["key", "node", "rule"]).where("to_seq", "is", null).execute();
        const placed = new Map([...(await clustered(log, held, "person")), ...(await clustered(log, held, "company"))]);
        expect(new Map(members.map(({ key, node, rule }) => [key, { node, rule }]))).toEqual(placed);
        const before = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(before);
        await expectHeld(log, held);
      }),
      { numRuns: 40 },
    );
  });

  it("keep what is current, and rebuild to the same, however often the past is pruned", async () => {
    const step = fc.record({ records: fc.array(version, { maxLength: 4 }), prune: fc.option(fc.integer({ min: 0, max: 4 })) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        let time = 0;
        let cut = 0;
        const log = await logs.newLog(() => time);
        for (const { records, prune } of steps) {
          time += 1;
          await log.commit({ records, correlationId: "test" });
          if (prune !== null) {
            cut = Math.max(cut, time - prune);
            await logs.writer.send({ kind: "prune", tenant: log.tenant, before: time - prune, now: time });
            const kept = await log.store.from("events").select(["received_at", "payload"]).execute();
            for (const e of kept) expect(e.payload.length > 0 || e.received_at < cut, "emptied only the past").toBe(true);
          }
        }
        const { held } = expectation(steps.flatMap((s) => s.records));
        await expectHeld(log, held);
        const before = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(before);
        await logs.writer.send({ kind: "prune", tenant: log.tenant, before: time + 1, now: time });
        const emptied = await log.store.from("events").select("payload").execute();
        expect(emptied.every((e) => e.payload.length === 0)).toBe(true);
        const pruned = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(pruned);
        await expectHeld(log, held);
      }),
      { numRuns: 60 },
    );
  });

  it("are refused one by one: what fails takes nothing with it, and everything else stays readable", async () => {
    const broken = { sql: "insert into no_such_table values (1)", parameters: [] };
    const request = fc.record({ records: fc.array(version, { maxLength: 3 }), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 12 }), async (requests) => {
        const log = await logs.newLog();
        const outcomes = await Promise.allSettled(
          requests.map(({ records, fails }) => log.commit({ records, statements: fails ? [broken] : [], correlationId: "test" })),
        );
        expect(outcomes.map((o) => o.status === "rejected")).toEqual(requests.map((r) => r.fails));
        const { held, appended } = expectation(requests.filter((r) => !r.fails).flatMap((r) => r.records));
        expect(await sequences(log)).toEqual(counted(appended));
        await expectHeld(log, held);
        const before = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(before);
      }),
      { numRuns: 40 },
    );
  });

  it("leave somebody readable who was first seen beside a request that failed", async () => {
    const log = await logs.newLog();
    const ada = (changedAt: number) =>
      toRecord({ type: "zendesk.user", id: 1, changedAt, name: `Ada ${changedAt}`, values: [], other: null, deleted: false });
    const broken = { sql: "insert into no_such_table values (1)", parameters: [] };
    const [first, second, third] = await Promise.allSettled([
      log.commit({ records: [ada(1)], correlationId: "test" }),
      log.commit({ records: [ada(2)], correlationId: "test" }),
      log.commit({ statements: [broken], correlationId: "test" }),
    ]);
    expect([first.status, second.status, third.status]).toEqual(["fulfilled", "fulfilled", "rejected"]);
    const [held] = await openReader(log).records([log.key("zendesk.user:1")]);
    expect(held?.data).toMatchObject({ name: "Ada 2" });
  });
});
