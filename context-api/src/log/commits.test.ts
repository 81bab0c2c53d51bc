import type { DecisionEffect, Edge, Identifier, RecordData, RecordInput } from "@sidelight/model/records.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cluster } from "../identity/cluster.ts";
import { type ClusterDecision, type ClusterRecord, type CustomerKind, clusteringKinds } from "../identity/clusterRecord.ts";
import { decisionEdges, decisionOf } from "../identity/decisions.ts";
import { queriesOf } from "../store/queries.ts";
import { rawStatement } from "../store/statement.ts";
import type { TenantLog } from "./log.ts";
import { openReader } from "./reader.ts";
import { projectionDigest } from "./replay/digest.ts";
import { type Logs, openLogs } from "./testLogs.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

// A small world with every kind of change: shared and contested addresses, contacts that move to another account.
const type = fc.constantFrom("salesforce.contact", "zendesk.user", "mixpanel.user", "salesforce.account", "zendesk.ticket");
const recordVersion = fc
  .record({
    type,
    id: fc.integer({ min: 1, max: 3 }),
    changedAt: fc.integer({ min: 1, max: 10 }),
    name: fc.constantFrom("Ada", "Grace"),
    values: fc.uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 2 }),
    targetId: fc.constantFrom(null, "1", "2"),
    deleted: fc.boolean(),
  })
  .map(toRecord);
let observations = 0;

// Decisions about these people that are made, replace earlier ones, are undone and are made again.
const person = fc.tuple(fc.constantFrom("salesforce.contact", "zendesk.user", "mixpanel.user"), fc.integer({ min: 1, max: 3 }));
const people = fc.uniqueArray(
  person.map(([object, id]) => `${object}:${id}`),
  { minLength: 1, maxLength: 3 },
);
const decisionVersion = fc
  .record({
    id: fc.integer({ min: 1, max: 4 }),
    effect: fc.constantFrom<DecisionEffect>("together", "model", "apart", "split", "distinct"),
    sides: fc.tuple(people, people),
    supersedes: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
    deleted: fc.boolean(),
  })
  .map(toDecision);
const version = fc.oneof({ arbitrary: recordVersion, weight: 3 }, { arbitrary: decisionVersion, weight: 1 });

function toDecision(v: {
  id: number;
  effect: DecisionEffect;
  sides: [string[], string[]];
  supersedes: number | null;
  deleted: boolean;
}): RecordInput {
  const { id, effect, deleted } = v;
  const sides = [v.sides[0], v.sides[1].filter((ref) => !v.sides[0].includes(ref))] as const;
  const superseded = v.supersedes !== null && v.supersedes < id ? [`identity.decision:${v.supersedes}`] : [];
  return {
    ref: `identity.decision:${id}`,
    platform: "identity",
    connection: "identity",
    object: "decision",
    subject: `identity.decision:${id}`,
    changedAt: null,
    observedAt: ++observations,
    identifiers: [],
    edges: decisionEdges(effect, sides, superseded),
    deleted,
    data: {
      kind: "decision",
      type: "linked",
      effect,
      actor: { kind: "person", id: "key", role: null },
      reason: null,
      confidence: null,
      modelVersion: null,
      request: null,
      decidedAt: "2026-11-21T00:00:00.000Z",
    },
  };
}

function toRecord(v: {
  type: string;
  id: number;
  changedAt: number;
  name: string;
  values: string[];
  targetId: string | null;
  deleted: boolean;
}): RecordInput {
  const [platform = "", object = ""] = v.type.split(".");
  const kind = object === "account" ? "domain" : "email";
  const identifiers: Identifier[] = object === "ticket" ? [] : v.values.map((value) => ({ kind, value }));
  if (platform === "mixpanel") identifiers.push({ kind: "product_user", value: String(v.id) });
  const edges: Edge[] = [];
  if (object === "contact" && v.targetId) edges.push({ rel: "account", to: `salesforce.account:${v.targetId}` });
  if (object === "ticket" && v.targetId) edges.push({ rel: "requester", to: `zendesk.user:${v.targetId}` });
  return {
    ref: `${v.type}:${v.id}`,
    platform,
    connection: platform,
    object,
    subject: object === "ticket" && v.targetId ? `zendesk.user:${v.targetId}` : `${v.type}:${v.id}`,
    // Mixpanel has no modification time: a later observation is newer.
    changedAt: platform === "mixpanel" ? null : v.changedAt,
    observedAt: ++observations,
    identifiers,
    edges,
    deleted: platform !== "mixpanel" && v.deleted,
    data: dataOf(object, v.name, v.values),
  };
}

function dataOf(object: string, name: string, values: string[]): RecordData {
  const emptyFields = { owner: null, arr: null, plan: null, stage: null, renewalDate: null, nextStep: null, notMapped: [] };
  if (object === "account") return { kind: "company", name, domains: values, ...emptyFields };
  const instant = "2026-11-21T00:00:00.000Z";
  const ticket = {
    status: "open",
    priority: null,
    createdAt: instant,
    updatedAt: instant,
    solvedAt: null,
    resolutionMinutes: null,
  } as const;
  if (object === "ticket") return { kind: "ticket", subject: name, ...ticket };
  return { kind: "person", name, emails: values, phones: [], title: null, optedOut: false };
}

interface ExpectedRecord {
  record: RecordInput;
  content: string;
  changedAt: number;
  /** Of the newest version: records that were read are ordered by their request. */
  order: number;
  observedAt: number;
}

/** The records that are expected after these commits in this order, and how many of them are new versions. */
function expectationOf(records: readonly RecordInput[]): { expected: Map<string, ExpectedRecord>; appended: number } {
  const expected = new Map<string, ExpectedRecord>();
  let appendedCount = 0;
  for (const record of records) {
    const { ref, changedAt, observedAt, identifiers, edges, deleted, data } = record;
    const previous = expected.get(ref);
    const isLaterChange = previous === undefined || (changedAt ?? 0) > previous.changedAt;
    if (changedAt !== null && previous && changedAt < previous.changedAt) continue;
    if (!isLaterChange && observedAt < previous.order) continue;
    const content = JSON.stringify({ identifiers, edges, deleted, data });
    const isDeletedAgain = previous?.record.deleted === true && deleted === true;
    const isNew = !isDeletedAgain && previous?.content !== content;
    if (isNew) appendedCount += 1;
    expected.set(ref, {
      record: isNew || !previous ? record : previous.record,
      content: isNew || !previous ? content : previous.content,
      changedAt: Math.max(changedAt ?? 0, previous?.changedAt ?? 0),
      order: observedAt,
      observedAt: Math.max(observedAt, previous?.observedAt ?? 0),
    });
  }
  return { expected, appended: appendedCount };
}

async function expectRecords(log: TenantLog, expected: Map<string, ExpectedRecord>): Promise<void> {
  const records = await openReader(log).records([...expected.keys()].map(log.key));
  const current = records.map(({ ref, observedAt, data, edges }) => ({ ref, observedAt, data, edges }));
  const live = [...expected.values()].filter(({ record }) => !record.deleted);
  expect(current).toEqual(live.map(({ record: { ref, data, edges }, observedAt }) => ({ ref, observedAt, data, edges })));
}

async function sequences(log: TenantLog): Promise<number[]> {
  const rows = await queriesOf(log.store).from("events").select("sequence").orderBy("sequence").execute();
  return rows.map((r) => r.sequence);
}

const firstNumbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

/** The memberships that one clustering of all live records gives. */
async function clusterAll(log: TenantLog, expected: Map<string, ExpectedRecord>, kind: CustomerKind) {
  const rows = await queriesOf(log.store).from("records").select(["key", "first_seq"]).where("to_seq", "is", null).execute();
  const firstSeq = new Map(rows.map((r) => [r.key, r.first_seq]));
  const live = [...expected.values()].map((e) => e.record).filter((r) => !r.deleted && r.data.kind === kind);
  const clusterables = live.map((r): ClusterRecord => {
    const account = r.edges.find((e) => e.rel === "account");
    return {
      key: log.key(r.ref),
      firstSeq: firstSeq.get(log.key(r.ref))!,
      type: `${r.platform}.${r.object}`,
      identifiers: r.identifiers
        .filter((i) => i.kind in clusteringKinds[kind])
        .map((i) => ({ kind: i.kind, identifier: log.identifier(i.kind, i.value) })),
      account: account ? log.key(account.to) : null,
      name: r.data.kind === "person" || r.data.kind === "company" ? r.data.name : null,
    };
  });
  return cluster(kind, clusterables, activeDecisions(log, expected, firstSeq));
}

function activeDecisions(
  log: TenantLog,
  expected: Map<string, ExpectedRecord>,
  firstSeq: ReadonlyMap<string, number>,
): ClusterDecision[] {
  const live = [...expected.values()].map((e) => e.record).filter((r) => !r.deleted && r.data.kind === "decision");
  const isSuperseded = (ref: string): boolean =>
    live.some((r) => r.edges.some(({ rel, to }) => rel === "supersedes" && to === ref) && !isSuperseded(r.ref));
  return live
    .filter(({ ref }) => !isSuperseded(ref))
    .flatMap(({ ref, edges }) => {
      const key = log.key(ref);
      const keyedEdges = edges.map(({ rel, to }) => ({ rel, to_key: log.key(to) }));
      return decisionOf(key, firstSeq.get(key) ?? 0, keyedEdges) ?? [];
    });
}

describe("commits of records in any order and grouping", () => {
  it("append new versions, move the observation of unchanged records, and leave no gap in the sequences", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(version, { maxLength: 5 }), { maxLength: 10 }),
        fc.boolean(),
        async (batches, isConcurrent) => {
          const log = await logs.newLog();
          const commit = (records: RecordInput[]) => log.commit({ records, correlationId: "test" });
          const commits = isConcurrent ? await Promise.all(batches.map(commit)) : [];
          if (!isConcurrent) for (const batch of batches) commits.push(await commit(batch));
          const { expected, appended: appendedCount } = expectationOf(batches.flat());
          expect(commits.reduce((sum, c) => sum + c.appended, 0)).toBe(appendedCount);
          // The order of the requests is the order of the log.
          expect(commits.map((c) => c.head)).toEqual([...commits.map((c) => c.head)].sort((a, b) => a - b));
          expect(await sequences(log)).toEqual(firstNumbers(appendedCount));
          await expectRecords(log, expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("project to the same rows as a rebuild of the log and one clustering of all records", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(version, { maxLength: 4 }), { maxLength: 12 }), async (batches) => {
        const log = await logs.newLog();
        await Promise.all(batches.map((records) => log.commit({ records, correlationId: "test" })));
        const { expected } = expectationOf(batches.flat());
        const members = await queriesOf(log.store)
          .from("members")
          .select(["key", "node", "rule"])
          .where("to_seq", "is", null)
          .execute();
        const memberships = new Map([
          ...(await clusterAll(log, expected, "person")),
          ...(await clusterAll(log, expected, "company")),
        ]);
        expect(new Map(members.map(({ key, node, rule }) => [key, { node, rule }]))).toEqual(memberships);
        const digest = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(digest);
        await expectRecords(log, expected);
      }),
      { numRuns: 40 },
    );
  });

  it("keep current records and rebuild to the same digest after any number of prunings", async () => {
    const step = fc.record({ records: fc.array(version, { maxLength: 4 }), prune: fc.option(fc.integer({ min: 0, max: 4 })) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        let time = 0;
        let cutoff = 0;
        const log = await logs.newLog(() => time);
        for (const { records, prune } of steps) {
          time += 1;
          await log.commit({ records, correlationId: "test" });
          if (prune !== null) {
            cutoff = Math.max(cutoff, time - prune);
            await logs.writer.send({ kind: "prune", tenant: log.tenant, cutoff: time - prune, now: time });
            const events = await queriesOf(log.store).from("events").select(["received_at", "payload"]).execute();
            for (const e of events)
              expect(e.payload.length > 0 || e.received_at < cutoff, "only old events lose their payload").toBe(true);
          }
        }
        const { expected } = expectationOf(steps.flatMap((s) => s.records));
        await expectRecords(log, expected);
        const digest = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(digest);
        await logs.writer.send({ kind: "prune", tenant: log.tenant, cutoff: time + 1, now: time });
        const prunedEvents = await queriesOf(log.store).from("events").select("payload").execute();
        expect(prunedEvents.every((e) => e.payload.length === 0)).toBe(true);
        const prunedDigest = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(prunedDigest);
        await expectRecords(log, expected);
      }),
      { numRuns: 60 },
    );
  });

  it("are refused one by one: a failing request affects no other, and all records stay readable", async () => {
    const failingStatement = rawStatement("insert into no_such_table values (1)", []);
    const request = fc.record({ records: fc.array(version, { maxLength: 3 }), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 12 }), async (requests) => {
        const log = await logs.newLog();
        const outcomes = await Promise.allSettled(
          requests.map(({ records, fails }) =>
            log.commit({ records, statements: fails ? [failingStatement] : [], correlationId: "test" }),
          ),
        );
        expect(outcomes.map((o) => o.status === "rejected")).toEqual(requests.map((r) => r.fails));
        const { expected, appended: appendedCount } = expectationOf(requests.filter((r) => !r.fails).flatMap((r) => r.records));
        expect(await sequences(log)).toEqual(firstNumbers(appendedCount));
        await expectRecords(log, expected);
        const digest = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(digest);
      }),
      { numRuns: 40 },
    );
  });

  it("keep a subject readable whose first record was committed together with a failing request", async () => {
    const log = await logs.newLog();
    const ada = (changedAt: number) =>
      toRecord({ type: "zendesk.user", id: 1, changedAt, name: `Ada ${changedAt}`, values: [], targetId: null, deleted: false });
    const failingStatement = rawStatement("insert into no_such_table values (1)", []);
    const [first, second, third] = await Promise.allSettled([
      log.commit({ records: [ada(1)], correlationId: "test" }),
      log.commit({ records: [ada(2)], correlationId: "test" }),
      log.commit({ statements: [failingStatement], correlationId: "test" }),
    ]);
    expect([first.status, second.status, third.status]).toEqual(["fulfilled", "fulfilled", "rejected"]);
    const [record] = await openReader(log).records([log.key("zendesk.user:1")]);
    expect(record?.data).toMatchObject({ name: "Ada 2" });
  });
});
