import type { DecisionEffect, Edge } from "@sidelight/model/records.ts";
import type { ClusterDecision } from "./clusterRecord.ts";

/** The platform and the connection of decisions: we make them. */
export const identityPlatform = "sidelight";

/** Ref of a decision's record. */
export const decisionRef = (id: string): string => `${identityPlatform}.decision:${id}`;

const effects: readonly DecisionEffect[] = ["together", "model", "apart", "split", "distinct"];

/** The edges of a decision: one relation finds the decisions of a record, another one names its side. */
export function decisionEdges(
  effect: DecisionEffect | null,
  sides: readonly [readonly string[], readonly string[]],
  supersedes: readonly string[],
): Edge[] {
  const ofSide = (side: 0 | 1): Edge[] =>
    effect === null
      ? []
      : sides[side].flatMap((to): Edge[] => [
          { rel: "decided", to },
          { rel: `${effect}_${side}`, to },
        ]);
  return [...ofSide(0), ...ofSide(1), ...supersedes.map((to): Edge => ({ rel: "supersedes", to }))];
}

/** A decision as its current edges describe it; null for one that was undone. */
export function decisionOf(
  key: string,
  sequence: number,
  edges: readonly { rel: string; to_key: string }[],
): ClusterDecision | null {
  const effect = effects.find((name) => edges.some(({ rel }) => rel === `${name}_0` || rel === `${name}_1`));
  if (!effect) return null;
  const keysOf = (side: 0 | 1): string[] => edges.filter(({ rel }) => rel === `${effect}_${side}`).map(({ to_key }) => to_key);
  return { key, sequence, effect, sides: [keysOf(0), keysOf(1)] };
}
