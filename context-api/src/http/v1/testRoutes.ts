import { RouteTest, RouteTestRequest } from "@sidelight/contracts/events/route.ts";
import { testRoutes as tryActiveRoutes } from "../../services/routes/testRoutes.ts";
import type { App } from "../env.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { json, notFound, privateNoStore, problems, security } from "./shared.ts";

const operation = {
  path: "/v1/config/routes/test",
  operationId: "testRoutes",
  summary: "Try the active routes",
  description:
    "Shows for each route what it would send for a past event, or for an object as it is now, and why it would send nothing. Sends and writes nothing. Needs the right `operate`.",
  tags: ["Deliveries"],
  security,
  schema: RouteTestRequest,
  responses: { 200: json(RouteTest, "The routes that take such an event"), ...problems, ...notFound },
};

export function testRoutes(app: App): void {
  jsonOperation(app, operation, async (c, input) => c.json(await tryActiveRoutes(c.get("service"), input), 200, privateNoStore));
}
