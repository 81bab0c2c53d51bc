import { z } from "zod";
import { Problem } from "../errors/problem.ts";
import { Context } from "./context.ts";
import { SectionName } from "./sections.ts";

/** `POST /v1/contexts`: personal values stand in the body here, never in a URL. */
export const ContextsRequest = z.strictObject({
  refs: z.array(z.string().min(1).max(600)).min(1).max(100),
  sections: z.array(SectionName).min(1).optional(),
});
export type ContextsRequest = z.infer<typeof ContextsRequest>;

/** In the order of the request: a context, or the problem that this one ref met. */
export const ContextsResponse = z.object({ items: z.array(z.union([Context, Problem])) });
export type ContextsResponse = z.infer<typeof ContextsResponse>;
