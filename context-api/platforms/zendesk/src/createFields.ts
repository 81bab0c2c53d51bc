import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { createPassedOver, readable } from "@sidelight/platform-kit/passedOver.ts";
import type { CallOptions, CreatedFields } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "./client.ts";
import { listAll } from "./paging.ts";
import { ZendeskRefusal } from "./refusal.ts";

/** The ticket fields that the default route ticket-enrichment fills, by their name in `ticketFields`. */
const enrichmentFields = {
  accountValue: { title: "Sidelight: account value", type: "decimal" },
  lastActive: { title: "Sidelight: last active", type: "date" },
  sessions30d: { title: "Sidelight: sessions in 30 days", type: "integer" },
  health: { title: "Sidelight: health score", type: "integer" },
} as const;

const description = "Filled by Sidelight when a ticket is created. Later changes by hand are kept.";

const TicketField = z.looseObject({
  id: z.number().int().positive(),
  type: z.string(),
  title: z.string(),
  active: z.boolean().nullish(),
});
const Created = z.looseObject({ ticket_field: TicketField });

/**
 * Creates the ticket fields for enrichment, for agents only. An active field with the same title and type is used instead, so that a
 * second attempt creates nothing.
 * @throws {PlatformError} invalid_credentials, when the OAuth client may not request the scope `write` or its administrator may not create fields
 */
export async function createFields(tools: { client: ZendeskClient; now(): number }, call: CallOptions): Promise<CreatedFields> {
  const route = "/api/v2/ticket_fields";
  const listedFields = await listAll(tools, { path: route, member: "ticket_fields" }, call);
  const existing = readable(TicketField, listedFields, createPassedOver()).filter(({ active }) => active !== false);
  const result: CreatedFields = { value: {}, created: [], found: [] };
  for (const [name, { title, type }] of Object.entries(enrichmentFields)) {
    const sameField = existing.find((field) => field.title === title && field.type === type);
    const id = sameField?.id ?? (await createField({ title, type }));
    (sameField ? result.found : result.created).push(title);
    result.value[name] = { id, type };
  }
  return result;

  async function createField({ title, type }: { title: string; type: string }): Promise<number> {
    const body = {
      ticket_field: { type, title, agent_description: description, visible_in_portal: false, editable_in_portal: false },
    };
    const write = { method: "POST", path: route, route, body, access: "writeAccount" } as const;
    const { ticket_field } = await tools.client.write(write, Created, call).catch((error: unknown) => {
      throw withNextStep(error, title);
    });
    return ticket_field.id;
  }
}

/** Says what the administrator can do about a refusal. */
function withNextStep(error: unknown, title: string): unknown {
  if (error instanceof PlatformError && error.code === "invalid_credentials")
    return new PlatformError(error.code, "zendesk", "Zendesk does not let this OAuth client create ticket fields.", {
      nextAction:
        "Add the scope write to the allowed scopes of the OAuth client for this step, or create the fields in Admin Center and name them in routing.settings.ticketFields.",
    });
  if (error instanceof ZendeskRefusal)
    return new PlatformError("rejected", "zendesk", `Zendesk refused the ticket field "${title}".`, {
      status: error.status,
      nextAction: "Create the field in Admin Center, and name it in routing.settings.ticketFields.",
    });
  return error;
}
