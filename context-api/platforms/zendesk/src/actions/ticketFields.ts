import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "../client.ts";

const Fields = z.looseObject({ ticket_fields: z.array(z.looseObject({ id: z.number(), active: z.boolean().nullish() })) });
/** So long a list is good; and so long one that lacks a field, which somebody may just have added. */
const goodMs = 10 * 60_000;
const lackingMs = 60_000;

export interface TicketFields {
  /** Those of `ids` that the account doesn't have, or has no longer in use. */
  unknown(ids: readonly number[], call: CallOptions): Promise<number[]>;
}

/** Zendesk passes over a field that it doesn't have without a word: so they are looked up. */
export function createTicketFields(client: ZendeskClient, now: () => number): TicketFields {
  let list: { ids: ReadonlySet<number>; at: number } | null = null;

  const fetchedWithin = async (ms: number, call: CallOptions): Promise<ReadonlySet<number>> => {
    if (list && now() - list.at < ms) return list.ids;
    const route = "/api/v2/ticket_fields";
    const { ticket_fields } = await client.get(route, route, Fields, call);
    list = { ids: new Set(ticket_fields.filter((f) => f.active !== false).map((f) => f.id)), at: now() };
    return list.ids;
  };

  return {
    async unknown(ids, call) {
      const known = await fetchedWithin(goodMs, call);
      if (ids.every((id) => known.has(id))) return [];
      const newest = await fetchedWithin(lackingMs, call);
      return [...new Set(ids)].filter((id) => !newest.has(id));
    },
  };
}
