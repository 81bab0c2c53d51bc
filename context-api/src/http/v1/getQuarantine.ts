import { createRoute } from "@hono/zod-openapi";
import { type Quarantined, QuarantineList } from "@sidelight/contracts/events/quarantine.ts";
import { listQuarantine } from "../../ingest/quarantine.ts";
import type { App } from "../env.ts";
import { readNumber, writeNumber } from "./cursor.ts";
import { requireOperator } from "./requireOperator.ts";
import { json, ListOptions, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/quarantine",
  operationId: "getQuarantine",
  summary: "Messages that could not be used, newest first",
  description: "`type` is a reason, `state` held, released or discarded. What they say stays sealed.",
  tags: ["Events"],
  security,
  request: { query: ListOptions },
  responses: { 200: json(QuarantineList.clone().openapi("Quarantine"), "A page"), ...problems },
});

export function getQuarantine(app: App): void {
  app.openapi(route, async (c) => {
    requireOperator(c.get("actor"));
    const { log } = c.get("served").tenant;
    const { limit, cursor, source, type, since, state } = c.req.valid("query");
    const rows = await listQuarantine(log, {
      limit: limit + 1,
      offset: cursor === undefined ? 0 : readNumber(cursor),
      platform: source,
      reason: type,
      since: since === undefined ? undefined : Date.parse(since),
      state,
    });
    const from = cursor === undefined ? 0 : readNumber(cursor);
    const nextCursor = rows.length > limit ? writeNumber(from + limit) : null;
    return c.json({ items: rows.slice(0, limit).map(view), nextCursor }, 200, { "cache-control": "no-store" });
  });
}

type Row = Awaited<ReturnType<typeof listQuarantine>>[number];

function view({ id, platform, connection, webhook, reason, detail, state, received_at, settled_at }: Row): Quarantined {
  return {
    id,
    platform,
    connection,
    webhook,
    reason,
    detail,
    state: state as Quarantined["state"],
    receivedAt: new Date(received_at).toISOString(),
    settledAt: settled_at === null ? null : new Date(settled_at).toISOString(),
  };
}
