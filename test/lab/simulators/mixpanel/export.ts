import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { DAY } from "../../world/time.ts";
import type { MpEvent, MpProperties } from "../../world/types.ts";
import { DAYS, dayStart, funnelEvents, usageOn } from "../../world/usage.ts";
import type { Context } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { serviceAccount } from "./auth.ts";
import { fail, type ResponseParts } from "./errors.ts";
import { expression, type Test } from "./expression.ts";
import type { ProjectLimits } from "./limits.ts";
import { exportTail, hasWallTimes } from "./oddities.ts";
import { startOfDay, today, wallTime } from "./zone.ts";

interface ExportRequest {
  from: number;
  to: number;
  events: Set<string> | null;
  test: Test | null;
  limit: number;
  inMs: boolean;
}

/** Servers in front of Mixpanel accept lines of 8 kB. */
const maxQueryLength = 8_000;

/** `GET /api/2.0/export`: one JSON object a line, streamed day by day. */
export function exportRoutes(routes: Routes<ResponseParts>, ctx: Context, limits: ProjectLimits): void {
  routes.on("GET", "/api/2.0/export", (call) => {
    if (call.query.toString().length > maxQueryLength) return fail(414, "Request-URI Too Large");
    serviceAccount(ctx, call.headers, call.query);
    const request = parse(ctx, call);
    limits.exported();
    const lines = Readable.from(withTail(ctx, chunks(ctx, request)));
    const gzip = /\bgzip\b/.test(call.headers.get("accept-encoding") ?? "");
    const body = Readable.toWeb(gzip ? lines.pipe(createGzip({ level: 1 })) : lines) as ReadableStream;
    const headers = { "content-type": "text/plain; charset=utf-8", ...(gzip ? { "content-encoding": "gzip" } : {}) };
    return { status: 200, response: new Response(body, { headers }) };
  });
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

function parse(ctx: Context, call: Call): ExportRequest {
  const date = (name: string): string => {
    const text = call.query.get(name) ?? "";
    return DATE.test(text) && !Number.isNaN(Date.parse(text))
      ? text
      : fail(400, `${name} is required and must have the form yyyy-mm-dd`);
  };
  const from = date("from_date");
  const to = date("to_date");
  if (from > to) return fail(400, "from_date cannot be after to_date");
  const zone = ctx.limits.mixpanel.timeZone;
  if (to > today(zone, ctx.clock.now())) return fail(400, "to_date cannot be later than today");
  const filter = call.query.get("where");
  const limit = call.query.get("limit");
  if (limit !== null && !(Number(limit) >= 1 && Number(limit) <= 100_000)) return fail(400, "limit must be between 1 and 100000");
  return {
    from: startOfDay(zone, from),
    to: startOfDay(zone, new Date(Date.parse(to) + DAY).toISOString().slice(0, 10)),
    events: names(call.query.get("event")),
    test: filter ? expression(filter) : null,
    limit: limit === null ? Number.POSITIVE_INFINITY : Number(limit),
    inMs: call.query.get("time_in_ms") === "true",
  };
}

function names(text: string | null): Set<string> | null {
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as unknown;
    if (Array.isArray(value)) return new Set(value.map(String));
  } catch {
    // validated below
  }
  return fail(400, "event must be a JSON array of event names");
}

function* withTail(ctx: Context, text: Iterable<string>): Generator<string | Uint8Array> {
  yield* text;
  const tail = exportTail(ctx.world);
  if (tail.byteLength > 0) yield tail;
}

function* chunks(ctx: Context, request: ExportRequest): Generator<string> {
  let remaining = request.limit;
  const zone = ctx.limits.mixpanel.timeZone;
  const exportedEvent = (e: MpEvent): MpEvent => (hasWallTimes(ctx.world) ? { ...e, time: wallTime(zone, e.time) } : e);
  for (const events of days(ctx, request)) {
    const matching = events.filter(
      (e) =>
        e.time >= request.from &&
        e.time < request.to &&
        (request.events?.has(e.event) ?? true) &&
        (request.test?.(propertiesOf(e)) ?? true),
    );
    const lines = matching.slice(0, remaining).map((event) => line(exportedEvent(event), request.inMs));
    remaining -= lines.length;
    if (lines.length > 0) yield `${lines.join("\n")}\n`;
    if (remaining <= 0) return;
  }
}

/** Seeded usage is generated day by day. Funnel steps and later events are filtered by time. */
function* days(ctx: Context, request: ExportRequest): Generator<MpEvent[]> {
  const { mixpanel, usage } = ctx.world;
  const plans = [...mixpanel.plans.values()];
  const oldest = dayStart(usage, DAYS - 1);
  if (request.from < oldest) yield plans.flatMap((plan) => funnelEvents(usage, plan, request.from, Math.min(request.to, oldest)));
  const later = [...mixpanel.events.values()];
  for (let ago = DAYS - 1; ago >= 0; ago--) {
    const start = dayStart(usage, ago);
    const end = start + DAY;
    if (end <= request.from || start >= request.to) continue;
    const events = plans.flatMap((plan) => [...usageOn(usage, plan, ago), ...funnelEvents(usage, plan, start, end)]);
    events.push(...later.filter((e) => e.time >= start && e.time < end));
    yield events.sort((a, b) => a.time - b.time);
  }
  const newest = dayStart(usage, -1);
  yield later.filter((e) => e.time < oldest || e.time >= newest);
}

const propertiesOf = (e: MpEvent): MpProperties => ({
  ...e.properties,
  time: e.time / 1000,
  distinct_id: e.distinct_id,
  $distinct_id: e.distinct_id,
  $insert_id: e.insert_id,
});

const line = (e: MpEvent, inMs: boolean): string =>
  JSON.stringify({
    event: e.event,
    properties: {
      time: inMs ? e.time : Math.floor(e.time / 1000),
      distinct_id: e.distinct_id,
      $insert_id: e.insert_id,
      ...e.properties,
      mp_processing_time_ms: e.time + 2_000,
    },
  });
