import type { RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import type { CallOptions, Lookup } from "@sidelight/platform-kit/platform.ts";
import { objectOf } from "./objects.ts";
import { likeContains, literal } from "./soql.ts";
import { type StreamTools, select } from "./streams.ts";

/** Maximum records per query of a search. */
const maxResults = 20;

/** The records that match. The caller fetches records that they refer to. */
export async function lookup(tools: StreamTools, query: Lookup, call: CallOptions): Promise<RecordInput[]> {
  if (query.by === "id") {
    const object = objectOf[query.object];
    return object ? await select(object, `Id = ${literal(query.id)}`, tools, call) : [];
  }
  if (query.by === "email") {
    const existing = await tools.client.fields("Contact", call);
    const emailFields = tools.options.mapping.contact.emails.filter((f) => existing.has(f));
    const contact = emailFields.map((f) => `${f} = ${literal(query.value)}`).join(" OR ");
    const [contacts, leads] = await Promise.all([
      contact === "" ? [] : select("Contact", `(${contact}) LIMIT ${maxResults}`, tools, call),
      select("Lead", `Email = ${literal(query.value)} AND IsConverted = false LIMIT ${maxResults}`, tools, call),
    ]);
    return [...contacts, ...leads];
  }
  const { domain } = tools.options.mapping.account;
  if (query.by === "domain" && domain !== null) {
    return await select("Account", `${domain} LIKE ${likeContains(query.value)} LIMIT ${maxResults}`, tools, call);
  }
  return [];
}

/** The URL of a query may have 16 kB: enough for this many ids and all columns. */
const maxIdsPerQuery = 200;

/** Records by ref, one query per object and {@link maxIdsPerQuery} ids. A record in the recycle bin is returned as deleted. */
export async function fetch(tools: StreamTools, refs: string[], call: CallOptions): Promise<RecordInput[]> {
  const ids = Map.groupBy(refs.map(splitRef), ({ object }) => object);
  const queries = [...ids].flatMap(([name, refsOfObject]) => {
    const object = objectOf[name];
    const literals = [...new Set(refsOfObject.map(({ id }) => literal(id)))];
    if (!object) return [];
    return Array.from({ length: Math.ceil(literals.length / maxIdsPerQuery) }, (_, i) => {
      const chunk = literals.slice(i * maxIdsPerQuery, (i + 1) * maxIdsPerQuery);
      return select(object, `Id IN (${chunk.join(",")})`, tools, call, true);
    });
  });
  return (await Promise.all(queries)).flat();
}

/** Fetches contacts again, and accounts with their newest opportunities and activities. */
export async function refetch(tools: StreamTools, refs: string[], call: CallOptions): Promise<RecordInput[]> {
  const queries = refs.map(splitRef).flatMap(({ object, id }) => {
    const type = objectOf[object];
    if (!type) return [];
    const record = select(type, `Id = ${literal(id)}`, tools, call);
    if (type !== "Account") return [record];
    const condition = `AccountId = ${literal(id)}`;
    return [
      record,
      select("Opportunity", `${condition} ORDER BY SystemModstamp DESC LIMIT 50`, tools, call),
      select("Task", `${condition} ORDER BY SystemModstamp DESC LIMIT 20`, tools, call),
      select("Event", `${condition} ORDER BY SystemModstamp DESC LIMIT 20`, tools, call),
    ];
  });
  return (await Promise.all(queries)).flat();
}
