import { randomUUID } from "node:crypto";
import { mixpanelDate } from "../../world/mixpanel.ts";
import { type Context, recordEffect } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import type { ResponseParts } from "./errors.ts";
import { check, storeEvent } from "./import.ts";
import { applied } from "./updates.ts";

type Item = Record<string, unknown>;

/** `/engage`, `/groups` and `/track`: need only the project token and return 200 even for failures. */
export function ingestRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  for (const method of ["GET", "POST"]) {
    routes.on(method, "/engage", (call) => forEachItem(call, (item) => profile(ctx, item, call)));
    routes.on(method, "/groups", (call) => forEachItem(call, (item) => group(ctx, item)));
    routes.on(method, "/track", (call) => forEachItem(call, (item) => track(ctx, item)));
  }
}

/** JSON in the body, or base64 or JSON in the `data` field, as the SDKs send it. */
function itemsOf(call: Call): Item[] | string {
  if (call.headers.has("content-encoding")) return "Content-Encoding is not supported on this endpoint";
  const json = /^application\/json/i.test(call.headers.get("content-type") ?? "");
  let text = call.text;
  if (!json) {
    const data = call.query.get("data") ?? new URLSearchParams(call.text).get("data") ?? "";
    // The SDKs do not escape base64 in a form, so + arrives as a space.
    text = /^[[{]/.test(data) ? data : Buffer.from(data.replaceAll(" ", "+"), "base64").toString("utf8");
  }
  try {
    const value = JSON.parse(text) as unknown;
    const items = Array.isArray(value) ? value : [value];
    return items.length > 2_000 ? "request exceeds max limit of 2000 records" : (items as Item[]);
  } catch {
    return "invalid JSON";
  }
}

/** "`1` - One or more objects provided are valid. This does not signify a valid project token." */
function forEachItem(call: Call, work: (item: Item) => string | null): ResponseParts {
  const items = itemsOf(call);
  const problems = typeof items === "string" ? [items] : items.map(work);
  const good = problems.filter((problem) => problem === null).length;
  const error = problems.find((problem) => problem !== null) ?? null;
  if (call.query.get("strict") === "1") {
    const failures = problems.flatMap((message, index) => (message === null ? [] : [{ index, field: "", message }]));
    if (failures.length > 0)
      return {
        status: 400,
        body: {
          code: 400,
          error: "some data points in the request failed validation",
          failed_records: failures,
          num_good_events: good,
          status: "Bad Request",
        },
      };
    return { status: 200, body: { code: 200, num_good_events: good, status: "OK" } };
  }
  const status = good > 0 ? 1 : 0;
  if (call.query.get("verbose") === "1") return { status: 200, body: { status, error: status === 1 ? null : error } };
  return { status: 200, text: String(status) };
}

const isProjectToken = (ctx: Context, token: unknown): boolean => token === ctx.secrets.mixpanel.token;

function profile(ctx: Context, item: Item, call: Call): string | null {
  const id = item?.["$distinct_id"];
  if (typeof item?.["$token"] !== "string") return "Missing token";
  if ((typeof id !== "string" && typeof id !== "number") || id === "") return "Missing distinct_id";
  const { profiles, effects } = ctx.world.mixpanel;
  const distinct_id = String(id);
  const previous = profiles.get(distinct_id);
  const next = applied(previous?.properties, item);
  if (typeof next === "string") return next;
  // Mixpanel does not report a wrong token.
  if (!isProjectToken(ctx, item["$token"])) return null;
  ctx.world.change(() => {
    if (next === null) profiles.remove(distinct_id);
    else {
      // Without ip=0 Mixpanel sets the profile's location from the calling server's address.
      const place =
        call.query.get("ip") === "0" || item["$ip"] === "0" || item["$ip"] === 0
          ? {}
          : { $city: "Ashburn", $region: "Virginia", $country_code: "US" };
      // An update counts as a visit of the user, unless it says otherwise.
      const visit = item["$ignore_time"] === true ? {} : { $last_seen: mixpanelDate(ctx.clock.now()) };
      profiles.put({ distinct_id, properties: { ...next, ...place, ...visit } });
    }
    const { $token: _, ...fields } = item;
    recordEffect(ctx, effects, "profile", distinct_id, fields, next === null ? "delete" : previous ? "update" : "create");
  });
  return null;
}

function group(ctx: Context, item: Item): string | null {
  const { $token, $group_key, $group_id, ...update } = item ?? {};
  if (typeof $token !== "string") return "Missing token";
  if (typeof $group_key !== "string" || $group_key === "") return "Missing $group_key";
  if ((typeof $group_id !== "string" && typeof $group_id !== "number") || $group_id === "") return "Missing $group_id";
  const { groups, effects } = ctx.world.mixpanel;
  const key = `${$group_key}:${$group_id}`;
  const previous = groups.get(key);
  const next = applied(previous?.properties, update);
  if (typeof next === "string") return next;
  if (!isProjectToken(ctx, $token)) return null;
  ctx.world.change(() => {
    if (next === null) groups.remove(key);
    else groups.put({ key, group_key: $group_key, group_id: String($group_id), properties: next });
    recordEffect(ctx, effects, "group", key, update, next === null ? "delete" : previous ? "update" : "create");
  });
  return null;
}

function track(ctx: Context, item: Item): string | null {
  const properties = item?.["properties"] as Item | undefined;
  if (typeof properties?.["token"] !== "string") return "Missing token";
  const now = ctx.clock.now();
  // Unlike /import, /track fills in missing values.
  const fullEvent = {
    ...properties,
    time: properties["time"] ?? now,
    $insert_id: properties["$insert_id"] ?? randomUUID(),
    distinct_id: String(properties["distinct_id"] ?? ""),
  };
  const outcome = check({ event: item["event"], properties: fullEvent }, now);
  if (!("event" in outcome)) return outcome.message;
  if (outcome.time < now - 5 * 86_400_000) return "'properties.time' is invalid: /track takes events of the last 5 days";
  if (isProjectToken(ctx, properties["token"])) storeEvent(ctx, [outcome]);
  return null;
}
