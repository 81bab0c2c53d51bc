import type { Candidate, Match } from "@sidelight/contracts/context/context.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import type { ParsedRef } from "@sidelight/model/refs.ts";
import { confidenceOf } from "../identity/cluster.ts";
import type { Reader } from "../log/reader.ts";
import { type CustomerRecords, claimantsOfAddress, loadRecords, nameOf, type RecordRank } from "./customerRecords.ts";

export interface Resolved {
  state: "resolved";
  kind: "person" | "company";
  node: string;
  /** Ref of the record that the requested record was merged into. */
  mergedInto?: string;
  /** True for a company that is answered because the person of the record is not in the store. */
  isStandIn?: boolean;
}

/** The customer of a ref, according to the store. */
export type Resolution =
  | Resolved
  | { state: "ambiguous"; kind: "person" | "company"; nodes: string[] }
  | { state: "none"; kind: "person" | "company" };

/** Finds the customer of a ref: identifier → records → node, or object → its customer → node. */
export async function resolve(reader: Reader, ref: ParsedRef): Promise<Resolution> {
  switch (ref.kind) {
    case "person":
    case "company":
      return await resolveNode(reader, ref.kind, ref.node);
    case "domain":
      return oneOf("company", await nodesOfHolders(reader, "domain", ref.value));
    case "email":
    case "phone":
      return await resolvePerson(reader, await nodesOfHolders(reader, ref.kind, ref.value));
    case "object":
      return await resolveObject(reader, ref.ref);
  }
}

/** Our own id names a record. It means the customer that the record belongs to today. */
async function resolveNode(reader: Reader, kind: "person" | "company", node: string): Promise<Resolution> {
  const { record, mergedInto } = await followMerges(reader, node);
  const current = record ? await reader.nodeOf(record.key) : null;
  return record?.data.kind === kind && current
    ? { state: "resolved", kind, node: current, ...mergedInto }
    : { state: "none", kind };
}

const maxMerges = 5;

/** The record, or the one it was merged into at its source. */
async function followMerges(
  reader: Reader,
  key: string,
): Promise<{ record: StoredRecord | null; mergedInto: { mergedInto?: string } }> {
  let current = key;
  for (let hop = 0; hop <= maxMerges; hop++) {
    const [record] = await reader.records([current]);
    if (record) return { record, mergedInto: hop > 0 ? { mergedInto: record.ref } : {} };
    const next = await reader.mergedInto(current);
    if (!next) break;
    current = next;
  }
  return { record: null, mergedInto: {} };
}

async function resolveObject(reader: Reader, ref: string): Promise<Resolution> {
  const { record, mergedInto } = await followMerges(reader, reader.key(ref));
  if (!record) return { state: "none", kind: "person" };
  const resolution = await resolveRecord(reader, record);
  return resolution.state === "resolved" ? { ...resolution, ...mergedInto } : resolution;
}

async function resolveRecord(reader: Reader, record: StoredRecord): Promise<Resolution> {
  if (record.data.kind === "company") return oneOf("company", [await reader.nodeOf(record.key)]);
  if (record.data.kind === "person") {
    // A converted lead belongs to the customer of its contact.
    const contact = record.edges.find((e) => e.rel === "person");
    const node = (contact && (await reader.nodeOf(reader.key(contact.to)))) ?? (await reader.nodeOf(record.key));
    return node ? await resolvePerson(reader, [node]) : { state: "none", kind: "person" };
  }
  return await resolveSubject(reader, record);
}

/** A ticket, deal or activity belongs to its person, otherwise to its company. */
async function resolveSubject(reader: Reader, record: StoredRecord): Promise<Resolution> {
  const targets = (rels: string[]) => record.edges.filter((e) => rels.includes(e.rel)).map((e) => reader.key(e.to));
  const people = await reader.nodesOf(targets(["requester", "person", "user"]));
  if (people.size > 0) return await resolvePerson(reader, [...people.values()]);
  const companies = await reader.nodesOf(targets(["account", "organization"]));
  const company = oneOf("company", [...companies.values()]);
  const isStandIn = targets(["requester", "person", "user"]).length > 0;
  return company.state === "resolved" ? { ...company, isStandIn } : company;
}

/** One person. Ambiguous when two accounts claim the person's address and the ref names neither. */
async function resolvePerson(reader: Reader, nodes: string[]): Promise<Resolution> {
  const claimants = new Set<string>();
  for (const node of new Set(nodes)) for (const claimant of await claimantsOfAddress(reader, node)) claimants.add(claimant);
  if (claimants.size < 2) return oneOf("person", nodes);
  const [node, ...otherNodes] = new Set(nodes);
  if (node && otherNodes.length === 0 && claimants.has(node)) return { state: "resolved", kind: "person", node };
  return { state: "ambiguous", kind: "person", nodes: [...claimants].sort() };
}

async function nodesOfHolders(reader: Reader, kind: string, value: string): Promise<string[]> {
  return [...(await reader.nodesOf(await reader.holders(kind, value))).values()];
}

function oneOf(kind: "person" | "company", nodes: (string | null)[]): Resolution {
  const candidates = [...new Set(nodes.filter((n) => n !== null))].sort();
  const [node] = candidates;
  if (node === undefined) return { state: "none", kind };
  return candidates.length === 1 ? { state: "resolved", kind, node } : { state: "ambiguous", kind, nodes: candidates };
}

/** Why these records are one customer, as the panel shows it. */
export async function matchReasons(
  reader: Reader,
  ref: ParsedRef,
  customer: CustomerRecords,
  mergedInto: string | undefined,
): Promise<Pick<Match, "confidence" | "reasons">> {
  const members = await reader.membersOf(customer.node);
  const records = customer.kind === "person" ? [...customer.people.values()].flat() : (customer.company?.records ?? []);
  const objects = [...new Set(records.map((r) => `${r.platform} ${r.object}`))];
  const rules = [...new Set(members.map((m) => m.rule).filter((r) => r !== "founder"))].sort();
  const reasons = rules.map((rule) => ({ rule, evidence: `${ruleText[rule] ?? rule} on ${objects.join(" and ")}` }));
  const merged = mergedInto ? [{ rule: "merged", evidence: `merged into ${mergedInto}` }] : [];
  const evidence = ref.kind === "object" ? `named by ${ref.platform} ${ref.object}` : `found by ${ref.kind}`;
  const confidence = Math.min(1, ...rules.map(confidenceOf));
  return { confidence, reasons: [{ rule: ref.kind === "object" ? "id" : ref.kind, evidence }, ...merged, ...reasons] };
}

const ruleText: Record<string, string> = {
  email: "the same e-mail address",
  product_user: "the same product user id",
  crm_id: "the account's id",
  domain: "the same web domain",
};

/** Describes each possible customer by what distinguishes it. */
export async function loadCandidates(
  reader: Reader,
  kind: "person" | "company",
  nodes: string[],
  rank: RecordRank,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const node of nodes.slice(0, 10)) {
    const records = await loadRecords(reader, { kind, node }, rank);
    candidates.push(kind === "person" ? personCandidate(records) : companyCandidate(records));
  }
  return candidates;
}

function personCandidate(customer: CustomerRecords): Candidate {
  const person = customer.people.get(customer.node) ?? [];
  const title = person.map((r) => r.data.title).find((t) => t !== null);
  const company = customer.company ? nameOf(customer.company.records) : null;
  return {
    id: `person:${customer.node}`,
    kind: "person",
    label: nameOf(person) ?? "Unnamed",
    distinguishing: [...pair("Company", company), ...pair("Title", title), ...pair("Owner", ownerName(customer))],
  };
}

function companyCandidate(customer: CustomerRecords): Candidate {
  const accounts = customer.company?.records ?? [];
  return {
    id: `company:${customer.node}`,
    kind: "company",
    label: nameOf(accounts) ?? "Unnamed",
    distinguishing: [
      ...pair("Domain", accounts.flatMap((r) => r.data.domains)[0]),
      ...pair("Owner", ownerName(customer)),
      ...pair("Parent", customer.parent?.name),
    ],
  };
}

const ownerName = ({ company }: CustomerRecords) => company?.records.find((r) => r.data.owner)?.data.owner?.name;
const pair = (label: string, value: string | null | undefined) => (value ? [{ label, value }] : []);
