import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "./client.ts";
import { WireCursorMeta } from "./wire.ts";

const Audit = z.looseObject({
  author_id: z.number().nullish(),
  created_at: z.string().nullish(),
  metadata: z.looseObject({ custom: z.looseObject({}).nullish() }).nullish(),
});
type Audit = z.infer<typeof Audit>;
const Audits = z.looseObject({ audits: z.array(Audit), meta: WireCursorMeta.nullish() });
const Me = z.looseObject({ user: z.looseObject({ id: z.number() }) });

/** All audits of a ticket, oldest first. 100 audits per page; an archived ticket has all in one. */
export async function* auditsOf(client: ZendeskClient, ticket: string, call: CallOptions): AsyncGenerator<Audit> {
  const [path, route] = [`/api/v2/tickets/${ticket}/audits`, "/api/v2/tickets/{id}/audits"];
  let cursor: string | null = null;
  do {
    const query: string = `page%5Bsize%5D=100${cursor === null ? "" : `&page%5Bafter%5D=${encodeURIComponent(cursor)}`}`;
    const page: z.infer<typeof Audits> = await client.get(`${path}?${query}`, route, Audits, call);
    yield* page.audits;
    cursor = page.meta?.has_more ? (page.meta.after_cursor ?? null) : null;
  } while (cursor !== null);
}

/** Whose the newest update of a ticket was at an instant: its audit names the author. */
export function createAuthorship(
  client: ZendeskClient,
): (ticket: string, instant: number, call: CallOptions) => Promise<boolean> {
  let ownUser: number | null = null;
  return async (ticket, instant, call) => {
    ownUser ??= (await client.get("/api/v2/users/me", "/api/v2/users/me", Me, call)).user.id;
    let newest: Audit | null = null;
    for await (const audit of auditsOf(client, ticket, call)) if (Date.parse(audit.created_at ?? "") <= instant) newest = audit;
    return newest?.author_id === ownUser;
  };
}
