import { LRUCache } from "lru-cache";
import { openReader } from "../events/reader.ts";
import { parseRef } from "../platforms/refs.ts";
import { type Observed, stillHolds } from "./cache.ts";
import { resolve } from "./resolve.ts";
import { recordsOfPerson } from "./story.ts";
import type { Tenant } from "./tenant.ts";

/**
 * Whether the person behind a ref has declined, on any platform. Of several whom it may mean, one is enough. Remembered for as
 * long as nothing it was read from was touched.
 */
export function createConsent(tenant: Tenant): (ref: string) => Promise<boolean> {
  const { log, platforms } = tenant;
  const known = new LRUCache<string, Observed & { declined: boolean }>({ max: 20_000 });

  return async (ref) => {
    const before = known.get(ref);
    if (before && stillHolds(before, log)) return before.declined;
    const generation = log.generation();
    const dependencies = new Set<string>();
    const declined = await read(ref, (dependency) => void dependencies.add(dependency));
    known.set(ref, { declined, generation, dependencies });
    return declined;
  };

  async function read(ref: string, seen: (dependency: string) => void): Promise<boolean> {
    const parsed = parseRef(ref, platforms);
    if ("problem" in parsed) return false;
    const reader = openReader(log, { seen });
    const found = await resolve(reader, parsed);
    if (found.state === "none" || found.kind !== "person") return false;
    const nodes = found.state === "resolved" ? [found.node] : found.nodes;
    const records = (await Promise.all(nodes.map((node) => recordsOfPerson(reader, node)))).flat();
    return records.some(({ data }) => data.optedOut);
  }
}
