import type { ChosenValues } from "@sidelight/contracts/identity/changes.ts";
import type { Suggestion, SuggestionSide } from "@sidelight/contracts/identity/evidence.ts";
import { Preview } from "../ui/Preview.tsx";
import { Table } from "../ui/Table.tsx";
import { counted, labelWords, percent } from "../ui/words.ts";
import { countCustomers } from "./joinedCustomers.ts";
import { confidenceWords, recordWords } from "./words.ts";

interface Props {
  suggestions: readonly Suggestion[];
  /** By the id of the suggestion. */
  chosenValues: Readonly<Record<string, ChosenValues>>;
  onConfirm: () => void;
  onCancel: () => void;
}

/** Below this, a batch is worth a second look. */
const carefulConfidence = 0.95;

/** Which customers become one when several suggestions are accepted. */
export function AcceptPreview({ suggestions, chosenValues, onConfirm, onCancel }: Props) {
  const uncertain = suggestions.filter(({ confidence }) => confidence < carefulConfidence).length;
  const { before, after } = countCustomers(suggestions);
  return (
    <Preview
      title={`Accept ${counted(suggestions.length, "suggestion")}?`}
      confirm={`Accept ${counted(suggestions.length, "suggestion")}`}
      {...{ onConfirm, onCancel }}
      changes={
        <Table columns={["Customer", "Other customer", "Confidence"]} isStacked>
          {suggestions.map(({ id, left, right, confidence }) => (
            <tr key={id}>
              <td>
                <Side side={left} />
              </td>
              <td>
                <Side side={right} />
              </td>
              <td>
                {confidenceWords(confidence)} ({percent(confidence)})
                <ChosenNames values={chosenValues[id] ?? {}} />
              </td>
            </tr>
          ))}
        </Table>
      }
    >
      <p className="muted">
        {before} customers become {after}, for everybody. No record of a platform changes, and each can be undone.
      </p>
      {uncertain > 0 && (
        <p className="caution">
          {uncertain === 1 ? "One of them is" : `${uncertain} of them are`} less than very likely. Look at{" "}
          {uncertain === 1 ? "it" : "them"} one by one.
        </p>
      )}
    </Preview>
  );
}

/** The records whose values were chosen, by field. */
function ChosenNames({ values }: { values: ChosenValues }) {
  return Object.entries(values).map(([field, ref]) =>
    ref === undefined ? null : (
      <span key={field} className="muted small value">
        {labelWords(field)} of <bdi>{recordWords(ref)}</bdi>
      </span>
    ),
  );
}

function Side({ side }: { side: SuggestionSide }) {
  return (
    <>
      <bdi className="value">{side.label}</bdi>
      <span className="muted small">{side.members.map(({ ref }) => recordWords(ref)).join(", ")}</span>
    </>
  );
}
