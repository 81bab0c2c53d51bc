import { createRoute, z } from "@hono/zod-openapi";
import { ProblemError } from "../../services/problemError.ts";
import type { App } from "../env.ts";
import { notBuilt, security } from "./shared.ts";

type Method = "get" | "post";

/** Operations of the contract that are not built yet. They answer 501. */
const operations: [Method, string, string][] = [
  ["post", "/v1/identity/{action}", "Link, unlink, merge, split"],
  ["post", "/v1/privacy/{action}", "Export, erasure, consent"],
];

export function unbuilt(app: App): void {
  for (const [method, path, summary] of operations) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => name ?? []);
    const params = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
    const route = createRoute({
      method,
      path,
      summary,
      // Only built operations are documented.
      hide: true,
      security,
      ...(names.length > 0 ? { request: { params } } : {}),
      responses: { 501: notBuilt },
    });
    app.openapi(route, () => {
      throw new ProblemError("not_implemented", `${summary}: part of the contract, not built yet.`);
    });
  }
}
