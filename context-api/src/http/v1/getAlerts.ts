import { createRoute } from "@hono/zod-openapi";
import { type Alert, AlertList } from "@sidelight/contracts/connections/alert.ts";
import { listAlerts } from "../../store/alerts.ts";
import type { AlertsTable } from "../../store/schema.ts";
import type { App } from "../env.ts";
import { readNumber, writeNumber } from "./cursor.ts";
import { json, ListOptions, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/alerts",
  operationId: "getAlerts",
  summary: "What a person should know of, newest first",
  description: "`type` is a kind, `state` open or closed. Each is also one line of the process's log when it opens.",
  tags: ["Operations"],
  security,
  request: { query: ListOptions.omit({ source: true }) },
  responses: { 200: json(AlertList.clone().openapi("Alerts"), "A page"), ...problems },
});

export function getAlerts(app: App): void {
  app.openapi(route, async (c) => {
    const { store } = c.get("served").tenant.log;
    const { limit, cursor, type, since, state } = c.req.valid("query");
    const offset = cursor === undefined ? 0 : readNumber(cursor);
    const from = since === undefined ? undefined : Date.parse(since);
    const rows = await listAlerts(store, { limit: limit + 1, offset, kind: type, since: from, state });
    const nextCursor = rows.length > limit ? writeNumber(offset + limit) : null;
    return c.json({ items: rows.slice(0, limit).map(view), nextCursor }, 200, { "cache-control": "no-store" });
  });
}

function view({ tenant: _, opened_at, closed_at, severity, ...alert }: AlertsTable): Alert {
  return {
    ...alert,
    severity: severity as Alert["severity"],
    openedAt: new Date(opened_at).toISOString(),
    closedAt: closed_at === null ? null : new Date(closed_at).toISOString(),
  };
}
