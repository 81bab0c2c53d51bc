import { type Context, noteEffect, nowIso } from "../context.ts";
import type { Routes } from "../router.ts";
import { body } from "./body.ts";
import { type Answer, fail, notFound } from "./errors.ts";
import { numeric } from "./paging.ts";
import { tagList } from "./ticket-writes.ts";

/** `PUT` adds to a user's tags and answers with all of them. */
export function userTagRoutes(routes: Routes<Answer>, ctx: Context): void {
  const { users, effects } = ctx.world.zendesk;
  routes.on("PUT", "/api/v2/users/:id/tags", (call) => {
    const user = users.get(numeric(call.params["id"]));
    if (!user?.active) return notFound();
    const asked = body(call)["tags"];
    if (asked === undefined) return fail(400, "ParameterMissing", "Required parameter missing: tags");
    const tags = [...new Set([...user.tags, ...tagList(asked)])];
    ctx.world.change(() => {
      users.put({ ...user, tags, updated_at: nowIso(ctx) });
      noteEffect(ctx, effects, "user", String(user.id), { tags }, "update");
    });
    return { status: 200, body: { tags } };
  });
}
