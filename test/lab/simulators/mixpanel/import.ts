import { gunzipSync } from "node:zlib";
import type { MpEvent, MpProperties } from "../../world/types.ts";
import { type Context, recordEffect } from "../context.ts";
import { importer } from "./auth.ts";
import { failImport, MixpanelError, type ResponseParts } from "./errors.ts";

const MAX_EVENTS = 2_000;
const MAX_BYTES = 10 * 1024 * 1024;
const FIVE_YEARS = 5 * 366 * 86_400_000;

/** Ids that many clients send by mistake. Mixpanel refuses them, because events under them would merge unrelated people. */
export const BANNED = new Set(
  "null,nil,undefined,none,unknown,anonymous,anon,true,false,0,-1,nan,n/a,na,[],{},id,guest,not set,(null),not_applicable,lmy47d,00000000-0000-0000-0000-000000000000".split(
    ",",
  ),
);

interface Failure {
  index: number;
  insert_id: string;
  field: string;
  message: string;
}

/** `POST /import`. In strict mode 400 means that the listed records failed and the others were stored. */
export async function importEvents(ctx: Context, request: Request): Promise<ResponseParts> {
  const url = new URL(request.url);
  try {
    importer(ctx, request.headers, url.searchParams);
    const strict = url.searchParams.get("strict");
    if (strict !== "0" && strict !== "1") failImport(400, "strict must be 0 or 1");
    const records = parse(Buffer.from(await request.arrayBuffer()), request.headers);
    if (records.length > MAX_EVENTS) failImport(413, `request exceeds max limit of ${MAX_EVENTS} events`);
    return store(ctx, records, strict === "1");
  } catch (error) {
    if (error instanceof MixpanelError) return { status: error.status, body: error.body };
    throw error;
  }
}

function parse(bytes: Buffer, headers: Headers): unknown[] {
  let plain = bytes;
  if (headers.get("content-encoding") === "gzip") {
    try {
      plain = gunzipSync(bytes, { maxOutputLength: MAX_BYTES * 2 });
    } catch {
      return failImport(400, "request body is not valid gzip");
    }
  }
  if (plain.length > MAX_BYTES) return failImport(413, `request exceeds max limit of ${MAX_BYTES} bytes`);
  const type = headers.get("content-type") ?? "";
  const text = plain.toString("utf8");
  try {
    if (/^application\/x-ndjson/i.test(type)) {
      return text
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => JSON.parse(line) as unknown);
    }
    if (!/^application\/json/i.test(type))
      return failImport(400, "Content-Type must be application/json or application/x-ndjson");
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) && value.length > 0
      ? value
      : failImport(400, "request body must be a non-empty JSON array of events");
  } catch (error) {
    if (error instanceof MixpanelError) throw error;
    return failImport(400, "request body is not valid JSON");
  }
}

function store(ctx: Context, records: readonly unknown[], strict: boolean): ResponseParts {
  const failures: Failure[] = [];
  const good: MpEvent[] = [];
  records.forEach((record, index) => {
    const outcome = check(record, ctx.clock.now());
    if ("event" in outcome) good.push(outcome);
    else failures.push({ index, ...outcome });
  });
  storeEvent(ctx, good);
  if (failures.length === 0 || !strict)
    return { status: 200, body: { code: 200, num_records_imported: good.length, status: "OK" } };
  return {
    status: 400,
    body: {
      code: 400,
      error: "some data points in the request failed validation",
      failed_records: failures,
      num_records_imported: good.length,
      status: "Bad Request",
    },
  };
}

/** "Events with identical values for (event, time, distinct_id, $insert_id) are considered duplicates; only the latest counts." */
export function storeEvent(ctx: Context, events: readonly MpEvent[]): void {
  const { mixpanel } = ctx.world;
  ctx.world.change(() => {
    for (const event of events) {
      mixpanel.events.put(event);
      const id = `${event.event}|${event.time}|${event.distinct_id}|${event.insert_id}`;
      recordEffect(
        ctx,
        mixpanel.effects,
        "event",
        id,
        {
          event: event.event,
          time: event.time,
          distinct_id: event.distinct_id,
          $insert_id: event.insert_id,
          ...event.properties,
        },
        "create",
      );
    }
  });
}

export function check(record: unknown, now: number): MpEvent | Omit<Failure, "index"> {
  const { event, properties } = (record ?? {}) as { event?: unknown; properties?: Record<string, unknown> };
  const insert = properties?.["$insert_id"];
  const failure = (field: string, message: string): Omit<Failure, "index"> => ({
    insert_id: typeof insert === "string" ? insert : "",
    field,
    message,
  });
  if (typeof event !== "string" || event === "" || event.length > 255)
    return failure("event", "'event' must be a non-empty string of at most 255 characters");
  if (typeof properties !== "object" || properties === null || Array.isArray(properties))
    return failure("properties", "'properties' is required");
  const time = properties["time"];
  if (typeof time !== "number" || !Number.isFinite(time) || time <= 0)
    return failure("properties.time", "'properties.time' is invalid: must be specified as seconds since epoch");
  // Values too large for seconds are read as milliseconds.
  let ms = time > 100_000_000_000 ? Math.round(time) : Math.round(time * 1000);
  if (ms < now - FIVE_YEARS) return failure("properties.time", "'properties.time' is invalid: must be within the last 5 years");
  if (ms > now + 3_600_000) ms = now;
  const distinct = properties["distinct_id"];
  if (typeof distinct !== "string" || distinct.length > 255)
    return failure("properties.distinct_id", "'properties.distinct_id' is invalid: must be a string of at most 255 characters");
  if (BANNED.has(distinct.trim().toLowerCase()))
    return failure("properties.distinct_id", `'properties.distinct_id' is invalid: '${distinct}' is not allowed`);
  if (typeof insert !== "string" || !/^[A-Za-z0-9-]{1,36}$/.test(insert)) {
    return failure(
      "properties.$insert_id",
      "'properties.$insert_id' is invalid: must be 1 to 36 alphanumeric characters or dashes",
    );
  }
  if (Object.keys(properties).length > 255) return failure("properties", "'properties' is invalid: at most 255 properties");
  const { time: _time, distinct_id: _distinct, $insert_id: _insert, token: _token, ...custom } = properties;
  return { event, time: ms, distinct_id: distinct, insert_id: insert, properties: custom as MpProperties };
}
