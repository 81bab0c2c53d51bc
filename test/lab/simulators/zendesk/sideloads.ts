import type { ZdTicket, ZdUser } from "../../world/types.ts";
import type { Context } from "../context.ts";
import type { Call } from "../router.ts";
import * as render from "./render.ts";

const requestedSideloads = (call: Call): Set<string> =>
  new Set((call.query.get("include") ?? "").split(",").map((name) => name.trim()));
const present = <T>(items: (T | undefined)[]): T[] => items.filter((item) => item !== undefined);
const distinct = (ids: (number | null)[]): number[] => [...new Set(ids)].filter((id) => id !== null);

export function ticketSideloads(ctx: Context, call: Call, tickets: readonly ZdTicket[]): Record<string, unknown> {
  const include = requestedSideloads(call);
  const zd = ctx.world.zendesk;
  const sideloads: Record<string, unknown> = {};
  if (include.has("users")) {
    const ids = distinct(tickets.flatMap((t) => [t.requester_id, t.submitter_id, t.assignee_id]));
    sideloads["users"] = present(ids.map((id) => zd.users.get(id))).map((u) => render.user(ctx, u));
  }
  if (include.has("organizations")) {
    sideloads["organizations"] = present(
      distinct(tickets.map((t) => t.organization_id)).map((id) => zd.organizations.get(id)),
    ).map((o) => render.organization(ctx, o));
  }
  if (include.has("groups")) sideloads["groups"] = zd.groups.map(render.group);
  if (include.has("metric_sets"))
    sideloads["metric_sets"] = present(tickets.map((t) => zd.metrics.get(t.id))).map((m) => render.metrics(ctx, m));
  return sideloads;
}

export function userSideloads(ctx: Context, call: Call, users: readonly ZdUser[]): Record<string, unknown> {
  const include = requestedSideloads(call);
  const zd = ctx.world.zendesk;
  const sideloads: Record<string, unknown> = {};
  if (include.has("identities"))
    sideloads["identities"] = users.flatMap((u) => zd.identities.by("user_id", u.id)).map((i) => render.identity(ctx, i));
  if (include.has("organizations")) {
    sideloads["organizations"] = present(distinct(users.map((u) => u.organization_id)).map((id) => zd.organizations.get(id))).map(
      (o) => render.organization(ctx, o),
    );
  }
  if (include.has("groups")) sideloads["groups"] = zd.groups.map(render.group);
  return sideloads;
}
