import type { SectionState } from "@sidelight/contracts/context/sections.ts";
import { withholdsData } from "./freshness.ts";
import type { AnySection } from "./scope.ts";
import type { Absent } from "./view.ts";

/** Why a value is missing, or null when it is there. Zero and false are values; "" is a missing one. */
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
  for (let path = pointer; path !== ""; path = path.slice(0, path.lastIndexOf("/"))) {
    if (Object.hasOwn(entries, path)) return entries[path];
  }
  return undefined;
}

function isCovered(pointers: readonly string[], pointer: string): boolean {
  return pointers.some((prefix) => pointer === prefix || pointer.startsWith(`${prefix}/`));
}
