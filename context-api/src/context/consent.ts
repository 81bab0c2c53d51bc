import { type ParsedRef, parseRef } from "@sidelight/model/refs.ts";
import { LRUCache } from "lru-cache";
import { type ReadState, stillHolds } from "../cache/answerCache.ts";
import { peopleDependency } from "../log/projections/projectRecord.ts";
import { openReader } from "../log/reader.ts";
import { recordsOfPerson } from "./customerRecords.ts";
import { resolve } from "./resolve.ts";
import type { Tenant } from "./tenant.ts";

/**
 * Checks whether the person behind a ref has declined on any platform. For an ambiguous ref, one person who declined is enough.
 * Results are cached until a person's record changes.
 */
export function createConsentCheck({ log, platforms }: Tenant): (ref: string) => Promise<boolean> {
  const cache = new LRUCache<string, ReadState & { hasDeclined: boolean }>({ max: 20_000 });

  return async (ref) => {
    const entry = cache.get(ref);
    if (entry && stillHolds(entry, log)) return entry.hasDeclined;
    const generation = log.generation();
    const parsed = parseRef(ref, platforms);
    if ("problem" in parsed) return false;
    const isPerson = parsed.kind === "object" && platforms.get(parsed.platform)?.objects[parsed.object]?.kind === "person";
    const dependencies = new Set(isPerson ? [peopleDependency] : [peopleDependency, log.key(ref)]);
    const hasDeclined = await readConsent(parsed);
    cache.set(ref, { hasDeclined, generation, dependencies });
    return hasDeclined;
  };

  async function readConsent(ref: ParsedRef): Promise<boolean> {
    const reader = openReader(log);
    const resolution = await resolve(reader, ref);
    if (resolution.state === "none" || resolution.kind !== "person") return false;
    const nodes = resolution.state === "resolved" ? [resolution.node] : resolution.nodes;
    const records = (await Promise.all(nodes.map((node) => recordsOfPerson(reader, node)))).flat();
    return records.some(({ data }) => data.optedOut);
  }
}
