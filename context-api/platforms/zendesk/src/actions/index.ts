import type { Action } from "@sidelight/platform-kit/action.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import type { ZendeskClient } from "../client.ts";
import { addInternalNote } from "./addInternalNote.ts";
import { addUserTags } from "./addUserTags.ts";
import { createUser } from "./createUser.ts";
import { setTicketFields } from "./setTicketFields.ts";

/** The actions of a Zendesk connection. */
export const zendeskActions = (client: ZendeskClient, tools: Pick<ConnectionTools, "monotonic">): Record<string, Action> => ({
  "set-ticket-fields": setTicketFields(client, tools),
  "add-user-tags": addUserTags(client),
  "create-user": createUser(client),
  "add-internal-note": addInternalNote(client),
});
