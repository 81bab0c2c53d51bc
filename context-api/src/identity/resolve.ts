import type { Candidate, Match } from "@sidelight/contracts/context/context.ts";
import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import type { ParsedRef } from "@sidelight/model/refs.ts";
import { claimantsOfAddress, companyStory, nameOf, personStory, type Rank, type Story } from "../context/customerRecords.ts";
import type { Reader } from "../log/reader.ts";
import { confidenceOf } from "./cluster.ts";

/** Whom a ref stands for, as far as the store knows. */
export type Resolution =
  /** `mergedInto` names the record that took the place of the one that was asked for. */
  | {
      state: "resolved";
      kind: "person" | "company";
      node: string;
      mergedInto?: string;
      /** True for a company that stands in for a person whom the store doesn't know yet. */
      standsIn?: boolean;
    }
  | { state: "ambiguous"; kind: "person" | "company"; nodes: string[] }
  | { state: "none"; kind: "person" | "company" };

/** Follows a ref to its customer: identifier → records → node, or object → whom it is about → node. */
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

/** Our own ids name a record; whatever customer that record belongs to today is meant. */
async function resolveNode(reader: Reader, kind: "person" | "company", node: string): Promise<Resolution> {
  const { record, mergedInto } = await follow(reader, node);
  const current = record ? await reader.nodeOf(record.key) : null;
  return record?.data.kind === kind && current
    ? { state: "resolved", kind, node: current, ...mergedInto }
    : { state: "none", kind };
}

const mostMerges = 5;

/** A record that was merged into another at its source is the other one now. */
async function follow(
  reader: Reader,
  key: string,
): Promise<{ record: StoredRecord | null; mergedInto: { mergedInto?: string } }> {
  let at = key;
  for (let hop = 0; hop <= mostMerges; hop++) {
    const [record] = await reader.records([at]);
    if (record) return { record, mergedInto: hop > 0 ? { mergedInto: record.ref } : {} };
    const next = await reader.mergedInto(at);
    if (!next) break;
    at = next;
  }
  return { record: null, mergedInto: {} };
}

async function resolveObject(reader: Reader, ref: string): Promise<Resolution> {
  const { record, mergedInto } = await follow(reader, reader.key(ref));
  if (!record) return { state: "none", kind: "person" };
  const resolution = await resolveRecord(reader, record);
  return resolution.state === "resolved" ? { ...resolution, ...mergedInto } : resolution;
}

async function resolveRecord(reader: Reader, record: StoredRecord): Promise<Resolution> {
  if (record.data.kind === "company") return oneOf("company", [await reader.nodeOf(record.key)]);
  if (record.data.kind === "person") {
    // A converted lead lives on as its contact.
    const contact = record.edges.find((e) => e.rel === "person");
    const node = (contact && (await reader.nodeOf(reader.key(contact.to)))) ?? (await reader.nodeOf(record.key));
    return node ? await resolvePerson(reader, [node]) : { state: "none", kind: "person" };
  }
  return await resolveAbout(reader, record);
}

/** A ticket, a deal or an activity is about a person, or else about a company. */
async function resolveAbout(reader: Reader, record: StoredRecord): Promise<Resolution> {
  const targets = (rels: string[]) => record.edges.filter((e) => rels.includes(e.rel)).map((e) => reader.key(e.to));
  const people = await reader.nodesOf(targets(["requester", "person", "user"]));
  if (people.size > 0) return await resolvePerson(reader, [...people.values()]);
  const companies = await reader.nodesOf(targets(["account", "organization"]));
  const about = oneOf("company", [...companies.values()]);
  const standsIn = targets(["requester", "person", "user"]).length > 0;
  return about.state === "resolved" ? { ...about, standsIn } : about;
}

/** One person, unless an address of theirs is claimed for two accounts and nothing tells which is meant. */
async function resolvePerson(reader: Reader, nodes: string[]): Promise<Resolution> {
  const claimants = new Set<string>();
  for (const node of new Set(nodes)) for (const claimant of await claimantsOfAddress(reader, node)) claimants.add(claimant);
  if (claimants.size < 2) return oneOf("person", nodes);
  const [only, ...others] = [...new Set(nodes)];
  if (only && others.length === 0 && claimants.has(only)) return { state: "resolved", kind: "person", node: only };
  return { state: "ambiguous", kind: "person", nodes: [...claimants].sort() };
}

async function nodesOfHolders(reader: Reader, kind: string, value: string): Promise<string[]> {
  return [...(await reader.nodesOf(await reader.holders(kind, value))).values()];
}

function oneOf(kind: "person" | "company", nodes: (string | null)[]): Resolution {
  const known = [...new Set(nodes.filter((n) => n !== null))].sort();
  if (known.length === 0) return { state: "none", kind };
  return known.length === 1 ? { state: "resolved", kind, node: known[0]! } : { state: "ambiguous", kind, nodes: known };
}

/** Why these records are one customer, in words for the panel's match chip. */
export async function reasonsFor(
  reader: Reader,
  ref: ParsedRef,
  story: Story,
  mergedInto: string | undefined,
): Promise<Pick<Match, "confidence" | "reasons">> {
  const members = await reader.membersOf(story.node);
  const own = story.kind === "person" ? [...story.people.values()].flat() : (story.company?.records ?? []);
  const where = [...new Set(own.map((r) => `${r.platform} ${r.object}`))];
  const rules = [...new Set(members.map((m) => m.rule).filter((r) => r !== "founder"))].sort();
  const reasons = rules.map((rule) => ({ rule, evidence: `${ruleText[rule] ?? rule} on ${where.join(" and ")}` }));
  const merged = mergedInto ? [{ rule: "merged", evidence: `merged into ${mergedInto}` }] : [];
  const how = ref.kind === "object" ? `named by ${ref.platform} ${ref.object}` : `found by ${ref.kind}`;
  const confidence = Math.min(1, ...rules.map(confidenceOf));
  return { confidence, reasons: [{ rule: ref.kind === "object" ? "id" : ref.kind, evidence: how }, ...merged, ...reasons] };
}

const ruleText: Record<string, string> = {
  email: "the same e-mail address",
  product_user: "the same product user id",
  crm_id: "the account's id",
  domain: "the same web domain",
};

/** Describes each possible customer by what tells it from the others. */
export async function candidates(reader: Reader, kind: "person" | "company", nodes: string[], rank: Rank): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const node of nodes.slice(0, 10)) {
    const story = kind === "person" ? await personStory(reader, node, rank) : await companyStory(reader, node, rank);
    found.push(kind === "person" ? personCandidate(story) : companyCandidate(story));
  }
  return found;
}

function personCandidate(story: Story): Candidate {
  const records = story.people.get(story.node) ?? [];
  const title = records.map((r) => r.data.title).find((t) => t !== null);
  const company = story.company ? nameOf(story.company.records) : null;
  return {
    id: `person:${story.node}`,
    kind: "person",
    label: nameOf(records) ?? "Unnamed",
    distinguishing: [...pair("Company", company), ...pair("Title", title), ...pair("Owner", ownerName(story))],
  };
}

function companyCandidate(story: Story): Candidate {
  const records = story.company?.records ?? [];
  return {
    id: `company:${story.node}`,
    kind: "company",
    label: nameOf(records) ?? "Unnamed",
    distinguishing: [
      ...pair("Domain", records.flatMap((r) => r.data.domains)[0]),
      ...pair("Owner", ownerName(story)),
      ...pair("Parent", story.parent?.name),
    ],
  };
}

const ownerName = (story: Story) => ofKind(story.company?.records ?? [], "company").find((r) => r.data.owner)?.data.owner?.name;
const pair = (label: string, value: string | null | undefined) => (value ? [{ label, value }] : []);
