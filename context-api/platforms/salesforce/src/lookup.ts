import type { RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { goneRecord } from "@sidelight/platform-kit/gone.ts";
import type { CallOptions, Lookup, PullContext } from "@sidelight/platform-kit/platform.ts";
import { objectOf, refOf, type SalesforceObject } from "./objects.ts";
import type { ObjectView } from "./orgSchema.ts";
import { likeContains, literal } from "./soql.ts";
import { type Selection, type StreamTools, select } from "./streams.ts";

/** Maximum records per query of a search. */
const maxResults = 20;

type ReadCurrent = PullContext["readCurrent"];

/** The records that match. The caller fetches records that they refer to. */
export async function lookup(
  tools: StreamTools,
  query: Lookup,
  call: CallOptions,
  readCurrent: ReadCurrent,
): Promise<RecordInput[]> {
  // The stream reports a missing object. What the other objects hold is answered.
  const search = async (selection: Selection) => (await select(selection, tools, call, readCurrent)) ?? [];
  switch (query.by) {
    case "id": {
      const object = objectOf[query.object];
      const ref = object === undefined ? null : refOf(object, query.id);
      return ref ? await fetchNamed(ref) : [];
    }
    case "email": {
      const email = literal(query.value);
      const contact = ({ mapping, searchable }: ObjectView): string | null => {
        const fields = mapping.contact.emails.filter((field) => searchable.has(field));
        return fields.length === 0 ? null : `(${fields.map((field) => `${field} = ${email}`).join(" OR ")}) LIMIT ${maxResults}`;
      };
      const lead = ({ searchable, columns }: ObjectView): string | null => {
        if (!searchable.has("Email")) return null;
        const isOpen = columns.includes("IsConverted") ? " AND IsConverted = false" : "";
        return `Email = ${email}${isOpen} LIMIT ${maxResults}`;
      };
      return (await Promise.all([search({ object: "Contact", where: contact }), search({ object: "Lead", where: lead })])).flat();
    }
    case "domain": {
      const account = ({ mapping: { account }, searchable }: ObjectView): string | null =>
        account.domain && searchable.has(account.domain)
          ? `${account.domain} LIKE ${likeContains(query.value)} LIMIT ${maxResults}`
          : null;
      return await search({ object: "Account", where: account });
    }
    default:
      return [];
  }

  /** A deleted record is returned only if it is stored, or if it leads to the record that it was merged into. */
  async function fetchNamed(ref: string): Promise<RecordInput[]> {
    const [record] = await fetch(tools, [ref], call, readCurrent);
    if (!record?.deleted) return record ? [record] : [];
    const edges = record.edges.filter(({ rel }) => rel === "merged_into");
    const isUseful = edges.length > 0 || (await readCurrent([ref])).has(ref);
    return isUseful ? [{ ...record, edges }] : [];
  }
}

/** The URL of a query may have 16 kB: enough for this many ids and all columns. */
const maxIdsPerQuery = 200;

/**
 * Records by ref, one query per object and {@link maxIdsPerQuery} ids. A record in the recycle bin is returned as deleted. A stored one
 * without a row was deleted for good, or is hidden from the integration's user: it is returned as deleted too.
 */
export async function fetch(
  tools: StreamTools,
  refs: string[],
  call: CallOptions,
  readCurrent: ReadCurrent,
): Promise<RecordInput[]> {
  const observedAt = tools.now();
  const byObject = Map.groupBy(new Set(refs), (ref) => objectOf[splitRef(ref).object]);
  const queries = [...byObject].flatMap(([object, refsOfObject]) =>
    object ? chunksOf(refsOfObject).map((chunk) => fetchChunk(object, chunk)) : [],
  );
  return (await Promise.all(queries)).flat();

  async function fetchChunk(object: SalesforceObject, chunk: string[]): Promise<RecordInput[]> {
    const whereClause = `Id IN (${chunk.map((ref) => literal(splitRef(ref).id)).join(",")})`;
    const records = await select({ object, where: whereClause, withDeleted: true }, tools, call, readCurrent);
    // Without access to the object nothing is known about its records.
    if (records === null) return [];
    const foundRefs = new Set(records.map(({ ref }) => ref));
    const storedRecords = await readCurrent(chunk.filter((ref) => !foundRefs.has(ref)));
    return [
      ...records,
      ...[...storedRecords].map(([ref, data]) => goneRecord({ ref, data, connection: tools.connection, observedAt })),
    ];
  }
}

const chunksOf = (refs: string[]): string[][] =>
  Array.from({ length: Math.ceil(refs.length / maxIdsPerQuery) }, (_, i) =>
    refs.slice(i * maxIdsPerQuery, (i + 1) * maxIdsPerQuery),
  );

/** What the section shows of an account beside the account itself: its newest records of these objects, at most so many. */
const shownWithAccount: readonly [SalesforceObject, number][] = [
  ["Opportunity", 50],
  ["Task", 20],
  ["Event", 20],
];

/** Fetches contacts again, and accounts with their newest opportunities and activities. */
export async function refetch(
  tools: StreamTools,
  refs: string[],
  call: CallOptions,
  readCurrent: ReadCurrent,
): Promise<RecordInput[]> {
  const accounts = refs.map(splitRef).filter(({ object }) => objectOf[object] === "Account");
  const relatedRefs = accounts.flatMap(({ id }) =>
    shownWithAccount.map(([object, limit]) => {
      // Without the field, the next pull brings them.
      const whereClauseFor = ({ columns }: ObjectView): string | null =>
        columns.includes("AccountId") ? `AccountId = ${literal(id)} ORDER BY SystemModstamp DESC LIMIT ${limit}` : null;
      return select({ object, where: whereClauseFor }, tools, call, readCurrent);
    }),
  );
  const results = await Promise.all([fetch(tools, refs, call, readCurrent), ...relatedRefs]);
  return results.flatMap((records) => records ?? []);
}
