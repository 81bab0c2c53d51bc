import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Actor, ServedTenant } from "./deps.ts";

/** What each request carries along. */
export interface Env {
  Variables: {
    requestId: string;
    startedAt: number;
    actor: Actor;
    served: ServedTenant;
  };
}
export type App = OpenAPIHono<Env>;
