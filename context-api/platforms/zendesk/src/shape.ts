import type { CallOptions, Shape } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { StreamTools } from "./streams.ts";

const TicketFields = z.looseObject({
  ticket_fields: z.array(
    z.looseObject({ id: z.union([z.number(), z.string()]).transform(String), type: z.string(), active: z.boolean().nullish() }),
  ),
});
const UserFields = z.looseObject({
  user_fields: z.array(z.looseObject({ key: z.string(), type: z.string(), active: z.boolean().nullish() })),
});

/** The account's custom fields: ticket fields by id, user fields by key. */
export async function shape({ client, options }: StreamTools, call: CallOptions): Promise<Shape> {
  const route = { ticket: "/api/v2/ticket_fields", user: "/api/v2/user_fields" };
  const tickets = await client.get(route.ticket, route.ticket, TicketFields, call);
  const users = await client.get(`${route.user}?page[size]=100`, route.user, UserFields, call);
  const active = <T extends { active?: boolean | null | undefined }>(fields: T[]) => fields.filter((f) => f.active !== false);
  const { optOut } = options.mapping;
  return {
    objects: {
      ticket: Object.fromEntries(active(tickets.ticket_fields).map((f) => [f.id, f.type])),
      user: Object.fromEntries(active(users.user_fields).map((f) => [f.key, f.type])),
    },
    mapped: optOut === null ? [] : [`user.${optOut}`],
    version: null,
  };
}
