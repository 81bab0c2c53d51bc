import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import type { ClusterDecision } from "../identity/clusterRecord.ts";
import { decisionOf } from "../identity/decisions.ts";
import type { Reader } from "../log/reader.ts";

/** A decision that applies, with what was recorded about it. */
export interface AppliedDecision extends ClusterDecision {
  decision: StoredRecord<"decision">;
}

/** The decisions about these records that apply: neither undone nor replaced by another one. */
export async function decisionsAbout(reader: Reader, keys: readonly string[]): Promise<AppliedDecision[]> {
  const decisions = ofKind(await reader.pointingAt(keys, ["decided"], ["decision"]), "decision");
  const applied: AppliedDecision[] = [];
  for (const decision of decisions) {
    if (await isSuperseded(reader, decision.key)) continue;
    const edges = decision.edges.map(({ rel, to }) => ({ rel, to_key: reader.key(to) }));
    const clusterDecision = decisionOf(decision.key, decision.sequence, edges);
    if (clusterDecision) applied.push({ ...clusterDecision, decision });
  }
  return applied;
}

/** True when another decision that applies replaces this one. */
export async function isSuperseded(reader: Reader, key: string): Promise<boolean> {
  for (const successor of await reader.pointingAt([key], ["supersedes"], ["decision"]))
    if (!(await isSuperseded(reader, successor.key))) return true;
  return false;
}

type Sides = AppliedDecision["sides"];
const meets = (side: readonly string[], keys: readonly string[]): boolean => side.some((key) => keys.includes(key));
const isWithin = (side: readonly string[], keys: readonly string[]): boolean => side.every((key) => keys.includes(key));

/** True when one side has some of `a`, and the other one some of `b`. */
export const separates = ({ effect, sides }: ClusterDecision, a: readonly string[], b: readonly string[]): boolean =>
  !isJoining(effect) && eitherWay(sides, (x, y) => meets(x, a) && meets(y, b));

/** True for a decision that joined only `leaving` to what stays. */
export const joins = ({ effect, sides }: ClusterDecision, leaving: readonly string[], staying: readonly string[]): boolean =>
  isJoining(effect) && eitherWay(sides, (x, y) => isWithin(x, leaving) && meets(y, staying));

/** True for a decision that joins its two sides. */
const isJoining = (effect: ClusterDecision["effect"]): boolean => effect === "together" || effect === "model";

const eitherWay = ([left, right]: Sides, isMatching: (a: readonly string[], b: readonly string[]) => boolean): boolean =>
  isMatching(left, right) || isMatching(right, left);
