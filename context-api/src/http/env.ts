import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ContextAnswer } from "../context/contexts.ts";
import type { ServiceContext } from "../services/service.ts";

/** What a request carries through the middleware. */
export interface Env {
  Variables: {
    requestId: string;
    /** `performance.now()` at the start. */
    startedAt: number;
    /** Headers for every answer of this request: the rate limit, and the end of this API version. */
    responseHeaders: Record<string, string>;
    /** True once the response has the headers of every answer. */
    hasHeaders: boolean;
    /** Which tier answered, for a context. */
    tier: ContextAnswer["tier"];
    /** Counts more requests of the rate limit, once the size of this one is known. @throws {HttpProblem} rate_limited */
    charge(cost: number): Promise<void>;
    /** Set for every request with an API key or a panel session. */
    service: ServiceContext;
  };
}
export type App = OpenAPIHono<Env>;
