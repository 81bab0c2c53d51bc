import { createRoute, z } from "@hono/zod-openapi";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { notBuilt, security } from "./shared.ts";

type Method = "get" | "post";

/** Routes of the contract that are not built yet. They answer 501, and the OpenAPI says so. */
const routes: [Method, string, string][] = [
  ["get", "/v1/identity/{node}", "Who was taken for whom, and why"],
  ["post", "/v1/identity/{action}", "Link, unlink, merge, undo"],
  ["post", "/v1/actions/{action}", "Notes, follow-ups, pins, reveals"],
  ["post", "/v1/events/replay", "Replay of past events"],
  ["post", "/v1/config", "Change the configuration"],
  ["get", "/v1/conflicts", "Conflicts between platforms"],
  ["get", "/v1/quality", "Data quality"],
  ["get", "/v1/freshness", "Freshness against its objective"],
  ["get", "/v1/costs", "Calls and costs by platform"],
  ["get", "/v1/audit", "Audit trail"],
  ["post", "/v1/privacy/{action}", "Export, erasure, consent"],
  ["post", "/panels/zendesk/{installation}", "Signed-URL entry of the Zendesk app"],
];

export function unbuilt(app: App): void {
  for (const [method, path, summary] of routes) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!);
    const params = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
    const route = createRoute({
      method,
      path,
      summary,
      tags: ["Not built yet"],
      // Platforms that send webhooks hold no API key of ours; they too are told that this isn't there yet.
      ...(path.startsWith("/v1/webhooks") || path.startsWith("/panels") ? {} : { security }),
      ...(names.length > 0 ? { request: { params } } : {}),
      responses: { 501: notBuilt },
    });
    app.openapi(route, () => {
      throw new ProblemError("not_implemented", `${summary}: part of the contract, not built yet.`);
    });
  }
}
