import type { Context, Match, ValueOrigin } from "@sidelight/contracts/context/context.ts";
import type { AnySection, Provenance, Sections } from "@sidelight/contracts/context/sections.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import type { Reader } from "../log/reader.ts";
import type { Rights } from "../security/roles.ts";
import { loadChosenRecords } from "./chosenRecords.ts";
import { customerOf, maskedCustomer } from "./customer.ts";
import { type CustomerRecords, nodesOfCustomer, withObjectsOf } from "./customerRecords.ts";
import { maskMappedFields, withMappedFields } from "./mappedFields.ts";
import { withSectionRights } from "./sectionRights.ts";
import { neededSections } from "./sections/registry.ts";
import {
  type ComposedSection,
  emptyContent,
  noSource,
  type SectionContent,
  type SectionDefinition,
  type SectionInput,
  type SourceState,
  toSection,
} from "./sections/section.ts";
import type { Survivorship } from "./survivorship.ts";
import type { Tenant } from "./tenant.ts";

export interface ComposeInput {
  tenant: Tenant;
  reader: Reader;
  ref: string;
  match: Match;
  records: CustomerRecords;
  /** By the section's name. */
  sources: ReadonlyMap<string, SourceState>;
  /** Names of the sections to answer. */
  requested: readonly string[];
  rights: Rights;
  now: number;
  /** True for records of an earlier answer, which may have been seen at their source since. */
  isKept?: boolean;
}

/** The context of one customer, as a caller with these rights sees it. */
export async function compose(input: ComposeInput): Promise<Context> {
  const { tenant, reader, ref, match, records, sources, requested, rights, now } = input;
  const survivorship = {
    rules: tenant.config.identity.survivorship,
    chosen: await loadChosenRecords(reader, nodesOfCustomer(records)),
  };
  const valueOrigins: { provenance: ValueOrigin; record: StoredRecord }[] = [];
  const customer = customerOf({
    records,
    survivorship,
    link: (record) => linkOf(tenant, record),
    onOrigin: (provenance, record) => void valueOrigins.push({ provenance, record }),
  });
  const composed = await composeSections(input, survivorship, valueOrigins);
  const answeredSections = composed.filter(({ definition }) => requested.includes(definition.name));
  const sections = Object.fromEntries(
    answeredSections.map(({ definition: { name }, section }) => [
      name,
      masked(withSectionRights(name, section, rights, tenant), rights, tenant),
    ]),
  );
  return {
    ref,
    kind: records.kind,
    match: maskDeep(match, rights).value,
    customer: maskedCustomer(customer, rights),
    sections: sections as Sections,
    permissions: permissionsOf(tenant, rights),
    asOf: iso(Math.max(...[...sources.values()].map(({ observedAt }) => observedAt ?? 0)) || now),
    config: tenant.configVersion,
  };
}

/** The needed sections in their order. Each sees those before it. @param valueOrigins get their events in the same query */
async function composeSections(
  composeInput: ComposeInput,
  survivorship: Survivorship,
  valueOrigins: readonly { provenance: ValueOrigin; record: StoredRecord }[],
): Promise<ComposedSection[]> {
  const { tenant, reader, records, sources, requested, now, isKept = false } = composeInput;
  const origins: Origin[] = [];
  const composed: ComposedSection[] = [];
  for (const definition of neededSections(tenant.sections, requested)) {
    const source = sources.get(definition.name) ?? noSource;
    const input: SectionInput = {
      // A section with a source shows what its own platforms recorded, and nothing of others.
      records: definition.source
        ? withObjectsOf(
            records,
            source.connections.map(({ id }) => id),
          )
        : records,
      allRecords: records,
      now,
      timeZone: tenant.config.timeZone,
      csatDays: tenant.config.csatDays,
      survivorship,
      source,
      composed: [...composed],
      link: (record) => linkOf(tenant, record),
      onProvenance: (provenance, record) => void origins.push({ provenance, record, coveredAt: source.observedAt ?? 0 }),
    };
    const content = withMappedFields(definition, input, await contentOf(definition, input, tenant, reader), tenant);
    composed.push({ definition, input, section: toSection(input, content) });
  }
  const allOrigins = [...valueOrigins, ...origins];
  const eventIds = await reader.eventIds(allOrigins.map(({ record }) => record.sequence));
  for (const { provenance, record } of allOrigins) provenance.event = eventIds.get(record.sequence) ?? null;
  if (isKept) await updateObservations(reader, origins);
  return composed;
}

/** Where a fact comes from, and when its section was last confirmed. */
interface Origin {
  provenance: Provenance;
  record: StoredRecord;
  coveredAt: number;
}

/**
 * A record that was seen unchanged at its source has no new version, so a kept one does not show it. In the past, less was known of
 * when it was seen.
 */
async function updateObservations(reader: Reader, origins: readonly Origin[]): Promise<void> {
  const records = new Map((await reader.records(origins.map(({ record }) => record.key))).map((record) => [record.key, record]));
  for (const { provenance, record, coveredAt } of origins) {
    const current = records.get(record.key);
    if (current?.sequence !== record.sequence) continue;
    const observedAt = iso(Math.max(current.observedAt, coveredAt));
    if (reader.at !== null || provenance.observedAt === null || observedAt > provenance.observedAt)
      provenance.observedAt = observedAt;
  }
}

async function contentOf(
  definition: SectionDefinition,
  input: SectionInput,
  { log }: Tenant,
  reader: Reader,
): Promise<SectionContent> {
  const { source, records } = input;
  if (definition.source && source.connections.length === 0) return { ...emptyContent, state: "not_connected" };
  return definition.view(input, await definition.load?.({ log, reader, records, source }));
}

/** The answer for a customer that is unknown or ambiguous: without sections and personal values. */
export function composeWithout({
  tenant,
  ref,
  kind,
  match,
  rights,
  now,
}: Pick<ComposeInput, "tenant" | "ref" | "match" | "rights" | "now"> & Pick<Context, "kind">): Context {
  const searchedAt = match.searched.map(({ at }) => at).sort();
  return {
    ref,
    kind,
    match: maskDeep(match, rights).value,
    customer: null,
    sections: {},
    permissions: permissionsOf(tenant, rights),
    asOf: searchedAt.at(-1) ?? iso(now),
    config: tenant.configVersion,
  };
}

const permissionsOf = ({ config }: Tenant, { pii, reveal, act }: Rights): Context["permissions"] => ({
  ...{ pii, reveal, act: [...act] },
  ...(config.accessContact === undefined ? {} : { contact: config.accessContact }),
});

function masked(section: AnySection, rights: Rights, tenant: Tenant): AnySection {
  if (rights.pii && rights.text) return section;
  const data = maskDeep(section.data, rights);
  const { value } = maskDeep({ provenance: section.provenance, links: section.links }, rights);
  const visibleData = maskMappedFields(data.value, data.masked, rights, tenant);
  return { ...section, ...value, data: visibleData, masked: data.masked };
}

/** The record in its platform's user interface. */
export function linkOf(tenant: Tenant, record: Pick<StoredRecord, "connection" | "object" | "id">): string | null {
  return tenant.connections.find((c) => c.id === record.connection)?.connector.link(record.object, record.id) ?? null;
}

const iso = (ms: number): string => new Date(ms).toISOString();
