import { createRoute } from "@hono/zod-openapi";
import { DecisionType, IdentityDecisionList } from "@sidelight/contracts/identity/decision.ts";
import { StrikeList } from "@sidelight/contracts/identity/evidence.ts";
import { Identity } from "@sidelight/contracts/identity/identity.ts";
import { getIdentity as getIdentityOf } from "../../services/identity/getIdentity.ts";
import { listDecisions } from "../../services/identity/listDecisions.ts";
import { listStrikes } from "../../services/identity/listStrikes.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { customerProblems, json, ListOptions, NoQuery, pageOf, privateNoStore, problems, RefParam, security } from "./shared.ts";

const routeDefaults = { method: "get" as const, tags: ["Identity"], security };
const PageOptions = ListOptions.pick({ limit: true, cursor: true });

const strikesRoute = createRoute({
  ...routeDefaults,
  path: "/v1/identity/strikes",
  operationId: "getIdentityStrikes",
  summary: "List identifiers that join no records, those with most holders first",
  description:
    "An address of a function, an identifier that too many records have, or one that different customers have. Needs the right `identify`.",
  request: { query: PageOptions },
  responses: { 200: json(StrikeList, "A page of identifiers"), ...problems },
});

const decisionsRoute = createRoute({
  ...routeDefaults,
  path: "/v1/identity/decisions",
  operationId: "getIdentityDecisions",
  summary: "List decisions about who is who, newest first",
  description: "Decisions that were undone are included. Needs the right `identify`.",
  request: { query: PageOptions.extend({ type: DecisionType.optional() }) },
  responses: { 200: json(IdentityDecisionList, "A page of decisions"), ...problems },
});

const identityRoute = createRoute({
  ...routeDefaults,
  path: "/v1/identity/{ref}",
  operationId: "getIdentity",
  summary: "Why records are one customer, and what was decided about them",
  description:
    "Takes the id of a customer (an earlier one leads on), or any other ref that has one customer. A panel session may read its own ref. Needs the right `identify`.",
  request: { params: RefParam, query: NoQuery },
  responses: { 200: json(Identity, "The customer's records, reasons and decisions"), ...problems, ...customerProblems },
});

export function getIdentity(app: App): void {
  app.openapi(strikesRoute, async (c) => {
    const page = await listStrikes(c.get("service"), pageOf(c.req.valid("query")));
    return (await pageResponse(page, privateNoStore)) as never;
  });
  app.openapi(decisionsRoute, async (c) => {
    const { type, ...page } = c.req.valid("query");
    return (await pageResponse(await listDecisions(c.get("service"), { ...pageOf(page), type }), privateNoStore)) as never;
  });
  app.openapi(identityRoute, async (c) =>
    c.json(await getIdentityOf(c.get("service"), c.req.valid("param")), 200, privateNoStore),
  );
}
