import type { ZdUser } from "../../world/types.ts";
import { blank } from "../../world/zendesk.ts";
import { type Context, nowIso, recordEffect } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { body } from "./body.ts";
import { fail, invalid, notFound, type ResponseParts } from "./errors.ts";
import { byExternalId, sameId } from "./externalIds.ts";
import { idList, list, numeric } from "./paging.ts";
import * as render from "./render.ts";
import { userFits } from "./search.ts";
import { userSideloads } from "./sideloads.ts";
import { fits, parseTerms } from "./terms.ts";
import { ticketList } from "./ticketLists.ts";

export function userRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  const zd = ctx.world.zendesk;
  const wire = (u: ZdUser): unknown => render.user(ctx, u);
  const userOf = (call: Call): ZdUser => zd.users.get(numeric(call.params["id"])) ?? notFound();
  const active = (): ZdUser[] => [...zd.users.values()].filter((u) => u.active).sort((a, b) => a.id - b.id);

  routes.on("GET", "/api/v2/users/me", () => ({ status: 200, body: { user: wire(zd.users.get(zd.integrationUser)!) } }));
  routes.on("GET", "/api/v2/users", (call) => {
    const role = call.query.get("role");
    const external = call.query.get("external_id");
    return {
      status: 200,
      body: list(
        ctx,
        call,
        "users",
        active().filter((u) => (role === null || u.role === role) && (external === null || sameId(u.external_id, external))),
        wire,
      ),
    };
  });
  routes.on("GET", "/api/v2/users/show_many", (call) => {
    const external = call.query.get("external_ids");
    const ids = idList(external ?? call.query.get("ids"));
    const users = (
      external === null ? ids.map((id) => zd.users.get(numeric(id))) : ids.flatMap((id) => byExternalId(zd.users.values(), id))
    ).filter((u) => u?.active);
    return {
      status: 200,
      body: { ...list(ctx, call, "users", users as ZdUser[], wire), ...userSideloads(ctx, call, users as ZdUser[]) },
    };
  });
  routes.on("GET", "/api/v2/users/search", (call) => {
    const external = call.query.get("external_id");
    const query = call.query.get("query");
    if (external === null && !query?.trim()) return fail(400, "InvalidValue", "query or external_id is required");
    // "The external_id parameter does not support the search syntax. It only accepts ids."
    const terms = external === null ? parseTerms(query!) : [];
    const users =
      external === null
        ? active().filter((u) => fits(terms, u, (term, user) => userFits(ctx, term, user)))
        : byExternalId(zd.users.values(), external).filter((u) => u.active);
    return { status: 200, body: { ...list(ctx, call, "users", users, wire), ...userSideloads(ctx, call, users) } };
  });
  routes.on("GET", "/api/v2/users/:id", (call) => {
    const user = userOf(call);
    return { status: 200, body: { user: wire(user), ...userSideloads(ctx, call, [user]) } };
  });
  routes.on("GET", "/api/v2/users/:id/identities", (call) => {
    const identities = zd.identities.by("user_id", userOf(call).id);
    return { status: 200, body: list(ctx, call, "identities", identities, (i) => render.identity(ctx, i)) };
  });
  routes.on("GET", "/api/v2/users/:id/tickets/requested", (call) => {
    return { status: 200, body: ticketList(ctx, call, zd.tickets.by("requester_id", userOf(call).id)) };
  });

  routes.on("POST", "/api/v2/users", (call) => {
    const user = createUser(ctx, object(call));
    return { status: 201, body: { user: wire(user) }, headers: locationOf(ctx, user) };
  });
  routes.on("POST", "/api/v2/users/create_or_update", (call) => {
    const input = object(call);
    const email = typeof input["email"] === "string" ? input["email"].toLowerCase() : null;
    const byExternal =
      typeof input["external_id"] === "string" ? byExternalId(zd.users.values(), input["external_id"])[0] : undefined;
    const byEmail = email === null ? undefined : zd.identities.by("value", email)[0];
    const existing = byExternal ?? (byEmail && zd.users.get(byEmail.user_id));
    const user = existing ? updateUser(ctx, existing, input) : createUser(ctx, input);
    return { status: existing ? 200 : 201, body: { user: wire(user) }, headers: locationOf(ctx, user) };
  });
  routes.on("PUT", "/api/v2/users/:id", (call) => {
    const user = userOf(call);
    if (!user.active) return notFound();
    return { status: 200, body: { user: wire(updateUser(ctx, user, object(call))) } };
  });
}

const locationOf = (ctx: Context, user: ZdUser): Record<string, string> => ({
  location: `${ctx.url()}/api/v2/users/${user.id}.json`,
});

function object(call: Call): Record<string, unknown> {
  const input = (body(call) as { user?: unknown }).user;
  return typeof input === "object" && input !== null
    ? (input as Record<string, unknown>)
    : fail(400, "ParameterMissing", "Required parameter missing: user");
}

const EMAIL = /^[^\s@"<>(),;:[\]\\]+@[^\s@"<>(),;:[\]\\]+\.[^\s@.]+$/;

function freeEmail(ctx: Context, email: string, ownId: number | null): void {
  if (!EMAIL.test(email)) invalid("email", `Email: ${email} is not properly formatted`, "InvalidValue");
  if (ctx.world.zendesk.identities.by("value", email.toLowerCase()).some((i) => i.user_id !== ownId)) {
    invalid("email", `Email: ${email} is already being used by another user`, "DuplicateValue");
  }
}

const WRITABLE = [
  "name",
  "phone",
  "external_id",
  "organization_id",
  "tags",
  "notes",
  "details",
  "locale",
  "time_zone",
  "suspended",
] as const;

function checked(ctx: Context, input: Record<string, unknown>, user: ZdUser): ZdUser {
  const merged = { ...user };
  for (const name of WRITABLE) if (name in input) Object.assign(merged, { [name]: input[name] });
  if (typeof merged.name !== "string" || merged.name.trim() === "")
    invalid("name", "Name: is too short (minimum one character)", "BlankValue");
  if (
    merged.external_id !== null &&
    byExternalId(ctx.world.zendesk.users.values(), String(merged.external_id)).some((u) => u.id !== user.id)
  ) {
    invalid("external_id", `External: ${merged.external_id} has already been taken`, "DuplicateValue");
  }
  if (merged.organization_id !== null && !ctx.world.zendesk.organizations.get(merged.organization_id))
    invalid("organization", "Organization: is invalid", "InvalidValue");
  const fields = input["user_fields"];
  if (typeof fields === "object" && fields !== null) {
    // Zendesk ignores keys of fields that do not exist.
    const knownFields = Object.entries(fields).filter(([key]) => key in user.user_fields);
    merged.user_fields = { ...user.user_fields, ...(Object.fromEntries(knownFields) as ZdUser["user_fields"]) };
  }
  return merged;
}

export function createUser(ctx: Context, input: Record<string, unknown>): ZdUser {
  const zd = ctx.world.zendesk;
  const email = typeof input["email"] === "string" ? input["email"] : null;
  if (email !== null) freeEmail(ctx, email, null);
  const timestamp = nowIso(ctx);
  let n = 10_000 + zd.users.size;
  while (zd.users.get(ctx.world.ids.zendesk.make("user", n))) n++;
  const id = ctx.world.ids.zendesk.make("user", n);
  const user = checked(ctx, input, { ...blank(id, "", email), verified: false, created_at: timestamp, updated_at: timestamp });
  ctx.world.change(() => {
    zd.users.put(user);
    if (email !== null) addEmail(ctx, id, email, true, timestamp);
    recordEffect(ctx, zd.effects, "user", String(id), input, "create");
  });
  return user;
}

function addEmail(ctx: Context, userId: number, email: string, primary: boolean, timestamp: string): void {
  const zd = ctx.world.zendesk;
  const id = ctx.world.ids.zendesk.make("identity", 2_000_000 + zd.identities.size);
  zd.identities.put({
    id,
    user_id: userId,
    type: "email",
    value: email,
    primary,
    verified: false,
    created_at: timestamp,
    updated_at: timestamp,
  });
}

function updateUser(ctx: Context, user: ZdUser, input: Record<string, unknown>): ZdUser {
  const zd = ctx.world.zendesk;
  const email = typeof input["email"] === "string" ? input["email"] : null;
  const isNew =
    email !== null && !zd.identities.by("user_id", user.id).some((i) => i.value.toLowerCase() === email.toLowerCase());
  if (isNew) freeEmail(ctx, email, user.id);
  const timestamp = nowIso(ctx);
  const next = { ...checked(ctx, input, user), updated_at: timestamp };
  ctx.world.change(() => {
    zd.users.put(next);
    // A second address becomes a secondary identity. The primary one stays.
    if (isNew) addEmail(ctx, user.id, email, false, timestamp);
    recordEffect(ctx, zd.effects, "user", String(user.id), input, "update");
  });
  return next;
}
