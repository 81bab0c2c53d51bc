import { isPlaceholderName } from "@sidelight/model/identifiers/placeholders.ts";
import { isRoleMailbox } from "@sidelight/model/identifiers/roleMailboxes.ts";
import type { CustomerKind } from "./clusterRecord.ts";
import { compareCompanyNames } from "./companyNames.ts";
import { compareNames, type PersonName, parseName } from "./names.ts";

/** Returns a function that is true for names that contradict each other. It compares each pair once. */
export function nameComparison(kind: CustomerKind): (a: string, b: string) => boolean {
  const parsedNames = new Map<string, PersonName>();
  const results = new Map<string, boolean>();
  const parsed = (name: string): PersonName => {
    const parsedName = parsedNames.get(name) ?? parseName(name);
    parsedNames.set(name, parsedName);
    return parsedName;
  };
  /** A record of a function, as "Ops" or "Front desk", belongs to no person. */
  const isFunction = (name: string): boolean => isRoleMailbox(name.toLowerCase()) && !isPlaceholderName(name);
  const areOtherPeople = (a: string, b: string): boolean => {
    if (isFunction(a)) return parsed(b).words.length > 0 && !isFunction(b);
    if (isFunction(b)) return parsed(a).words.length > 0;
    return compareNames(parsed(a), parsed(b)) === "contradicting";
  };
  return (a, b) => {
    if (a === b) return false;
    const pair = a < b ? `${a}\n${b}` : `${b}\n${a}`;
    const isContradicting =
      results.get(pair) ?? (kind === "person" ? areOtherPeople(a, b) : compareCompanyNames(a, b) === "different");
    results.set(pair, isContradicting);
    return isContradicting;
  };
}
