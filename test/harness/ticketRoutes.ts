import type { TenantWorld } from "../lab/world/tenant.ts";

/** The ticket field that the routes write. */
export const healthField = (world: TenantWorld) => world.zendesk.fields.find(({ title }) => title === "Health score")!;

/** Every kind of write for each created ticket. Each one contains the ticket's id, so that a second write shows. */
export function ticketRoutes(world: TenantWorld) {
  const route = (id: string, to: string, action: string, mapping: string) => ({
    ...{ id, to, do: action, with: mapping },
    on: "zendesk.ticket.created",
  });
  const owner = world.salesforce.integrationUser;
  const ticket = "event.source.objectId";
  return {
    routes: [
      route(
        "task",
        "salesforce",
        "create-task",
        `{"ownerId": "${owner}", "subject": "Ticket " & ${ticket}, "dueDate": "2026-12-01"}`,
      ),
      route("case", "salesforce", "create-case", `{"subject": "Ticket " & ${ticket}}`),
      route("event", "mixpanel", "track", `{"distinctId": "t-" & ${ticket}, "event": "Ticket Created"}`),
      route(
        "field",
        "zendesk",
        "set-ticket-fields",
        `{"ticket": ref, "fields": [{"id": ${healthField(world).id}, "value": 77}]}`,
      ),
      route("note", "zendesk", "add-internal-note", `{"ticket": ref, "body": "Noted"}`),
    ],
  };
}
