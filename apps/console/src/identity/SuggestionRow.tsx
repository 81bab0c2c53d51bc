import type { ChosenValues } from "@sidelight/contracts/identity/changes.ts";
import type { Suggestion, SuggestionSide } from "@sidelight/contracts/identity/evidence.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { Badge } from "../ui/Badge.tsx";
import { capitalized, labelWords, momentWords, percent } from "../ui/words.ts";
import { type ComparedValue, compareSides } from "./compare.ts";
import { ValueChoice } from "./ValueChoice.tsx";
import { confidenceWords, recordWords } from "./words.ts";

interface Props {
  suggestion: Suggestion;
  isOpen: boolean;
  isChecked: boolean;
  isBusy: boolean;
  /** Whose values the customer is shown with. */
  chosen: ChosenValues;
  onChoose: (chosen: ChosenValues) => void;
  onOpen: () => void;
  onCheck: () => void;
  onAccept: () => void;
  onDismiss: () => void;
  /** Undoes the decision that settled the suggestion. */
  onUndo: (decisions: readonly string[]) => void;
}

/** A suggestion in one line; side by side once it is opened. */
export function SuggestionRow(props: Props) {
  const { suggestion, isOpen, isChecked, chosen, onChoose, onOpen, onCheck } = props;
  const { id, kind, state, left, right, confidence, reasons } = suggestion;
  const names = left.label === right.label ? left.label : `${left.label} and ${right.label}`;
  return (
    <li data-id={id} className={isOpen ? "row row-open" : "row"}>
      <div className="row-head">
        {state === "open" ? (
          <input type="checkbox" aria-label={`Select ${names}`} checked={isChecked} onChange={onCheck} />
        ) : (
          <span />
        )}
        <button type="button" className="row-title" aria-expanded={isOpen} onClick={onOpen}>
          <span className="row-names">
            <bdi>{left.label}</bdi>
            {left.label !== right.label && (
              <>
                <span className="muted"> and </span>
                <bdi>{right.label}</bdi>
              </>
            )}
          </span>
          <span className="muted small row-why">{capitalized(reasons.map(({ text }) => text).join(" · "))}</span>
        </button>
        <Badge tone={confidence >= 0.95 ? "good" : "neutral"}>{confidenceWords(confidence)}</Badge>
        <span className="muted small kind">{kind === "person" ? "Person" : "Company"}</span>
      </div>
      {isOpen && (
        <div className="row-body">
          <Reasons suggestion={suggestion} />
          <Comparison suggestion={suggestion} />
          {state === "open" && <ValueChoice suggestion={suggestion} chosen={chosen} onChange={onChoose} />}
          <Actions {...props} />
        </div>
      )}
    </li>
  );
}

function Actions({ suggestion, isBusy, onAccept, onDismiss, onUndo }: Props) {
  const { kind, state, decision } = suggestion;
  if (state !== "open") {
    return (
      <div className="decide">
        <span className="muted">{state === "linked" ? "Both are one customer now." : "Both are kept apart."}</span>
        {decision !== null && (
          <Button size="small" disabled={isBusy} onClick={() => onUndo([decision])}>
            Undo
          </Button>
        )}
      </div>
    );
  }
  return (
    <div className="buttons">
      <Button size="small" isPrimary disabled={isBusy} onClick={onAccept}>
        Accept: same {kind}
      </Button>
      <Button size="small" disabled={isBusy} onClick={onDismiss}>
        Dismiss: keep apart
      </Button>
    </div>
  );
}

function Reasons({ suggestion }: { suggestion: Suggestion }) {
  const { confidence, modelVersion, reasons, since } = suggestion;
  const origin = modelVersion === null ? "found by a rule" : `scored by model ${modelVersion}`;
  return (
    <div className="reasons">
      <p>
        <strong>{confidenceWords(confidence)}</strong>{" "}
        <span className="muted">
          ({percent(confidence)}), {origin}, suggested {momentWords(since)}
        </span>
      </p>
      <ul>
        {reasons.map(({ rule, text, values }) => (
          <li key={`${rule} ${text}`}>
            {capitalized(text)}
            {values.length > 0 && (
              <span className="muted">
                : <bdi>{values.map(({ value }) => value).join(", ")}</bdi>
              </span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

const results: Readonly<Record<ComparedValue["result"], { text: string; symbol: string }>> = {
  agrees: { text: "Agrees", symbol: "=" },
  differs: { text: "Differs", symbol: "≠" },
  one_side: { text: "One side only", symbol: "–" },
  hidden: { text: "Hidden by your role", symbol: "•" },
};

function Comparison({ suggestion }: { suggestion: Suggestion }) {
  const { left, right } = suggestion;
  return (
    <table className="comparison">
      <caption className="visually-hidden">What agrees and what differs</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">
            <Side side={left} />
          </th>
          <th scope="col">
            <Side side={right} />
          </th>
          <th scope="col">
            <span className="visually-hidden">Result</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {compareSides(suggestion).map(({ label, left: leftValues, right: rightValues, result }) => (
          <tr key={label} className={`compared-${result}`}>
            <th scope="row">{labelWords(label)}</th>
            <td>
              <Values values={leftValues} />
            </td>
            <td>
              <Values values={rightValues} />
            </td>
            <td className="result">
              <span aria-hidden="true">{results[result].symbol}</span> {results[result].text}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Side({ side }: { side: SuggestionSide }) {
  return (
    <>
      <bdi>{side.label}</bdi>
      <span className="muted small records">{side.members.map(({ ref }) => recordWords(ref)).join(", ")}</span>
    </>
  );
}

function Values({ values }: { values: readonly string[] }) {
  if (values.length === 0) return <span className="muted">none</span>;
  return values.map((value) => (
    <bdi key={value} className="value">
      {value}
    </bdi>
  ));
}
