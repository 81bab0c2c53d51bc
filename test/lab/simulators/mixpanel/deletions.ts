import { randomUUID } from "node:crypto";
import { type Context, recordEffect } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { gdpr } from "./auth.ts";
import { fail, type ResponseParts } from "./errors.ts";
import type { ProjectLimits } from "./limits.ts";

interface Task {
  tracking_id: string;
  compliance_type: string;
  date_requested: string;
  distinct_ids: string[];
}
const KEY = "mixpanel.deletion:";
const PATH = "/api/app/data-deletions/v3.0";

/** Erasure: at most 1,999 ids a request, one request a second. In the lab a task is complete at the first status request. */
export function deletionRoutes(routes: Routes<ResponseParts>, ctx: Context, limits: ProjectLimits): void {
  routes.on("POST", PATH, (call) => {
    gdpr(ctx, call.headers, call.query);
    limits.deletion();
    const { distinct_ids, compliance_type } = bodyOf(call);
    if (!Array.isArray(distinct_ids) || distinct_ids.length === 0) return fail(400, "distinct_ids is required");
    if (distinct_ids.length > 1_999) return fail(400, "at most 1999 distinct_ids can be deleted in one request");
    const task: Task = {
      tracking_id: randomUUID(),
      compliance_type: compliance_type === "CCPA" ? "CCPA" : "GDPR",
      date_requested: new Date(ctx.clock.now()).toISOString().slice(0, 19),
      distinct_ids: distinct_ids.map(String),
    };
    ctx.world.change(() => {
      ctx.world.meta.put({ key: KEY + task.tracking_id, value: task });
      for (const id of task.distinct_ids) erase(ctx, id);
    });
    return { status: 201, body: { status: "ok", results: { task_id: task.tracking_id } } };
  });
  routes.on("GET", `${PATH}/:id`, (call) => {
    gdpr(ctx, call.headers, call.query);
    const task = ctx.world.meta.get(KEY + call.params["id"])?.value as Task | undefined;
    if (!task) return fail(404, "task not found");
    const { username, projectId } = ctx.secrets.mixpanel;
    return {
      status: 200,
      body: { status: "ok", results: { ...task, status: "SUCCESS", requesting_user: username, project_id: Number(projectId) } },
    };
  });
}

function bodyOf(call: Call): Record<string, unknown> {
  try {
    return (JSON.parse(call.text) ?? {}) as Record<string, unknown>;
  } catch {
    return fail(400, "request body is not valid JSON");
  }
}

function erase(ctx: Context, id: string): void {
  const { profiles, plans, events, effects } = ctx.world.mixpanel;
  profiles.remove(id);
  plans.remove(id);
  for (const [key, event] of [...events.values()].map(
    (e) => [`${e.event}|${e.time}|${e.distinct_id}|${e.insert_id}`, e] as const,
  )) {
    if (event.distinct_id === id) events.remove(key);
  }
  recordEffect(ctx, effects, "deletion", id, {}, "delete");
}
