import type { SearchHit, SearchResult } from "@sidelight/contracts/search/search.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { findCustomers } from "./findCustomers.ts";
import { findIds } from "./findIds.ts";
import { findRecords } from "./findRecords.ts";

const maxHits = 30;

/**
 * Finds what a text names: an id of ours, an id of a platform, or a value of a customer. Every look-up reads an index, and no platform
 * is called. What the caller may not read is left out.
 */
export const search = defineService(
  "events",
  async (context: ServiceContext, { query }: { query: string }): Promise<SearchResult> => {
    const foundHits = await Promise.all([findIds(context, query), findCustomers(context, query), findRecords(context, query)]);
    const hits = new Map<string, SearchHit>();
    for (const hit of foundHits.flat()) {
      const name = `${hit.kind} ${hit.id}`;
      if (!hits.has(name)) hits.set(name, hit);
    }
    return { items: [...hits.values()].slice(0, maxHits) };
  },
);
