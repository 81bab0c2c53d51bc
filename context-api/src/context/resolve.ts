import type { Candidate, Match } from "@sidelight/contracts/context/context.ts";
import type { DecisionData, Edge, StoredRecord } from "@sidelight/model/records.ts";
import type { ParsedRef } from "@sidelight/model/refs.ts";
import { confidenceOf } from "../identity/clusterRecord.ts";
import { stayingHolders } from "../identity/holders.ts";
import type { Reader } from "../log/reader.ts";
import { loadChosenRecords } from "./chosenRecords.ts";
import {
  accountsOfPerson,
  type CustomerIdentity,
  type CustomerRecords,
  claimantsOfAddress,
  nodesOfCustomer,
  type RecordRank,
} from "./customerRecords.ts";
import { decisionsAbout } from "./decisionsAbout.ts";
import { loadRecords } from "./loadRecords.ts";
import { type OwnCompany, ownCompanyOf, personRels } from "./ownCompany.ts";
import { companySurvivor, personSurvivor, type Survivorship } from "./survivorship.ts";

export interface Resolved extends CustomerIdentity {
  state: "resolved";
  /** Ref of the record that the requested record was merged into. */
  mergedInto?: string;
  /** True for a company that is answered because the person of the record is not in the store. */
  isStandIn?: boolean;
}

/** The customer of a ref, according to the store. */
export type Resolution =
  | Resolved
  /** `fitting`: those of the company that the record of the ref names. */
  | { state: "ambiguous"; kind: "person" | "company"; nodes: string[]; fitting?: string[] }
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

/**
 * Our own id names a record. It means the customer that the record belongs to today. A customer that its oldest record left keeps its
 * id, and the part that left is named after the decision.
 */
async function resolveNode(reader: Reader, kind: "person" | "company", node: string): Promise<Resolution> {
  const { record, mergedInto } = await followMerges(reader, node);
  const current = record ? await reader.nodeOf(record.key) : null;
  if (current !== node && (await hasMembers(reader, kind, node))) return { state: "resolved", kind, node };
  return record?.data.kind === kind && current
    ? { state: "resolved", kind, node: current, ...mergedInto }
    : { state: "none", kind };
}

async function hasMembers(reader: Reader, kind: "person" | "company", node: string): Promise<boolean> {
  const [member] = await reader.membersOf(node);
  const [record] = member ? await reader.records([member.key]) : [];
  return record?.data.kind === kind;
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
  return await resolveEdges(reader, record.edges);
}

/**
 * The customer of a ticket, deal or activity by its edges: its person, otherwise its company. The company that it names itself decides
 * whose account is shown, and which of several claimants of the person's address is meant.
 */
export async function resolveEdges(reader: Reader, edges: readonly Edge[]): Promise<Resolution> {
  const personKeys = edges.filter(({ rel }) => personRels.includes(rel)).map(({ to }) => reader.key(to));
  const people = await reader.nodesOf(personKeys);
  if (people.size > 0) {
    const ownCompany = await ownCompanyOf(reader, await companyEdgesOf(reader, edges), await reader.records(personKeys));
    const resolution = await resolvePerson(reader, [...people.values()]);
    if (!ownCompany) return resolution;
    if (resolution.state === "resolved") return { ...resolution, ownCompany };
    return resolution.state === "ambiguous" ? await withinCompany(reader, resolution, ownCompany) : resolution;
  }
  const companyKeys = edges.filter(({ rel }) => rel === "account" || rel === "organization").map(({ to }) => reader.key(to));
  const company = oneOf("company", [...(await reader.nodesOf(companyKeys)).values()]);
  return company.state === "resolved" ? { ...company, isStandIn: personKeys.length > 0 } : company;
}

/** A rating names no company. Its ticket does. */
async function companyEdgesOf(reader: Reader, edges: readonly Edge[]): Promise<readonly Edge[]> {
  const ticket = edges.find(({ rel }) => rel === "ticket");
  const [record] = ticket ? await reader.records([reader.key(ticket.to)]) : [];
  return record ? record.edges : edges;
}

/** The one candidate whose account belongs to this company; still ambiguous when there is not exactly one. */
async function withinCompany(
  reader: Reader,
  resolution: Extract<Resolution, { state: "ambiguous" }>,
  ownCompany: OwnCompany,
): Promise<Resolution> {
  const nodes: string[] = [];
  for (const node of resolution.nodes) {
    const companies = await reader.nodesOf(await accountsOfPerson(reader, node));
    if (ownCompany.node !== null && [...companies.values()].includes(ownCompany.node)) nodes.push(node);
  }
  const [node] = nodes;
  return node !== undefined && nodes.length === 1
    ? { state: "resolved", kind: "person", node, ownCompany }
    : { ...resolution, fitting: nodes };
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

/** Without the records that left others by a decision: what both have leads to those that stayed. */
async function nodesOfHolders(reader: Reader, kind: string, value: string): Promise<string[]> {
  const holders = await reader.holders(kind, value);
  const nodes = await reader.nodesOf(holders);
  if (new Set(nodes.values()).size < 2) return [...nodes.values()];
  const staying = stayingHolders(
    holders.map((key) => ({ key })),
    await decisionsAbout(reader, holders),
  );
  return staying.flatMap(({ key }) => nodes.get(key) ?? []);
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
  { mergedInto, ownCompany }: Pick<Resolved, "mergedInto" | "ownCompany">,
): Promise<Pick<Match, "confidence" | "reasons">> {
  const members = await reader.membersOf(customer.node);
  const isDecided = members.some(({ rule }) => isDecisionRule(rule));
  const decisions = isDecided
    ? await decisionsAbout(
        reader,
        members.map(({ key }) => key),
      )
    : [];
  const records = customer.kind === "person" ? [...customer.people.values()].flat() : (customer.company?.records ?? []);
  const rules = [...new Set(members.map((m) => m.rule).filter((r) => r !== "founder"))].sort();
  const decided = decisions.flatMap(({ decision }) => decisionReason(decision.data) ?? []);
  const reasons = rules
    .filter((rule) => !isDecisionRule(rule))
    .map((rule) => ({ rule, evidence: `${ruleText[rule] ?? rule} on ${recordNames(records).join(" and ")}` }));
  const merged = mergedInto ? [{ rule: "merged", evidence: `merged into ${mergedInto}` }] : [];
  // The company may be another one than the person's own.
  const ownCompanyReason = ownCompany ? [{ rule: "own_company", evidence: "the company is the one that the record names" }] : [];
  const evidence = ref.kind === "object" ? `named by ${ref.platform} ${ref.object}` : `found by ${ref.kind}`;
  const nameReason = { rule: ref.kind === "object" ? "id" : ref.kind, evidence };
  return {
    confidence: Math.min(1, ...rules.map(confidenceOf), ...decisions.map(({ decision }) => decision.data.confidence ?? 1)),
    reasons: [nameReason, ...merged, ...reasons, ...decided, ...ownCompanyReason],
  };
}

const isDecisionRule = (rule: string): boolean => rule === "linked" || rule === "model";

/** A decision that joined records of the customer. */
function decisionReason({ effect, decidedAt, modelVersion }: DecisionData): Match["reasons"][number] | null {
  const day = decidedAt.slice(0, 10);
  if (effect === "together" || effect === "split") return { rule: "linked", evidence: `linked by a person on ${day}` };
  return effect === "model" ? { rule: "model", evidence: `linked by the model ${modelVersion} on ${day}` } : null;
}

const ruleText: Record<string, string> = {
  email: "the same e-mail address",
  product_user: "the same product user id",
  product_user_case: "the same product user id in other case",
  crm_id: "the id of the CRM's record",
  domain: "the same web domain",
};

/** Candidates that an answer lists. */
const maxCandidates = 10;

/** Describes possible customers by what tells them apart: people and companies of the leading source first, then by name. */
export async function loadCandidates(
  reader: Reader,
  { kind, nodes, fitting = [] }: Extract<Resolution, { state: "ambiguous" }>,
  { rank, rules }: { rank: RecordRank; rules: Survivorship["rules"] },
): Promise<Candidate[]> {
  const descriptions: Described[] = [];
  for (const node of nodes.slice(0, maxCandidates)) {
    const customer = await loadRecords(reader, { kind, node }, rank);
    const survivorship = { rules, chosen: await loadChosenRecords(reader, nodesOfCustomer(customer)) };
    const records = kind === "person" ? (customer.people.get(node) ?? []) : (customer.company?.records ?? []);
    const candidate = kind === "person" ? personCandidate(customer, survivorship) : companyCandidate(customer, survivorship);
    const fits = fitting.includes(node) ? { fits: true } : {};
    descriptions.push({ candidate: { ...candidate, ...fits }, rank: Math.min(...records.map(rank)), recordId: records[0]?.id });
  }
  descriptions.sort((a, b) => a.rank - b.rank || a.candidate.label.localeCompare(b.candidate.label));
  return distinguished(descriptions);
}

interface Described {
  candidate: Candidate;
  /** Of its leading record. */
  rank: number;
  recordId: string | undefined;
}

/** Without the values that all candidates have. Candidates that look equal then have the id of their record. */
function distinguished(descriptions: readonly Described[]): Candidate[] {
  const isShared = ({ label, value }: Candidate["distinguishing"][number]): boolean =>
    descriptions.every(({ candidate }) => candidate.distinguishing.some((p) => p.label === label && p.value === value));
  const candidates = descriptions.map(({ candidate, recordId }) => {
    const distinguishing = candidate.distinguishing.filter((p) => !isShared(p));
    return { recordId, candidate: { ...candidate, distinguishing } };
  });
  const lookOf = ({ label, distinguishing }: Candidate): string => JSON.stringify([label, distinguishing]);
  const looks = Map.groupBy(candidates, ({ candidate }) => lookOf(candidate));
  return candidates.map(({ candidate, recordId }) => {
    const isUnique = looks.get(lookOf(candidate))?.length === 1;
    return isUnique ? candidate : { ...candidate, distinguishing: [...candidate.distinguishing, ...pair("Id", recordId)] };
  });
}

function personCandidate(customer: CustomerRecords, survivorship: Survivorship): Candidate {
  const person = customer.people.get(customer.node) ?? [];
  const title = personSurvivor("title", person, survivorship)?.value;
  const companyRecords = customer.company?.records ?? [];
  const company = companySurvivor("name", companyRecords, survivorship)?.value ?? person.map((r) => r.data.company).find(Boolean);
  return {
    id: `person:${customer.node}`,
    kind: "person",
    label: personSurvivor("name", person, survivorship)?.value ?? "Unnamed",
    distinguishing: [
      ...pair("Company", company),
      ...pair("Title", title),
      ...pair("Owner", ownerName(customer)),
      ...pair("Records", recordNames(person).join(", ")),
    ],
  };
}

function companyCandidate(customer: CustomerRecords, survivorship: Survivorship): Candidate {
  const accounts = customer.company?.records ?? [];
  return {
    id: `company:${customer.node}`,
    kind: "company",
    label: companySurvivor("name", accounts, survivorship)?.value ?? "Unnamed",
    distinguishing: [
      ...pair("Domain", companySurvivor("domain", accounts, survivorship)?.value),
      ...pair("Owner", ownerName(customer)),
      ...pair("Parent", customer.parent && companySurvivor("name", customer.parent.records, survivorship)?.value),
      ...pair("Records", recordNames(accounts).join(", ")),
    ],
  };
}

/** `salesforce contact` */
const recordNames = (records: readonly StoredRecord[]): string[] => [
  ...new Set(records.map(({ platform, object }) => `${platform} ${object}`)),
];

const ownerName = ({ company }: CustomerRecords) => company?.records.find((r) => r.data.owner)?.data.owner?.name;
const pair = (label: string, value: string | null | undefined) => (value ? [{ label, value }] : []);
