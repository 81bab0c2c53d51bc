import type { ZdOrganization } from "../../world/types.ts";
import { type Context, nowIso, recordEffect } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { body } from "./body.ts";
import { fail, invalid, notFound, type ResponseParts } from "./errors.ts";
import { byExternalId } from "./externalIds.ts";
import { idList, list, numeric } from "./paging.ts";
import * as render from "./render.ts";
import { ticketList } from "./ticketLists.ts";

export function organizationRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  const { organizations } = ctx.world.zendesk;
  const wire = (o: Parameters<typeof render.organization>[1]): unknown => render.organization(ctx, o);
  const allOrganizations = (): Parameters<typeof render.organization>[1][] =>
    [...organizations.values()].sort((a, b) => a.id - b.id);

  routes.on("GET", "/api/v2/organizations", (call) => ({
    status: 200,
    body: list(ctx, call, "organizations", allOrganizations(), wire),
  }));
  routes.on("GET", "/api/v2/organizations/count", () => ({
    status: 200,
    body: { count: { value: organizations.size, refreshed_at: new Date(ctx.clock.now()).toISOString() } },
  }));
  routes.on("GET", "/api/v2/organizations/show_many", (call) => {
    const external = call.query.get("external_ids");
    const ids = idList(external ?? call.query.get("ids"));
    const matches =
      external === null
        ? ids.map((id) => organizations.get(numeric(id)))
        : ids.flatMap((id) => byExternalId(organizations.values(), id));
    return {
      status: 200,
      body: list(
        ctx,
        call,
        "organizations",
        matches.filter((o) => o !== undefined),
        wire,
      ),
    };
  });
  routes.on("GET", "/api/v2/organizations/search", (call) => {
    const name = call.query.get("name");
    const external = call.query.get("external_id");
    if (name === null && external === null) return fail(400, "InvalidValue", "Either name or external_id is required");
    const matches =
      external === null
        ? allOrganizations().filter((o) => o.name.toLowerCase() === name!.toLowerCase())
        : byExternalId(organizations.values(), external);
    return { status: 200, body: list(ctx, call, "organizations", matches, wire) };
  });
  routes.on("GET", "/api/v2/organizations/:id", (call) => {
    const matches = organizations.get(numeric(call.params["id"])) ?? notFound();
    return { status: 200, body: { organization: wire(matches) } };
  });
  routes.on("GET", "/api/v2/organizations/:id/tickets", (call) => {
    const id = numeric(call.params["id"]);
    if (!organizations.get(id)) return notFound();
    return { status: 200, body: ticketList(ctx, call, ctx.world.zendesk.tickets.by("organization_id", id)) };
  });
  routes.on("PUT", "/api/v2/organizations/:id", (call) => {
    const organization = organizations.get(numeric(call.params["id"])) ?? notFound();
    return { status: 200, body: { organization: wire(update(ctx, organization, call)) } };
  });
  routes.on("GET", "/api/v2/organizations/:id/users", (call) => {
    const id = numeric(call.params["id"]);
    if (!organizations.get(id)) return notFound();
    const users = ctx.world.zendesk.users.by("organization_id", id).filter((u) => u.active);
    return {
      status: 200,
      body: list(
        ctx,
        call,
        "users",
        users.sort((a, b) => a.id - b.id),
        (u) => render.user(ctx, u),
      ),
    };
  });
}

/** Members that an update may set. Zendesk ignores all others, and keys of fields that do not exist. */
const writable = ["notes", "details", "external_id", "shared_tickets", "shared_comments"] as const;
const maxTextLength = 65_535;

function update(ctx: Context, organization: ZdOrganization, call: Call): ZdOrganization {
  const input = (body(call) as { organization?: unknown }).organization;
  if (typeof input !== "object" || input === null)
    return fail(400, "ParameterMissing", "Required parameter missing: organization");
  const members = input as Record<string, unknown>;
  const next = { ...organization, updated_at: nowIso(ctx) };
  for (const name of writable) if (name in members) Object.assign(next, { [name]: members[name] });
  const fields = members["organization_fields"];
  if (typeof fields === "object" && fields !== null) {
    const existingFields = Object.entries(fields).filter(([key]) => key in organization.organization_fields);
    for (const [key, value] of existingFields)
      if (typeof value === "object" && value !== null) invalid(key, `${key}: is invalid`, "InvalidValue");
      else if (typeof value === "string" && value.length > maxTextLength)
        invalid(key, `${key}: is too long (maximum is ${maxTextLength} characters)`, "InvalidValue");
    next.organization_fields = { ...organization.organization_fields, ...Object.fromEntries(existingFields) };
  }
  const { world } = ctx;
  world.change(() => {
    world.zendesk.organizations.put(next);
    recordEffect(ctx, world.zendesk.effects, "organization", String(organization.id), members, "update");
  });
  return next;
}
