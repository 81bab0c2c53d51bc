import { Button } from "@zendeskgarden/react-buttons";
import { useCallback, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { undo } from "./changes.ts";
import { useList } from "./useList.ts";
import { actorWords, decisionWords, momentWords, recordWords } from "./words.ts";

/** Decisions, newest first. Selected ones are undone together. */
export function History({ session }: PageProps) {
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const [status, setStatus] = useState({ text: "", isProblem: false });
  const [isBusy, setBusy] = useState(false);
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) => client.getIdentityDecisions({ limit: 50, signal, ...(cursor !== undefined && { cursor }) })),
    [session],
  );
  const list = useList(read);
  const selection = list.items.filter(({ id, undone }) => checked.has(id) && !undone);

  const undoSelection = async (): Promise<void> => {
    setBusy(true);
    const problem = await undo(
      session,
      selection.map(({ id }) => id),
    );
    setBusy(false);
    const done = `Undone: ${selection.length} ${selection.length === 1 ? "decision" : "decisions"}.`;
    setStatus({ text: problem || done, isProblem: problem !== "" });
    if (problem) return;
    setChecked(new Set());
    list.reload();
  };

  const toggle = (id: string): void =>
    setChecked((previous) => {
      const next = new Set(previous);
      if (!next.delete(id)) next.add(id);
      return next;
    });

  return (
    <section aria-label="History of decisions">
      <div className={status.isProblem ? "status status-problem" : "status"} role={status.isProblem ? "alert" : "status"}>
        {isBusy ? "Undoing…" : status.text}
      </div>
      {list.status === "loading" && <Loading />}
      {list.status === "failed" && <Failed text={list.problem} onRetry={list.reload} />}
      {list.status === "ready" && list.items.length === 0 && (
        <Empty title="No decisions yet">Links, merges and splits of people and of the model appear here.</Empty>
      )}
      {list.status === "ready" && list.items.length > 0 && (
        <>
          <div className="batch">
            <span className="muted">
              {selection.length === 0 ? "Select decisions to undo them." : `${selection.length} selected`}
            </span>
            <Button size="small" disabled={selection.length === 0 || isBusy} onClick={undoSelection}>
              Undo selected
            </Button>
          </div>
          <div className="scroll">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">
                    <span className="visually-hidden">Select</span>
                  </th>
                  <th scope="col">Decision</th>
                  <th scope="col">Records</th>
                  <th scope="col">By</th>
                  <th scope="col">When</th>
                </tr>
              </thead>
              <tbody>
                {list.items.map(({ id, type, at: instant, actor, reason, records, undone }) => (
                  <tr key={id} className={undone ? "undone" : ""}>
                    <td>
                      {!undone && (
                        <input
                          type="checkbox"
                          aria-label={`Select ${decisionWords[type]}, ${momentWords(instant)}`}
                          checked={checked.has(id)}
                          onChange={() => toggle(id)}
                        />
                      )}
                    </td>
                    <td>
                      {decisionWords[type]}
                      {undone && <span className="muted"> (no longer applies)</span>}
                      {reason && <bdi className="muted small value">{reason}</bdi>}
                    </td>
                    <td>
                      {records.map((ref) => (
                        <bdi key={ref} className="value">
                          {recordWords(ref)}
                        </bdi>
                      ))}
                    </td>
                    <td>{actorWords(actor)}</td>
                    <td className="moment">{momentWords(instant)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {list.hasMore && (
            <Button size="small" onClick={list.loadMore}>
              Load more
            </Button>
          )}
        </>
      )}
    </section>
  );
}
