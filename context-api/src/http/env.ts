import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ContextAnswer } from "../context/contexts.ts";
import type { Actor, ServedTenant } from "./deps.ts";

/** What each request carries along. */
export interface Env {
  Variables: {
    requestId: string;
    startedAt: number;
    /** As headers: what is left of the key's allowance, and when this version of the API ends, if it does. */
    standing: Record<string, string>;
    /** True once the response carries what every answer carries. */
    hasHeaders: boolean;
    /** Who answered, for a context. */
    tier: ContextAnswer["tier"];
    actor: Actor;
    served: ServedTenant;
  };
}
export type App = OpenAPIHono<Env>;
