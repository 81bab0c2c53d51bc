import { type Edge, ofKind, type RecordKind, type StoredRecord } from "@sidelight/model/records.ts";
import type { Reader } from "../log/reader.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import {
  byKind,
  type CustomerRecords,
  companyByNode,
  domainsOf,
  findCompany,
  objectsOfPeople,
  parentOf,
  personRecords,
  pointsAtPerson,
  type RecordRank,
  sortByRank,
} from "./customerRecords.ts";
import { ownerOfDomain } from "./domainOwner.ts";
import { countingTo } from "./ownCompany.ts";

/** A company with its subsidiaries: what their customer records are chosen from. The company itself is the first. */
export type CompanyTree = [CompanyBasis, ...CompanyBasis[]];

/** What the records of one company are chosen from. Objects are by key. */
export interface CompanyBasis {
  company: { node: string; records: StoredRecord<"company">[] };
  parent: CustomerRecords["parent"];
  people: CustomerRecords["people"];
  /** Objects that name the company. */
  ofCompany: Map<string, StoredRecord>;
  /** Objects of its people. Those that name another company are among them. */
  ofPeople: Map<string, StoredRecord>;
  /** Ratings of tickets that other people requested, and the keys of these tickets. */
  ratingsOfOthers: Map<string, StoredRecord>;
  ticketsOfOthers: Set<string>;
}

/** Keys of records that changed, by what they are. */
export interface CompanyChanges {
  people: ReadonlySet<string>;
  /** Customers that a person's record may have left. Other dependencies among them do no harm. */
  customers: ReadonlySet<string>;
  objects: ReadonlySet<string>;
}

/** Limits of the account tree. */
const maxDepth = 5;
const maxSubsidiaries = 50;

const companyRels: readonly Edge["rel"][] = ["account", "organization"];
/** How objects name their company. */
const objectRels: readonly Edge["rel"][] = [...companyRels, "about"];
const kindsOfCompany: readonly RecordKind[] = ["opportunity", "activity", "case", "ticket", "note"];

/** Reads a company and those below it in the account tree. */
export async function loadCompanyTree(reader: Reader, node: string, rank: RecordRank): Promise<CompanyTree> {
  const tree: CompanyTree = [await loadBasis(reader, node, rank)];
  const visitedNodes = new Set([node]);
  let level = tree[0].company.records;
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    const levelKeys = level.map((r) => r.key);
    const children = ofKind(await reader.pointingAt(levelKeys, ["parent"], ["company"]), "company");
    const childNodes = new Set((await reader.nodesOf(children.map((r) => r.key))).values());
    const newNodes = [...childNodes].filter((n) => !visitedNodes.has(n)).sort();
    level = [];
    for (const child of newNodes.slice(0, maxSubsidiaries + 1 - tree.length)) {
      visitedNodes.add(child);
      const subsidiary = await loadBasis(reader, child, rank);
      tree.push(subsidiary);
      level.push(...subsidiary.company.records);
    }
  }
  return tree;
}

/** A company's account, and the tickets, cases, activities and usage of all its people. */
async function loadBasis(reader: Reader, node: string, rank: RecordRank): Promise<CompanyBasis> {
  const company = await companyByNode(reader, node, rank);
  const people = await peopleOf(reader, company, rank);
  const [ofCompany, ofPeople] = await Promise.all([
    reader.pointingAt(
      company.records.map((r) => r.key),
      objectRels,
      kindsOfCompany,
    ),
    objectsOfPeople(reader, keysOf(people)),
  ]);
  return {
    company,
    parent: await parentOf(reader, company, rank),
    people,
    ofCompany: byKey(ofCompany),
    ofPeople: byKey(ofPeople),
    ratingsOfOthers: new Map(),
    ticketsOfOthers: new Set(),
  };
}

/** The records of a company and its subsidiaries. */
export async function companyRecords(reader: Reader, [root, ...subsidiaries]: CompanyTree): Promise<CustomerRecords> {
  const records = await recordsOf(reader, root);
  for (const subsidiary of subsidiaries) records.subsidiaries.push(await recordsOf(reader, subsidiary));
  return records;
}

async function recordsOf(reader: Reader, basis: CompanyBasis): Promise<CustomerRecords> {
  const { company, parent, people, ofCompany, ofPeople } = basis;
  const objects = [...ofPeople.values()];
  const ticketsOfPeople = ofKind(objects, "ticket");
  const ratingsOfPeople = ofKind(objects, "rating");
  // What names the company counts to it in any case.
  const mayCount = objects.filter(({ key, data }) => mayNameCompany(data.kind) && !ofCompany.has(key));
  const counted = [...ofCompany.values(), ...(await countingTo(reader, company.node, mayCount, people))];
  const ratings = await ratingsOf(reader, basis, { tickets: ofKind(counted, "ticket"), ticketsOfPeople, ratingsOfPeople });
  const ofUsers = objects.filter(({ data: { kind } }) => kind === "usage" || kind === "membership");
  return {
    kind: "company",
    node: company.node,
    people,
    company,
    parent,
    subsidiaries: [],
    ...byKind([...counted, ...ratings, ...ofUsers]),
  };
}

const mayNameCompany = (kind: RecordKind): boolean => kindsOfCompany.includes(kind);

/** A rating counts where its ticket does, or where its requester does when the ticket is not in the store. */
async function ratingsOf(
  reader: Reader,
  basis: CompanyBasis,
  {
    tickets,
    ticketsOfPeople,
    ratingsOfPeople,
  }: {
    tickets: readonly StoredRecord<"ticket">[];
    ticketsOfPeople: readonly StoredRecord<"ticket">[];
    ratingsOfPeople: readonly StoredRecord<"rating">[];
  },
): Promise<StoredRecord[]> {
  const countedRefs = new Set(tickets.map(({ ref }) => ref));
  const requestedRefs = new Set(ticketsOfPeople.map(({ ref }) => ref));
  const ofOthers = tickets.filter(({ ref }) => !requestedRefs.has(ref));
  const unread = ofOthers.map(({ key }) => key).filter((key) => !basis.ticketsOfOthers.has(key));
  for (const rating of await reader.pointingAt(unread, ["ticket"], ["rating"])) basis.ratingsOfOthers.set(rating.key, rating);
  for (const key of unread) basis.ticketsOfOthers.add(key);
  const refsOfOthers = new Set(ofOthers.map(({ ref }) => ref));
  const ticketOf = ({ edges }: StoredRecord) => edges.find(({ rel }) => rel === "ticket")?.to ?? "";
  return [
    ...ratingsOfPeople.filter((rating) => !requestedRefs.has(ticketOf(rating)) || countedRefs.has(ticketOf(rating))),
    ...[...basis.ratingsOfOthers.values()].filter((rating) => pointsAt(rating, ["ticket"], refsOfOthers)),
  ];
}

/** All people of a company by node, each with all their records. */
async function peopleOf(reader: Reader, company: CompanyBasis["company"], rank: RecordRank): Promise<CustomerRecords["people"]> {
  const keys = company.records.map((r) => r.key);
  const linkedPeople = ofKind(await reader.pointingAt(keys, companyRels, ["person"]), "person");
  const byDomain = (
    await Promise.all((await ownDomains(reader, company, rank)).map((domain) => reader.allHolders("email_domain", domain)))
  ).flat();
  const nodes = await reader.nodesOf([...linkedPeople.map((r) => r.key), ...byDomain]);
  // All together, so that the reader can join their queries.
  const people = await Promise.all(
    [...new Set(nodes.values())].sort().map(async (node) => {
      const records = sortByRank(await personRecords(reader, node), rank);
      await yieldToEventLoop();
      return (await isOfCompany(reader, company, records, rank)) ? ([[node, records]] as const) : [];
    }),
  );
  return new Map(people.flat());
}

/** A person found by e-mail domain may belong to another company by their contact or organization. */
const isOfCompany = async (
  reader: Reader,
  company: CompanyBasis["company"],
  person: StoredRecord<"person">[],
  rank: RecordRank,
): Promise<boolean> => (await findCompany(reader, person, rank))?.node === company.node;

/** Domains whose people belong to the company. */
async function ownDomains(reader: Reader, company: CompanyBasis["company"], rank: RecordRank): Promise<string[]> {
  const domains = [...new Set(company.records.flatMap((r) => r.data.domains))];
  const owners = await Promise.all(domains.map((domain) => ownerOfDomain(reader, domain, rank)));
  return domains.filter((_, i) => owners[i] === company.node);
}

/**
 * Brings a tree up to date after changes of people and their objects. The tree must be read again when one of its companies changed.
 * Records that the changes name twice, or that changed before the tree was read, do no harm.
 */
export async function updateCompanyTree(
  reader: Reader,
  tree: CompanyTree,
  changes: CompanyChanges,
  rank: RecordRank,
): Promise<void> {
  const objects = new Map((await reader.records(changes.objects)).map((record) => [record.key, record]));
  const currentNodes = (await reader.nodesOf(changes.people)).values();
  const changedNodes = [...new Set([...currentNodes, ...changes.customers])];
  for (const basis of tree) {
    if (changes.people.size > 0) await updatePeople(reader, basis, changedNodes, rank);
    const companyRefs = new Set(basis.company.records.map(({ ref }) => ref));
    const personRefs = changes.objects.size > 0 ? refsOf(basis.people) : new Set<string>();
    for (const key of changes.objects) {
      const object = objects.get(key);
      const { kind } = object?.data ?? {};
      const namesCompany =
        kind !== undefined && object !== undefined && mayNameCompany(kind) && pointsAt(object, objectRels, companyRefs);
      replace(basis.ofCompany, key, namesCompany ? object : undefined);
      const isOfPerson = object !== undefined && pointsAtPerson(object, (ref) => personRefs.has(ref));
      replace(basis.ofPeople, key, isOfPerson ? object : undefined);
      const ratesTicket =
        kind === "rating" &&
        object?.edges.some(({ rel, to }) => rel === "ticket" && basis.ticketsOfOthers.has(reader.key(to))) === true;
      replace(basis.ratingsOfOthers, key, ratesTicket ? object : undefined);
    }
  }
}

/**
 * Reads the companies of a tree again after some of their records changed.
 * @returns false when the tree itself may be different: another company, or a record that claims or names something else
 */
export async function hasSameCompanies(
  reader: Reader,
  tree: CompanyTree,
  changedKeys: ReadonlySet<string>,
  rank: RecordRank,
): Promise<boolean> {
  const ownKeys = new Set(tree.flatMap(({ company }) => company.records.map(({ key }) => key)));
  if (!changedKeys.isSubsetOf(ownKeys)) return false;
  for (const basis of tree) {
    const company = await companyByNode(reader, basis.company.node, rank);
    if (relationsOf(company.records) !== relationsOf(basis.company.records)) return false;
    basis.company = company;
    basis.parent = await parentOf(reader, company, rank);
  }
  return true;
}

/** What decides which people and objects belong to a company. */
const relationsOf = (records: readonly StoredRecord<"company">[]): string =>
  JSON.stringify(records.map(({ key, identifiers, edges, data: { domains } }) => [key, identifiers, edges, domains]).sort());

/** Reads people again, and the objects of those who are new. */
async function updatePeople(reader: Reader, basis: CompanyBasis, nodes: readonly string[], rank: RecordRank): Promise<void> {
  const previousRefs = refsOf(basis.people);
  const domains = new Set(await ownDomains(reader, basis.company, rank));
  const companyRefs = new Set(basis.company.records.map(({ ref }) => ref));
  const isCandidate = (person: StoredRecord<"person">[]): boolean =>
    person.some((record) => pointsAt(record, companyRels, companyRefs)) ||
    domainsOf(person).some((domain) => domains.has(domain));
  const people = new Map(basis.people);
  // All together, so that the reader can join their queries.
  const changedPeople = await Promise.all(nodes.map((node) => personRecords(reader, node)));
  for (const [i, node] of nodes.entries()) {
    const records = sortByRank(changedPeople[i] ?? [], rank);
    if (isCandidate(records) && (await isOfCompany(reader, basis.company, records, rank))) people.set(node, records);
    else people.delete(node);
  }
  basis.people = new Map([...people].sort(([a], [b]) => (a < b ? -1 : 1)));
  const refs = refsOf(people);
  for (const [key, object] of basis.ofPeople) if (!pointsAtPerson(object, (ref) => refs.has(ref))) basis.ofPeople.delete(key);
  const newKeys = [...refs.difference(previousRefs)].map(reader.key);
  for (const object of await objectsOfPeople(reader, newKeys)) basis.ofPeople.set(object.key, object);
}

const keysOf = (people: CustomerRecords["people"]): string[] => [...people.values()].flat().map(({ key }) => key);

function refsOf(people: CustomerRecords["people"]): Set<string> {
  const refs = new Set<string>();
  for (const records of people.values()) for (const { ref } of records) refs.add(ref);
  return refs;
}

const byKey = (records: readonly StoredRecord[]): Map<string, StoredRecord> =>
  // In the order of the result, which is faster to sort then.
  new Map(records.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map((record) => [record.key, record]));

const pointsAt = ({ edges }: StoredRecord, rels: readonly string[], refs: ReadonlySet<string>): boolean =>
  edges.some(({ rel, to }) => rels.includes(rel) && refs.has(to));

function replace(records: Map<string, StoredRecord>, key: string, record: StoredRecord | undefined): void {
  if (record) records.set(key, record);
  else records.delete(key);
}
