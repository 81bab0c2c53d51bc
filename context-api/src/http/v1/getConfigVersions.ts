import { createRoute, z } from "@hono/zod-openapi";
import { ConfigOrigin, ConfigVersionList, ConfigVersionText } from "@sidelight/contracts/config/configuration.ts";
import { getConfigVersion } from "../../services/config/getConfigVersion.ts";
import { listConfigVersions } from "../../services/config/listConfigVersions.ts";
import type { App } from "../env.ts";
import { pageResponse } from "../jsonList.ts";
import { json, ListOptions, NoQuery, noStore, notFound, pageOf, problems, security } from "./shared.ts";

const routeDefaults = { method: "get" as const, tags: ["Configuration"], security };

const listRoute = createRoute({
  ...routeDefaults,
  path: "/v1/config/versions",
  operationId: "getConfigVersions",
  summary: "List the versions that were active, newest first",
  description: "`type` is what activated the version. Needs the right `operate`.",
  request: { query: ListOptions.pick({ limit: true, cursor: true, since: true }).extend({ type: ConfigOrigin.optional() }) },
  responses: { 200: json(ConfigVersionList, "A page of versions"), ...problems },
});
const getRoute = createRoute({
  ...routeDefaults,
  path: "/v1/config/versions/{version}",
  operationId: "getConfigVersion",
  summary: "Get one version as YAML",
  description: "Needs the right `operate`.",
  request: { params: z.object({ version: z.string().max(40) }), query: NoQuery },
  responses: { 200: json(ConfigVersionText, "The version"), ...problems, ...notFound },
});

export function getConfigVersions(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { type, ...page } = c.req.valid("query");
    return (await pageResponse(await listConfigVersions(c.get("service"), { ...pageOf(page), origin: type }), noStore)) as never;
  });
  app.openapi(getRoute, async (c) => c.json(await getConfigVersion(c.get("service"), c.req.valid("param")), 200, noStore));
}
