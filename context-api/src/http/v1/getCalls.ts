import { createRoute } from "@hono/zod-openapi";
import { CallList } from "@sidelight/contracts/connections/call.ts";
import type { NumberedCall } from "../../telemetry/callLog.ts";
import type { App } from "../env.ts";
import { readNumber, writeNumber } from "./cursor.ts";
import { requireOperator } from "./requireOperator.ts";
import { json, ListOptions, problems, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/calls",
  operationId: "getCalls",
  summary: "Calls that this process sent to the platforms, newest first",
  description:
    "The last 10,000, in memory: routes without their parameters, never a value or a query. They are also written to the process's log at level debug.",
  tags: ["Operations"],
  security,
  request: { query: ListOptions.omit({ type: true, state: true }) },
  responses: { 200: json(CallList.clone().openapi("Calls"), "A page"), ...problems },
});

export function getCalls(app: App): void {
  app.openapi(route, (c) => {
    requireOperator(c.get("actor"));
    const { tenant } = c.get("served");
    const { limit, cursor, source, since } = c.req.valid("query");
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : readNumber(cursor);
    const from = since === undefined ? 0 : Date.parse(since);
    const wanted = tenant.callLog
      .recent(tenant.id)
      .filter((call) => call.number < before && call.at >= from && (source === undefined || call.platform === source));
    const page = wanted.slice(0, limit);
    const nextCursor = wanted.length > limit ? writeNumber(page.at(-1)!.number) : null;
    return c.json({ items: page.map(view), nextCursor }, 200, { "cache-control": "no-store" });
  });
}

function view({ number: _, tenant: __, at, ...call }: NumberedCall) {
  return { at: new Date(at).toISOString(), ...call };
}
