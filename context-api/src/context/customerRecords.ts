import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import { isContested } from "../identity/cluster.ts";
import type { Reader } from "../log/reader.ts";

/** All records of one customer. Sections are built from them. */
export interface CustomerRecords {
  kind: "person" | "company";
  node: string;
  /** The person; for a company, all its people. Records of one person are grouped by node. */
  people: Map<string, StoredRecord<"person">[]>;
  /** The company's own records; null for a person without a known company. */
  company: { node: string; records: StoredRecord<"company">[] } | null;
  parent: { node: string; name: string | null } | null;
  /** Companies below this one in the account tree, each with its own records. Empty for a person. */
  subsidiaries: CustomerRecords[];
  tickets: StoredRecord<"ticket">[];
  ratings: StoredRecord<"rating">[];
  opportunities: StoredRecord<"opportunity">[];
  activities: StoredRecord<"activity">[];
  cases: StoredRecord<"case">[];
  usage: StoredRecord<"usage">[];
}

/** Precedence of a record's source among several; lower comes first. */
export type RecordRank = (record: Pick<StoredRecord, "platform" | "connection">) => number;

/** All records of a resolved customer. */
export function loadRecords(
  reader: Reader,
  { kind, node }: Pick<CustomerRecords, "kind" | "node">,
  rank: RecordRank,
): Promise<CustomerRecords> {
  return kind === "person" ? loadPersonRecords(reader, node, rank) : loadCompanyRecords(reader, node, rank);
}

/** A person's own tickets and usage, and their company's account. */
async function loadPersonRecords(reader: Reader, node: string, rank: RecordRank): Promise<CustomerRecords> {
  const records = sortByRank(await recordsOfPerson(reader, node), rank);
  const company = await findCompany(reader, records, rank);
  const keys = records.map((r) => r.key);
  const companyKeys = company?.records.map((r) => r.key) ?? [];
  const [requesterRecords, usage, ofPerson, ofAccount] = await Promise.all([
    reader.pointingAt(keys, ["requester"], ["ticket", "rating"]),
    reader.pointingAt(keys, ["user"], ["usage"]),
    reader.pointingAt(keys, ["person"], ["activity", "case"]),
    reader.pointingAt(companyKeys, ["account"], ["opportunity", "activity", "case"]),
  ]);
  return {
    kind: "person",
    node,
    people: new Map([[node, records]]),
    company,
    parent: await parentOf(reader, company, rank),
    subsidiaries: [],
    ...byKind([...requesterRecords, ...usage, ...ofPerson, ...ofAccount]),
  };
}

/** A person's own records, without tickets, activities and usage. */
export async function recordsOfPerson(reader: Reader, node: string): Promise<StoredRecord<"person">[]> {
  const records = await personRecords(reader, node);
  return [...records, ...(await sharedAddressRecords(reader, node, records))];
}

/** A person's company, without tickets, activities and usage. */
export async function companyOfPerson(reader: Reader, node: string, rank: RecordRank): Promise<CustomerRecords["company"]> {
  return await findCompany(reader, sortByRank(await recordsOfPerson(reader, node), rank), rank);
}

/** A company's records with those of its subsidiaries. */
async function loadCompanyRecords(reader: Reader, node: string, rank: RecordRank): Promise<CustomerRecords> {
  const root = await loadSingleCompany(reader, node, rank);
  const visitedNodes = new Set([node]);
  let level = root.company?.records ?? [];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    const levelKeys = level.map((r) => r.key);
    const children = ofKind(await reader.pointingAt(levelKeys, ["parent"], ["company"]), "company");
    const childNodes = new Set((await reader.nodesOf(children.map((r) => r.key))).values());
    const newNodes = [...childNodes].filter((n) => !visitedNodes.has(n)).sort();
    level = [];
    for (const child of newNodes.slice(0, maxSubsidiaries - root.subsidiaries.length)) {
      visitedNodes.add(child);
      const subsidiary = await loadSingleCompany(reader, child, rank);
      root.subsidiaries.push(subsidiary);
      level.push(...(subsidiary.company?.records ?? []));
    }
  }
  return root;
}

/** Limits of the account tree. */
const maxDepth = 5;
const maxSubsidiaries = 50;

/** A company's account, and the tickets and usage of all its people. */
async function loadSingleCompany(reader: Reader, node: string, rank: RecordRank): Promise<CustomerRecords> {
  const company = await companyByNode(reader, node, rank);
  const keys = company.records.map((r) => r.key);
  const people = await peopleOf(reader, company, rank);
  const peopleKeys = [...people.values()].flat().map((r) => r.key);
  const [ofCompany, requesterRecords, usage] = await Promise.all([
    reader.pointingAt(keys, ["account", "organization"], ["opportunity", "activity", "case", "ticket"]),
    reader.pointingAt(peopleKeys, ["requester"], ["ticket", "rating"]),
    reader.pointingAt(peopleKeys, ["user"], ["usage"]),
  ]);
  return {
    kind: "company",
    node,
    people,
    company,
    parent: await parentOf(reader, company, rank),
    subsidiaries: [],
    ...byKind([...ofCompany, ...requesterRecords, ...usage]),
  };
}

async function personRecords(reader: Reader, node: string): Promise<StoredRecord<"person">[]> {
  const members = await reader.membersOf(node);
  return ofKind(await reader.records(members.map((m) => m.key)), "person");
}

/**
 * Records with this person's address that no customer owns because two accounts claim the address. They are shown with each of the
 * two customers. Records of the other customer are not.
 */
async function sharedAddressRecords(
  reader: Reader,
  node: string,
  personRecords: StoredRecord<"person">[],
): Promise<StoredRecord<"person">[]> {
  if (!personRecords.some(accountOf)) return [];
  const holders = await addressHolders(reader, personRecords);
  if (!isAddressContested(holders)) return [];
  const nodes = await reader.nodesOf(holders.map((r) => r.key));
  const claimants = new Set(holders.filter(accountOf).map((r) => nodes.get(r.key)));
  return holders.filter((r) => nodes.get(r.key) !== node && !claimants.has(nodes.get(r.key)));
}

/** Nodes that claim this person's address for different accounts; empty when the address is not contested. */
export async function claimantsOfAddress(reader: Reader, node: string): Promise<string[]> {
  const holders = await addressHolders(reader, await personRecords(reader, node));
  if (!isAddressContested(holders)) return [];
  const nodes = await reader.nodesOf(holders.filter(accountOf).map((r) => r.key));
  return [...new Set(nodes.values())];
}

async function addressHolders(reader: Reader, records: StoredRecord<"person">[]): Promise<StoredRecord<"person">[]> {
  const emails = new Set(records.flatMap((r) => r.identifiers.filter((i) => i.kind === "email").map((i) => i.value)));
  const keys = await Promise.all([...emails].map((email) => reader.holders("email", email)));
  return ofKind(await reader.records(keys.flat()), "person");
}

function isAddressContested(holders: StoredRecord<"person">[]): boolean {
  return isContested(
    "person",
    holders.map((r) => ({
      key: r.key,
      firstSeq: 0,
      type: `${r.connection}.${r.object}`,
      identifiers: [],
      account: accountOf(r) ?? null,
    })),
  );
}

const accountOf = (record: StoredRecord<"person">): string | undefined => record.edges.find((e) => e.rel === "account")?.to;

/** The account of the person's contact, otherwise their organization, otherwise the company of their e-mail domain. */
async function findCompany(
  reader: Reader,
  person: StoredRecord<"person">[],
  rank: RecordRank,
): Promise<CustomerRecords["company"]> {
  for (const rel of ["account", "organization"] as const) {
    const refs = person.flatMap((r) => r.edges.filter((e) => e.rel === rel).map((e) => e.to));
    const company = await companyByKeys(reader, refs.map(reader.key), rank);
    if (company) return company;
  }
  for (const domain of domainsOf(person)) {
    const [node, ...otherNodes] = new Set((await reader.nodesOf(await reader.holders("domain", domain))).values());
    // A domain that several companies claim identifies none.
    if (node !== undefined && otherNodes.length === 0) return await companyByNode(reader, node, rank);
  }
  return null;
}

async function companyByKeys(reader: Reader, keys: string[], rank: RecordRank): Promise<CustomerRecords["company"]> {
  if (keys.length === 0) return null;
  const nodes = await reader.nodesOf(keys);
  const node = keys.map((k) => nodes.get(k)).find((n) => n !== undefined);
  return node ? await companyByNode(reader, node, rank) : null;
}

async function companyByNode(reader: Reader, node: string, rank: RecordRank) {
  const members = await reader.membersOf(node);
  return { node, records: sortByRank(ofKind(await reader.records(members.map((m) => m.key)), "company"), rank) };
}

async function parentOf(
  reader: Reader,
  company: CustomerRecords["company"],
  rank: RecordRank,
): Promise<CustomerRecords["parent"]> {
  const refs = company?.records.flatMap((r) => r.edges.filter((e) => e.rel === "parent").map((e) => e.to)) ?? [];
  const parent = await companyByKeys(reader, refs.map(reader.key), rank);
  return parent && parent.node !== company?.node ? { node: parent.node, name: nameOf(parent.records) } : null;
}

/** All people of a company by node, each with all their records. */
async function peopleOf(
  reader: Reader,
  company: { node: string; records: StoredRecord<"company">[] },
  rank: RecordRank,
): Promise<CustomerRecords["people"]> {
  const keys = company.records.map((r) => r.key);
  const linkedPeople = ofKind(await reader.pointingAt(keys, ["account", "organization"], ["person"]), "person");
  const domains = [...new Set(company.records.flatMap((r) => r.data.domains))];
  const byDomain = (
    await Promise.all(
      domains.map(async (domain) => {
        const claimants = new Set((await reader.nodesOf(await reader.holders("domain", domain))).values());
        return claimants.size === 1 ? await reader.holders("email_domain", domain) : [];
      }),
    )
  ).flat();
  const nodes = await reader.nodesOf([...linkedPeople.map((r) => r.key), ...byDomain]);
  const people: CustomerRecords["people"] = new Map();
  for (const node of [...new Set(nodes.values())].sort()) {
    const records = sortByRank(await personRecords(reader, node), rank);
    // A person found by e-mail domain may belong to another company by their contact or organization.
    if ((await findCompany(reader, records, rank))?.node === company.node) people.set(node, records);
  }
  return people;
}

function domainsOf(person: StoredRecord<"person">[]): string[] {
  return [...new Set(person.flatMap((r) => r.identifiers.filter((i) => i.kind === "email_domain").map((i) => i.value)))];
}

/** The first name among records sorted by precedence. */
export function nameOf(records: readonly { data: { name: string | null } }[]): string | null {
  return records.map((r) => r.data.name).find((name) => name !== null) ?? null;
}

function sortByRank<R extends StoredRecord<"person"> | StoredRecord<"company">>(records: R[], rank: RecordRank): R[] {
  return records.sort((a, b) => rank(a) - rank(b));
}

function byKind(records: StoredRecord[]) {
  const unique = [...new Map(records.map((r) => [r.key, r])).values()];
  return {
    tickets: ofKind(unique, "ticket"),
    ratings: ofKind(unique, "rating"),
    opportunities: ofKind(unique, "opportunity"),
    activities: ofKind(unique, "activity"),
    cases: ofKind(unique, "case"),
    usage: ofKind(unique, "usage"),
  };
}

/** The same customer without the records of some connections. */
export function withoutConnections(records: CustomerRecords, excludedConnections: ReadonlySet<string>): CustomerRecords {
  if (excludedConnections.size === 0) return records;
  const withoutExcluded = <R extends StoredRecord>(list: R[]): R[] => list.filter((r) => !excludedConnections.has(r.connection));
  return {
    ...records,
    people: new Map([...records.people].map(([node, person]) => [node, withoutExcluded(person)])),
    company: records.company && { ...records.company, records: withoutExcluded(records.company.records) },
    subsidiaries: records.subsidiaries.map((subsidiary) => withoutConnections(subsidiary, excludedConnections)),
    tickets: withoutExcluded(records.tickets),
    ratings: withoutExcluded(records.ratings),
    opportunities: withoutExcluded(records.opportunities),
    activities: withoutExcluded(records.activities),
    cases: withoutExcluded(records.cases),
    usage: withoutExcluded(records.usage),
  };
}
