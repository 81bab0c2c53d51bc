import { createRoute, z } from "@hono/zod-openapi";
import { ActedConnection, ConnectionAction } from "@sidelight/contracts/connections/connection.ts";
import { actOnConnection as act } from "../../services/connections/actOnConnection.ts";
import type { App } from "../env.ts";
import { IdParam, json, NoQuery, noStore, notFound, problem, problems, security } from "./shared.ts";

const route = createRoute({
  method: "post",
  path: "/v1/connections/{id}/{action}",
  operationId: "actOnConnection",
  summary: "Probe, pull, pause or resume a connection, or read its secrets again",
  description:
    "What the console's buttons do, in all processes. A paused connection is neither pulled nor written to nor asked, also after a restart: contexts have what is stored, at its age, and deliveries wait. Needs the right `operate`.",
  tags: ["Operations"],
  security,
  request: { params: IdParam.extend({ action: z.string().pipe(ConnectionAction) }), query: NoQuery },
  responses: {
    200: json(ActedConnection, "What was done"),
    ...problems,
    ...notFound,
    409: problem("conflict: the connection is paused. Resume it first"),
  },
});

export function actOnConnection(app: App): void {
  app.openapi(route, async (c) => c.json(await act(c.get("service"), c.req.valid("param")), 200, noStore));
}
