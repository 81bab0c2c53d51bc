import { withdrawalsOf } from "@sidelight/model/purposes.ts";
import { type Edge, type Identifier, ofKind, type RecordKind, type StoredRecord } from "@sidelight/model/records.ts";
import { type ClusterRecord, maxHolders } from "../identity/clusterRecord.ts";
import { isClaimedByAccounts, namedApart } from "../identity/holders.ts";
import type { Reader } from "../log/reader.ts";
import { countedRatings } from "./countedRatings.ts";
import { ownerOfDomain } from "./domainOwner.ts";
import type { OwnCompany } from "./ownCompany.ts";
import { addWithdrawals, withPresentWithdrawals } from "./withdrawals.ts";

/** All records of one customer. Sections are built from them. */
export interface CustomerRecords {
  kind: "person" | "company";
  node: string;
  /** The person; for a company, all its people. Records of one person are grouped by node. */
  people: Map<string, StoredRecord<"person">[]>;
  /** The company's own records; null for a person without a known company. */
  company: { node: string; records: StoredRecord<"company">[] } | null;
  parent: { node: string; records: StoredRecord<"company">[] } | null;
  /** Companies below this one in the account tree, each with its own records. Empty for a person. */
  subsidiaries: CustomerRecords[];
  tickets: StoredRecord<"ticket">[];
  ratings: StoredRecord<"rating">[];
  opportunities: StoredRecord<"opportunity">[];
  activities: StoredRecord<"activity">[];
  cases: StoredRecord<"case">[];
  usage: StoredRecord<"usage">[];
  /** Cohorts that the people are or were in. */
  memberships: StoredRecord<"membership">[];
  /** What people wrote about the customer in a panel. */
  notes: StoredRecord<"note">[];
}

/** Precedence of a record's source among several; lower comes first. */
export type RecordRank = (record: Pick<StoredRecord, "platform" | "connection">) => number;

/** A customer, and for a person the company that the object of the ref names, if it names one. */
export interface CustomerIdentity {
  kind: "person" | "company";
  node: string;
  ownCompany?: OwnCompany | undefined;
}

/** A person's own tickets and usage, and the account of their company, or of the one that the object of the ref names. */
export async function loadPersonRecords(
  reader: Reader,
  { node, ownCompany }: CustomerIdentity,
  rank: RecordRank,
): Promise<CustomerRecords> {
  const records = sortByRank(await recordsOfPerson(reader, node), rank);
  const company = ownCompany ? await ownCompanyRecords(reader, ownCompany, rank) : await findCompany(reader, records, rank);
  const keys = records.map((r) => r.key);
  const companyKeys = company?.records.map((r) => r.key) ?? [];
  const [ofPerson, ofAccount] = await Promise.all([
    objectsOfPeople(reader, keys),
    reader.pointingAt(companyKeys, ["account", "about"], ["opportunity", "activity", "case", "note"]),
  ]);
  return {
    kind: "person",
    node,
    people: new Map([[node, records]]),
    company,
    parent: await parentOf(reader, company, rank),
    subsidiaries: [],
    ...byKind([...ofPerson, ...ofAccount]),
  };
}

/** How objects of each kind name their person. */
const personRelOf: Partial<Record<RecordKind, Edge["rel"]>> = {
  ticket: "requester",
  rating: "requester",
  usage: "user",
  membership: "user",
  activity: "person",
  case: "person",
  note: "about",
};

/** What people asked for, used and were met about, and notes about them: one query for all kinds. */
export async function objectsOfPeople(reader: Reader, keys: readonly string[]): Promise<StoredRecord[]> {
  const kinds = Object.keys(personRelOf) as RecordKind[];
  const objects = await reader.pointingAt(keys, ["requester", "user", "person", "about"], kinds);
  const people = new Set(keys);
  return objects.filter((object) => pointsAtPerson(object, (ref) => people.has(reader.key(ref))));
}

/** True for an object that names one of the people in the way of its kind. */
export const pointsAtPerson = ({ edges, data }: StoredRecord, isPerson: (ref: string) => boolean): boolean =>
  edges.some(({ rel, to }) => rel === personRelOf[data.kind] && isPerson(to));

/** A person's own records, without tickets, activities and usage. */
export async function recordsOfPerson(reader: Reader, node: string): Promise<StoredRecord<"person">[]> {
  const records = await personRecords(reader, node);
  const holders = await addressHolders(reader, records);
  const ownKeys = new Set(records.map(({ key }) => key));
  if (holders.every(({ key }) => ownKeys.has(key))) return records;
  return [...withPossibleWithdrawals(records, holders), ...(await sharedAddressRecords(reader, node, records, holders))];
}

/** The company of a resolved customer, without tickets, activities and usage. */
export async function companyOf(
  reader: Reader,
  { kind, node, ownCompany }: CustomerIdentity,
  rank: RecordRank,
): Promise<CustomerRecords["company"]> {
  if (kind === "company") return await companyByNode(reader, node, rank);
  if (ownCompany) return await ownCompanyRecords(reader, ownCompany, rank);
  return await findCompany(reader, sortByRank(await recordsOfPerson(reader, node), rank), rank);
}

export async function personRecords(reader: Reader, node: string): Promise<StoredRecord<"person">[]> {
  const members = await reader.membersOf(node);
  return await withPresentWithdrawals(reader, ofKind(await reader.records(members.map((m) => m.key)), "person"));
}

/**
 * Records with this person's address that no customer owns because two accounts claim the address. They are shown with each of the
 * two customers. Records of the other customer are not.
 */
async function sharedAddressRecords(
  reader: Reader,
  node: string,
  personRecords: StoredRecord<"person">[],
  holders: StoredRecord<"person">[],
): Promise<StoredRecord<"person">[]> {
  if (!personRecords.some(accountOf)) return [];
  if (!isAddressContested(holders)) return [];
  const nodes = await reader.nodesOf(holders.map((r) => r.key));
  const claimants = new Set(holders.filter(accountOf).map((r) => nodes.get(r.key)));
  return holders.filter((r) => nodes.get(r.key) !== node && !claimants.has(nodes.get(r.key)));
}

/**
 * The records with the withdrawals of all people they may be about. A record whose address several people of one source have may be
 * about any of them, so one who withdrew consent is enough.
 */
function withPossibleWithdrawals(records: StoredRecord<"person">[], holders: StoredRecord<"person">[]): StoredRecord<"person">[] {
  const keys = new Set(namedApart(holders.map(toClusterRecord)).map(({ key }) => key));
  if (keys.size === 0 || records.some(({ key }) => keys.has(key))) return records;
  return addWithdrawals(records, new Set(holders.filter(({ key }) => keys.has(key)).flatMap(({ data }) => withdrawalsOf(data))));
}

/** Nodes that claim this person's address for different accounts; empty when the address is not contested. */
export async function claimantsOfAddress(reader: Reader, node: string): Promise<string[]> {
  const holders = await addressHolders(reader, await personRecords(reader, node));
  if (!isAddressContested(holders)) return [];
  const nodes = await reader.nodesOf(holders.filter(accountOf).map((r) => r.key));
  return [...new Set(nodes.values())];
}

/** Keys of the accounts that a person's own records name. */
export async function accountsOfPerson(reader: Reader, node: string): Promise<string[]> {
  return (await personRecords(reader, node)).flatMap((record) => accountOf(record) ?? []).map(reader.key);
}

/** Records that share an address with these. An address that too many people have says nothing about any of them. */
async function addressHolders(reader: Reader, records: StoredRecord<"person">[]): Promise<StoredRecord<"person">[]> {
  const isAddress = ({ kind }: Identifier): boolean => kind === "email" || kind === "role_email";
  const emails = new Set(records.flatMap((r) => r.identifiers.filter(isAddress).map((i) => i.value)));
  const holders = await Promise.all([...emails].map((email) => reader.holders("email", email)));
  const keys = holders.filter((holdersOfEmail) => holdersOfEmail.length <= maxHolders);
  return ofKind(await reader.records(keys.flat()), "person");
}

function isAddressContested(holders: StoredRecord<"person">[]): boolean {
  return isClaimedByAccounts(holders.map(toClusterRecord));
}

const toClusterRecord = (record: StoredRecord<"person">): ClusterRecord => ({
  key: record.key,
  firstSeq: 0,
  type: `${record.connection}.${record.object}`,
  identifiers: [],
  account: accountOf(record) ?? null,
  distinctName: record.identifiers.find(({ kind }) => kind === "name")?.value ?? null,
});

const accountOf = (record: StoredRecord<"person">): string | undefined => record.edges.find((e) => e.rel === "account")?.to;

/** The account of the person's contact, otherwise their organization, otherwise the company of their e-mail domain. */
export async function findCompany(
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
    const node = await ownerOfDomain(reader, domain, rank);
    if (node !== null) return await companyByNode(reader, node, rank);
  }
  return null;
}

async function companyByKeys(reader: Reader, keys: string[], rank: RecordRank): Promise<CustomerRecords["company"]> {
  if (keys.length === 0) return null;
  const nodes = await reader.nodesOf(keys);
  const node = keys.map((k) => nodes.get(k)).find((n) => n !== undefined);
  return node ? await companyByNode(reader, node, rank) : null;
}

async function ownCompanyRecords(reader: Reader, { node }: OwnCompany, rank: RecordRank): Promise<CustomerRecords["company"]> {
  return node === null ? null : await companyByNode(reader, node, rank);
}

export async function companyByNode(reader: Reader, node: string, rank: RecordRank) {
  const members = await reader.membersOf(node);
  return { node, records: sortByRank(ofKind(await reader.records(members.map((m) => m.key)), "company"), rank) };
}

export async function parentOf(
  reader: Reader,
  company: CustomerRecords["company"],
  rank: RecordRank,
): Promise<CustomerRecords["parent"]> {
  const refs = company?.records.flatMap((r) => r.edges.filter((e) => e.rel === "parent").map((e) => e.to)) ?? [];
  const parent = await companyByKeys(reader, refs.map(reader.key), rank);
  return parent && parent.node !== company?.node ? parent : null;
}

export function domainsOf(person: StoredRecord<"person">[]): string[] {
  return [...new Set(person.flatMap((r) => r.identifiers.filter((i) => i.kind === "email_domain").map((i) => i.value)))];
}

/** The customer, its company and the companies that an answer names beside it. */
export const nodesOfCustomer = ({ node, company, parent, subsidiaries }: CustomerRecords): string[] => [
  node,
  ...[company, parent, ...subsidiaries].flatMap((other) => (other ? [other.node] : [])),
];

/** The first name among records sorted by precedence. */
export function nameOf(records: readonly { data: { name: string | null } }[]): string | null {
  return records.map((r) => r.data.name).find((name) => name !== null) ?? null;
}

export function sortByRank<R extends StoredRecord<"person"> | StoredRecord<"company">>(records: R[], rank: RecordRank): R[] {
  return records.sort((a, b) => rank(a) - rank(b) || Number(isConverted(a)) - Number(isConverted(b)));
}

/** True for a lead that became a contact. It keeps its values of that day. */
const isConverted = ({ edges }: StoredRecord): boolean => edges.some(({ rel }) => rel === "person");

export function byKind(records: StoredRecord[]) {
  const unique = [...new Map(records.map((r) => [r.key, r])).values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    tickets: ofKind(unique, "ticket"),
    ratings: countedRatings(ofKind(unique, "rating")),
    opportunities: ofKind(unique, "opportunity"),
    activities: ofKind(unique, "activity"),
    cases: ofKind(unique, "case"),
    usage: ofKind(unique, "usage"),
    memberships: ofKind(unique, "membership"),
    notes: ofKind(unique, "note"),
  };
}

/** The same customer without the records of some connections. */
export function withoutConnections(records: CustomerRecords, excludedConnections: ReadonlySet<string>): CustomerRecords {
  if (excludedConnections.size === 0) return records;
  const isIncluded = ({ connection }: StoredRecord): boolean => !excludedConnections.has(connection);
  return {
    ...withObjects(records, isIncluded),
    people: new Map([...records.people].map(([node, person]) => [node, person.filter(isIncluded)])),
    company: records.company && { ...records.company, records: records.company.records.filter(isIncluded) },
    subsidiaries: records.subsidiaries.map((subsidiary) => withoutConnections(subsidiary, excludedConnections)),
  };
}

/** The same customer with the tickets, activities and other objects of these connections only. */
export const withObjectsOf = (records: CustomerRecords, connections: readonly string[]): CustomerRecords => ({
  ...withObjects(records, ({ connection }) => connections.includes(connection)),
  subsidiaries: records.subsidiaries.map((subsidiary) => withObjectsOf(subsidiary, connections)),
});

function withObjects(records: CustomerRecords, isIncluded: (record: StoredRecord) => boolean): CustomerRecords {
  const { tickets, ratings, opportunities, activities, cases, usage, memberships } = records;
  return {
    ...records,
    tickets: tickets.filter(isIncluded),
    ratings: ratings.filter(isIncluded),
    opportunities: opportunities.filter(isIncluded),
    activities: activities.filter(isIncluded),
    cases: cases.filter(isIncluded),
    usage: usage.filter(isIncluded),
    memberships: memberships.filter(isIncluded),
  };
}
