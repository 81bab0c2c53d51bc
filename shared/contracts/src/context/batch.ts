import { z } from "zod";
import { Problem } from "../errors/problem.ts";
import { PanelPlaceName } from "../sessions/layout.ts";
import { Context } from "./context.ts";
import { SectionName } from "./sections.ts";

/** Body of `POST /v1/contexts`. E-mail addresses and phone numbers are looked up here, so that no URL contains them. */
export const ContextsRequest = z.strictObject({
  refs: z.array(z.string().min(1).max(600)).min(1).max(100).describe("Up to 100 refs"),
  sections: z
    .array(z.string().min(1).max(60))
    .min(1)
    .max(100)
    .optional()
    .describe(`The sections to return; all when left out. ${SectionName.options.join(", ")}, and those that the deployment adds`),
  place: PanelPlaceName.optional().describe("Where a panel shows the answers: adds `layout` to them"),
  team: z.string().max(2_000).optional().describe("Groups or profiles of the reader, separated by |; for the layout"),
  locale: z.string().max(35).optional().describe("Language of the layout's labels, BCP 47; en when left out"),
});
export type ContextsRequest = z.infer<typeof ContextsRequest>;

/** In the order of the request: a context, or the problem of that ref. */
export const ContextsResponse = z.object({ items: z.array(z.union([Context, Problem])) });
export type ContextsResponse = z.infer<typeof ContextsResponse>;
