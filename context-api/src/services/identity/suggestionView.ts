import type { IdentityRecord, Suggestion, SuggestionSide } from "@sidelight/contracts/identity/evidence.ts";
import { decisionsAbout, separates } from "../../context/decisionsAbout.ts";
import { currentState } from "../../linking/refreshSuggestions.ts";
import { suggestionId } from "../../linking/suggestions.ts";
import type { Reader } from "../../log/reader.ts";
import type { SuggestionRow } from "../../store/tables/identitySuggestions.ts";
import { iso } from "../instant.ts";
import { type StoredReason, withValues } from "./agreeingValues.ts";
import { customerRecords, labelOf, type MemberRecord, memberRecords, recordLabel } from "./customerView.ts";
import { factsOf } from "./reasons.ts";
import { keysOf } from "./targets.ts";

type SuggestionView = Omit<Suggestion, "masked">;

/** Two records of customers that may be one. */
interface SuggestedPair {
  kind: "person" | "company";
  left: MemberRecord;
  right: MemberRecord;
  /** 0 to 1. */
  confidence: number;
  reasons: readonly StoredReason[];
}

/** A stored suggestion as it is today, not masked; null when it is gone or has another state by now. */
export async function storedSuggestion(reader: Reader, row: SuggestionRow): Promise<SuggestionView | null> {
  const current = await currentState(reader, row);
  if (current?.state !== row.state) return null;
  const records = new Map(
    memberRecords(await reader.records([row.left_key, row.right_key])).map((record) => [record.key, record]),
  );
  const [left, right] = [records.get(row.left_key), records.get(row.right_key)];
  if (!left || !right) return null;
  const sideOf = current.state === "linked" ? recordSide : customerSide;
  const [leftSide, rightSide] = [await sideOf(reader, left), await sideOf(reader, right)];
  if (!leftSide || !rightSide) return null;
  return viewOf(
    {
      kind: row.kind as "person" | "company",
      ...{ left, right, confidence: row.confidence / 10_000 },
      reasons: JSON.parse(row.reasons) as StoredReason[],
    },
    [leftSide, rightSide],
    {
      ...{ id: row.id, state: current.state, modelVersion: row.model_version },
      ...{ since: iso(row.found_at), decision: current.decision?.id ?? null },
    },
  );
}

/** A suggestion that is not stored, not masked; null when both are one customer, or when a person decided about them. */
export async function openSuggestion(reader: Reader, pair: SuggestedPair, since: string): Promise<SuggestionView | null> {
  const [left, right] = [await customerSide(reader, pair.left), await customerSide(reader, pair.right)];
  if (!left || !right || left.view.id === right.view.id) return null;
  const keys = [keysOf(left.records), keysOf(right.records)] as const;
  const decisions = await decisionsAbout(reader, keys.flat());
  if (decisions.some((decision) => separates(decision, ...keys))) return null;
  const id = suggestionId(nodeIn(left.view), nodeIn(right.view));
  return viewOf(pair, [left, right], { id, state: "open", modelVersion: null, since, decision: null });
}

const nodeIn = ({ id }: SuggestionSide): string => id.slice(id.indexOf(":") + 1);

interface Side {
  view: SuggestionSide;
  records: readonly MemberRecord[];
}

function viewOf(
  { kind, left, right, confidence, reasons }: SuggestedPair,
  [leftSide, rightSide]: readonly [Side, Side],
  origin: Pick<SuggestionView, "id" | "state" | "modelVersion" | "since" | "decision">,
): SuggestionView {
  return {
    ...origin,
    kind,
    confidence: Number(confidence.toFixed(4)),
    reasons: withValues(reasons, [left, right], [left.ref, right.ref]),
    left: leftSide.view,
    right: rightSide.view,
  };
}

/** The customer of a record; null when it belongs to none. */
async function customerSide(reader: Reader, { key, data }: MemberRecord): Promise<Side | null> {
  const node = await reader.nodeOf(key);
  if (node === null) return null;
  const id = `${data.kind}:${node}`;
  const records = (await customerRecords(reader, id)).map((member) => member.record);
  return records.length === 0 ? null : { view: { id, label: labelOf(records), members: records.map(memberView) }, records };
}

/** The record alone: both sides of a link are one customer. */
async function recordSide(reader: Reader, record: MemberRecord): Promise<Side | null> {
  const node = await reader.nodeOf(record.key);
  if (node === null) return null;
  const view = { id: `${record.data.kind}:${node}`, label: recordLabel(record), members: [memberView(record)] };
  return { view, records: [record] };
}

const memberView = (member: MemberRecord): IdentityRecord => ({
  ref: member.ref,
  label: recordLabel(member),
  facts: factsOf(member),
});
