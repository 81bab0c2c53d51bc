import { type InputRecord, inputRecord } from "../../identity/matching/inputRecord.ts";
import { startMatcher, type TenantMatcher } from "../../identity/matching/tenantMatcher.ts";
import type { TenantLog } from "../../log/log.ts";
import { openReader } from "../../log/reader.ts";
import { listNodes, loadMembers } from "../../store/tables/projections.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { type MemberRecord, memberRecords } from "./customerView.ts";

/** A record with the customer that it belongs to. */
export interface OwnedRecord {
  record: Pick<MemberRecord, "ref" | "key">;
  node: string;
}

/** The people and companies of a tenant as they were matched last. */
export interface Matches extends TenantMatcher {
  matchedAt: number;
  people: readonly OwnedRecord[];
  companies: readonly OwnedRecord[];
}

const maxAgeMs = 10 * 60_000;
const pageSize = 200;
/** Records above this number are not matched. */
const maxRecords = 100_000;

const runs = new WeakMap<ServedTenant, { startedAt: number; matches: Promise<Matches> }>();

/** What the model found in this tenant, at most ten minutes old. */
export async function matchesOf(served: ServedTenant): Promise<Matches> {
  const now = served.tenant.clock.now();
  const run = runs.get(served);
  if (run && now - run.startedAt < maxAgeMs) return await run.matches;
  const matches = matchTenant(served);
  runs.set(served, { startedAt: now, matches });
  matches.catch(() => runs.delete(served));
  const previous = run ? await run.matches.catch(() => null) : null;
  const next = await matches;
  await previous?.stop();
  return next;
}

async function matchTenant(served: ServedTenant): Promise<Matches> {
  const people: (OwnedRecord & { input: InputRecord })[] = [];
  const companies: (OwnedRecord & { name: string | null; domains: string[] })[] = [];
  for await (const { record, node } of recordsOf(served.tenant.log)) {
    const owned = { record: { ref: record.ref, key: record.key }, node };
    const { data } = record;
    if (data.kind === "company") companies.push({ ...owned, name: data.name, domains: data.domains });
    else people.push({ ...owned, input: inputOf(record) });
    if (people.length + companies.length >= maxRecords) break;
  }
  const matcher = await startMatcher({
    people: people.map(({ input }) => input),
    peopleNodes: people.map(({ node }) => node),
    companies: companies.map(({ name, domains }) => ({ name, domains })),
    companyNodes: companies.map(({ node }) => node),
  });
  served.closed.addEventListener("abort", () => void matcher.stop(), { once: true });
  const ownerOf = ({ record, node }: OwnedRecord): OwnedRecord => ({ record, node });
  return { ...matcher, matchedAt: served.tenant.clock.now(), people: people.map(ownerOf), companies: companies.map(ownerOf) };
}

async function* recordsOf(log: TenantLog): AsyncGenerator<{ record: MemberRecord; node: string }> {
  for (let last = ""; ; ) {
    const nodes = await listNodes(log.store, last, pageSize);
    const members = await loadMembers(log.store, nodes, null);
    const nodeOf = new Map([...members].flatMap(([node, list]) => list.map(({ key }) => [key, node] as const)));
    for (const record of memberRecords(await openReader(log).records([...nodeOf.keys()])))
      yield { record, node: nodeOf.get(record.key) ?? record.key };
    if (nodes.length < pageSize) return;
    last = nodes.at(-1) ?? "";
  }
}

/** A person's record in the form that is matched. */
function inputOf({ ref, platform, data, identifiers }: MemberRecord): InputRecord {
  const person = data.kind === "person" ? data : null;
  const externalIds = Object.fromEntries(
    identifiers.filter(({ kind }) => kind === "product_user" || kind === "crm_id").map(({ kind, value }) => [kind, value]),
  );
  return inputRecord.parse({
    ...{ id: ref, platform, name: data.name, emails: person?.emails, phones: person?.phones, company: person?.company },
    externalIds,
  });
}
