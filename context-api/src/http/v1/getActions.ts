import { createRoute } from "@hono/zod-openapi";
import { ActionState, CustomerPinList } from "@sidelight/contracts/actions/action.ts";
import { getAction } from "../../services/actions/getAction.ts";
import { listPins } from "../../services/actions/listPins.ts";
import type { App } from "../env.ts";
import { IdParam, json, NoQuery, notFound, privateNoStore, problems, security } from "./shared.ts";

const actionRoute = createRoute({
  method: "get",
  path: "/v1/actions/{id}",
  operationId: "getAction",
  summary: "An action that the caller took, and how far its delivery is",
  description: "Administrators read the actions of everybody. A reveal is not read again.",
  tags: ["Actions"],
  security,
  request: { params: IdParam, query: NoQuery },
  responses: { 200: json(ActionState, "The action"), ...problems, ...notFound },
});

const pinsRoute = createRoute({
  method: "get",
  path: "/v1/pins",
  operationId: "getPins",
  summary: "The customers that the caller pinned, newest pin first",
  description: "Of the person who signed in, otherwise of the API key. At most 200. Needs the right `pin`.",
  tags: ["Actions"],
  security,
  request: { query: NoQuery },
  responses: { 200: json(CustomerPinList, "The pins"), ...problems },
});

export function getActions(app: App): void {
  app.openapi(actionRoute, async (c) => c.json(await getAction(c.get("service"), c.req.valid("param")), 200, privateNoStore));
  app.openapi(pinsRoute, async (c) => c.json(await listPins(c.get("service"), {}), 200, privateNoStore));
}
