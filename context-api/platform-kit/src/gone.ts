import type { Identifier, PersonData, RecordData, RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";

/** The stored record that is gone at its source. */
export interface GoneRecord {
  ref: string;
  /** Its stored content. */
  data: RecordData;
  connection: string;
  /** When the request was sent that showed its absence, epoch ms. */
  observedAt: number;
  /** Ref of the record that replaced it. */
  mergedInto?: string;
  /** Ids of both records, when other platforms store them: a record elsewhere that names the merged one belongs to its successor. */
  identifiers?: Identifier[];
}

/**
 * The deletion of a record that its platform no longer has. It has no modification time, because the platform reports none: when the
 * record is there again, its stored version time must win.
 */
export function goneRecord({ ref, data, connection, observedAt, mergedInto, identifiers = [] }: GoneRecord): RecordInput {
  const { platform, object } = splitRef(ref);
  return {
    ref,
    platform,
    connection,
    object,
    subject: ref,
    changedAt: null,
    observedAt,
    identifiers,
    edges: mergedInto === undefined ? [] : [{ rel: "merged_into", to: mergedInto }],
    deleted: true,
    data: withoutContent(data),
  };
}

/** A deleted record keeps nothing that describes a customer. Earlier versions keep theirs. */
function withoutContent(data: RecordData): RecordData {
  switch (data.kind) {
    case "person":
      return { ...withoutAttributes(data), name: null, emails: [], phones: [], title: null };
    case "company":
      return { ...withoutFields(data), name: null, domains: [], owner: null, nextStep: null };
    case "ticket":
    case "case":
      return { ...data, subject: null };
    case "activity":
      return { ...data, subject: null };
    case "opportunity":
      return { ...data, name: null, nextStep: null };
    default:
      return data;
  }
}

const withoutFields = <D extends { fields?: unknown }>({ fields, ...data }: D): Omit<D, "fields"> => data;

function withoutAttributes({ givenName, familyName, birthDate, address, company, ...data }: PersonData): PersonData {
  return withoutFields(data);
}
