import type { Identifiers } from "@sidelight/model/identifiers/identifiers.ts";
import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import { type IdentifierConfig, identifiersOf } from "../config/identifiers.ts";
import { decisionsAbout, separates } from "../context/decisionsAbout.ts";
import { personRels } from "../context/ownCompany.ts";
import { maxHolders } from "../identity/clusterRecord.ts";
import type { InputRecord } from "../identity/matching/inputRecord.ts";
import type { Model } from "../identity/matching/model.ts";
import { compareNames } from "../identity/names.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader, type Reader } from "../log/reader.ts";
import { openSnapshotReader } from "../log/snapshotReader.ts";
import { lookUpsOf } from "./lookUps.ts";
import { type CustomerOfRecords, nameIn, type PersonMatch, scoreCustomers } from "./scoreCustomers.ts";

type PersonRecord = StoredRecord<"person">;

/** A person who is looked for. */
export interface SoughtPerson {
  record: InputRecord;
  /** Ref of the person's stored record, or of an object of the person such as a ticket; null when there is none. */
  about: string | null;
}

export interface FoundPeople {
  /** The customer that the person is already, by `about`; null when there is none. */
  own: CustomerOfRecords | null;
  /** Other customers that may be the same person, best first. Those that a person decided to keep apart are left out. */
  matches: PersonMatch[];
}

export interface MatchTools {
  log: TenantLog;
  config: IdentifierConfig;
  model: Model;
}

const maxMatches = 10;
/** Customers that one look-up compares. */
const maxCustomers = 50;
/** A domain with more people is no look-up: their records would take most of its time. */
const maxColleagues = 40;
/** Records of one customer that are compared. */
const maxMembers = 20;

/**
 * Finds the customers that people may be, in the store as it is now: the records under the same addresses, numbers, ids, name or company
 * domain are scored by the matching model. Its cost grows neither with the number of customers nor with the holders of an identifier.
 * People that are looked for together share queries.
 */
export async function findMatches(tools: MatchTools, people: readonly SoughtPerson[]): Promise<FoundPeople[]> {
  const readers = { limited: openReader(tools.log), shared: openSnapshotReader(tools.log) };
  return await Promise.all(people.map((sought) => findPerson(tools, sought, readers)));
}

/** `limited` reads a part of the holders of an identifier, however many there are. `shared` reads nothing twice. */
interface Readers {
  limited: Reader;
  shared: Reader;
}

async function findPerson(
  { config, model }: MatchTools,
  { record: input, about: ref }: SoughtPerson,
  { limited, shared: reader }: Readers,
): Promise<FoundPeople> {
  const identifiers = identifiersOf(config);
  const record = withoutIgnored(input, identifiers);
  const ownPerson = ref === null ? null : await ownCustomer(reader, ref, record);
  const lookUps = lookUpsOf(record, ownPerson?.records ?? [], identifiers);
  const holders = await Promise.all(lookUps.map(({ kind, value }) => limited.holders(kind, value)));
  // Above the cap, an identifier names no customer, and is no evidence for those that another one finds.
  const foundByLookUp = lookUps.map((lookUp, i) => ({ lookUp, keys: holders[i] ?? [] }));
  const candidatesOfLookUp = foundByLookUp.filter(
    ({ lookUp, keys }) => keys.length <= (lookUp.kind === "email_domain" ? maxColleagues : maxHolders),
  );
  const overCap = foundByLookUp.filter(({ keys }) => keys.length > maxHolders);
  const nodes = await reader.nodesOf(candidatesOfLookUp.flatMap(({ keys }) => keys));
  const certain = candidatesOfLookUp.filter(({ lookUp }) => lookUp.isCertain);
  const isContested = ({ keys }: (typeof candidatesOfLookUp)[number]): boolean =>
    new Set(keys.flatMap((key) => nodes.get(key) ?? [])).size > 1;
  const candidates = [...new Set(nodes.values())].filter((node) => node !== ownPerson?.node).slice(0, maxCustomers);
  const customers = await Promise.all(candidates.map(async (node) => ({ node, records: await personRecords(reader, node) })));
  const matches = scoreCustomers({
    model,
    record,
    own: ownPerson?.records ?? [],
    customers: await withoutDecidedApart(reader, ownPerson, customers),
    certain: certain.filter((entry) => !isContested(entry)).map(({ lookUp }) => lookUp),
    contested: certain.filter(isContested).map(({ lookUp }) => lookUp),
    overCap: new Set(overCap.map(({ lookUp }) => lookUp.value)),
  });
  return { own: ownPerson, matches: matches.slice(0, maxMatches) };
}

/** Without placeholders, and without what the tenant's configuration ignores. */
function withoutIgnored(record: InputRecord, identifiers: Identifiers): InputRecord {
  const { emails, phones, identifiers: allIdentifiers } = identifiers.ofPerson({ emails: record.emails, phones: record.phones });
  const isIgnored = allIdentifiers.some(({ kind }) => kind === "ignored_phone");
  return {
    ...record,
    emails,
    // A national number that is not canonical without a country is compared by its last digits.
    phones: isIgnored ? phones : record.phones,
    roleEmails: allIdentifiers.flatMap(({ kind, value }) => (kind === "role_email" ? [value] : [])),
  };
}

/** The person of a record, or of an object such as a ticket; null when the record that is looked for names somebody else. */
async function ownCustomer(reader: Reader, ref: string, record: InputRecord): Promise<CustomerOfRecords | null> {
  const key = ref.startsWith("person:") ? ref.slice("person:".length) : reader.key(ref);
  const node = (await reader.nodeOf(key)) ?? (await nodeOfObject(reader, key));
  const records = node === null ? [] : await personRecords(reader, node);
  return node === null || records.length === 0 || areOthers(records, record) ? null : { node, records };
}

/** True when no name is the record's and no address either: an event may lead to a record of another person. */
function areOthers(records: readonly PersonRecord[], record: InputRecord): boolean {
  const name = nameIn(record);
  const isOther = ({ data }: PersonRecord): boolean =>
    compareNames(name, data.name) === "contradicting" && !data.emails.some((email) => record.emails.includes(email));
  return records.every(isOther);
}

async function nodeOfObject(reader: Reader, key: string): Promise<string | null> {
  const [object] = await reader.records([key]);
  const person = object?.edges.find(({ rel }) => personRels.includes(rel));
  return person ? await reader.nodeOf(reader.key(person.to)) : null;
}

async function personRecords(reader: Reader, node: string): Promise<PersonRecord[]> {
  const keys = (await reader.membersOf(node)).slice(0, maxMembers).map(({ key }) => key);
  const records = new Map(ofKind(await reader.records(keys), "person").map((record) => [record.key, record]));
  return keys.flatMap((key) => records.get(key) ?? []);
}

/** Without the customers that a decision keeps apart from the person's own records. */
async function withoutDecidedApart(
  reader: Reader,
  ownPerson: CustomerOfRecords | null,
  customers: readonly CustomerOfRecords[],
): Promise<CustomerOfRecords[]> {
  const present = customers.filter(({ records }) => records.length > 0);
  if (!ownPerson || present.length === 0) return present;
  const ownKeys = ownPerson.records.map(({ key }) => key);
  const decisions = await decisionsAbout(reader, ownKeys);
  return present.filter(({ records }) => {
    const keys = records.map(({ key }) => key);
    return !decisions.some((decision) => separates(decision, ownKeys, keys));
  });
}
