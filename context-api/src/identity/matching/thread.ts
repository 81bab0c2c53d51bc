// Matches the people of a tenant in a thread of its own: a large tenant takes a minute of processor time, and requests must not wait for it.
import { parentPort } from "node:worker_threads";
import { matchRecords } from "./matchRecords.ts";
import { suggestCompanies } from "./suggestCompanies.ts";
import { suggestLinks } from "./suggestLinks.ts";
import { suggestPairs } from "./suggestPairs.ts";
import type { MatchedTenant, MatcherReply, MatcherSet } from "./tenantMatcher.ts";

parentPort?.on("message", (set: MatcherSet) => {
  const reply = (content: MatcherReply): void => parentPort?.postMessage(content);
  try {
    reply({ matched: match(set) });
  } catch (error) {
    reply({ error: error instanceof Error ? error.message : "unknown" });
  }
});

function match({ people, peopleNodes, companies, companyNodes, apart, model }: MatcherSet): MatchedTenant {
  const nodeOf = (record: number): string => peopleNodes[record] ?? "";
  const result = matchRecords(people, { together: ofOneNode(peopleNodes), apart }, { model, minFitPairs });
  return {
    model: result.model,
    people: suggestPairs(result, nodeOf).slice(0, maxSuggestions),
    companies: suggestCompanies(companies, (record) => companyNodes[record] ?? "").slice(0, maxSuggestions),
    links: suggestLinks(result, nodeOf).slice(0, maxLinks),
    pairs: result.pairs.length / 2,
  };
}
const maxSuggestions = 5_000;
const maxLinks = 20_000;
/** Fewer pairs teach less than the shipped model knows. */
const minFitPairs = 1_000;

/** Pairs that connect the records of each customer: they are one by decisions and certain identifiers. */
function ofOneNode(nodes: readonly string[]): [number, number][] {
  const last = new Map<string, number>();
  return nodes.flatMap((node, record): [number, number][] => {
    const previous = last.get(node);
    last.set(node, record);
    return previous === undefined ? [] : [[previous, record]];
  });
}
