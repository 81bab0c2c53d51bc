import { randomBytes } from "node:crypto";
import type { MpProfile, MpProperties } from "../../world/types.ts";
import type { Context } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { serviceAccount } from "./auth.ts";
import { fail, type ResponseParts } from "./errors.ts";
import { expression } from "./expression.ts";
import type { ProjectLimits } from "./limits.ts";
import { canonicalId, missingProfileCount, profileRows as oddRows, profilePageLimit } from "./oddities.ts";

const PAGE_SIZE = 1_000;
const MAX_SESSIONS = 100;

interface Row {
  id: string;
  properties: MpProperties;
  /** Replaces the row on the wire. */
  wire?: unknown;
}

/** `POST /api/query/engage`: profiles by filter, 1,000 a page. Later pages need the session of the first. */
export function queryRoutes(routes: Routes<ResponseParts>, ctx: Context, limits: ProjectLimits): void {
  const sessions = new Map<string, Row[]>();

  routes.on("POST", "/api/query/engage", (call) => {
    serviceAccount(ctx, call.headers, call.query);
    limits.query();
    const form = formOf(call);
    const page = Number(form.get("page") ?? 0);
    if (!Number.isInteger(page) || page < 0) return fail(400, "page must be a non-negative integer");
    const session = form.get("session_id");
    if (page > 0 && !session) return fail(400, "session_id is required when page is above 0");
    const rows = session ? sessions.get(session) : select(ctx, form);
    if (!rows) return fail(400, "request for page in uncached query for params");
    const id = session ?? `${Math.floor(ctx.clock.now() / 1000)}-${randomBytes(4).toString("hex")}`;
    sessions.set(id, rows);
    if (sessions.size > MAX_SESSIONS) sessions.delete(sessions.keys().next().value!);
    const outputNames = outputProperties(form);
    const limit = profilePageLimit(ctx.world, PAGE_SIZE);
    const results = rows.slice(page * limit, (page + 1) * limit).map(({ id: $distinct_id, properties, wire }) =>
      wire === undefined
        ? {
            $distinct_id,
            $properties: outputNames
              ? Object.fromEntries(outputNames.filter((name) => name in properties).map((name) => [name, properties[name]!]))
              : properties,
          }
        : wire,
    );
    const isList = session !== null || !(form.has("distinct_ids") || form.has("where"));
    const total = rows.length + (isList ? missingProfileCount(ctx.world) : 0);
    return { status: 200, body: { page, page_size: PAGE_SIZE, session_id: id, status: "ok", total, results } };
  });
}

function formOf(call: Call): URLSearchParams {
  const type = call.headers.get("content-type") ?? "";
  if (call.text !== "" && !/^application\/x-www-form-urlencoded/i.test(type))
    return fail(400, "Content-Type must be application/x-www-form-urlencoded");
  return new URLSearchParams(call.text);
}

function jsonArray(form: URLSearchParams, name: string): string[] | null {
  const text = form.get(name);
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as unknown;
    if (Array.isArray(value) && value.every((element) => typeof element === "string")) return value as string[];
  } catch {
    // validated below
  }
  return fail(400, `${name} must be a JSON array of strings`);
}

const outputProperties = (form: URLSearchParams): string[] | null => jsonArray(form, "output_properties");

function select(ctx: Context, form: URLSearchParams): Row[] {
  for (const name of ["behaviors", "filter_by_cohort", "as_of_timestamp"])
    if (form.has(name)) fail(400, `${name} is not simulated`);
  const singleId = form.get("distinct_id");
  const idList = jsonArray(form, "distinct_ids");
  const filter = form.get("where");
  const group = form.get("data_group_id");
  const test = filter ? expression(filter) : () => true;
  const rows: Row[] = group !== null ? groupRows(ctx) : profileRows(ctx, singleId === null ? idList : [singleId]);
  const matches = rows.filter((row) => test(row.properties));
  const isWholeList = singleId === null && idList === null && filter === null && group === null;
  return isWholeList ? [...matches, ...oddRows(ctx.world).map((wire) => ({ id: "", properties: {}, wire }))] : matches;
}

const profileRows = (ctx: Context, ids: string[] | null): Row[] => {
  const { profiles } = ctx.world.mixpanel;
  const matches =
    ids === null
      ? [...profiles.values()]
      : (ids.map((id) => profiles.get(canonicalId(ctx.world, id))).filter(Boolean) as MpProfile[]);
  return matches.map((p) => ({ id: p.distinct_id, properties: p.properties }));
};

const groupRows = (ctx: Context): Row[] =>
  [...ctx.world.mixpanel.groups.values()].map((g) => ({ id: g.group_id, properties: g.properties }));
