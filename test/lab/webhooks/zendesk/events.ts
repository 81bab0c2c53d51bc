import type { Cause } from "../../world/cause.ts";
import type { Change } from "../../world/table.ts";
import type { TenantWorld } from "../../world/tenant.ts";
import type { ZdComment, ZdIdentity, ZdOrganization, ZdTicket, ZdUser } from "../../world/types.ts";
import type { Draft } from "../job.ts";
import { netChanges } from "../netChanges.ts";
import { envelopes, type ZendeskEvent } from "./envelope.ts";
import { ticketDetail, ticketOccurrences } from "./tickets.ts";
import { mergedInto, organizationDetail, organizationOccurrences, userDetail, userOccurrences, winnerOf } from "./users.ts";

/** Every event of the account that a change causes. */
export function zendeskEvents(world: TenantWorld, changes: readonly Change[], cause: Cause | null, now: number): ZendeskEvent[] {
  return [
    ...ticketEvents(world, changes, cause, now),
    ...userEvents(world, changes, now),
    ...organizationEvents(world, changes, now),
  ];
}

export const zendeskDrafts = (events: readonly ZendeskEvent[]): Draft[] =>
  events.map((event) => ({
    sender: "zendesk",
    type: event.type.slice("zen:event-type:".length),
    group: event.id,
    body: event,
  }));

function ticketEvents(world: TenantWorld, changes: readonly Change[], cause: Cause | null, now: number): ZendeskEvent[] {
  const comments = netChanges<ZdComment>(changes, "zendesk.comments").flatMap(({ previous, next }) =>
    !previous && next ? [next] : [],
  );
  const byApi = changes.some(({ table }) => table === "zendesk.effects");
  return netChanges<ZdTicket>(changes, "zendesk.tickets").flatMap((change) => {
    const ticket = (change.next ?? change.previous)!;
    const ownComments = comments.filter((comment) => comment.ticket_id === ticket.id);
    const occurrences = ticketOccurrences(world, change, ownComments);
    const detail = ticketDetail(world.tenant, ticket, actorOf(world, ticket, change.previous === null, byApi, cause));
    return envelopes(world.tenant, "ticket", detail, occurrences, instant(now, ticket.updated_at));
  });
}

/**
 * The acting user: the integration for changes through the API, else the customer for a new ticket and an agent for other
 * changes.
 */
function actorOf(world: TenantWorld, ticket: ZdTicket, isNew: boolean, byApi: boolean, cause: Cause | null): number {
  if (byApi && cause === null) return world.zendesk.integrationUser;
  if (isNew) return ticket.submitter_id;
  return ticket.assignee_id ?? world.ids.zendesk.agent(0);
}

function userEvents(world: TenantWorld, changes: readonly Change[], now: number): ZendeskEvent[] {
  const identities = netChanges<ZdIdentity>(changes, "zendesk.identities");
  return netChanges<ZdUser>(changes, "zendesk.users").flatMap((change) => {
    const user = (change.next ?? change.previous)!;
    const ownIdentities = identities.filter(({ next }) => next?.user_id === user.id);
    const winner = change.previous && winnerOf(world, user, identities);
    const occurrences = [...(winner ? [mergedInto(winner)] : []), ...userOccurrences(change, ownIdentities)];
    return envelopes(world.tenant, "user", userDetail(user), occurrences, instant(now, user.updated_at));
  });
}

function organizationEvents(world: TenantWorld, changes: readonly Change[], now: number): ZendeskEvent[] {
  return netChanges<ZdOrganization>(changes, "zendesk.organizations").flatMap((change) => {
    const organization = (change.next ?? change.previous)!;
    const occurrences = organizationOccurrences(change);
    const changedAt = instant(now, organization.updated_at);
    return envelopes(world.tenant, "organization", organizationDetail(organization), occurrences, changedAt);
  });
}

/** Never earlier than the row's own time. */
const instant = (now: number, updatedAt: string): number => Math.max(now, Date.parse(updatedAt));
