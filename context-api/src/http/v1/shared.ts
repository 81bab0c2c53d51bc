import { z } from "@hono/zod-openapi";
import { Context } from "@sidelight/contracts/context/context.ts";
import { type SectionName, sectionNames } from "@sidelight/contracts/context/sections.ts";
import { Problem } from "@sidelight/contracts/errors/problem.ts";
import { type ParsedRef, parseRef } from "@sidelight/model/refs.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { ContextAnswer, ContextQuery } from "../../context/contexts.ts";
import { type Pointer, parsePointer } from "../../context/fields.ts";
import type { Actor, ServedTenant } from "../deps.ts";
import { ProblemError } from "../problem.ts";

// Cloned, since a schema made before the OpenAPI extension was loaded doesn't have its method.
export const ContextSchema = Context.clone().openapi("Context");
export const ProblemSchema = Problem.clone().openapi("Problem");

export const security = [{ bearer: [] }];
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
export const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: ProblemSchema } },
});
export const problems = {
  400: problem("invalid_ref or invalid_request"),
  401: problem("unauthenticated"),
  403: problem("forbidden"),
  429: problem("rate_limited; Retry-After says when"),
  500: problem("internal"),
  503: problem("overloaded; Retry-After says when"),
};
/** Where a customer must be one. */
export const customerProblems = {
  404: problem("not_found: nobody is known by this ref"),
  409: problem("conflict: several customers are meant"),
};
export const notFound = { 404: problem("not_found: there is no such thing") };
export const notBuilt = problem("not_implemented: part of the contract, not built yet");

/** What every list takes. */
export const ListOptions = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  cursor: z.string().max(400).optional().openapi({ description: "nextCursor of the page before" }),
  source: z.string().max(40).optional().openapi({ description: "A platform: zendesk" }),
  type: z.string().max(80).optional(),
  since: z.iso.datetime({ offset: true }).optional().openapi({ description: "Nothing before this instant" }),
  state: z.string().max(40).optional(),
});

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

export const ContextOptions = z.object({
  sections: z
    .string()
    .optional()
    .openapi({ description: `Comma-separated: ${sectionNames.join(", ")}. All when left out.` }),
  deadline: z.coerce
    .number()
    .int()
    .min(50)
    .max(10_000)
    .optional()
    .openapi({ description: "Milliseconds to answer in; 900 when left out." }),
  at: z.iso.datetime({ offset: true }).optional().openapi({
    description: "As it was known at this instant: what we had received by then, under today's rights. No platform is asked.",
  }),
  fields: z.string().max(2_000).optional().openapi({
    description: "Comma-separated JSON pointers into the answer: only these, with ref, kind and match.",
    example: "/customer/name,/sections/account/data/arr",
  }),
});
export const defaultDeadlineMs = 900;

/** @throws {ProblemError} invalid_ref */
export function readRef(text: string, platforms: ReadonlyMap<string, Platform>): ParsedRef {
  const parsed = parseRef(text, platforms);
  if ("problem" in parsed) throw new ProblemError("invalid_ref", sentence(parsed.problem));
  return parsed;
}

/** The sections asked for, in the fixed order. */
function readSections(text: string | undefined): readonly SectionName[] {
  if (text === undefined) return sectionNames;
  const asked = text.split(",").map((name) => name.trim());
  const unknown = asked.some((name) => !(sectionNames as readonly string[]).includes(name));
  if (unknown) throw new ProblemError("invalid_request", `sections takes a comma-separated list of ${sectionNames.join(", ")}.`);
  return sectionNames.filter((name) => asked.includes(name));
}

/** What a request for one context asks for. @throws {ProblemError} invalid_ref, invalid_request */
export function readQuery(
  { tenant }: ServedTenant,
  { rights, only }: Actor,
  text: string,
  options: z.infer<typeof ContextOptions>,
): ContextQuery {
  const ref = readRef(text, tenant.platforms);
  if (only !== null && only !== ref.ref) throw new ProblemError("forbidden", "The session opens another customer.");
  return {
    ref,
    rights,
    sections: readSections(options.sections),
    deadlineMs: options.deadline ?? defaultDeadlineMs,
    fields: readFields(options.fields),
  };
}

const mostFields = 50;

function readFields(text: string | undefined): readonly Pointer[] | null {
  if (text === undefined) return null;
  const pointers = text.split(",").map((pointer) => parsePointer(pointer.trim()));
  if (pointers.length > mostFields || pointers.includes(null)) {
    throw new ProblemError("invalid_request", `fields takes up to ${mostFields} JSON pointers, as in /customer/name.`);
  }
  return pointers as Pointer[];
}

/** A context as it leaves: prebuilt bytes, validated by their ETag (RFC 9110, section 13.1.2). */
export function contextResponse(answer: ContextAnswer, ifNoneMatch: string | undefined, more: Record<string, string>): Response {
  const headers = {
    ...more,
    etag: answer.etag,
    "cache-control": "private, no-cache",
    vary: "authorization",
    "x-sidelight-tier": answer.tier,
  };
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, answer.etag)) return new Response(null, { status: 304, headers });
  return new Response(answer.body as Uint8Array<ArrayBuffer>, {
    status: 200,
    headers: { ...headers, "content-type": "application/json" },
  });
}

/** If-None-Match compares weakly: `W/` is ignored, `*` matches anything. */
function matches(header: string, etag: string): boolean {
  return header === "*" || header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
