import { attributeFieldNames } from "@sidelight/platform-kit/attributes.ts";
import { consentFieldNames } from "@sidelight/platform-kit/consent.ts";
import { createPassedOver, readable } from "@sidelight/platform-kit/passedOver.ts";
import type { CallOptions, Shape } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import { customKeysOf } from "./fieldAccess.ts";
import { listAll } from "./paging.ts";
import type { StreamTools } from "./streams.ts";

const TicketField = z.looseObject({
  id: z.union([z.number(), z.string()]).transform(String),
  type: z.string(),
  active: z.boolean().nullish(),
});
const UserField = z.looseObject({ key: z.string(), type: z.string(), active: z.boolean().nullish() });

/** The account's custom fields: ticket fields by id, user fields by key. */
export async function shape(tools: StreamTools, call: CallOptions): Promise<Shape> {
  const passedOver = createPassedOver();
  const fieldsOf = async <T extends z.ZodType>(name: string, schema: T) =>
    readable(schema, await listAll(tools, { path: `/api/v2/${name}`, member: name }, call), passedOver);
  const ticketFields = await fieldsOf("ticket_fields", TicketField);
  const userFields = await fieldsOf("user_fields", UserField);
  const active = <T extends { active?: boolean | null | undefined }>(fields: T[]) => fields.filter((f) => f.active !== false);
  const { mapping } = tools.options;
  const mapped = [...consentFieldNames(mapping.optOut), ...customKeysOf("user", attributeFieldNames(mapping))];
  return {
    objects: {
      ticket: Object.fromEntries(active(ticketFields).map((f) => [f.id, f.type])),
      user: Object.fromEntries(active(userFields).map((f) => [f.key, f.type])),
    },
    mapped: [...new Set(mapped)].map((name) => `user.${name}`),
    version: null,
  };
}
