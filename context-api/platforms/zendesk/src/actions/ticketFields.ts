import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "../client.ts";

const Fields = z.looseObject({ ticket_fields: z.array(z.looseObject({ id: z.number(), active: z.boolean().nullish() })) });
/** Lifetime of the cached list, and of a list without the field in question, which may be new. */
const ttlMs = 60 * 60_000;
const missTtlMs = 60_000;

export interface TicketFields {
  /** Those of `ids` that the account does not have or has deactivated. */
  unknown(ids: readonly number[], call: CallOptions): Promise<number[]>;
}

/** The account's ticket fields. Zendesk ignores unknown fields silently, so they are checked before a write. @param now the monotonic clock */
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
      const knownIds = await fetchedWithin(ttlMs, call);
      if (ids.every((id) => knownIds.has(id))) return [];
      const newest = await fetchedWithin(missTtlMs, call);
      return [...new Set(ids)].filter((id) => !newest.has(id));
    },
  };
}
