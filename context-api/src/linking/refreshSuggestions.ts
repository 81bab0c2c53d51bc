import { type AppliedDecision, decisionsAbout, separates } from "../context/decisionsAbout.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader, type Reader } from "../log/reader.ts";
import { listSuggestionsOf, type SuggestionRow, saveSuggestionState } from "../store/tables/identitySuggestions.ts";
import { loadMembers } from "../store/tables/projections.ts";

export type SuggestionState = "open" | "dismissed" | "linked";

/** A suggestion as decisions make it today. */
export interface CurrentState {
  state: SuggestionState;
  /** The decision that settled it; null while it is open. */
  decision: AppliedDecision["decision"] | null;
}

/** Updates the state of the suggestions about the customers of these records, after a decision about them. */
export async function refreshSuggestions(log: TenantLog, keys: readonly string[], now: number): Promise<void> {
  const reader = openReader(log);
  const nodes = new Set((await reader.nodesOf(keys)).values());
  const members = [...(await loadMembers(log.store, [...nodes], null)).values()].flat().map(({ key }) => key);
  const statements = [];
  for (const row of await listSuggestionsOf(log.store, [...new Set([...keys, ...members])])) {
    const current = await currentState(reader, row);
    if (current && current.state !== row.state) statements.push(saveSuggestionState(log.store, row.id, current.state, now));
  }
  if (statements.length > 0) await log.append({ statements, correlationId: "identity" });
}

/** Null when the suggestion is gone: a rule joined the records, or one of them was deleted. */
export async function currentState(
  reader: Reader,
  { left_key, right_key }: Pick<SuggestionRow, "left_key" | "right_key">,
): Promise<CurrentState | null> {
  const nodes = await reader.nodesOf([left_key, right_key]);
  const [leftNode, rightNode] = [nodes.get(left_key), nodes.get(right_key)];
  if (leftNode === undefined || rightNode === undefined) return null;
  const keysOf = async (node: string): Promise<string[]> => (await reader.membersOf(node)).map(({ key }) => key);
  const leftKeys = await keysOf(leftNode);
  if (leftNode === rightNode) {
    const joining = (await decisionsAbout(reader, leftKeys)).findLast(({ effect, sides }) => isJoinOf(leftKeys, effect, sides));
    return joining ? { state: "linked", decision: joining.decision } : null;
  }
  const rightKeys = await keysOf(rightNode);
  const separating = (await decisionsAbout(reader, [...leftKeys, ...rightKeys])).findLast((decision) =>
    separates(decision, leftKeys, rightKeys),
  );
  return separating ? { state: "dismissed", decision: separating.decision } : { state: "open", decision: null };
}

const isJoinOf = (keys: readonly string[], effect: AppliedDecision["effect"], sides: AppliedDecision["sides"]): boolean =>
  (effect === "together" || effect === "model") && sides.every((side) => side.some((key) => keys.includes(key)));
