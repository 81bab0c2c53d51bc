import type { ZdUser } from "../../world/types.ts";
import { blank } from "../../world/zendesk.ts";
import { type Context, noteEffect, nowIso } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { body } from "./body.ts";
import { type Answer, fail, invalid, notFound } from "./errors.ts";
import { byExternalId, sameId } from "./external-ids.ts";
import { idList, list, numeric } from "./paging.ts";
import * as render from "./render.ts";
import { userFits } from "./search.ts";
import { userSideloads } from "./sideloads.ts";
import { fits, parseTerms } from "./terms.ts";
import { ticketList } from "./ticket-lists.ts";

export function userRoutes(routes: Routes<Answer>, ctx: Context): void {
  const zd = ctx.world.zendesk;
  const wire = (u: ZdUser): unknown => render.user(ctx, u);
  const of = (call: Call): ZdUser => zd.users.get(numeric(call.params["id"])) ?? notFound();
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
    const found = (
      external === null ? ids.map((id) => zd.users.get(numeric(id))) : ids.flatMap((id) => byExternalId(zd.users.values(), id))
    ).filter((u) => u?.active);
    return {
      status: 200,
      body: { ...list(ctx, call, "users", found as ZdUser[], wire), ...userSideloads(ctx, call, found as ZdUser[]) },
    };
  });
  routes.on("GET", "/api/v2/users/search", (call) => {
    const external = call.query.get("external_id");
    const query = call.query.get("query");
    if (external === null && !query?.trim()) return fail(400, "InvalidValue", "query or external_id is required");
    // "The external_id parameter does not support the search syntax. It only accepts ids."
    const terms = external === null ? parseTerms(query!) : [];
    const found =
      external === null
        ? active().filter((u) => fits(terms, u, (term, user) => userFits(ctx, term, user)))
        : byExternalId(zd.users.values(), external).filter((u) => u.active);
    return { status: 200, body: { ...list(ctx, call, "users", found, wire), ...userSideloads(ctx, call, found) } };
  });
  routes.on("GET", "/api/v2/users/:id", (call) => {
    const user = of(call);
    return { status: 200, body: { user: wire(user), ...userSideloads(ctx, call, [user]) } };
  });
  routes.on("GET", "/api/v2/users/:id/identities", (call) => {
    const identities = zd.identities.by("user_id", of(call).id);
    return { status: 200, body: list(ctx, call, "identities", identities, (i) => render.identity(ctx, i)) };
  });
  routes.on("GET", "/api/v2/users/:id/tickets/requested", (call) => {
    return { status: 200, body: ticketList(ctx, call, zd.tickets.by("requester_id", of(call).id)) };
  });

  routes.on("POST", "/api/v2/users", (call) => {
    const user = createUser(ctx, object(call));
    return { status: 201, body: { user: wire(user) }, headers: locationOf(ctx, user) };
  });
  routes.on("POST", "/api/v2/users/create_or_update", (call) => {
    const asked = object(call);
    const email = typeof asked["email"] === "string" ? asked["email"].toLowerCase() : null;
    const byExternal =
      typeof asked["external_id"] === "string" ? byExternalId(zd.users.values(), asked["external_id"])[0] : undefined;
    const byEmail = email === null ? undefined : zd.identities.by("value", email)[0];
    const known = byExternal ?? (byEmail && zd.users.get(byEmail.user_id));
    const user = known ? updateUser(ctx, known, asked) : createUser(ctx, asked);
    return { status: known ? 200 : 201, body: { user: wire(user) }, headers: locationOf(ctx, user) };
  });
  routes.on("PUT", "/api/v2/users/:id", (call) => {
    const user = of(call);
    if (!user.active) return notFound();
    return { status: 200, body: { user: wire(updateUser(ctx, user, object(call))) } };
  });
}

const locationOf = (ctx: Context, user: ZdUser): Record<string, string> => ({
  location: `${ctx.url()}/api/v2/users/${user.id}.json`,
});

function object(call: Call): Record<string, unknown> {
  const asked = (body(call) as { user?: unknown }).user;
  return typeof asked === "object" && asked !== null
    ? (asked as Record<string, unknown>)
    : fail(400, "ParameterMissing", "Required parameter missing: user");
}

const EMAIL = /^[^\s@"<>(),;:[\]\\]+@[^\s@"<>(),;:[\]\\]+\.[^\s@.]+$/;

function freeEmail(ctx: Context, email: string, own: number | null): void {
  if (!EMAIL.test(email)) invalid("email", `Email: ${email} is not properly formatted`, "InvalidValue");
  if (ctx.world.zendesk.identities.by("value", email.toLowerCase()).some((i) => i.user_id !== own)) {
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

function checked(ctx: Context, asked: Record<string, unknown>, user: ZdUser): ZdUser {
  const out = { ...user };
  for (const name of WRITABLE) if (name in asked) Object.assign(out, { [name]: asked[name] });
  if (typeof out.name !== "string" || out.name.trim() === "")
    invalid("name", "Name: is too short (minimum one character)", "BlankValue");
  if (
    out.external_id !== null &&
    byExternalId(ctx.world.zendesk.users.values(), String(out.external_id)).some((u) => u.id !== user.id)
  ) {
    invalid("external_id", `External: ${out.external_id} has already been taken`, "DuplicateValue");
  }
  if (out.organization_id !== null && !ctx.world.zendesk.organizations.get(out.organization_id))
    invalid("organization", "Organization: is invalid", "InvalidValue");
  const fields = asked["user_fields"];
  if (typeof fields === "object" && fields !== null) {
    // Keys of fields that do not exist are dropped without a word.
    const known = Object.entries(fields).filter(([key]) => key in user.user_fields);
    out.user_fields = { ...user.user_fields, ...(Object.fromEntries(known) as ZdUser["user_fields"]) };
  }
  return out;
}

export function createUser(ctx: Context, asked: Record<string, unknown>): ZdUser {
  const zd = ctx.world.zendesk;
  const email = typeof asked["email"] === "string" ? asked["email"] : null;
  if (email !== null) freeEmail(ctx, email, null);
  const at = nowIso(ctx);
  let n = 10_000 + zd.users.size;
  while (zd.users.get(ctx.world.ids.zendesk.make("user", n))) n++;
  const id = ctx.world.ids.zendesk.make("user", n);
  const user = checked(ctx, asked, { ...blank(id, "", email), verified: false, created_at: at, updated_at: at });
  ctx.world.change(() => {
    zd.users.put(user);
    if (email !== null) addEmail(ctx, id, email, true, at);
    noteEffect(ctx, zd.effects, "user", String(id), asked, "create");
  });
  return user;
}

function addEmail(ctx: Context, userId: number, email: string, primary: boolean, at: string): void {
  const zd = ctx.world.zendesk;
  const id = ctx.world.ids.zendesk.make("identity", 2_000_000 + zd.identities.size);
  zd.identities.put({
    id,
    user_id: userId,
    type: "email",
    value: email,
    primary,
    verified: false,
    created_at: at,
    updated_at: at,
  });
}

function updateUser(ctx: Context, user: ZdUser, asked: Record<string, unknown>): ZdUser {
  const zd = ctx.world.zendesk;
  const email = typeof asked["email"] === "string" ? asked["email"] : null;
  const isNew =
    email !== null && !zd.identities.by("user_id", user.id).some((i) => i.value.toLowerCase() === email.toLowerCase());
  if (isNew) freeEmail(ctx, email, user.id);
  const at = nowIso(ctx);
  const next = { ...checked(ctx, asked, user), updated_at: at };
  ctx.world.change(() => {
    zd.users.put(next);
    // A further address becomes a secondary identity; the primary one stays.
    if (isNew) addEmail(ctx, user.id, email, false, at);
    noteEffect(ctx, zd.effects, "user", String(user.id), asked, "update");
  });
  return next;
}
