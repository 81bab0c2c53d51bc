import type { Edge } from "@sidelight/model/records.ts";
import type { Consumer } from "../../log/consumer.ts";
import type { LoggedEvent } from "../../log/listEvents.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import { yieldToEventLoop } from "../../resilience/yieldToEventLoop.ts";
import type { Statement } from "../../store/statement.ts";
import { deleteOverview, listOldOverviews, loadOverviews, saveOverview } from "../../store/tables/customerOverview.ts";
import { listCompanyKeys } from "../../store/tables/projections.ts";
import { hasIncompleteBackfill } from "../../store/tables/syncCheckpoints.ts";
import type { Contexts } from "../contexts.ts";
import { companyOf } from "../customerRecords.ts";
import { resolveEvent } from "../eventViews.ts";
import { recordRank } from "../recordRank.ts";
import type { Tenant } from "../tenant.ts";
import { computeOverview } from "./overviewRow.ts";

/** A row that no event changed is computed again after this long: the days of its use have passed. */
const maxAgeMs = 24 * 3_600_000;
/** After a start, requests and pulls come first. */
const idleAfterMs = 10_000;
/** Companies of one step of {@link Consumer.idle}. */
const idleSize = 20;

/**
 * Keeps a row of each company up to date, from which lists of customers are answered. While there are no events, it computes the
 * companies that have none, as after the first backfill, and the oldest ones.
 */
export function createOverviewConsumer(tenant: Tenant, contexts: Pick<Contexts, "read">): Consumer {
  const { log, clock } = tenant;
  /** Companies up to this key have a row; null when all of them have. */
  let lastKey: string | null = "";
  const startedAt = clock.monotonic();

  return {
    name: "overview",
    batch: 500,
    async handle(events) {
      const nodes = new Set<string>();
      // Imported history is followed by the idle pass, which takes each company once.
      if (!(await hasIncompleteBackfill(log.store)))
        for (const event of events) for (const node of await companiesOf(tenant, event)) nodes.add(node);
      return { events: [], statements: await statementsOf(nodes) };
    },
    async idle() {
      if (clock.monotonic() < startedAt + idleAfterMs || (await hasIncompleteBackfill(log.store))) return false;
      const nodes = lastKey === null ? await oldNodes() : await nextNodes(lastKey);
      if (nodes.length === 0) return lastKey !== null;
      await log.commit({ statements: await statementsOf(nodes), correlationId: "overview" });
      return true;
    },
  };

  async function statementsOf(nodes: Iterable<string>): Promise<Statement[]> {
    const statements: Statement[] = [];
    for (const node of nodes) {
      await yieldToEventLoop();
      const row = await computeOverview(tenant, contexts, node);
      statements.push(row ? saveOverview(log.store, row) : deleteOverview(log.store, node));
    }
    return statements;
  }

  function oldNodes(): Promise<string[]> {
    return listOldOverviews(log.store, clock.now() - maxAgeMs, idleSize);
  }

  /** Of the next companies, those without a row. */
  async function nextNodes(afterKey: string): Promise<string[]> {
    const keys = await listCompanyKeys(log.store, afterKey, idleSize);
    lastKey = keys.at(-1) ?? null;
    const nodes = new Set((await openReader(log).nodesOf(keys)).values());
    const existing = await loadOverviews(log.store, nodes);
    return [...nodes].filter((node) => !existing.has(node));
  }
}

/** The companies that an event is about: that of its customer, and those that it made, changed or ended. */
async function companiesOf(tenant: Tenant, { payload, key }: LoggedEvent): Promise<string[]> {
  if (!payload?.record) return [];
  await yieldToEventLoop();
  const reader = openReader(tenant.log);
  const { data, edges } = payload.record;
  if (data.kind === "company") return await nodesOfCompanies(reader, [key]);
  if (data.kind === "decision") return await decidedCompanies(tenant, reader, edges);
  const resolution = await resolveEvent(tenant, reader, payload);
  if (resolution?.state !== "resolved") return [];
  const company = await companyOf(reader, resolution, recordRank(tenant));
  return company ? [company.node] : [];
}

/** A company was named after its oldest record, so the row of one that ended is found by the keys of its records. */
const nodesOfCompanies = async (reader: Reader, keys: readonly string[]): Promise<string[]> => [
  ...new Set([...keys, ...(await reader.nodesOf(keys)).values()]),
];

/** The companies of the records that a decision joined or separated, and those of the people. */
async function decidedCompanies(tenant: Tenant, reader: Reader, edges: readonly Edge[]): Promise<string[]> {
  const earlierDecisions = await reader.records(keysOf(reader, edges, "supersedes"));
  const keys = [edges, ...earlierDecisions.map((decision) => decision.edges)].flatMap((list) => keysOf(reader, list, "decided"));
  const records = await reader.records(keys);
  const people = await reader.nodesOf(records.filter(({ data }) => data.kind === "person").map((record) => record.key));
  const rank = recordRank(tenant);
  const ofPeople: string[] = [];
  for (const node of new Set(people.values())) {
    const company = await companyOf(reader, { kind: "person", node }, rank);
    if (company) ofPeople.push(company.node);
  }
  const ofRecords = records.filter(({ data }) => data.kind === "company").map((record) => record.key);
  return [...(await nodesOfCompanies(reader, ofRecords)), ...ofPeople];
}

const keysOf = (reader: Reader, edges: readonly Edge[], rel: Edge["rel"]): string[] =>
  edges.filter((edge) => edge.rel === rel).map(({ to }) => reader.key(to));
