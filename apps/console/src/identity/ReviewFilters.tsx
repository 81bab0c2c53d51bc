import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import { Field, Select } from "@zendeskgarden/react-forms";

export interface Filters {
  state: Suggestion["state"];
  /** "" for all. */
  kind: Suggestion["kind"] | "";
  minConfidence: number;
}

export const noFilters: Filters = { state: "open", kind: "", minConfidence: 0 };

const states = [
  { label: "To decide", state: "open" },
  { label: "Kept apart", state: "dismissed" },
  { label: "Joined", state: "linked" },
] as const;

const kinds = [
  { label: "People and companies", kind: "" },
  { label: "People", kind: "person" },
  { label: "Companies", kind: "company" },
] as const;

const confidences = [
  { label: "Any confidence", min: 0 },
  { label: "Likely or better", min: 0.8 },
  { label: "Very likely or better", min: 0.95 },
  { label: "Almost certain", min: 0.99 },
];

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

/** Which suggestions the list shows. */
export function ReviewFilters({ filters, onChange }: Props) {
  const change = (part: Partial<Filters>): void => onChange({ ...filters, ...part });
  return (
    <div className="filters">
      <Field>
        <Field.Label>State</Field.Label>
        <Select isCompact value={filters.state} onChange={({ target }) => change({ state: target.value as Filters["state"] })}>
          {states.map(({ label, state }) => (
            <option key={state} value={state}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <Field>
        <Field.Label>Kind</Field.Label>
        <Select isCompact value={filters.kind} onChange={({ target }) => change({ kind: target.value as Filters["kind"] })}>
          {kinds.map(({ label, kind }) => (
            <option key={kind} value={kind}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <Field>
        <Field.Label>Confidence</Field.Label>
        <Select
          isCompact
          value={filters.minConfidence}
          onChange={({ target }) => change({ minConfidence: Number(target.value) })}
        >
          {confidences.map(({ label, min }) => (
            <option key={min} value={min}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}
