import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "../client.ts";
import { byEmail } from "../search.ts";
import { WireUser } from "../wire.ts";

const Users = z.looseObject({ users: z.array(WireUser) });
const route = "/api/v2/users/search";

/** Id of the user with this address, primary or secondary; null when there is none. The search index lags some seconds. */
export async function findByEmail(client: ZendeskClient, email: string, call: CallOptions): Promise<string | null> {
  const { users } = await client.get(`${route}?query=${encodeURIComponent(byEmail(email))}`, route, Users, call);
  const exact = users.find((user) => user.email?.toLowerCase() === email.toLowerCase());
  // The response has no secondary addresses: a single result is the user who has this one.
  return (exact ?? (users.length === 1 ? users[0] : undefined))?.id ?? null;
}

/** Id of the user with this external id; null when there is none. */
export async function findByExternalId(client: ZendeskClient, id: string, call: CallOptions): Promise<string | null> {
  const { users } = await client.get(`${route}?external_id=${encodeURIComponent(id)}`, route, Users, call);
  return users[0]?.id ?? null;
}
