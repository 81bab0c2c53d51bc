import type { ParsedRef } from "@sidelight/model/refs.ts";
import type { Lookup } from "@sidelight/platform-kit/platform.ts";
import { type IdentifierConfig, identifiersOf } from "../config/identifiers.ts";
import type { Connection } from "../connections/connections.ts";
import type { CustomerRecords } from "./customerRecords.ts";
import type { PlannedFetch } from "./fetchFromPlatforms.ts";
import type { FetchOutcome } from "./fetchOutcome.ts";
import type { SectionDefinition } from "./sections/section.ts";
import type { ConnectionStates } from "./sources.ts";

/** The parts of a tenant that searches depend on. */
interface PlannedTenant {
  connections: readonly Connection[];
  config: IdentifierConfig;
}

/** Fetches that search the platforms for a customer that is not in the store. */
export function planLookups({ connections, config }: PlannedTenant, ref: ParsedRef): PlannedFetch[] {
  const lookup = lookupOf(ref);
  // No platform is searched for what names no customer.
  if (!lookup || (lookup.by !== "id" && identifiersOf(config).namesNoCustomer(lookup.by, lookup.value))) return [];
  return connections
    .filter(({ platform }) =>
      ref.kind === "object" ? platform.name === ref.platform : lookup.by !== "id" && platform.lookupKeys.includes(lookup.by),
    )
    .map((connection) => ({ connection, name: `lookup ${ref.ref}`, isSearch: true, refs: [], lookups: [lookup] }));
}

export interface RefetchInput {
  /** Sections that the answer needs. */
  definitions: readonly SectionDefinition[];
  states: ConnectionStates;
  records: CustomerRecords;
  /** Fetches that were already made for this answer. */
  outcomes: readonly FetchOutcome[];
  /** Fetches from every connection of these sections. */
  isForced: boolean;
  now: number;
}

/**
 * Fetches from connections whose part of the needed sections is stale or absent. A value that is only not fresh is left to the
 * pulls: it is answered with its age and costs no call.
 */
export function planRefetches(input: RefetchInput): PlannedFetch[] {
  const { definitions, states, records, isForced } = input;
  const refsByConnection = new Map<Connection, Set<string>>();
  for (const definition of definitions) {
    for (const { connection, isPushed, staleAt } of states.get(definition.name) ?? []) {
      if (isPushed || !isOverdue(connection, staleAt, input)) continue;
      const refs = refsByConnection.get(connection) ?? new Set();
      refsByConnection.set(connection, refs);
      for (const record of definition.source?.refetch(records) ?? [])
        if (record.connection === connection.id) refs.add(record.ref);
    }
  }
  return [...refsByConnection].flatMap(([connection, refs]) => {
    const lookups = refs.size > 0 ? [] : lookupsOf(records, connection);
    if (refs.size === 0 && lookups.length === 0) return [];
    return [{ connection, name: `customer ${records.node}`, refs: [...refs], lookups, isRefresh: isForced }];
  });
}

function isOverdue(
  connection: Connection,
  staleAt: number | null,
  { outcomes, isForced, now }: Pick<RefetchInput, "outcomes" | "isForced" | "now">,
): boolean {
  if (isForced) return true;
  const isCurrent = staleAt !== null && now < staleAt;
  return !isCurrent && !outcomes.some((o) => o.connection === connection && o.outcome !== "partial");
}

function lookupOf(ref: ParsedRef): Lookup | null {
  switch (ref.kind) {
    case "object":
      return { by: "id", object: ref.object, id: ref.id };
    case "person":
    case "company":
      return null;
    default:
      return { by: ref.kind, value: ref.value };
  }
}

const maxLookups = 3;

/** How a connection without a record of this customer can find them: by e-mail address, or by the company's domain. */
function lookupsOf(records: CustomerRecords, { platform }: Connection): Lookup[] {
  const ownRecords = records.kind === "person" ? [...records.people.values()].flat() : (records.company?.records ?? []);
  const lookupKey = records.kind === "person" ? "email" : "domain";
  if (!platform.lookupKeys.includes(lookupKey)) return [];
  const values = new Set(ownRecords.flatMap((r) => r.identifiers.filter((i) => i.kind === lookupKey).map((i) => i.value)));
  return [...values].slice(0, maxLookups).map((value) => ({ by: lookupKey, value }));
}
