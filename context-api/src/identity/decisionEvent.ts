import type { DecisionData, DecisionEffect, EventInput } from "@sidelight/model/records.ts";
import { decisionEdges, decisionRef, identityPlatform } from "./decisions.ts";

/** A decision before it is appended. */
export interface DecisionDraft {
  type: DecisionData["type"];
  effect: DecisionEffect | null;
  /** Refs of the records of both sides. */
  sides: readonly [readonly string[], readonly string[]];
  /** Refs of the decisions that it replaces. */
  supersedes: readonly string[];
  /** Ref of the record whose data key seals it. */
  subject: string;
  /** Refs of the records whose values are chosen, by field. */
  values?: Readonly<Record<string, string>>;
}

/** The event of a decision. Its record is what the projector applies. @param now epoch ms */
export function decisionEvent(
  id: string,
  { type, effect, sides, supersedes, subject, values }: DecisionDraft,
  common: Omit<DecisionData, "type" | "effect">,
  now: number,
): EventInput {
  const source = { platform: identityPlatform, connection: identityPlatform, object: "decision" };
  const ref = decisionRef(id);
  return {
    ...source,
    type: `identity.${type}`,
    timestamp: now,
    ref,
    subject,
    sourceIds: [id],
    sourceEventId: id,
    record: {
      ...source,
      ref,
      subject,
      changedAt: null,
      observedAt: now,
      identifiers: [],
      edges: decisionEdges(effect, sides, supersedes),
      data: { ...common, type, effect, ...(values && { values }) },
    },
    interaction: null,
    data: { decision: id, effect, sides, actor: common.actor, confidence: common.confidence, modelVersion: common.modelVersion },
    isEcho: false,
  };
}
