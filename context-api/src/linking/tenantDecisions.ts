import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import type { AppliedDecision } from "../context/decisionsAbout.ts";
import { decisionOf, identityPlatform } from "../identity/decisions.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader, type Reader } from "../log/reader.ts";
import { listObjectKeys } from "../store/tables/projections.ts";

/** What was decided about the people and companies of a tenant. */
export interface TenantDecisions {
  /** Those that apply. */
  applied: AppliedDecision[];
  /** Links of the model that a person undid. */
  undoneLinks: AppliedDecision[];
}

const pageSize = 500;

/** All decisions of a tenant. Reads page by page. */
export async function loadTenantDecisions(log: TenantLog, signal?: AbortSignal): Promise<TenantDecisions> {
  const reader = openReader(log);
  const decisions: StoredRecord<"decision">[] = [];
  for (let last = ""; ; ) {
    signal?.throwIfAborted();
    const keys = await listObjectKeys(log.store, { connection: identityPlatform, object: "decision" }, last, pageSize);
    decisions.push(...ofKind(await reader.records(keys), "decision"));
    if (keys.length < pageSize) break;
    last = keys.at(-1) ?? "";
  }
  const replacedRefs = replacedDecisions(decisions);
  const appliedDecisions: AppliedDecision[] = [];
  const undoneLinks: AppliedDecision[] = [];
  for (const decision of decisions) {
    const effective = toApplied(reader, decision);
    if (!effective) continue;
    if (!replacedRefs.has(decision.ref)) appliedDecisions.push(effective);
    else if (effective.effect === "model") undoneLinks.push(effective);
  }
  return { applied: appliedDecisions, undoneLinks };
}

function toApplied(reader: Reader, decision: StoredRecord<"decision">): AppliedDecision | null {
  const edges = decision.edges.map(({ rel, to }) => ({ rel, to_key: reader.key(to) }));
  const effective = decisionOf(decision.key, decision.sequence, edges);
  return effective && { ...effective, decision };
}

/** Refs of the decisions that another one replaces that applies itself. A decision can only name earlier ones. */
function replacedDecisions(decisions: readonly StoredRecord<"decision">[]): Set<string> {
  const replacedRefs = new Set<string>();
  for (const { ref, edges } of decisions.toSorted((a, b) => b.sequence - a.sequence))
    if (!replacedRefs.has(ref)) for (const { rel, to } of edges) if (rel === "supersedes") replacedRefs.add(to);
  return replacedRefs;
}
