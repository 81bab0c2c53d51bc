import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import { ProblemError } from "../services/problemError.ts";
import type { Api } from "./app.ts";
import type { HttpDeps } from "./deps.ts";
import type { App, Env } from "./env.ts";
import { allMetricsRoute, healthRoutes } from "./healthRoutes.ts";
import { problemOf, problemResponse } from "./problem.ts";

/** What operators and probes read, for a port of its own. It needs no key: only operators may reach the port. */
export function createOpsApp(deps: HttpDeps): Pick<Api, "fetch" | "ahead"> {
  const app: App = new OpenAPIHono<Env>();
  app.onError((error) => problemResponse(problemOf(error), randomUUID()));
  app.notFound(() => problemResponse(unknownPath(), randomUUID()));
  healthRoutes(app, deps);
  allMetricsRoute(app, deps);
  return { fetch: app.fetch, ahead: [] };
}

const unknownPath = (): ProblemError =>
  new ProblemError("not_found", "This port has /healthz, /readyz and /metrics only. The API is on PORT.");
