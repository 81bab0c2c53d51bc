import { createRoute } from "@hono/zod-openapi";
import { Canary, CanaryList, CanaryRequest, StartedCanary } from "@sidelight/contracts/config/canary.ts";
import { promoteCanary, stopCanary } from "../../services/canaries/endCanary.ts";
import { listCanaries } from "../../services/canaries/listCanaries.ts";
import { startCanary } from "../../services/canaries/startCanary.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { IdParam, json, ListOptions, NoQuery, noStore, notFound, pageOf, problem, problems, security } from "./shared.ts";

const routeDefaults = { tags: ["Configuration"], security };

const startOperation = {
  ...routeDefaults,
  path: "/v1/config/canaries",
  operationId: "startCanary",
  summary: "Try a change of the routes with a part of the events",
  description:
    "The change takes a share of the customers, or the events of a team. Its deliveries are compared with those of the active version every few seconds. When it fails too often, it is rolled back, and its dead letters are tried again with the active version. Needs the right `operate`.",
  schema: CanaryRequest,
  maxBytes: 192 * 1024,
  responses: {
    201: json(StartedCanary, "The canary runs"),
    ...problems,
    409: problem("conflict: another version is active by now, or another canary runs"),
  },
};

const listRoute = createRoute({
  ...routeDefaults,
  method: "get",
  path: "/v1/config/canaries",
  operationId: "getCanaries",
  summary: "List canaries, newest first",
  description: "Needs the right `operate`.",
  request: { query: ListOptions.pick({ limit: true, cursor: true }).extend({ state: Canary.shape.state.optional() }) },
  responses: { 200: json(CanaryList, "A page of canaries"), ...problems },
});

const endRoute = <Name extends string>(name: Name, operationId: string, summary: string) =>
  createRoute({
    ...routeDefaults,
    method: "post",
    path: `/v1/config/canaries/{id}/${name}` as const,
    operationId,
    summary,
    description: "Needs the right `operate`.",
    request: { params: IdParam, query: NoQuery },
    responses: {
      200: json(Canary, "The canary as it is now"),
      ...problems,
      ...notFound,
      409: problem("conflict: it has ended, or another version is active by now"),
    },
  });
const stopRoute = endRoute("stop", "stopCanary", "Stop a canary: the active version handles all events again");
const promoteRoute = endRoute("promote", "promoteCanary", "Activate the version of a canary for all events");

export function canaries(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { state, ...page } = c.req.valid("query");
    const { limit, cursor } = pageOf(page);
    return (await pageResponse(await listCanaries(c.get("service"), { limit, cursor, state }), noStore)) as never;
  });
  app.openapi(stopRoute, async (c) => c.json(await stopCanary(c.get("service"), c.req.valid("param")), 200, noStore));
  app.openapi(promoteRoute, async (c) => c.json(await promoteCanary(c.get("service"), c.req.valid("param")), 200, noStore));
  jsonOperation(app, startOperation, async (c, { text, set = [], base, reason, minutes, share, team, promote, ...limits }) => {
    const draft = text === undefined ? { set } : { text };
    const { minDeliveries, maxFailureShare } = limits;
    const settings = { share: share ?? null, team: team ?? null, minDeliveries, maxFailureShare, promotes: promote };
    return c.json(await startCanary(c.get("service"), { draft, base, reason, minutes, settings }), 201, noStore);
  });
}
