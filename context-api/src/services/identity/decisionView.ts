import type { Decision } from "@sidelight/contracts/identity/decision.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { isSuperseded } from "../../context/decisionsAbout.ts";
import type { Reader } from "../../log/reader.ts";
import { withValues } from "./agreeingValues.ts";
import { memberRecords } from "./customerView.ts";

/** Decisions as the API shows them, not masked. */
export async function decisionViews(reader: Reader, decisions: readonly StoredRecord<"decision">[]): Promise<Decision[]> {
  const views: Decision[] = [];
  for (const decision of decisions) {
    const records = await decidedRefs(reader, decision);
    const replaced = decision.edges.filter(({ rel }) => rel === "supersedes").map(({ to }) => splitRef(to).id);
    const { type, actor, reason, decidedAt, confidence, modelVersion } = decision.data;
    views.push({
      id: decision.id,
      type,
      at: decidedAt,
      actor,
      reason,
      confidence,
      modelVersion,
      reasons: await modelReasons(reader, decision, records),
      values: { ...decision.data.values },
      records,
      customers: await customersOf(reader, records),
      undone: await isSuperseded(reader, decision.key),
      undoes: type === "undone" ? replaced : [],
      supersedes: type === "undone" ? [] : replaced,
    });
  }
  return views;
}

/** Why the model decided, with the values of its two records. */
async function modelReasons(
  reader: Reader,
  { data }: StoredRecord<"decision">,
  refs: readonly string[],
): Promise<Decision["reasons"]> {
  if (!data.reasons) return [];
  const [left, right] = memberRecords(await reader.records(refs.map(reader.key)));
  return withValues(data.reasons, left && right ? [left, right] : null, refs);
}

/** The records that a decision is about. An undo is about those of the decisions that it undoes. */
export async function decidedRefs(reader: Reader, decision: StoredRecord): Promise<string[]> {
  const refs = decision.edges.filter(({ rel }) => rel === "decided").map(({ to }) => to);
  if (refs.length > 0) return [...new Set(refs)];
  const undone = await reader.records(decision.edges.filter(({ rel }) => rel === "supersedes").map(({ to }) => reader.key(to)));
  return [...new Set((await Promise.all(undone.map((record) => decidedRefs(reader, record)))).flat())];
}

/** The customers of records, as they are named in refs. */
async function customersOf(reader: Reader, refs: readonly string[]): Promise<string[]> {
  const keys = refs.map(reader.key);
  const nodes = await reader.nodesOf(keys);
  const kinds = new Map(memberRecords(await reader.records(keys)).map(({ key, data }) => [key, data.kind]));
  return [...new Set(keys.flatMap((key) => (kinds.has(key) && nodes.has(key) ? `${kinds.get(key)}:${nodes.get(key)}` : [])))];
}
