import type { Context, Customer, Match } from "@sidelight/contracts/context/context.ts";
import type { Section, SectionName, SectionProblem, Sections, TimelineData } from "@sidelight/contracts/context/sections.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import type { Connection } from "../connections/connections.ts";
import { coverageName, type Reader } from "../log/reader.ts";
import type { Rights } from "../security/roles.ts";
import { nameOf, type Story } from "./customerRecords.ts";
import { scopeKey } from "./platformFetch.ts";
import { standingProblem } from "./problems.ts";
import { accountSection } from "./sections/account.ts";
import { healthSection } from "./sections/health.ts";
import { productSection } from "./sections/product.ts";
import { envelope, type SectionInput } from "./sections/section.ts";
import { supportSection } from "./sections/support.ts";
import { timelineSection } from "./sections/timeline.ts";
import type { Tenant } from "./tenant.ts";

/** A section's source as it stands for one customer. */
export interface SourceState {
  connection: Connection | null;
  observedAt: number | null;
  problem: SectionProblem | null;
  /** Asked, and still being waited for when the deadline came: whoever asks next may find the answer. */
  isLate?: boolean;
}
export type Sources = Record<"account" | "support" | "product", SourceState>;
export const platformSections = ["account", "support", "product"] as const;

/** How old each platform's part is: vouched for by whole pulls, or asked for this customer alone. */
export async function sourceStates(tenant: Tenant, reader: Reader, story: Story, now: number): Promise<Sources> {
  const coverage = await reader.coverage();
  const states = await Promise.all(
    platformSections.map(async (section): Promise<SourceState> => {
      const connection = tenant.connections.find((c) => c.platform.section === section) ?? null;
      if (!connection) return { connection, observedAt: null, problem: null };
      const covered = connection.platform.sectionObjects.map((object) => coverage.get(coverageName(connection.id, object)) ?? 0);
      const latest = Math.max(...covered);
      // Each object was heard of at another time; of the past the newest word of a platform is the best sign of its age.
      if (reader.at !== null) return { connection, observedAt: latest || null, problem: null };
      const asked = await reader.observation(scopeKey(tenant, connection, story.node));
      const observedAt = Math.max(Math.min(...covered), asked) || null;
      const isFresh = observedAt !== null && now < observedAt + connection.freshMs;
      return { connection, observedAt, problem: standingProblem(connection, isFresh, now) };
    }),
  );
  return { account: states[0]!, support: states[1]!, product: states[2]! };
}

export interface ComposeInput {
  tenant: Tenant;
  reader: Reader;
  ref: string;
  match: Match;
  story: Story;
  sources: Sources;
  wanted: readonly SectionName[];
  rights: Rights;
  now: number;
}

/** Makes the answer about one customer, for one set of rights. */
export async function compose({
  tenant,
  reader,
  ref,
  match,
  story,
  sources,
  wanted,
  rights,
  now,
}: ComposeInput): Promise<Context> {
  const eventIds = await reader.eventIds(sequencesOf(story));
  const input = (source: SourceState): SectionInput => ({
    story,
    now,
    timeZone: tenant.config.timeZone,
    csatDays: tenant.config.csatDays,
    ...source,
    link: (record) => linkOf(tenant, record),
    eventId: (sequence) => eventIds.get(sequence) ?? null,
  });
  const none: SourceState = { connection: null, observedAt: null, problem: null };
  const connected = <N extends SectionName>(name: keyof Sources, make: (i: SectionInput) => Section<N>): Section<N> =>
    sources[name].connection ? make(input(sources[name])) : notConnected(input(none));
  const parts = {
    account: connected<"account">("account", accountSection),
    support: connected<"support">("support", supportSection),
    product: connected<"product">("product", productSection),
  };
  const all: Sections = {
    ...parts,
    health: healthSection({ ...input(sources.product), observedAt: null }, parts),
    timeline: timelineSection(input(none), gapsOf(parts)),
    notes: envelope<"notes">(input(none), {
      data: { items: [] },
      changedAt: null,
      provenance: {},
      absent: {},
      links: [],
      state: "empty",
    }),
  };
  const sections = Object.fromEntries(wanted.map((name) => [name, masked(all[name] as Section, rights)])) as Sections;
  return {
    ref,
    kind: story.kind,
    match: rights.pii ? match : maskDeep(match).value,
    customer: customerOf(story, rights),
    sections,
    permissions: { pii: rights.pii, reveal: rights.reveal, act: [...rights.act] },
    asOf: asOf(Object.values(parts), now),
    config: tenant.configVersion,
  };
}

/** The answer when nobody, or more than one, may be meant: no section, nothing of anybody. */
export function composeWithout(
  tenant: Tenant,
  ref: string,
  kind: Context["kind"],
  match: Match,
  rights: Rights,
  now: number,
): Context {
  return {
    ref,
    kind,
    match: rights.pii ? match : maskDeep(match).value,
    customer: null,
    sections: {},
    permissions: { pii: rights.pii, reveal: rights.reveal, act: [...rights.act] },
    asOf:
      match.searched
        .map((s) => s.at)
        .sort()
        .at(-1) ?? new Date(now).toISOString(),
    config: tenant.configVersion,
  };
}

function customerOf(story: Story, rights: Rights): Customer {
  const person = story.people.get(story.node) ?? [];
  const company = story.company && {
    id: `company:${story.company.node}`,
    name: nameOf(story.company.records),
    domain: story.company.records.flatMap((r) => r.data.domains)[0] ?? null,
    parent: story.parent && { id: `company:${story.parent.node}`, name: story.parent.name },
  };
  const customer =
    story.kind === "person"
      ? { id: `person:${story.node}`, name: nameOf(person), email: person.flatMap((r) => r.data.emails)[0] ?? null, company }
      : { id: `company:${story.node}`, name: company?.name ?? null, email: null, company };
  if (rights.pii) return { ...customer, masked: [] };
  const hidden = maskDeep(customer);
  return { ...hidden.value, masked: hidden.masked };
}

function masked(section: Section, rights: Rights): Section {
  if (rights.pii) return section;
  const data = maskDeep(section.data);
  const rest = maskDeep({ provenance: section.provenance, links: section.links });
  return { ...section, ...rest.value, data: data.value, masked: data.masked } as Section;
}

function notConnected<N extends SectionName>(input: SectionInput): Section<N> {
  return envelope<N>(input, { data: null, changedAt: null, provenance: {}, absent: {}, links: [], state: "not_connected" });
}

function gapsOf(parts: Pick<Sections, "account" | "support" | "product">): TimelineData["gaps"] {
  return Object.values(parts).flatMap((section) =>
    section?.problem && section.source
      ? [{ source: section.source, reason: section.problem.message, from: section.observedAt, to: null }]
      : [],
  );
}

/** A record in its platform's user interface. */
export function linkOf(tenant: Tenant, record: Pick<StoredRecord, "connection" | "object" | "id">): string | null {
  return tenant.connections.find((c) => c.id === record.connection)?.connector.link(record.object, record.id) ?? null;
}

function asOf(sections: readonly (Section | undefined)[], now: number): string {
  const observed = sections.map((s) => s?.observedAt).filter((at) => typeof at === "string");
  return observed.sort().at(-1) ?? new Date(now).toISOString();
}

function sequencesOf(story: Story): number[] {
  const people = [...story.people.values()].flat();
  const all = [
    ...people,
    ...(story.company?.records ?? []),
    ...story.tickets,
    ...story.opportunities,
    ...story.activities,
    ...story.cases,
    ...story.usage,
  ];
  return all.map((r) => r.sequence);
}
