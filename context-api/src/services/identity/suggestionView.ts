import type { IdentityRecord, Suggestion, SuggestionSide } from "@sidelight/contracts/identity/evidence.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { decisionsAbout } from "../../context/decisionsAbout.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import { iso } from "../instant.ts";
import type { ServiceContext } from "../service.ts";
import { customerRecords, labelOf, type MemberRecord, recordLabel } from "./customerView.ts";
import type { Matches, OwnedRecord } from "./matches.ts";
import { factsOf } from "./reasons.ts";
import { keysOf, separates } from "./targets.ts";

/** A suggestion by the customers that it is about. */
export interface FoundSuggestion {
  kind: "person" | "company";
  left: OwnedRecord;
  right: OwnedRecord;
  confidence: number;
  reasons: readonly { rule: string; text: string }[];
}

/** The suggestions of a match, best first. */
export function suggestionsOf(matches: Matches): FoundSuggestion[] {
  const found = (kind: FoundSuggestion["kind"], owners: readonly OwnedRecord[], list: Matches["matched"]["people"]) =>
    list.flatMap(({ a, b, confidence, reasons }) => {
      const [left, right] = [owners[a], owners[b]];
      return left && right ? [{ kind, left, right, confidence, reasons }] : [];
    });
  const { people, companies } = matches.matched;
  return [...found("person", matches.people, people), ...found("company", matches.companies, companies)].sort(
    (x, y) => y.confidence - x.confidence,
  );
}

/** Names the two customers, in the order of their ids. */
export const suggestionId = ({ left, right }: Pick<FoundSuggestion, "left" | "right">): string =>
  [left.node, right.node].sort().join(".");

/** The suggestion as it is today; null when both are one customer by now, when one is gone, or when a person decided about them. */
export async function suggestionView(
  { served, actor }: ServiceContext,
  suggestion: FoundSuggestion,
  { matched, matchedAt }: Pick<Matches, "matched" | "matchedAt">,
): Promise<Suggestion | null> {
  const modelVersion = suggestion.kind === "person" ? matched.model.version : null;
  const view = await openSuggestion(openReader(served.tenant.log), suggestion, { modelVersion, since: iso(matchedAt) });
  if (!view) return null;
  const { value, masked } = maskDeep(view, actor.rights);
  return { ...value, masked };
}

/** The suggestion as it is today, not masked; null as above. */
export async function openSuggestion(
  reader: Reader,
  { kind, left, right, confidence, reasons }: FoundSuggestion,
  origin: Pick<Suggestion, "modelVersion" | "since">,
): Promise<Omit<Suggestion, "masked"> | null> {
  const sides = [await sideOf(reader, kind, left), await sideOf(reader, kind, right)] as const;
  const [first, second] = sides;
  if (!first || !second || first.view.id === second.view.id) return null;
  const keys = [keysOf(first.records), keysOf(second.records)] as const;
  const decisions = await decisionsAbout(reader, keys.flat());
  if (decisions.some((decision) => separates(decision, ...keys))) return null;
  const records = [left.record.ref, right.record.ref];
  return {
    id: suggestionId({ left, right }),
    kind,
    state: "open",
    confidence: Number(confidence.toFixed(4)),
    ...origin,
    reasons: reasons.map(({ rule, text }) => ({ rule, text, records, values: [] })),
    left: first.view,
    right: second.view,
  };
}

async function sideOf(
  reader: Reader,
  kind: FoundSuggestion["kind"],
  { record }: OwnedRecord,
): Promise<{ view: SuggestionSide; records: MemberRecord[] } | null> {
  const node = await reader.nodeOf(record.key);
  if (node === null) return null;
  const id = `${kind}:${node}`;
  const records = (await customerRecords(reader, id)).map((member) => member.record);
  if (records.length === 0) return null;
  const members = records.map(
    (member): IdentityRecord => ({ ref: member.ref, label: recordLabel(member), facts: factsOf(member) }),
  );
  return { view: { id, label: labelOf(records), members }, records };
}
