import { z } from "@hono/zod-openapi";
import { sectionNames } from "@sidelight/contracts/context/sections.ts";
import { Problem } from "@sidelight/contracts/errors/problem.ts";
import { PanelPlaceName } from "@sidelight/contracts/sessions/layout.ts";
import { defaultDeadlineMs } from "../../services/contexts/contextQuery.ts";
import type { PageInput } from "../../services/page.ts";
import { wholeNumber } from "../query.ts";

export const security = [{ bearer: [] }];
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
export const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: Problem } },
});
export const problems = {
  400: problem("invalid_ref or invalid_request"),
  401: problem("unauthenticated"),
  403: problem("forbidden"),
  429: problem("rate_limited; see the header Retry-After"),
  500: problem("internal"),
  503: problem("overloaded; see the header Retry-After"),
};
/** Of operations that need exactly one customer. */
export const customerProblems = {
  404: problem("not_found: no platform knows a customer with this ref"),
  409: problem("conflict: several customers match this ref"),
};
export const notFound = { 404: problem("not_found: there is no object with this id") };
export const notBuilt = problem("not_implemented: part of the contract, not built yet");

/** For operations without query parameters: an unknown one is refused. */
export const NoQuery = z.strictObject({});

const instantText = z.iso.datetime({
  offset: true,
  error: "Send an instant with its zone: 2026-11-21T09:30:00Z. A plus sign is written %2B.",
});

/** What every list takes. Unknown parameters are refused, so that a misspelled filter is not ignored. */
export const ListOptions = z.strictObject({
  limit: wholeNumber(1, 1000).default(50),
  cursor: z.string().max(400).optional().openapi({ description: "nextCursor of the previous page" }),
  source: z.string().max(40).optional().openapi({ description: "Name of a platform: zendesk" }),
  type: z.string().max(80).optional(),
  since: instantText.optional().openapi({ description: "Nothing before this instant" }),
});

/** Page and start of a list, as services take them. */
export const pageOf = ({
  limit,
  cursor,
  since,
}: {
  limit: number;
  cursor?: string | undefined;
  since?: string | undefined;
}): PageInput & { since: number | undefined } => ({ limit, cursor, since: toMs(since) });

/** Epoch ms of an instant. */
export const toMs = (instant: string | undefined): number | undefined =>
  instant === undefined ? undefined : Date.parse(instant);

export const IdParam = z.object({ id: z.string().max(60) });

export const RefParam = z.object({
  ref: z
    .string()
    .min(1)
    .openapi({
      param: { name: "ref", in: "path" },
      description: "platform.object:id, email:, phone:, domain:, person: or company:",
      example: "zendesk.ticket:5158",
    }),
});

/** Whom a panel's layout is for. */
export const LayoutOptions = {
  place: PanelPlaceName.optional().openapi({ description: "Where a panel shows the answer: adds `layout` to a context" }),
  team: z
    .string()
    .max(2_000)
    .optional()
    .openapi({ description: "Groups or profiles of the reader, separated by |; for the layout", example: "Billing|Tier 2" }),
  locale: z.string().max(35).optional().openapi({ description: "Language of the layout's labels, BCP 47; en when left out" }),
};

export const ContextOptions = z.strictObject({
  sections: z
    .string()
    .optional()
    .openapi({ description: `Comma-separated: ${sectionNames.join(", ")}. All when left out` }),
  deadline: wholeNumber(50, 10_000)
    .optional()
    .openapi({ description: `Milliseconds to answer in; ${defaultDeadlineMs} when left out` }),
  at: instantText.optional().openapi({
    description: "Answer as of this instant: what was received by then, under today's rights and consent. No platform is called",
  }),
  fields: z.string().max(2_000).optional().openapi({
    description: "Comma-separated JSON pointers into the answer: only these members, with ref, kind and match",
    example: "/customer/name,/sections/account/data/arr",
  }),
  ...LayoutOptions,
});

/** For answers that no cache may store. */
export const noStore = { "cache-control": "no-store" };
/** For answers that depend on the role. */
export const privateNoStore = { "cache-control": "private, no-store", vary: "authorization" };
