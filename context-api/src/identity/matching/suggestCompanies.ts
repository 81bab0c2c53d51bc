import { compareCompanyNames, coreCompanyName } from "../companyNames.ts";
import type { MatchReason } from "./reasons.ts";

export interface CompanyRecord {
  name: string | null;
  domains: readonly string[];
}

/** Two companies that may be one, by index. Companies are never joined automatically by their names. */
export interface CompanySuggestion {
  a: number;
  b: number;
  confidence: number;
  reasons: MatchReason[];
}

/** Companies under one name or domain that are compared. */
const maxBlock = 20;
const confidences = { both: 0.8, domain: 0.6, name: 0.5 };

/** Companies with one core name or one domain, which the rules did not join. @param groupOf customer of each record */
export function suggestCompanies(companies: readonly CompanyRecord[], groupOf: (index: number) => string): CompanySuggestion[] {
  const blocks = new Map<string, number[]>();
  for (const [index, { name, domains }] of companies.entries()) {
    const core = coreCompanyName(name ?? "");
    for (const key of [...(core === "" ? [] : [`n${core}`]), ...domains.map((domain) => `d${domain}`)])
      blocks.set(key, [...(blocks.get(key) ?? []), index]);
  }
  const suggestions = new Map<string, CompanySuggestion>();
  for (const block of blocks.values()) {
    if (block.length > maxBlock) continue;
    for (const [i, a] of block.entries()) {
      for (const b of block.slice(i + 1)) {
        const key = [groupOf(a), groupOf(b)].sort().join(" ");
        if (groupOf(a) === groupOf(b) || suggestions.has(key)) continue;
        const suggestion = suggestionOf(a, b, companies);
        if (suggestion) suggestions.set(key, suggestion);
      }
    }
  }
  return [...suggestions.values()].sort((x, y) => y.confidence - x.confidence || x.a - y.a);
}

function suggestionOf(a: number, b: number, companies: readonly CompanyRecord[]): CompanySuggestion | null {
  const [left, right] = [companies[a], companies[b]];
  if (!left || !right) return null;
  const hasDomain = left.domains.some((domain) => right.domains.includes(domain));
  const isSameName = compareCompanyNames(left.name, right.name) === "same";
  if (!hasDomain && !isSameName) return null;
  const reasons = [
    ...(isSameName ? [{ rule: "name", text: "the same name without its legal form" }] : []),
    ...(hasDomain ? [{ rule: "domain", text: "the same web domain" }] : []),
  ];
  return { a, b, confidence: confidences[hasDomain ? (isSameName ? "both" : "domain") : "name"], reasons };
}
