import { createRoute, z } from "@hono/zod-openapi";
import { SuggestionList, SuggestionState } from "@sidelight/contracts/identity/evidence.ts";
import { IdentityModel } from "@sidelight/contracts/identity/model.ts";
import { getModel } from "../../services/identity/getModel.ts";
import { listCandidates } from "../../services/identity/listCandidates.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, ListOptions, NoQuery, pageOf, privateNoStore, problems, security } from "./shared.ts";

const routeDefaults = { method: "get" as const, tags: ["Identity"], security };

const candidatesRoute = createRoute({
  ...routeDefaults,
  path: "/v1/identity/candidates",
  operationId: "getIdentityCandidates",
  summary: "List customers that may be one, best first",
  description:
    "The leader matches all records ten minutes after a start and then once an hour if something changed; a decision settles a suggestion at once. `state=dismissed` and `state=linked` list what a decision settled. Needs the right `identify`.",
  request: {
    query: ListOptions.pick({ limit: true, cursor: true }).extend({
      state: SuggestionState.optional().openapi({ description: "open when left out" }),
      kind: z.enum(["person", "company"]).optional(),
      minConfidence: z.coerce.number().min(0).max(1).optional(),
    }),
  },
  responses: { 200: json(SuggestionList, "A page of suggestions"), ...problems },
});

const modelRoute = createRoute({
  ...routeDefaults,
  path: "/v1/identity/model",
  operationId: "getIdentityModel",
  summary: "The model that scores suggestions",
  description:
    "How much each agreement and each contradiction is worth, fitted to the tenant's records. Needs the right `identify`.",
  request: { query: NoQuery },
  responses: { 200: json(IdentityModel, "The model"), ...problems },
});

export function getIdentityCandidates(app: App): void {
  app.openapi(candidatesRoute, async (c) => {
    const { state, kind, minConfidence, ...page } = c.req.valid("query");
    const candidates = await listCandidates(c.get("service"), { ...pageOf(page), state, kind, minConfidence });
    return (await pageResponse(candidates, privateNoStore)) as never;
  });
  app.openapi(modelRoute, async (c) => c.json(await getModel(c.get("service"), {}), 200, privateNoStore));
}
