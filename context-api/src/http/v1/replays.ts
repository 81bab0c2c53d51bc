import { createRoute } from "@hono/zod-openapi";
import { Replay, ReplayList, ReplayPreview, ReplayRequest } from "@sidelight/contracts/events/replay.ts";
import type { z } from "zod";
import { listReplays } from "../../services/events/listReplays.ts";
import { previewReplay, type ReplayInput } from "../../services/events/previewReplay.ts";
import { startReplay } from "../../services/events/startReplay.ts";
import { stopReplay } from "../../services/events/stopReplay.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { IdParam, json, ListOptions, NoQuery, noStore, notFound, pageOf, problem, problems, security } from "./shared.ts";

const routeDefaults = { tags: ["Events"], security };

const startOperation = {
  ...routeDefaults,
  path: "/v1/events/replay",
  operationId: "replayEvents",
  summary: "Route past events to one target again",
  description:
    "For a new route, and for a target that lost data. Events that led to a delivery before are left out, unless `again` is true. With `preview` it says what would be sent. Otherwise it starts a replay, which creates at most `perMinute` deliveries a minute, oldest event first, and waits while more than 100 deliveries wait for the target. Needs the right `operate`.",
  schema: ReplayRequest,
  responses: {
    200: json(ReplayPreview, "What would be sent, for `preview`"),
    202: json(Replay, "The replay runs"),
    ...problems,
    409: problem("conflict: another replay to this target runs"),
  },
};

const listRoute = createRoute({
  ...routeDefaults,
  method: "get",
  path: "/v1/events/replays",
  operationId: "getReplays",
  summary: "List replays, newest first",
  description: "Needs the right `operate`.",
  request: {
    query: ListOptions.pick({ limit: true, cursor: true, since: true }).extend({ state: Replay.shape.state.optional() }),
  },
  responses: { 200: json(ReplayList, "A page of replays"), ...problems },
});

const stopRoute = createRoute({
  ...routeDefaults,
  method: "post",
  path: "/v1/events/replays/{id}/stop",
  operationId: "stopReplay",
  summary: "Stop a replay",
  description: "No further delivery is created. Those that wait, at most about 100, are sent. Needs the right `operate`.",
  request: { params: IdParam, query: NoQuery },
  responses: { 200: json(Replay, "The replay as it is now"), ...problems, ...notFound },
});

export function replays(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { state, ...list } = c.req.valid("query");
    return (await pageResponse(await listReplays(c.get("service"), { ...pageOf(list), state }), noStore)) as never;
  });
  app.openapi(stopRoute, async (c) => c.json(await stopReplay(c.get("service"), c.req.valid("param")), 200, noStore));
  jsonOperation(app, startOperation, async (c, { preview, ...request }) => {
    if (preview) return c.json(await previewReplay(c.get("service"), inputOf(request)), 200, noStore);
    return c.json(await startReplay(c.get("service"), inputOf(request)), 202, noStore);
  });
}

const inputOf = (request: Omit<z.output<typeof ReplayRequest>, "preview">): ReplayInput => ({
  target: request.to,
  route: request.route ?? null,
  type: request.type ?? null,
  source: request.source ?? null,
  since: Date.parse(request.since),
  until: request.until === undefined ? null : Date.parse(request.until),
  hasHistory: request.history,
  isRepeat: request.again,
  perMinute: request.perMinute,
});
