import { type ParsedRef, parseRef } from "@sidelight/model/refs.ts";
import { LRUCache } from "lru-cache";
import { type Observed, stillHolds } from "../cache/answerCache.ts";
import { recordsOfPerson } from "../context/customerRecords.ts";
import type { Tenant } from "../context/tenant.ts";
import { resolve } from "../identity/resolve.ts";
import { people } from "../log/projections/projectRecord.ts";
import { openReader } from "../log/reader.ts";

/**
 * Whether the person behind a ref has declined, on any platform. Of several whom it may mean, one is enough. Remembered until
 * somebody's own record changes: what merely happens to people changes nothing of it.
 */
export function createConsent({ log, platforms }: Tenant): (ref: string) => Promise<boolean> {
  const known = new LRUCache<string, Observed & { declined: boolean }>({ max: 20_000 });

  return async (ref) => {
    const before = known.get(ref);
    if (before && stillHolds(before, log)) return before.declined;
    const generation = log.generation();
    const parsed = parseRef(ref, platforms);
    if ("problem" in parsed) return false;
    const isPerson = parsed.kind === "object" && platforms.get(parsed.platform)?.objects[parsed.object]?.kind === "person";
    const dependencies = new Set(isPerson ? [people] : [people, log.key(ref)]);
    const declined = await read(parsed);
    known.set(ref, { declined, generation, dependencies });
    return declined;
  };

  async function read(ref: ParsedRef): Promise<boolean> {
    const reader = openReader(log);
    const found = await resolve(reader, ref);
    if (found.state === "none" || found.kind !== "person") return false;
    const nodes = found.state === "resolved" ? [found.node] : found.nodes;
    const records = (await Promise.all(nodes.map((node) => recordsOfPerson(reader, node)))).flat();
    return records.some(({ data }) => data.optedOut);
  }
}
