import type { Cause } from "../../world/cause.ts";
import type { Change } from "../../world/table.ts";
import type { TenantWorld } from "../../world/tenant.ts";
import type { ZdComment, ZdIdentity, ZdOrganization, ZdTicket, ZdUser } from "../../world/types.ts";
import type { Draft } from "../job.ts";
import { netChanges } from "../netChanges.ts";
import { envelopes, type ZendeskEvent } from "./envelope.ts";
import { ticketDetail, ticketOccurrences } from "./tickets.ts";
import { mergedInto, organizationDetail, organizationOccurrences, userDetail, userOccurrences, winnerOf } from "./users.ts";

/** Every event of the account that a change gives rise to. */
export function zendeskEvents(world: TenantWorld, changes: readonly Change[], cause: Cause | null, now: number): ZendeskEvent[] {
  return [
    ...ticketEvents(world, changes, cause, now),
    ...userEvents(world, changes, now),
    ...organizationEvents(world, changes, now),
  ];
}

export const zendeskDrafts = (events: readonly ZendeskEvent[]): Draft[] =>
  events.map((event) => ({
    lane: "zendesk",
    type: event.type.slice("zen:event-type:".length),
    group: event.id,
    body: event,
  }));

function ticketEvents(world: TenantWorld, changes: readonly Change[], cause: Cause | null, now: number): ZendeskEvent[] {
  const comments = netChanges<ZdComment>(changes, "zendesk.comments").flatMap(({ before, after }) =>
    !before && after ? [after] : [],
  );
  const byApi = changes.some(({ table }) => table === "zendesk.effects");
  return netChanges<ZdTicket>(changes, "zendesk.tickets").flatMap((change) => {
    const ticket = (change.after ?? change.before)!;
    const own = comments.filter((comment) => comment.ticket_id === ticket.id);
    const occurrences = ticketOccurrences(world, change, own);
    const detail = ticketDetail(world.tenant, ticket, actorOf(world, ticket, change.before === null, byApi, cause));
    return envelopes(world.tenant, "ticket", detail, occurrences, instant(now, ticket.updated_at));
  });
}

/** Who did it: the integration for what came through the interface, else the customer for a new ticket and an agent for the rest. */
function actorOf(world: TenantWorld, ticket: ZdTicket, isNew: boolean, byApi: boolean, cause: Cause | null): number {
  if (byApi && cause === null) return world.zendesk.integrationUser;
  if (isNew) return ticket.submitter_id;
  return ticket.assignee_id ?? world.ids.zendesk.agent(0);
}

function userEvents(world: TenantWorld, changes: readonly Change[], now: number): ZendeskEvent[] {
  const identities = netChanges<ZdIdentity>(changes, "zendesk.identities");
  return netChanges<ZdUser>(changes, "zendesk.users").flatMap((change) => {
    const user = (change.after ?? change.before)!;
    const own = identities.filter(({ after }) => after?.user_id === user.id);
    const winner = change.before && winnerOf(world, user, identities);
    const occurrences = [...(winner ? [mergedInto(winner)] : []), ...userOccurrences(change, own)];
    return envelopes(world.tenant, "user", userDetail(user), occurrences, instant(now, user.updated_at));
  });
}

function organizationEvents(world: TenantWorld, changes: readonly Change[], now: number): ZendeskEvent[] {
  return netChanges<ZdOrganization>(changes, "zendesk.organizations").flatMap((change) => {
    const organization = (change.after ?? change.before)!;
    const occurrences = organizationOccurrences(change);
    const at = instant(now, organization.updated_at);
    return envelopes(world.tenant, "organization", organizationDetail(organization), occurrences, at);
  });
}

/** Never before what the row itself says. */
const instant = (now: number, updatedAt: string): number => Math.max(now, Date.parse(updatedAt));
