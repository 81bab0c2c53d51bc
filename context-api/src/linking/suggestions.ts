import type { AppliedDecision } from "../context/decisionsAbout.ts";
import type { TenantLog } from "../log/log.ts";
import type { Statement } from "../store/statement.ts";
import {
  deleteSuggestion,
  listSuggestionsAfter,
  type SuggestionRow,
  saveSuggestion,
} from "../store/tables/identitySuggestions.ts";
import { loadNodes } from "../store/tables/projections.ts";

/** Two customers that may be one, by the records that were compared. */
export interface FoundSuggestion {
  /** Names both customers as they were matched. */
  id: string;
  kind: "person" | "company";
  /** Keys of the records. */
  left: string;
  right: string;
  /** 0 to 1. */
  confidence: number;
  reasons: readonly { rule: string; text: string; isContradiction?: true }[];
  /** Null when rules found it. */
  modelVersion: string | null;
}

/** Names the two customers, in the order of their ids. */
export const suggestionId = (leftSide: string, rightSide: string): string => [leftSide, rightSide].sort().join(".");

/** Confidence as it is stored. */
export const toStoredConfidence = (confidence: number): number => Math.round(confidence * 10_000);

const pageSize = 500;
const statementsPerCommit = 500;

/**
 * Replaces the stored suggestions by those that a match found. A suggestion that was found before keeps its time. What a decision settled
 * stays as dismissed or linked, for as long as the decision applies.
 */
export async function saveSuggestions(
  log: TenantLog,
  foundSuggestions: readonly FoundSuggestion[],
  { decisions, now, signal }: { decisions: readonly AppliedDecision[]; now: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const storedRows = await loadAll(log);
  const keys = [
    ...storedRows,
    ...foundSuggestions.map(({ left: leftSide, right: rightSide }) => ({ left_key: leftSide, right_key: rightSide })),
  ];
  const decidedKeys = decisions.flatMap(({ sides }) => sides.flat());
  const nodes = await loadNodes(
    log.store,
    [...keys.flatMap(({ left_key, right_key }) => [left_key, right_key]), ...decidedKeys],
    null,
  );
  const settlement = settledPairs(decisions, nodes);
  const rows = new Map<string, SuggestionRow>();
  const foundAt = firstTimes(storedRows, nodes);
  for (const suggestion of foundSuggestions) {
    const row = rowOf(suggestion, { nodes, settled: settlement, foundAt, now });
    if (row && !rows.has(row.id)) rows.set(row.id, row);
  }
  // The model no longer compares the records of one customer: what a decision joined is kept here.
  for (const row of storedRows) {
    const isJoined = settlement.joined.has(nodes.get(row.left_key) ?? "") && nodes.get(row.left_key) === nodes.get(row.right_key);
    if (isJoined && !rows.has(row.id)) rows.set(row.id, { ...row, state: "linked" });
  }
  const statements = changesOf(log, storedRows, rows, now);
  for (let start = 0; start < statements.length; start += statementsPerCommit) {
    signal?.throwIfAborted();
    await log.append({ statements: statements.slice(start, start + statementsPerCommit), correlationId: "linking" });
  }
}

async function loadAll(log: TenantLog): Promise<SuggestionRow[]> {
  const rows: SuggestionRow[] = [];
  for (let last = ""; ; ) {
    const page = await listSuggestionsAfter(log.store, last, pageSize);
    rows.push(...page);
    if (page.length < pageSize) return rows;
    last = page.at(-1)?.id ?? "";
  }
}

interface SettledPairs {
  /** Ids of the pairs of customers that decisions keep apart. */
  apart: ReadonlySet<string>;
  /** Customers of which a decision joined records. */
  joined: ReadonlySet<string>;
}

function settledPairs(decisions: readonly AppliedDecision[], nodes: ReadonlyMap<string, string>): SettledPairs {
  const apartIds = new Set<string>();
  const joinedNodes = new Set<string>();
  const nodesOf = (keys: readonly string[]): Set<string> => new Set(keys.flatMap((key) => nodes.get(key) ?? []));
  for (const { effect, sides } of decisions) {
    const [leftSide, rightSide] = [nodesOf(sides[0]), nodesOf(sides[1])];
    if (effect === "together" || effect === "model") for (const node of leftSide.intersection(rightSide)) joinedNodes.add(node);
    else for (const a of leftSide) for (const b of rightSide) apartIds.add(suggestionId(a, b));
  }
  return { apart: apartIds, joined: joinedNodes };
}

/** When each pair of customers was suggested first. */
function firstTimes(storedRows: readonly SuggestionRow[], nodes: ReadonlyMap<string, string>): Map<string, number> {
  const times = new Map<string, number>();
  for (const { left_key, right_key, found_at } of storedRows) {
    const id = suggestionId(nodes.get(left_key) ?? "", nodes.get(right_key) ?? "");
    times.set(id, Math.min(found_at, times.get(id) ?? found_at));
  }
  return times;
}

interface RowContext {
  nodes: ReadonlyMap<string, string>;
  settled: SettledPairs;
  foundAt: ReadonlyMap<string, number>;
  now: number;
}

/** Null when one is gone, or when an identifier made the two one customer by now. */
function rowOf(
  { id: matchedId, kind, left: leftSide, right: rightSide, confidence, reasons, modelVersion }: FoundSuggestion,
  { nodes, settled: settlement, foundAt, now }: RowContext,
): SuggestionRow | null {
  const [leftNode, rightNode] = [nodes.get(leftSide), nodes.get(rightSide)];
  if (leftNode === undefined || rightNode === undefined) return null;
  const isOne = leftNode === rightNode;
  if (isOne && !settlement.joined.has(leftNode)) return null;
  const id = isOne ? matchedId : suggestionId(leftNode, rightNode);
  return {
    id,
    kind,
    left_key: leftSide,
    right_key: rightSide,
    confidence: toStoredConfidence(confidence),
    reasons: JSON.stringify(reasons),
    model_version: modelVersion,
    state: isOne ? "linked" : settlement.apart.has(id) ? "dismissed" : "open",
    found_at: foundAt.get(id) ?? now,
    updated_at: now,
  };
}

/** Only what differs is written. */
function changesOf(
  { store }: TenantLog,
  storedRows: readonly SuggestionRow[],
  rows: ReadonlyMap<string, SuggestionRow>,
  now: number,
): Statement[] {
  const previousRows = new Map(storedRows.map((row) => [row.id, row]));
  const contentOf = (row: SuggestionRow): string => JSON.stringify({ ...row, updated_at: 0 });
  const deleted = storedRows.filter(({ id }) => !rows.has(id)).map(({ id }) => deleteSuggestion(store, id));
  const savings = [...rows.values()].flatMap((row) => {
    const previous = previousRows.get(row.id);
    if (previous && contentOf(previous) === contentOf(row)) return [];
    return [saveSuggestion(store, { ...row, updated_at: now })];
  });
  return [...deleted, ...savings];
}
