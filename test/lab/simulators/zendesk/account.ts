import type { ZdRating, ZdTicketField } from "../../world/types.ts";
import { createdFields, fieldRow } from "../../world/zendesk.ts";
import type { Context } from "../context.ts";
import type { Routes } from "../router.ts";
import { body } from "./body.ts";
import { fail, invalid, type ResponseParts } from "./errors.ts";
import { surveyResponses } from "./oddities.ts";
import { list } from "./paging.ts";
import * as render from "./render.ts";

const SCORES: Record<string, (r: ZdRating) => boolean> = {
  offered: (r) => r.score === "offered",
  unoffered: () => false,
  received: (r) => r.score !== "offered",
  received_with_comment: (r) => r.score !== "offered" && r.comment !== null,
  received_without_comment: (r) => r.score !== "offered" && r.comment === null,
  good: (r) => r.score === "good",
  good_with_comment: (r) => r.score === "good" && r.comment !== null,
  good_without_comment: (r) => r.score === "good" && r.comment === null,
  bad: (r) => r.score === "bad",
  bad_with_comment: (r) => r.score === "bad" && r.comment !== null,
  bad_without_comment: (r) => r.score === "bad" && r.comment === null,
};

const fieldTypes = new Set(["text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "tagger"]);

/** Zendesk lets two fields have the same title. */
function newTicketField(ctx: Context, input: unknown): ZdTicketField {
  if (typeof input !== "object" || input === null) return fail(400, "InvalidValue", "ticket_field is missing");
  const { title, type } = input as { title?: unknown; type?: unknown };
  if (typeof title !== "string" || title.trim() === "") return invalid("title", "Title: cannot be blank", "BlankValue");
  if (typeof type !== "string" || !fieldTypes.has(type))
    return invalid("type", "Type: is not included in the list", "InvalidValue");
  const n = createdFields(ctx.world.meta).length;
  return { id: ctx.world.ids.zendesk.createdField(n), key: `created_${n}`, title, type: type as ZdTicketField["type"] };
}

/** Ratings, ticket fields and settings. */
export function accountRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  const zd = ctx.world.zendesk;
  routes.on("GET", "/api/v2/satisfaction_ratings", (call) => {
    const score = call.query.get("score");
    const test = score === null ? () => true : Object.hasOwn(SCORES, score) && SCORES[score];
    if (!test) return fail(400, "InvalidValue", `score ${score} is not valid`);
    const epoch = (name: string, standard: number): number => {
      const text = call.query.get(name);
      if (text === null) return standard;
      return /^\d+$/.test(text) ? Number(text) * 1000 : fail(400, "InvalidValue", `${name} must be a Unix epoch time`);
    };
    const from = epoch("start_time", 0);
    const to = epoch("end_time", Number.POSITIVE_INFINITY);
    const ratings = [...zd.ratings.values()].filter(
      (r) => test(r) && Date.parse(r.created_at) >= from && Date.parse(r.created_at) <= to,
    );
    ratings.sort((a, b) => a.id - b.id);
    return { status: 200, body: list(ctx, call, "satisfaction_ratings", ratings, (r) => render.rating(ctx, r)) };
  });
  routes.on("GET", "/api/v2/guide/survey_responses", (call) => {
    const from = Number(call.query.get("filter[created_at_start]") ?? 0);
    if (!Number.isFinite(from)) return fail(400, "InvalidValue", "created_at_start must be epoch milliseconds");
    const responses = surveyResponses(ctx.world)
      .filter((r) => Date.parse(r.created_at) >= from)
      .map((response, i) => ({ id: i + 1, response }));
    return {
      status: 200,
      body: list(ctx, call, "survey_responses", responses, ({ response }) => render.surveyResponse(response)),
    };
  });
  routes.on("GET", "/api/v2/ticket_fields", (call) => {
    const fields = zd.fields.map((f, position) => ({
      url: `${ctx.url()}/api/v2/ticket_fields/${f.id}.json`,
      id: f.id,
      type: f.type,
      title: f.title,
      raw_title: f.title,
      description: "",
      position,
      active: true,
      required: false,
      regexp_for_validation: f.regexp ?? null,
      removable: true,
      ...(f.options ? { custom_field_options: f.options.map((value, id) => ({ id: f.id + id + 1, name: value, value })) } : {}),
    }));
    return { status: 200, body: list(ctx, call, "ticket_fields", fields, (f) => f) };
  });
  routes.on("POST", "/api/v2/ticket_fields", (call) => {
    const field = newTicketField(ctx, body(call)["ticket_field"]);
    ctx.world.change(() => ctx.world.meta.put(fieldRow(field)));
    return { status: 201, body: { ticket_field: { ...field, active: true, raw_title: field.title } } };
  });
  routes.on("GET", "/api/v2/user_fields", (call) => {
    const [user] = zd.users.values();
    const fields = Object.entries(user?.user_fields ?? {}).map(([key, value], position) => ({
      url: `${ctx.url()}/api/v2/user_fields/${position + 1}.json`,
      id: position + 1,
      key,
      type: typeof value === "boolean" ? "checkbox" : "text",
      title: key.replaceAll("_", " "),
      position,
      active: true,
      system: false,
    }));
    return { status: 200, body: list(ctx, call, "user_fields", fields, (f) => f) };
  });
  routes.on("GET", "/api/v2/account/settings", () => ({
    status: 200,
    body: {
      settings: {
        active_features: { customer_satisfaction: true, on_hold_status: true },
        localization: { locale_ids: [1] },
        limits: { attachment_size: 52_428_800 },
        tickets: { comments_public_by_default: true, tagging: true },
      },
    },
  }));
  routes.on("GET", "/api/v2/groups", (call) => ({ status: 200, body: list(ctx, call, "groups", zd.groups, render.group) }));
}
