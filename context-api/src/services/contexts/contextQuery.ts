import { type ParsedRef, parseRef } from "@sidelight/model/refs.ts";
import { defaultCountryOf } from "../../config/identifiers.ts";
import type { ContextQuery } from "../../context/contexts.ts";
import { type Pointer, parsePointer } from "../../context/fields.ts";
import type { Tenant } from "../../context/tenant.ts";
import { invalidParameter, ProblemError } from "../problemError.ts";
import { requireRef, type ServiceContext } from "../service.ts";

/** What a caller requests of a context. */
export interface ContextInput {
  ref: string;
  /** Comma-separated section names; all when left out. */
  sections?: string | undefined;
  /** Milliseconds to answer in. */
  deadlineMs?: number | undefined;
  /** Comma-separated JSON pointers; everything when left out. */
  fields?: string | undefined;
}

export const defaultDeadlineMs = 900;
const maxFields = 50;

/** @throws {ProblemError} invalid_ref, invalid_request, forbidden */
export function contextQuery({ served, actor }: ServiceContext, input: ContextInput): ContextQuery {
  const ref = readRef(input.ref, served.tenant);
  requireRef(actor, ref.ref);
  return {
    ref,
    rights: actor.rights,
    sections: readSections(input.sections, served.tenant.sections.names),
    deadlineMs: input.deadlineMs ?? defaultDeadlineMs,
    fields: readFields(input.fields),
    searcher: actor.keyId,
  };
}

/** @throws {ProblemError} invalid_ref */
export function readRef(text: string, { platforms, config }: Pick<Tenant, "platforms" | "config">): ParsedRef {
  const parsed = parseRef(text, platforms, defaultCountryOf(config));
  if ("problem" in parsed) throw new ProblemError("invalid_ref", sentence(parsed.problem), { stage: "validate" });
  return parsed;
}

/** In the fixed order, whatever the order of the request. */
function readSections(text: string | undefined, sectionNames: readonly string[]): readonly string[] {
  if (text === undefined) return sectionNames;
  return orderedSections(
    text.split(",").map((name) => name.trim()),
    sectionNames,
  );
}

/** The requested sections in their fixed order. @throws {ProblemError} invalid_request for a name that is not registered */
export function orderedSections(names: readonly string[], sectionNames: readonly string[]): readonly string[] {
  if (names.some((name) => !sectionNames.includes(name)))
    throw invalidParameter("sections", `Unknown section. Use some of ${sectionNames.join(", ")}.`);
  return sectionNames.filter((name) => names.includes(name));
}

function readFields(text: string | undefined): readonly Pointer[] | null {
  if (text === undefined) return null;
  const pointers = text.split(",").map((pointer) => parsePointer(pointer.trim()));
  const valid = pointers.filter((pointer) => pointer !== null);
  if (valid.length > maxFields || valid.length < pointers.length)
    throw invalidParameter("fields", `fields takes up to ${maxFields} JSON pointers, for example /customer/name.`);
  return valid;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
