// Matches the people of a tenant in a thread of its own: a large tenant takes a minute of processor time, and requests must not wait for it.
import { parentPort } from "node:worker_threads";
import type { InputRecord } from "./inputRecord.ts";
import { matchRecords } from "./matchRecords.ts";
import { createPeopleIndex, type PeopleIndex } from "./peopleIndex.ts";
import { type CompanyRecord, suggestCompanies } from "./suggestCompanies.ts";
import { suggestPairs } from "./suggestPairs.ts";
import type { MatchedTenant, MatcherReply, MatcherRequest } from "./tenantMatcher.ts";

let index: PeopleIndex | null = null;

parentPort?.on("message", (request: MatcherRequest) => {
  const reply = (content: Omit<MatcherReply, "id">): void => parentPort?.postMessage({ id: request.id, ...content });
  try {
    if (request.kind === "find") reply({ matches: index?.find(request.record) ?? [] });
    else reply({ matched: match(request.people, request.peopleNodes, request.companies, request.companyNodes) });
  } catch (error) {
    reply({ error: error instanceof Error ? error.message : "unknown" });
  }
});

function match(
  people: readonly InputRecord[],
  peopleNodes: readonly string[],
  companies: readonly CompanyRecord[],
  companyNodes: readonly string[],
): MatchedTenant {
  const result = matchRecords(people);
  index = createPeopleIndex(result);
  return {
    model: result.model,
    people: suggestPairs(result, (record) => peopleNodes[record] ?? "").slice(0, maxSuggestions),
    companies: suggestCompanies(companies, (record) => companyNodes[record] ?? "").slice(0, maxSuggestions),
  };
}
const maxSuggestions = 5_000;
