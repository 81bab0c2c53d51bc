import type { Action } from "@sidelight/platform-kit/action.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import type { ZendeskClient } from "../client.ts";
import type { Mapping } from "../records.ts";
import { addInternalNote } from "./addInternalNote.ts";
import { addUserTags } from "./addUserTags.ts";
import { createUser } from "./createUser.ts";
import { setOrganizationFields, setUserFields } from "./setFields.ts";
import { setTicketFields } from "./setTicketFields.ts";

/** The actions of a Zendesk connection. */
export const zendeskActions = (
  client: ZendeskClient,
  tools: Pick<ConnectionTools, "monotonic">,
  mapping: Mapping,
): Record<string, Action> => ({
  "set-ticket-fields": setTicketFields(client, tools),
  "set-user-fields": setUserFields(client, mapping),
  "set-organization-fields": setOrganizationFields(client, mapping),
  "add-user-tags": addUserTags(client),
  "create-user": createUser(client),
  "add-internal-note": addInternalNote(client),
});
