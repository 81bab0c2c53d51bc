import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import { isContested } from "../identity/cluster.ts";
import type { Reader } from "../log/reader.ts";

/** Everything that is known of one customer, as records: what the sections are made of. */
export interface Story {
  kind: "person" | "company";
  node: string;
  /** The person; for a company, everyone who belongs to it. Records of one person stand together under their node. */
  people: Map<string, StoredRecord<"person">[]>;
  /** The company's own records; empty for a person of no known company. */
  company: { node: string; records: StoredRecord<"company">[] } | null;
  parent: { node: string; name: string | null } | null;
  /** Companies below this one, by way of their parent accounts; each with its own story. Empty for a person. */
  subsidiaries: Story[];
  tickets: StoredRecord<"ticket">[];
  ratings: StoredRecord<"rating">[];
  opportunities: StoredRecord<"opportunity">[];
  activities: StoredRecord<"activity">[];
  cases: StoredRecord<"case">[];
  usage: StoredRecord<"usage">[];
}

/** Whose word on names comes first: the platform that owns the account, then the others. Lower is earlier. */
export type Rank = (platform: string) => number;

/** Reads a person's story: their own tickets and use, and their company's account. */
export async function personStory(reader: Reader, node: string, rank: Rank): Promise<Story> {
  const records = ranked(await recordsOfPerson(reader, node), rank);
  const company = await companyOf(reader, records, rank);
  const keys = records.map((r) => r.key);
  const companyKeys = company?.records.map((r) => r.key) ?? [];
  const [requested, used, withPerson, withAccount] = await Promise.all([
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
    ...byKind([...requested, ...used, ...withPerson, ...withAccount]),
  };
}

/** A person's own records, without what happened to them. */
export async function recordsOfPerson(reader: Reader, node: string): Promise<StoredRecord<"person">[]> {
  const own = await personRecords(reader, node);
  return [...own, ...(await sharedAddressRecords(reader, node, own))];
}

/** The company of a person, without what happened to either. */
export async function companyOfPerson(reader: Reader, node: string, rank: Rank): Promise<Story["company"]> {
  return await companyOf(reader, await recordsOfPerson(reader, node), rank);
}

/** Reads a company's story with those of its subsidiaries. */
export async function companyStory(reader: Reader, node: string, rank: Rank): Promise<Story> {
  const own = await singleCompanyStory(reader, node, rank);
  const seen = new Set([node]);
  let level = own.company?.records ?? [];
  for (let depth = 0; depth < deepest && level.length > 0; depth++) {
    const children = ofKind(
      await reader.pointingAt(
        level.map((r) => r.key),
        ["parent"],
        ["company"],
      ),
      "company",
    );
    const nodes = [...new Set((await reader.nodesOf(children.map((r) => r.key))).values())].filter((n) => !seen.has(n)).sort();
    level = [];
    for (const child of nodes.slice(0, mostSubsidiaries - own.subsidiaries.length)) {
      seen.add(child);
      const story = await singleCompanyStory(reader, child, rank);
      own.subsidiaries.push(story);
      level.push(...(story.company?.records ?? []));
    }
  }
  return own;
}

/** An account tree is followed this far down, and no further than this many companies. */
const deepest = 5;
const mostSubsidiaries = 50;

/** A company's account, and the tickets and use of all its people. */
async function singleCompanyStory(reader: Reader, node: string, rank: Rank): Promise<Story> {
  const members = await reader.membersOf(node);
  const records = ranked(ofKind(await reader.records(members.map((m) => m.key)), "company"), rank);
  const company = { node, records };
  const keys = records.map((r) => r.key);
  const people = await peopleOf(reader, company, rank);
  const peopleKeys = [...people.values()].flat().map((r) => r.key);
  const [ofCompany, requested, used] = await Promise.all([
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
    ...byKind([...ofCompany, ...requested, ...used]),
  };
}

async function personRecords(reader: Reader, node: string): Promise<StoredRecord<"person">[]> {
  const members = await reader.membersOf(node);
  return ofKind(await reader.records(members.map((m) => m.key)), "person");
}

/**
 * Records that share this person's address but were left apart because two accounts claim it. Whoever chose one of the two
 * wants the tickets that came from the address; the other claimant's records stay out.
 */
async function sharedAddressRecords(
  reader: Reader,
  node: string,
  own: StoredRecord<"person">[],
): Promise<StoredRecord<"person">[]> {
  if (!own.some(accountOf)) return [];
  const holders = await addressHolders(reader, own);
  if (!contested(holders)) return [];
  const nodes = await reader.nodesOf(holders.map((r) => r.key));
  const claimants = new Set(holders.filter(accountOf).map((r) => nodes.get(r.key)));
  return holders.filter((r) => nodes.get(r.key) !== node && !claimants.has(nodes.get(r.key)));
}

/** The nodes of those who claim this person's address for different accounts; empty when nobody does. */
export async function claimantsOfAddress(reader: Reader, node: string): Promise<string[]> {
  const own = await personRecords(reader, node);
  const holders = await addressHolders(reader, own);
  if (!contested(holders)) return [];
  const nodes = await reader.nodesOf(holders.filter(accountOf).map((r) => r.key));
  return [...new Set(nodes.values())];
}

async function addressHolders(reader: Reader, own: StoredRecord<"person">[]): Promise<StoredRecord<"person">[]> {
  const emails = new Set(own.flatMap((r) => r.identifiers.filter((i) => i.kind === "email").map((i) => i.value)));
  const keys = await Promise.all([...emails].map((email) => reader.holders("email", email)));
  return ofKind(await reader.records(keys.flat()), "person");
}

function contested(holders: StoredRecord<"person">[]): boolean {
  return isContested(
    "person",
    holders.map((r) => ({
      key: r.key,
      firstSeq: 0,
      type: `${r.platform}.${r.object}`,
      identifiers: [],
      account: accountOf(r) ?? null,
    })),
  );
}

const accountOf = (record: StoredRecord<"person">): string | undefined => record.edges.find((e) => e.rel === "account")?.to;

/** A person's company: the account their contact belongs to, else their organisation, else the company of their e-mail domain. */
async function companyOf(reader: Reader, person: StoredRecord<"person">[], rank: Rank): Promise<Story["company"]> {
  for (const rel of ["account", "organization"] as const) {
    const refs = person.flatMap((r) => r.edges.filter((e) => e.rel === rel).map((e) => e.to));
    const found = await companyByKeys(reader, refs.map(reader.key), rank);
    if (found) return found;
  }
  for (const domain of domainsOf(person)) {
    const nodes = new Set((await reader.nodesOf(await reader.holders("domain", domain))).values());
    // A domain that several companies claim says nothing.
    if (nodes.size === 1) return await companyByNode(reader, [...nodes][0]!, rank);
  }
  return null;
}

async function companyByKeys(reader: Reader, keys: string[], rank: Rank): Promise<Story["company"]> {
  if (keys.length === 0) return null;
  const nodes = await reader.nodesOf(keys);
  const node = keys.map((k) => nodes.get(k)).find((n) => n !== undefined);
  return node ? await companyByNode(reader, node, rank) : null;
}

async function companyByNode(reader: Reader, node: string, rank: Rank): Promise<Story["company"]> {
  const members = await reader.membersOf(node);
  return { node, records: ranked(ofKind(await reader.records(members.map((m) => m.key)), "company"), rank) };
}

async function parentOf(reader: Reader, company: Story["company"], rank: Rank): Promise<Story["parent"]> {
  const refs = company?.records.flatMap((r) => r.edges.filter((e) => e.rel === "parent").map((e) => e.to)) ?? [];
  const parent = await companyByKeys(reader, refs.map(reader.key), rank);
  return parent && parent.node !== company?.node ? { node: parent.node, name: nameOf(parent.records) } : null;
}

/** All people of a company, each with all their records, by node. */
async function peopleOf(
  reader: Reader,
  company: { node: string; records: StoredRecord<"company">[] },
  rank: Rank,
): Promise<Story["people"]> {
  const keys = company.records.map((r) => r.key);
  const named = ofKind(await reader.pointingAt(keys, ["account", "organization"], ["person"]), "person");
  const domains = [...new Set(company.records.flatMap((r) => r.data.domains))];
  const byDomain = (
    await Promise.all(
      domains.map(async (domain) => {
        const owners = new Set((await reader.nodesOf(await reader.holders("domain", domain))).values());
        return owners.size === 1 ? await reader.holders("email_domain", domain) : [];
      }),
    )
  ).flat();
  const nodes = await reader.nodesOf([...named.map((r) => r.key), ...byDomain]);
  const people: Story["people"] = new Map();
  for (const node of [...new Set(nodes.values())].sort()) {
    const records = ranked(await personRecords(reader, node), rank);
    // Someone found by their address may have been placed elsewhere by a contact or an organisation of their own.
    if ((await companyOf(reader, records, rank))?.node === company.node) people.set(node, records);
  }
  return people;
}

function domainsOf(person: StoredRecord<"person">[]): string[] {
  return [...new Set(person.flatMap((r) => r.identifiers.filter((i) => i.kind === "email_domain").map((i) => i.value)))];
}

/** The first name among records that stand in the order of preference. */
export function nameOf(records: readonly { data: { name: string | null } }[]): string | null {
  return records.map((r) => r.data.name).find((name) => name !== null) ?? null;
}

function ranked<R extends StoredRecord<"person"> | StoredRecord<"company">>(records: R[], rank: Rank): R[] {
  return records.sort((a, b) => rank(a.platform) - rank(b.platform));
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
