import type { Link } from "@sidelight/contracts/context/primitives.ts";
import type {
  AbsentReason,
  AnySection,
  Provenance,
  SectionProblem,
  SectionState,
} from "@sidelight/contracts/context/sections.ts";
import { calendarDays } from "@sidelight/model/calendar.ts";
import { isoInstant } from "@sidelight/model/instant.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import type { z } from "zod";
import type { DataClass } from "../../cache/ttl.ts";
import type { Connection } from "../../connections/connections.ts";
import type { TenantLog } from "../../log/log.ts";
import type { Reader } from "../../log/reader.ts";
import type { HealthInputs } from "../../signals/health.ts";
import type { CustomerRecords } from "../customerRecords.ts";
import type { Survivorship } from "../survivorship.ts";

/** Which connections feed a section, and what of them it consists of. */
export interface SectionSource {
  /** True for connections whose records the section shows. */
  feeds(connection: Connection): boolean;
  /** Objects of a connection that the section consists of. It is as old as the oldest of them. */
  objects(connection: Connection): readonly string[];
  /** Records of the customer to fetch again when the section is stale. Only those of feeding connections are fetched. */
  refetch(records: CustomerRecords): StoredRecord[];
}

/** One part of a context. To add one, register a definition; see `createSectionRegistry`. */
export interface SectionDefinition<Data = unknown, Loaded = unknown> {
  name: string;
  /** Position in the answer, lower first. A section sees the sections before it. */
  order: number;
  /** Null for a section that is computed from others, or that Sidelight owns. */
  source: SectionSource | null;
  /** How fast its data changes, for the ttl of cached answers; reference data when left out. */
  dataClass?: DataClass;
  /** True for a section that is computed from all sections with a source. */
  isComputed?: boolean;
  /** Schema of `data`. */
  schema: z.ZodType<Data>;
  /** Reads what the section needs beside the customer's records. */
  load?(input: LoadInput): Promise<Loaded>;
  view(input: SectionInput, loaded: Loaded): SectionContent<Data>;
  /** Inputs of the health score that this section provides. */
  healthInputs?(input: SectionInput, section: AnySection): Partial<HealthInputs>;
  /**
   * The same inputs as today's records give them for earlier instants, for the history of the score; one entry for each instant.
   * @param instants epoch ms
   */
  earlierHealthInputs?(input: SectionInput, section: AnySection, instants: readonly number[]): Partial<HealthInputs>[];
}

/** Registers a definition with its own types of `data` and of what `load` returns. */
export const defineSection = <Data, Loaded = undefined>(definition: SectionDefinition<Data, Loaded>): SectionDefinition =>
  definition as unknown as SectionDefinition;

export interface LoadInput {
  log: TenantLog;
  reader: Reader;
  records: CustomerRecords;
  source: SourceState;
}

/** What a section is built from. Instants are epoch ms. */
export interface SectionInput {
  /** People and companies of all sources; tickets, activities and other objects of the section's own connections only. */
  records: CustomerRecords;
  /** With the objects of all sources, for totals across sections. */
  allRecords: CustomerRecords;
  now: number;
  timeZone: string;
  csatDays: number;
  /** What decides which record's value is shown. */
  survivorship: Survivorship;
  source: SourceState;
  /** The sections before this one, when it is computed from others. */
  composed: readonly ComposedSection[];
  /** The record in its platform's user interface. */
  link(record: Pick<StoredRecord, "connection" | "object" | "id">): string | null;
  /** Called for each fact's origin. Its event is filled in when all sections are built: most events are not looked up. */
  onProvenance(provenance: Provenance, record: StoredRecord): void;
}

export interface ComposedSection {
  definition: SectionDefinition;
  input: SectionInput;
  section: AnySection;
}

/** State of one connection that feeds a section, for one customer. Instants are epoch ms. */
export interface ConnectionState {
  connection: Connection;
  /** When the connection's records were last confirmed; null when never. */
  observedAt: number | null;
  freshUntil: number | null;
  staleAt: number | null;
  problem: SectionProblem | null;
  /** The fetch did not end before the deadline. The next reader may find its result. */
  isLate: boolean;
  /** Nothing is pulled from it: its records do not age. */
  isPushed: boolean;
}

/** State of all connections that feed a section. */
export interface SourceState extends Omit<ConnectionState, "connection"> {
  /** By precedence: those that hold records of the customer, then the order of the configuration. */
  connections: readonly Connection[];
}

/** For sections without a source, and those whose platform is not connected. */
export const noSource: SourceState = {
  connections: [],
  observedAt: null,
  freshUntil: null,
  staleAt: null,
  problem: null,
  isLate: false,
  isPushed: false,
};

/** The part of a section that depends on what it shows. */
export interface SectionContent<Data = unknown> {
  data: Data | null;
  /** Epoch ms. */
  changedAt: number | null;
  provenance: Record<string, Provenance>;
  absent: Record<string, AbsentReason>;
  links: Link[];
  /** Replaces the state that follows from data and source. */
  state?: SectionState;
  /** Replaces the source's `observedAt`, epoch ms. */
  observedAt?: number | null;
  /** True for a section that is right although its source has a problem. */
  ignoresProblem?: boolean;
}

export const emptyContent = {
  data: null,
  changedAt: null,
  provenance: {},
  absent: {},
  links: [],
} satisfies SectionContent<never>;

/** The section as it is answered: its content, age, state and problem. */
export function toSection({ source, now }: Pick<SectionInput, "source" | "now">, content: SectionContent): AnySection {
  const observedAt = content.observedAt === undefined ? source.observedAt : content.observedAt;
  const problem = content.ignoresProblem ? null : source.problem;
  return {
    source: source.connections[0]?.platform.name ?? null,
    state: content.state ?? stateOf({ ...source, observedAt, problem }, content, now),
    changedAt: instant(content.changedAt),
    observedAt: instant(observedAt),
    freshUntil: instant(source.freshUntil),
    staleAt: instant(source.staleAt),
    data: content.data,
    provenance: content.provenance,
    absent: content.absent,
    masked: [],
    links: content.links,
    problem,
  };
}

/** The state follows the age of the value. A problem of its source is shown beside it, and explains a value that is missing. */
function stateOf(source: SourceState, { data }: SectionContent, now: number): SectionState {
  const { observedAt, problem, isLate, isPushed, staleAt } = source;
  const isPending = observedAt === null && !isPushed;
  const isStale = staleAt !== null && now >= staleAt;
  if (data === null) {
    if (problem && (isPending || isStale)) return isLate ? "pending" : "error";
    return isPending ? "pending" : "empty";
  }
  if (isPending) return problem ? "partial" : "pending";
  return isStale ? "stale" : "ok";
}

/** Records of the connections that feed the section, in their order of precedence. */
export function ofSource<R extends StoredRecord>({ source }: Pick<SectionInput, "source">, records: readonly R[]): R[] {
  return source.connections.flatMap(({ id }) => records.filter((r) => r.connection === id));
}

/** Where a fact comes from. */
export function provenanceOf(input: SectionInput, record: StoredRecord, rule: string): Provenance {
  const provenance: Provenance = {
    record: record.ref,
    changedAt: instant(record.changedAt),
    observedAt: isoInstant(Math.max(record.observedAt, input.source.observedAt ?? 0)),
    rule,
    event: null,
    link: input.link(record),
  };
  input.onProvenance(provenance, record);
  return provenance;
}

export const instant = (ms: number | null): string | null => (ms === null ? null : isoInstant(ms));

/** True for an instant up to now, and for a calendar day up to today in the tenant's time zone. */
export function isPast(instantOrDay: string, { now, timeZone }: Pick<SectionInput, "now" | "timeZone">): boolean {
  const isDay = instantOrDay.length === "2026-11-21".length;
  return isDay ? instantOrDay <= calendarDays(timeZone)(now) : Date.parse(instantOrDay) <= now;
}

export function latest(records: readonly StoredRecord[]): number | null {
  const times = records.map((r) => r.changedAt).filter((t) => t !== null);
  return times.length === 0 ? null : Math.max(...times);
}

/** A person's own records; none for a company. */
export const ownPeople = (records: CustomerRecords): StoredRecord[] =>
  records.kind === "person" ? [...records.people.values()].flat() : [];

/** A company's own records; none for a person. */
export const ownCompany = (records: CustomerRecords): StoredRecord[] =>
  records.kind === "company" ? (records.company?.records ?? []) : [];

/** The source of a section that platforms declare as theirs. */
export const platformSource = (section: string, refetch: SectionSource["refetch"]): SectionSource => ({
  feeds: ({ platform }) => platform.section === section,
  objects: ({ platform }) => platform.sectionObjects,
  refetch,
});
