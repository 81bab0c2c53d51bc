import type { Decision } from "@sidelight/contracts/identity/decision.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useCallback, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { List } from "../ui/List.tsx";
import { type Outcome, Status } from "../ui/Status.tsx";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useList } from "../ui/useList.ts";
import { useSelection } from "../ui/useSelection.ts";
import { capitalized, counted, labelWords, momentWords, percent } from "../ui/words.ts";
import { undo } from "./changes.ts";
import { actorWords, confidenceWords, decisionWords, recordWords } from "./words.ts";

/** Decisions, newest first. Selected ones are undone together. */
export function History({ session }: PageProps) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [isBusy, setBusy] = useState(false);
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) => client.getIdentityDecisions({ limit: 50, signal, ...(cursor !== undefined && { cursor }) })),
    [session],
  );
  const list = useList(read);
  const selection = useSelection(list.items.filter(({ undone }) => !undone));
  const selectedCount = selection.items.length;

  const undoSelection = async (): Promise<void> => {
    setBusy(true);
    const problem = await undo(
      session,
      selection.items.map(({ id }) => id),
    );
    setBusy(false);
    setOutcome({ text: problem || `Undone: ${counted(selectedCount, "decision")}.`, isProblem: problem !== "" });
    if (problem) return;
    selection.clear();
    list.reload();
  };

  const empty = <Empty title="No decisions yet">Links, merges and splits of people and of the model appear here.</Empty>;
  return (
    <section aria-label="History of decisions">
      <Status progress={isBusy ? "Undoing…" : ""} outcome={outcome} />
      <List list={list} empty={empty}>
        <div className="batch">
          <span className="muted">{selectedCount === 0 ? "Select decisions to undo them." : `${selectedCount} selected`}</span>
          <Button size="small" disabled={selectedCount === 0 || isBusy} onClick={undoSelection}>
            Undo selected
          </Button>
        </div>
        <Table columns={[{ title: "Select", isHidden: true }, "Decision", "Records", "By", "When"]} isStacked>
          {list.items.map((decision) => (
            <Row
              key={decision.id}
              decision={decision}
              isChecked={selection.has(decision.id)}
              onCheck={() => selection.toggle(decision.id)}
            />
          ))}
        </Table>
      </List>
    </section>
  );
}

interface RowProps {
  decision: Decision;
  isChecked: boolean;
  onCheck: () => void;
}

function Row({ decision, isChecked, onCheck }: RowProps) {
  const { type, at: instant, actor, reason, reasons, confidence, values, records, undone } = decision;
  return (
    <tr className={undone ? "undone" : ""}>
      <td>
        {!undone && (
          <input
            type="checkbox"
            aria-label={`Select ${decisionWords[type]}, ${momentWords(instant)}`}
            checked={isChecked}
            onChange={onCheck}
          />
        )}
      </td>
      <td>
        {decisionWords[type]}
        {undone && <span className="muted"> (no longer applies)</span>}
        {confidence !== null && (
          <span className="muted small value">
            {confidenceWords(confidence)} ({percent(confidence)})
          </span>
        )}
        {reasons.length > 0 && (
          <span className="muted small value">{capitalized(reasons.map(({ text }) => text).join(" · "))}</span>
        )}
        {Object.entries(values).map(([field, ref]) => (
          <span key={field} className="muted small value">
            {labelWords(field)} of <bdi>{recordWords(ref)}</bdi>
          </span>
        ))}
        {reason && <bdi className="muted small value">{reason}</bdi>}
      </td>
      <td>
        {records.map((ref) => (
          <bdi key={ref} className="value">
            {recordWords(ref)}
          </bdi>
        ))}
      </td>
      <td data-label="By">{actorWords(actor)}</td>
      <td className="moment">{momentWords(instant)}</td>
    </tr>
  );
}
