import type { LabeledValue, Suggestion, SuggestionSide } from "@sidelight/contracts/identity/evidence.ts";

/** One kind of value on both sides of a suggestion. */
export interface ComparedValue {
  label: string;
  left: string[];
  right: string[];
  /** `one_side`: nothing to compare with. `hidden`: a value is masked, so that equal texts prove nothing. */
  result: "agrees" | "differs" | "one_side" | "hidden";
}

const order: Record<ComparedValue["result"], number> = { agrees: 0, differs: 1, hidden: 2, one_side: 3 };

/** What agrees and what differs: first what agrees, in the order of the records' facts. */
export function compareSides({ left, right }: Pick<Suggestion, "left" | "right">): ComparedValue[] {
  const [leftValues, rightValues] = [valuesOf(left), valuesOf(right)];
  const labels = [...new Set([...leftValues.keys(), ...rightValues.keys()])];
  return labels
    .map((label) => compared(label, leftValues.get(label) ?? [], rightValues.get(label) ?? []))
    .sort((a, b) => order[a.result] - order[b.result]);
}

function compared(label: string, left: string[], right: string[]): ComparedValue {
  return { label, left, right, result: resultOf(left, right) };
}

function resultOf(left: string[], right: string[]): ComparedValue["result"] {
  if (left.length === 0 || right.length === 0) return "one_side";
  if ([...left, ...right].some(isMasked)) return "hidden";
  const spellings = new Set(left.map(comparable));
  return right.some((value) => spellings.has(comparable(value))) ? "agrees" : "differs";
}

/** The name of each record is a value as well. */
function valuesOf({ members }: SuggestionSide): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const add = ({ label, value }: LabeledValue): void => {
    const list = values.get(label) ?? [];
    if (value !== "" && !list.some((item) => comparable(item) === comparable(value))) list.push(value);
    values.set(label, list);
  };
  for (const { ref, label, facts } of members) {
    if (label !== ref && !facts.some((fact) => fact.label === "name")) add({ label: "name", value: label });
    for (const fact of facts) add(fact);
  }
  return values;
}

const comparable = (value: string): string => value.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
const isMasked = (value: string): boolean => value.includes("•••");
