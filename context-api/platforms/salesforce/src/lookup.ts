import type { RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import type { CallOptions, Lookup } from "@sidelight/platform-kit/platform.ts";
import { objectOf } from "./objects.ts";
import { likeContains, literal } from "./soql.ts";
import { type StreamTools, select } from "./streams.ts";

/** At most this many people are looked at for one address. */
const most = 20;

/** The records themselves; what they point at is for the caller to fetch. */
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
      contact === "" ? [] : select("Contact", `(${contact}) LIMIT ${most}`, tools, call),
      select("Lead", `Email = ${literal(query.value)} AND IsConverted = false LIMIT ${most}`, tools, call),
    ]);
    return [...contacts, ...leads];
  }
  const { domain } = tools.options.mapping.account;
  if (query.by === "domain" && domain !== null) {
    return await select("Account", `${domain} LIKE ${likeContains(query.value)} LIMIT ${most}`, tools, call);
  }
  return [];
}

/** A query's address holds 16 kB: this many ids and every column leave room in it. */
const mostIds = 200;

/** The records themselves, one query for each kind and {@link mostIds} of them. One in the recycle bin comes as deleted. */
export async function fetch(tools: StreamTools, refs: string[], call: CallOptions): Promise<RecordInput[]> {
  const ids = Map.groupBy(refs.map(splitRef), ({ object }) => object);
  const queries = [...ids].flatMap(([name, asked]) => {
    const object = objectOf[name];
    const literals = [...new Set(asked.map(({ id }) => literal(id)))];
    if (!object) return [];
    return Array.from({ length: Math.ceil(literals.length / mostIds) }, (_, i) => {
      const some = literals.slice(i * mostIds, (i + 1) * mostIds);
      return select(object, `Id IN (${some.join(",")})`, tools, call, true);
    });
  });
  return (await Promise.all(queries)).flat();
}

/** Fetches anew accounts with their open deals and newest activities, and contacts. */
export async function refetch(tools: StreamTools, refs: string[], call: CallOptions): Promise<RecordInput[]> {
  const fetched = refs.map(splitRef).flatMap(({ object, id }) => {
    const type = objectOf[object];
    if (!type) return [];
    const own = select(type, `Id = ${literal(id)}`, tools, call);
    if (type !== "Account") return [own];
    const of = `AccountId = ${literal(id)}`;
    return [
      own,
      select("Opportunity", `${of} ORDER BY SystemModstamp DESC LIMIT 50`, tools, call),
      select("Task", `${of} ORDER BY SystemModstamp DESC LIMIT 20`, tools, call),
      select("Event", `${of} ORDER BY SystemModstamp DESC LIMIT 20`, tools, call),
    ];
  });
  return (await Promise.all(fetched)).flat();
}
