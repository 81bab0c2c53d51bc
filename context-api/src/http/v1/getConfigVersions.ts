import { createRoute, z } from "@hono/zod-openapi";
import {
  ConfigOrigin,
  type ConfigVersion,
  ConfigVersionList,
  ConfigVersionText,
} from "@sidelight/contracts/config/configuration.ts";
import { listVersions, readVersion } from "../../config/versions.ts";
import type { ConfigVersionsTable } from "../../store/schema.ts";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { readNumber, writeNumber } from "./cursor.ts";
import { requireOperator } from "./requireOperator.ts";
import { json, ListOptions, notFound, problems, security } from "./shared.ts";

const shared = { method: "get" as const, tags: ["Configuration"], security };

const all = createRoute({
  ...shared,
  path: "/v1/config/versions",
  operationId: "getConfigVersions",
  summary: "Configurations that were in use, by when they last were put to use, newest first",
  description: "`type` is how it came into use: start, reload or rollback.",
  request: { query: ListOptions.pick({ limit: true, cursor: true, type: true, since: true }) },
  responses: { 200: json(ConfigVersionList.clone().openapi("ConfigVersions"), "A page"), ...problems },
});
const one = createRoute({
  ...shared,
  path: "/v1/config/versions/{version}",
  operationId: "getConfigVersion",
  summary: "What a version says",
  request: { params: z.object({ version: z.string().max(40) }) },
  responses: { 200: json(ConfigVersionText.clone().openapi("ConfigVersion"), "The version"), ...problems, ...notFound },
});

export function getConfigVersions(app: App): void {
  app.openapi(all, async (c) => {
    requireOperator(c.get("actor"));
    const { limit, cursor, type, since } = c.req.valid("query");
    const offset = cursor === undefined ? 0 : readNumber(cursor);
    const from = since === undefined ? undefined : Date.parse(since);
    const { store } = c.get("served").tenant.log;
    const rows = await listVersions(store, { limit: limit + 1, offset, origin: type, since: from });
    const nextCursor = rows.length > limit ? writeNumber(offset + limit) : null;
    return c.json({ items: rows.slice(0, limit).map(view), nextCursor }, 200, { "cache-control": "no-store" });
  });
  app.openapi(one, async (c) => {
    requireOperator(c.get("actor"));
    const row = await readVersion(c.get("served").tenant.log.store, c.req.valid("param").version);
    if (!row) throw new ProblemError("not_found", "No such version was ever in use.");
    return c.json({ ...view(row), text: row.text }, 200, { "cache-control": "no-store" });
  });
}

const view = ({ version, since, origin }: Omit<ConfigVersionsTable, "text">): ConfigVersion => ({
  version,
  since: new Date(since).toISOString(),
  origin: ConfigOrigin.parse(origin),
});
