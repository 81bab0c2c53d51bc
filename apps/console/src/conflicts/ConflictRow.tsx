import type { Conflict } from "@sidelight/contracts/conflicts/conflict.ts";
import type { FieldStatus } from "@sidelight/contracts/conflicts/fields.ts";
import { Badge } from "../ui/Badge.tsx";
import { labelWords, listed } from "../ui/words.ts";
import type { Choice } from "./choices.ts";
import { DecisionForm } from "./DecisionForm.tsx";
import { causeWords, customerWords, type PlatformLabel, quoted } from "./words.ts";

interface Props {
  conflict: Conflict;
  type: FieldStatus["type"];
  labelOf: PlatformLabel;
  isOpen: boolean;
  isChecked: boolean;
  isBusy: boolean;
  onOpen: () => void;
  onCheck: () => void;
  onResolve: (choice: Choice, reason: string) => void;
}

/** A conflict in one line; its values side by side once it is opened. */
export function ConflictRow({ conflict, type, labelOf, isOpen, isChecked, isBusy, onOpen, onCheck, onResolve }: Props) {
  const { id, field, values } = conflict;
  const customer = customerWords(conflict);
  return (
    <li data-id={id} className={isOpen ? "row row-open" : "row"}>
      <div className="row-head">
        <input type="checkbox" aria-label={`Select ${labelWords(field)} of ${customer}`} checked={isChecked} onChange={onCheck} />
        <button type="button" className="row-title" aria-expanded={isOpen} onClick={onOpen}>
          <span className="row-names">
            <bdi>{customer}</bdi>
            <span className="muted"> · {labelWords(field)}</span>
          </span>
          <span className="muted small row-why">
            {values.map(({ platform, value }) => `${labelOf(platform)}: ${quoted(value)}`).join(" · ")}
          </span>
        </button>
        <Badge>{badgeWords(conflict, labelOf)}</Badge>
        <span className="muted small kind">{conflict.kind === "company" ? "Company" : "Person"}</span>
      </div>
      {isOpen && (
        <div className="row-body">
          <DecisionForm {...{ conflict, type, labelOf, isBusy, onResolve }} />
        </div>
      )}
    </li>
  );
}

/** Where the value changed; else why it is a conflict. */
function badgeWords({ cause, values }: Conflict, labelOf: PlatformLabel): string {
  const changedPlatforms = values.filter(({ hasChanged }) => hasChanged).map(({ platform }) => labelOf(platform));
  return cause === "changed" && changedPlatforms.length > 0 ? `Changed in ${listed(changedPlatforms)}` : causeWords[cause].badge;
}
