import type { SectionState } from "@sidelight/contracts/context/sections.ts";
import { withholdsData } from "./freshness.ts";
import type { AnySection } from "./scope.ts";
import type { Absent } from "./view.ts";

/** Why a value is missing, or null when it is there. Zero, false and "" from the source's side are told apart here. */
export function absence(section: AnySection | undefined, state: SectionState, pointer: string, value: unknown): Absent | null {
  if (!section) return "could_not_load";
  if (withholdsData(state)) {
    return state === "forbidden" ? "hidden" : state === "consent_withheld" ? "consent_withheld" : "not_connected";
  }
  if (section.data === null || section.data === undefined) {
    return state === "pending" ? "pending" : state === "empty" ? "empty" : "could_not_load";
  }
  if (value !== null && value !== undefined && value !== "") return null;
  if (isCovered(section.masked ?? [], pointer)) return "hidden";
  return lookUp(section.absent, pointer) === "not_mapped" ? "not_mapped" : "none_set";
}

export function isMasked(section: AnySection, pointer: string): boolean {
  return isCovered(section.masked ?? [], pointer);
}

/** The entry for a JSON pointer, or for the nearest object around it. */
export function lookUp<T>(entries: Readonly<Record<string, T>> | undefined, pointer: string): T | undefined {
  if (!entries) return undefined;
  for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    if (Object.hasOwn(entries, at)) return entries[at];
  }
  return undefined;
}

function isCovered(pointers: readonly string[], pointer: string): boolean {
  return pointers.some((masked) => pointer === masked || pointer.startsWith(`${masked}/`));
}
