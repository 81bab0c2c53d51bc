import type { Clock } from "@sidelight/model/clock.ts";
import type { AppliedDecision } from "../context/decisionsAbout.ts";
import { type Model, shippedModel } from "../identity/matching/model.ts";
import { type MatchedTenant, type MatcherSet, matchInThread } from "../identity/matching/tenantMatcher.ts";
import type { TenantLog } from "../log/log.ts";
import { deleteModels, findRun, listModels, saveModel, saveRun } from "../store/tables/identityModels.ts";
import { type FoundLink, makeModelLinks } from "./modelLinks.ts";
import { isOutdated, maxVersions, newestModel } from "./models.ts";
import { type FoundSuggestion, saveSuggestions, suggestionId } from "./suggestions.ts";
import { loadTenantDecisions, type TenantDecisions } from "./tenantDecisions.ts";
import { loadTenantRecords, type OwnedRecord, type TenantRecords } from "./tenantRecords.ts";

export interface MatchTools {
  log: TenantLog;
  clock: Clock;
  /** `link`: what the model takes for one is linked. */
  automatic: "suggest" | "link";
  signal?: AbortSignal | undefined;
}

/** What a match did. */
export interface MatchRun {
  people: number;
  companies: number;
  /** Links that the model made. */
  links: number;
  modelVersion: string;
  /** Of the matching thread. */
  durationMs: number;
}

/**
 * Matches all people and companies of a tenant in a thread of its own, which ends with the match. Stores the suggestions and the version
 * of the model, and appends the links that the configuration allows.
 */
export async function matchTenant({ log, clock, automatic, signal }: MatchTools): Promise<MatchRun> {
  await log.whenProjected();
  const records = await loadTenantRecords(log, signal);
  const constraints = await loadTenantDecisions(log, signal);
  const now = clock.now();
  const storedModel = await newestModel(log);
  const keptModel =
    storedModel && !isOutdated(storedModel, { people: records.people.length, now }) ? storedModel.model : undefined;
  const startedAt = performance.now();
  const matched = await matchInThread(matcherSet(records, constraints, keptModel), signal);
  const durationMs = Math.round(performance.now() - startedAt);
  const model = keptModel ?? (await saveFittedModel(log, matched, { people: records.people.length, now }));
  // People may have decided while the thread matched.
  const decisions = await loadTenantDecisions(log, signal);
  const linkContext = { log, clock, decisions, modelVersion: model.version, signal };
  const links = automatic === "link" ? await makeModelLinks(linksOf(records, matched), linkContext) : 0;
  const appliedDecisions = links > 0 ? (await loadTenantDecisions(log, signal)).applied : decisions.applied;
  await saveSuggestions(log, suggestionsOf(records, matched, model.version), { decisions: appliedDecisions, now, signal });
  const [people, companies] = [records.people.length, records.companies.length];
  const run = { matched_at: now, duration_ms: durationMs, people, companies, model_version: model.version };
  await log.append({ statements: [saveRun(log.store, run)], correlationId: "linking" });
  return { people, companies, links, modelVersion: model.version, durationMs };
}

const firstRuns = new WeakMap<TenantLog, Promise<unknown>>();

/** Matches the tenant now if that was never done, so that its suggestions can be read before the leader's first run. */
export async function ensureMatched(tools: Omit<MatchTools, "automatic" | "signal">): Promise<void> {
  const { log } = tools;
  if (await findRun(log.store)) return;
  const run = firstRuns.get(log) ?? matchTenant({ ...tools, automatic: "suggest" }).finally(() => firstRuns.delete(log));
  firstRuns.set(log, run);
  await run;
}

function matcherSet({ people, companies }: TenantRecords, decisions: TenantDecisions, model: Model | undefined): MatcherSet {
  return {
    people: people.map(({ input }) => input),
    peopleNodes: people.map(({ node }) => node),
    companies: companies.map(({ name, domains }) => ({ name, domains })),
    companyNodes: companies.map(({ node }) => node),
    apart: apartPairs(people, decisions.applied),
    model,
  };
}

/** Pairs of people, by index, that decisions keep apart. */
function apartPairs(people: readonly OwnedRecord[], decisions: readonly AppliedDecision[]): [number, number][] {
  const separating = decisions.filter(({ effect }) => effect !== "together" && effect !== "model");
  const decidedKeys = new Set(separating.flatMap(({ sides }) => sides.flat()));
  const indexOf = new Map(people.flatMap(({ key }, index) => (decidedKeys.has(key) ? [[key, index] as const] : [])));
  const indexesOf = (keys: readonly string[]): number[] => keys.flatMap((key) => indexOf.get(key) ?? []);
  return separating.flatMap(({ sides: [leftSide, rightSide] }) =>
    indexesOf(leftSide).flatMap((a) => indexesOf(rightSide).map((b): [number, number] => [a, b])),
  );
}

/** Stores a model that was fitted, under the next version. A tenant with few records keeps the shipped one. */
async function saveFittedModel(
  log: TenantLog,
  { model, pairs }: MatchedTenant,
  { people, now }: { people: number; now: number },
): Promise<Model> {
  if (model.source === "shipped") return shippedModel;
  const versions = await listModels(log.store, maxVersions);
  const last = Math.max(0, ...versions.map(({ version }) => Number(version.slice(fittedPrefix.length)) || 0));
  const next: Model = { ...model, version: `${fittedPrefix}${last + 1}` };
  const row = { version: next.version, fitted_at: now, pairs, people, model: JSON.stringify(next) };
  const oldest = versions.length < maxVersions ? null : (versions.at(-1)?.fitted_at ?? null);
  const pruning = oldest === null ? [] : [deleteModels(log.store, oldest + 1)];
  await log.append({ statements: [saveModel(log.store, row), ...pruning], correlationId: "linking" });
  return next;
}
const fittedPrefix = "fitted-";

const linksOf = ({ people }: TenantRecords, { links }: MatchedTenant): FoundLink[] =>
  links.flatMap(({ a, b, cluster, ...link }) => {
    const [leftSide, rightSide] = [people[a], people[b]];
    if (!leftSide || !rightSide) return [];
    return [{ ...link, left: leftSide, right: rightSide, cluster: cluster.flatMap((index) => people[index]?.key ?? []) }];
  });

function suggestionsOf({ people, companies }: TenantRecords, matched: MatchedTenant, version: string): FoundSuggestion[] {
  const toSuggestions = (
    kind: FoundSuggestion["kind"],
    owners: readonly OwnedRecord[],
    list: MatchedTenant["people"],
    modelVersion: string | null,
  ): FoundSuggestion[] =>
    list.flatMap(({ a, b, confidence, reasons }) => {
      const [leftSide, rightSide] = [owners[a], owners[b]];
      if (!leftSide || !rightSide) return [];
      const id = suggestionId(leftSide.node, rightSide.node);
      return [{ id, kind, left: leftSide.key, right: rightSide.key, confidence, reasons, modelVersion }];
    });
  return [
    ...toSuggestions("person", people, matched.people, version),
    ...toSuggestions("company", companies, matched.companies, null),
  ];
}
