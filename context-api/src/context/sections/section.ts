import type { Link } from "@sidelight/contracts/context/primitives.ts";
import type {
  AbsentReason,
  Provenance,
  Section,
  SectionName,
  SectionProblem,
  SectionState,
} from "@sidelight/contracts/context/sections.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import type { Connection } from "../../connections/connections.ts";
import type { Story } from "../customerRecords.ts";

/** What every section is made from. Instants are epoch ms. */
export interface SectionInput {
  story: Story;
  now: number;
  timeZone: string;
  csatDays: number;
  /** The connection that owns the section; null when none is configured, or when it is our own. */
  connection: Connection | null;
  /** Up to when the section's records are vouched for; null when nothing is known yet. */
  observedAt: number | null;
  problem: SectionProblem | null;
  /** The platform has been asked and may still answer. */
  isLate?: boolean;
  /** Records of a platform by its name, as deep links. */
  link(record: Pick<StoredRecord, "connection" | "object" | "id">): string | null;
  eventId(sequence: number): string | null;
}

/** The part of a section that depends on what it shows. */
export interface SectionBody<D> {
  data: D | null;
  changedAt: number | null;
  provenance: Record<string, Provenance>;
  absent: Record<string, AbsentReason>;
  links: Link[];
  state?: SectionState;
}

/** Puts the state around the content: what is shown, how old it is, and what is wrong with its source. */
export function envelope<N extends SectionName>(input: SectionInput, body: SectionBody<unknown>): Section<N> {
  const { connection, observedAt, problem } = input;
  const freshUntil = connection && observedAt !== null ? observedAt + connection.freshMs : null;
  const staleAt = connection && observedAt !== null ? observedAt + connection.staleMs : null;
  return {
    source: connection?.platform.name ?? null,
    state: body.state ?? stateOf(input, body, staleAt),
    changedAt: instant(body.changedAt),
    observedAt: instant(observedAt),
    freshUntil: instant(freshUntil),
    staleAt: instant(staleAt),
    data: body.data,
    provenance: body.provenance,
    absent: body.absent,
    masked: [],
    links: body.links,
    problem,
  } as unknown as Section<N>;
}

function stateOf(
  { now, observedAt, problem, isLate }: SectionInput,
  body: SectionBody<unknown>,
  staleAt: number | null,
): SectionState {
  if (body.data === null) {
    if (problem) return isLate ? "pending" : "error";
    return observedAt === null ? "pending" : "empty";
  }
  if (observedAt === null) return problem ? "partial" : "pending";
  // A source that is known to be out is not current, however young its last good value.
  return problem || (staleAt !== null && now >= staleAt) ? "stale" : "ok";
}

/** Where a fact comes from. */
export function provenanceOf(input: SectionInput, record: StoredRecord, rule: string): Provenance {
  return {
    record: record.ref,
    changedAt: instant(record.changedAt),
    observedAt: new Date(Math.max(record.observedAt, input.observedAt ?? 0)).toISOString(),
    rule,
    event: input.eventId(record.sequence),
    link: input.link(record),
  };
}

export const instant = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export function latest(records: readonly StoredRecord[]): number | null {
  const times = records.map((r) => r.changedAt).filter((t) => t !== null);
  return times.length === 0 ? null : Math.max(...times);
}
