import type { Suggestion, SuggestionSide } from "@sidelight/contracts/identity/evidence.ts";
import { Preview } from "../ui/Preview.tsx";
import { counted, percent } from "../ui/words.ts";
import { countCustomers } from "./joinedCustomers.ts";
import { confidenceWords, recordWords } from "./words.ts";

interface Props {
  suggestions: readonly Suggestion[];
  onConfirm: () => void;
  onCancel: () => void;
}

/** Below this, a batch is worth a second look. */
const carefulConfidence = 0.95;

/** Which customers become one when several suggestions are accepted. */
export function AcceptPreview({ suggestions, onConfirm, onCancel }: Props) {
  const uncertain = suggestions.filter(({ confidence }) => confidence < carefulConfidence).length;
  const { before, after } = countCustomers(suggestions);
  return (
    <Preview
      title={`Accept ${counted(suggestions.length, "suggestion")}?`}
      confirm={`Accept ${counted(suggestions.length, "suggestion")}`}
      {...{ onConfirm, onCancel }}
      changes={
        <div className="scroll">
          <table className="table stacked">
            <thead>
              <tr>
                <th scope="col">Customer</th>
                <th scope="col">Customer</th>
                <th scope="col">Confidence</th>
              </tr>
            </thead>
            <tbody>
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
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
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

function Side({ side }: { side: SuggestionSide }) {
  return (
    <>
      <bdi className="value">{side.label}</bdi>
      <span className="muted small">{side.members.map(({ ref }) => recordWords(ref)).join(", ")}</span>
    </>
  );
}
