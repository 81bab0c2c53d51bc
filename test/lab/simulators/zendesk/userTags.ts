import { type Context, nowIso, recordEffect } from "../context.ts";
import type { Routes } from "../router.ts";
import { body } from "./body.ts";
import { fail, notFound, type ResponseParts } from "./errors.ts";
import { numeric } from "./paging.ts";
import { tagList } from "./ticketWrites.ts";

/** `PUT` adds tags to a user and returns all of them. */
export function userTagRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  const { users, effects } = ctx.world.zendesk;
  routes.on("PUT", "/api/v2/users/:id/tags", (call) => {
    const user = users.get(numeric(call.params["id"]));
    if (!user?.active) return notFound();
    const requestedTags = body(call)["tags"];
    if (requestedTags === undefined) return fail(400, "ParameterMissing", "Required parameter missing: tags");
    const tags = [...new Set([...user.tags, ...tagList(requestedTags)])];
    ctx.world.change(() => {
      users.put({ ...user, tags, updated_at: nowIso(ctx) });
      recordEffect(ctx, effects, "user", String(user.id), { tags }, "update");
    });
    return { status: 200, body: { tags } };
  });
}
