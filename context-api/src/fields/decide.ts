import type { FieldDefinition } from "../config/fields.ts";
import { preferences, preferred } from "../identity/preferred.ts";

// The decision about one field of one customer. Each record keeps what was last agreed with the owner, so that a value that differs
// from the owner's is a change only if the record itself has changed since.

/** What was last agreed with the record. The texts are keyed hashes. */
export interface FieldState {
  seen: string;
  agreed: string;
  partner: string;
  hops: number;
  changedAt: number;
  writtenAt: number | null;
}

/** The record of one platform that takes part. */
export interface Participant {
  platform: string;
  key: string;
  /** Keyed hash of its present value. */
  text: string;
  isEmpty: boolean;
  /** Length of the value as text. */
  length: number;
  /** The source's time of the record's version, epoch ms. */
  changedAt: number;
  /** Null when nothing was agreed yet. */
  state: FieldState | null;
  /** True for a value that an earlier delivery of ours wrote: it is no change of someone else. */
  isEcho: boolean;
}

type Cause =
  /** Two platforms changed the value since they last agreed, or a platform changed it that may not. */
  | "changed"
  /** The values differ and never agreed. */
  | "no_base"
  /** What we write is changed again each time. */
  | "returns";

export type Decision<P extends Participant> =
  /** Nothing to write. */
  | { outcome: "unchanged" }
  /** What was agreed cannot be read yet. It is decided when the owner shows it. */
  | { outcome: "waiting" }
  /** A change flows to the others, or a record lacks what was agreed. `isChange`: false for the latter. */
  | { outcome: "flows"; winner: P; isChange: boolean }
  /** A conflict that the rule decided. */
  | { outcome: "decided"; winner: P; contested: readonly P[]; cause: Cause }
  /** A conflict that waits for a person. */
  | { outcome: "conflict"; contested: readonly P[]; cause: Cause };

/** Writes in a row that each follow a change right after our last one. More are two rules or automations that answer each other. */
const maxHops = 3;
/** A change this soon after our write may be its consequence. */
const consequenceMs = 10 * 60_000;

/** Marks a record whose write was left out, so that it differs from everything that can be agreed. */
export const leftOut = "-";

/** True when the record shows another value than it did, which nothing of ours wrote. */
const hasChanged = (participant: Participant, owner: Participant): boolean =>
  isPartnerOf(participant, owner) && !participant.isEcho && isUnforeseen(participant);

/** True when the record shows a value that is neither the one it had nor the agreed one. */
export const isUnforeseen = ({ state, text }: Participant): boolean =>
  state !== null && text !== state.seen && text !== state.agreed;

/** True while a write of another value may still arrive at the record. */
export const hasPendingWrite = ({ state }: Participant, text: string): boolean =>
  state !== null && state.writtenAt !== null && state.seen !== state.agreed && state.agreed !== text;

/** False for a record that never agreed with this owner: a new one, or one that came from another customer. */
const isPartnerOf = ({ state }: Participant, owner: Participant): boolean => state?.partner === owner.key;

/** The value that the customer was last agreed to have: the owner's own, when it is new or has changed. */
const agreedText = (owner: Participant): string =>
  isPartnerOf(owner, owner) && !hasChanged(owner, owner) ? (owner.state?.agreed ?? owner.text) : owner.text;

/** How many of our writes led to the present value, one after the other; 0 for a change that none of them caused. */
export const hopsOf = (participant: Participant, now: number): number =>
  isConsequence(participant, now) ? (participant.state?.hops ?? 0) : 0;

/**
 * True when the winner's value is not written to the record: where nothing was ever agreed, the absence of a value removes none. A
 * value that the owner clears later is cleared elsewhere too.
 */
export const keepsValue = (participant: Participant, winner: Participant, owner: Participant): boolean =>
  participant.text === winner.text || (winner.isEmpty && !participant.isEmpty && !isPartnerOf(participant, owner));

/**
 * @param hasConflict true while a conflict about the field waits for a person
 * @param now epoch ms
 */
export function decide<P extends Participant>(
  definition: Pick<FieldDefinition, "direction" | "rule">,
  owner: P,
  others: readonly P[],
  { hasConflict, now }: { hasConflict: boolean; now: number },
): Decision<P> {
  const agreed = agreedText(owner);
  const isOwnerNew = !isPartnerOf(owner, owner);
  const isOwnerChange = hasChanged(owner, owner);
  const isNew = (participant: P) => !isPartnerOf(participant, owner);
  const isFillable = owner.isEmpty && agreed === owner.text;
  const contested = others.filter((participant) => {
    if (participant.text === agreed) return false;
    if (!isNew(participant)) return hasChanged(participant, owner);
    // A value that never agreed is kept where the owner has none.
    return !participant.isEmpty && !(isFillable && definition.direction === "one-way");
  });
  if (hasConflict)
    return contested.length > 0 || isOwnerChange
      ? { outcome: "conflict", contested, cause: "changed" }
      : { outcome: "unchanged" };
  const changed = [...(isOwnerChange ? [owner] : []), ...contested];
  if (changed.some((participant) => hopsOf(participant, now) >= maxHops))
    return { outcome: "conflict", contested: contested.length > 0 ? contested : others.slice(0, 1), cause: "returns" };
  if (contested.length === 0) {
    if (isOwnerChange || isOwnerNew) return { outcome: "flows", winner: owner, isChange: true };
    return lagging(owner, others, agreed);
  }
  return contestedDecision(definition, owner, contested, { isOwnerChange, isFillable, isNew, agreed, others });
}

/** Records that lack what was agreed: new ones, and those whose write was left out. */
function lagging<P extends Participant>(owner: P, others: readonly P[], agreed: string): Decision<P> {
  const behind = others.filter((participant) => !isPartnerOf(participant, owner) || participant.state?.agreed !== agreed);
  if (behind.length === 0) return { outcome: "unchanged" };
  const source = [owner, ...others].find(({ text }) => text === agreed);
  return source ? { outcome: "flows", winner: source, isChange: false } : { outcome: "waiting" };
}

interface Contention<P> {
  isOwnerChange: boolean;
  isFillable: boolean;
  isNew(participant: P): boolean;
  agreed: string;
  others: readonly P[];
}

function contestedDecision<P extends Participant>(
  { direction, rule }: Pick<FieldDefinition, "direction" | "rule">,
  owner: P,
  contested: readonly P[],
  { isOwnerChange, isFillable, isNew, agreed, others }: Contention<P>,
): Decision<P> {
  const [first] = contested;
  if (!first) return { outcome: "unchanged" };
  const isOneValue = contested.every(({ text }) => text === first.text);
  const cause: Cause = contested.every(isNew) ? "no_base" : "changed";
  const isFill = isFillable && contested.every(isNew) && direction === "two-way";
  if (rule === "manual") {
    if (isFill && isOneValue) return { outcome: "flows", winner: first, isChange: true };
    return { outcome: "conflict", contested, cause };
  }
  // Of two-way fields, a change that no other platform contradicts is no conflict.
  const isUncontradicted = direction === "two-way" && !isOwnerChange && isOneValue && (isFill || !contested.some(isNew));
  if (isUncontradicted && rule !== "longest") return { outcome: "flows", winner: first, isChange: true };
  const incumbent = [owner, ...others].find(({ text }) => text === agreed);
  if (!incumbent) return { outcome: "waiting" };
  const winner = winnerBy(rule, direction, incumbent, contested, isOwnerChange);
  return { outcome: "decided", winner, contested, cause };
}

function winnerBy<P extends Participant>(
  rule: Exclude<FieldDefinition["rule"], "manual">,
  direction: FieldDefinition["direction"],
  incumbent: P,
  contested: readonly P[],
  isOwnerChange: boolean,
): P {
  switch (rule) {
    case "authority": {
      // Others contradict each other about a two-way field that the owner did not change: the newest of them.
      const [first] = contested;
      if (direction === "one-way" || isOwnerChange || !first || contested.every(({ text }) => text === first.text))
        return incumbent;
      return preferred(first, contested, preferences.newest);
    }
    case "newest":
    case "longest":
      // The owner's value wins a tie, and then the platform that comes first.
      return preferred(incumbent, contested, preferences[rule]);
  }
}

/** True for a change that our own write may have caused: its value never arrived, or was changed soon after. */
function isConsequence({ state, changedAt }: Participant, now: number): boolean {
  if (state === null || state.writtenAt === null) return false;
  return state.seen !== state.agreed || Math.min(changedAt, now) - state.writtenAt < consequenceMs;
}
