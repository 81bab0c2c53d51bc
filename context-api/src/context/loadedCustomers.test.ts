import type { Edge, Identifier, RecordData, RecordInput, StoredRecord } from "@sidelight/model/records.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { projectionDigest } from "../log/replay/digest.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import type { CustomerRecords } from "./customerRecords.ts";
import { createLoadedCustomers, type LoadedCustomers } from "./loadedCustomers.ts";
import { loadRecords } from "./loadRecords.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const rank = ({ platform }: Pick<StoredRecord, "platform">) => ["salesforce", "zendesk", "mixpanel"].indexOf(platform);
/** Keeps a company of any size. */
const open = (log: TenantLog): LoadedCustomers => createLoadedCustomers(log, { minRecords: 0, maxRecords: 10_000 });

let changes = 0;
interface Part {
  data: RecordData;
  edges?: Edge[];
  identifiers?: Identifier[];
  deleted?: boolean;
}
function record(ref: string, { data, edges = [], identifiers = [], deleted }: Part): RecordInput {
  const [platform = "", rest = ""] = ref.split(".");
  const version = ++changes;
  const origin = { ref, platform, connection: platform, object: rest.split(":")[0] ?? "", subject: ref };
  return { ...origin, changedAt: version, observedAt: version, identifiers, edges, data, ...(deleted ? { deleted } : {}) };
}

const accounts = [0, 1, 2].map((n) => `salesforce.account:${n}`);
const organizations = [0, 1, 2].map((n) => `zendesk.organization:${n}`);
const contacts = [0, 1, 2, 3].map((n) => `salesforce.contact:${n}`);
const users = [0, 1, 2, 3].map((n) => `zendesk.user:${n}`);
const profiles = [0, 1, 2].map((n) => `mixpanel.user:${n}`);
const tickets = [0, 1, 2, 3].map((n) => `zendesk.ticket:${n}`);
const domains = ["a.example", "b.example"];

const optionalEdge = (rel: Edge["rel"], targets: string[]): fc.Arbitrary<Edge[]> =>
  fc.option(fc.constantFrom(...targets), { nil: null }).map((to) => (to === null ? [] : [{ rel, to }]));
const edges = (...parts: fc.Arbitrary<Edge[]>[]) => fc.tuple(...parts).map((lists) => lists.flat());
const part = (data: fc.Arbitrary<RecordData>, links: fc.Arbitrary<Edge[]>, identifiers = fc.constant<Identifier[]>([])) =>
  fc.record({ data, edges: links, identifiers, deleted: fc.integer({ min: 0, max: 9 }).map((n) => n === 0) });
const change = (refs: string[], parts: fc.Arbitrary<Part>): fc.Arbitrary<[string, Part]> =>
  fc.tuple(fc.constantFrom(...refs), parts);

const company = fc
  .record({ name: fc.constantFrom("A", "B"), domains: fc.subarray(domains), crm: fc.constantFrom("1", "2", "3", null) })
  .chain(({ name, domains: own, crm }) => {
    const fields = { owner: null, arr: null, plan: null, stage: null, renewalDate: null, nextStep: null, notMapped: [] };
    const identifiers: Identifier[] = own.map((value) => ({ kind: "domain", value }));
    if (crm !== null) identifiers.push({ kind: "crm_id", value: crm });
    return part(
      fc.constant<RecordData>({ kind: "company", name, domains: own, ...fields }),
      edges(optionalEdge("parent", accounts)),
      fc.constant(identifiers),
    );
  });
const person = fc
  .record({ n: fc.integer({ min: 0, max: 3 }), domain: fc.constantFrom(...domains), optedOut: fc.boolean() })
  .chain(({ n, domain, optedOut }) => {
    const email = `p${n}@${domain}`;
    return part(
      fc.constant<RecordData>({ kind: "person", name: null, emails: [email], phones: [], title: null, optedOut }),
      edges(optionalEdge("account", accounts), optionalEdge("organization", organizations)),
      fc.constantFrom<Identifier[]>(
        [],
        [
          { kind: "email", value: email },
          { kind: "email_domain", value: domain },
        ],
      ),
    );
  });
const instant = "2026-11-20T10:00:00Z";
const ticket = fc.constantFrom("open" as const, "solved" as const).chain((status) =>
  part(
    fc.constant<RecordData>({
      kind: "ticket",
      ...{ subject: null, status, priority: null, createdAt: instant, updatedAt: null, solvedAt: null, resolutionMinutes: 3 },
    }),
    edges(optionalEdge("requester", users), optionalEdge("organization", organizations)),
  ),
);
const rating = fc
  .constantFrom({}, { via: "survey" as const })
  .chain((via) =>
    part(
      fc.constant<RecordData>({ kind: "rating", score: "good", at: instant, ...via }),
      edges(optionalEdge("requester", users), optionalEdge("ticket", tickets)),
    ),
  );
const activity = part(
  fc.constant<RecordData>({ kind: "activity", type: "call", subject: null, at: instant }),
  edges(optionalEdge("person", contacts), optionalEdge("account", accounts)),
);
const opportunity = part(
  fc.constant<RecordData>({
    kind: "opportunity",
    ...{ name: null, stage: null, amount: null, closeDate: null, nextStep: null, state: "open", createdAt: null },
  }),
  edges(optionalEdge("account", accounts)),
);
const usage = part(
  fc.constant<RecordData>({ kind: "usage", lastActiveAt: null, days: {}, funnel: {} }),
  edges(optionalEdge("user", profiles)),
);
const author = { keyId: "k", role: "agent", ref: null, name: null };
const note = part(
  fc.constant<RecordData>({ kind: "note", body: "A note.", author, createdAt: instant, isPinned: false }),
  edges(optionalEdge("about", [...contacts, ...users, ...accounts])),
);
const merged = fc.constant<Part>({
  data: { kind: "person", name: null, emails: [], phones: [], title: null, optedOut: false },
  edges: [{ rel: "merged_into", to: contacts[1] ?? "" }],
  identifiers: [
    { kind: "crm_id", value: "c0" },
    { kind: "crm_id", value: "c1" },
  ],
  deleted: true,
});

const anyChange = fc.oneof(
  { weight: 2, arbitrary: change([...accounts, ...organizations], company) },
  { weight: 4, arbitrary: change([...contacts, ...users, ...profiles], person) },
  { weight: 3, arbitrary: change(tickets, ticket) },
  { weight: 2, arbitrary: change(["zendesk.rating:0", "zendesk.rating:1", "zendesk.rating:2"], rating) },
  { weight: 1, arbitrary: change(["salesforce.task:0", "salesforce.task:1"], activity) },
  { weight: 1, arbitrary: change(["salesforce.opportunity:0"], opportunity) },
  { weight: 2, arbitrary: change(["mixpanel.usage:0", "mixpanel.usage:1"], usage) },
  { weight: 1, arbitrary: change(["sidelight.note:0", "sidelight.note:1"], note) },
  { weight: 1, arbitrary: change(contacts.slice(0, 1), merged) },
);

async function companyNodes(log: TenantLog): Promise<string[]> {
  const nodes = await openReader(log).nodesOf([...accounts, ...organizations].map(log.key));
  return [...new Set(nodes.values())].sort();
}

/** Without the time of the last observation: an answer reads it for what it shows. */
const comparable = (records: CustomerRecords): unknown =>
  JSON.parse(
    JSON.stringify(records, (name, value: unknown) => (name === "observedAt" ? 0 : value instanceof Map ? [...value] : value)),
  );

/** Withdrawals count as of now also in the past, and are another member there. */
const withoutWithdrawals = (records: unknown): unknown =>
  JSON.parse(JSON.stringify(records, (name, value: unknown) => (/^(optedOut|withdrawals)$/.test(name) ? undefined : value)));

async function expectEqual(log: TenantLog, customers: LoadedCustomers, node: string): Promise<void> {
  const { records } = await customers.load(node, rank);
  const expected = await loadRecords(openReader(log), { kind: "company", node }, rank);
  expect(comparable(records)).toEqual(comparable(expected));
}

describe("the records of a company that are kept in memory", () => {
  it("equal those of the store after any changes, moves, merges, deletions, withdrawals and a rebuild", async () => {
    const commits = fc.array(fc.array(anyChange, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(commits, fc.boolean(), async (steps, rebuilds) => {
        const log = await logs.newLog();
        const customers = open(log);
        for (const step of steps) {
          const versions = new Map(step.map(([ref, content]) => [ref, record(ref, content)]));
          await log.commit({ records: [...versions.values()], correlationId: "test" });
          for (const node of await companyNodes(log)) await expectEqual(log, customers, node);
        }
        if (!rebuilds) return;
        const digest = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(digest);
        for (const node of await companyNodes(log)) await expectEqual(log, customers, node);
      }),
      { numRuns: 60 },
    );
  });

  it("serve a moment of the past only if nothing has changed since, whenever changes happen", async () => {
    let servedCount = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyChange, { minLength: 5, maxLength: 40 }), fc.array(fc.nat(3)), async (steps, pauses) => {
        const log = await logs.newLog();
        const customers = open(log);
        const reads: Promise<void>[] = [];
        const results: [unknown, unknown][] = [];
        for (const [i, [ref, content]] of steps.entries()) {
          const committed = log.commit({ records: [record(ref, content)], correlationId: "test" });
          if (pauses[i] !== 0) await committed;
          const sequence = log.head();
          for (const node of await companyNodes(log)) reads.push(expectEqualAsOf(log, node, sequence));
          // Others read the company at any time.
          if (pauses[i] === 1) for (const node of await companyNodes(log)) reads.push(customers.load(node, rank).then(() => {}));
          await committed;
        }
        await Promise.all(reads);
        for (const [actual, expected] of results) expect(actual).toEqual(expected);

        async function expectEqualAsOf(tenantLog: TenantLog, node: string, sequence: number): Promise<void> {
          const company = await customers.loadAsOf(node, rank, sequence);
          if (!company) return;
          servedCount += 1;
          const expected = await loadRecords(openReader(tenantLog, { at: sequence }), { kind: "company", node }, rank);
          results.push([withoutWithdrawals(comparable(company.records)), withoutWithdrawals(comparable(expected))]);
        }
      }),
      { numRuns: 40 },
    );
    // How often depends on when the changes are projected.
    expect(servedCount).toBeGreaterThan(0);
  });

  it("are read again after they made room for another company", async () => {
    const log = await logs.newLog();
    const refs = ["salesforce.account:0", "salesforce.account:1"];
    const fields = { owner: null, arr: null, plan: null, stage: null, renewalDate: null, nextStep: null, notMapped: [] };
    const dealOf = (account: string): Part => ({
      data: {
        kind: "opportunity",
        ...{ name: null, stage: null, amount: null, closeDate: null, nextStep: null, state: "open", createdAt: null },
      },
      edges: [{ rel: "account", to: account }],
    });
    const accountsAndDeals = refs.flatMap((ref, n) => [
      record(ref, { data: { kind: "company", name: "A", domains: [], ...fields } }),
      ...[0, 1, 2].map((deal) => record(`salesforce.opportunity:${n}${deal}`, dealOf(ref))),
    ]);
    await log.commit({ records: accountsAndDeals, correlationId: "test" });
    // Room for one company of four records.
    const customers = createLoadedCustomers(log, { minRecords: 1, maxRecords: 5 });
    const nodes = await companyNodes(log);
    const [first = "", second = ""] = nodes;
    const { records } = await customers.load(first, rank);
    await customers.keep(second, rank, records);
    expect(await customers.loadAsOf(first, rank, log.head())).not.toBeNull();
    expect(await customers.loadAsOf(second, rank, log.head())).toBeNull();
    expect(records.opportunities).toHaveLength(3);
    for (const node of [second, first, second]) {
      await expectEqual(log, customers, node);
      const removed = node === first ? second : first;
      expect(await customers.loadAsOf(removed, rank, log.head())).toBeNull();
      await log.commit({ records: [record("salesforce.opportunity:00", dealOf(refs[0] ?? ""))], correlationId: "test" });
      await expectEqual(log, customers, first);
      await expectEqual(log, customers, node);
    }
  });

  it("include every change before a read, also when reads and changes happen at the same time", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyChange, { minLength: 5, maxLength: 40 }), async (steps) => {
        const log = await logs.newLog();
        const customers = open(log);
        const reads: Promise<unknown>[] = [];
        for (const [ref, content] of steps) {
          for (const node of await companyNodes(log)) reads.push(customers.load(node, rank));
          await log.commit({ records: [record(ref, content)], correlationId: "test" });
        }
        await Promise.all(reads);
        for (const node of await companyNodes(log)) await expectEqual(log, customers, node);
      }),
      { numRuns: 25 },
    );
  });
});
