import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { Field, Select } from "@zendeskgarden/react-forms";
import { type KeyboardEvent, useCallback, useRef, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { accept, type ChangeResult, dismiss, undo } from "./changes.ts";
import { SuggestionRow } from "./SuggestionRow.tsx";
import { useList } from "./useList.ts";

const confidences = [
  { label: "Any confidence", min: 0 },
  { label: "Likely or better", min: 0.8 },
  { label: "Very likely or better", min: 0.95 },
  { label: "Almost certain", min: 0.99 },
];

interface Outcome {
  text: string;
  isProblem: boolean;
  /** Decisions that can be undone. */
  decisions: readonly string[];
}

/** Pairs of customers that may be one, most likely first. A person accepts or dismisses them, one by one or many at once. */
export function ReviewQueue({ session }: PageProps) {
  const [kind, setKind] = useState<Suggestion["kind"] | "">("");
  const [minConfidence, setMinConfidence] = useState(0);
  const [openId, setOpenId] = useState<string | null>(null);
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const [progress, setProgress] = useState("");
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const listElement = useRef<HTMLUListElement>(null);

  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) =>
        client.getIdentityCandidates({
          ...{ state: "open", limit: 50, signal },
          ...(kind && { kind }),
          ...(minConfidence > 0 && { minConfidence }),
          ...(cursor !== undefined && { cursor }),
        }),
      ),
    [session, kind, minConfidence],
  );
  const list = useList(read);
  const { items } = list;
  const selection = items.filter(({ id }) => checked.has(id));
  const current = items.find(({ id }) => id === openId) ?? null;
  const isBusy = progress !== "";

  const focusRow = (id: string | undefined): void => {
    if (id === undefined) return;
    setOpenId(id);
    listElement.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] .row-title`)?.focus();
  };

  const applyResult = ({ decided, decisions, problem }: ChangeResult, verb: string): void => {
    const nextIndex = items.findIndex(({ id }) => decided.includes(id));
    const remaining = items.filter(({ id }) => !decided.includes(id));
    list.setItems(() => remaining);
    setChecked(new Set());
    const done = decided.length > 0 ? `${verb} ${counted(decided.length)}.` : "";
    setOutcome({ text: [done, problem].filter(Boolean).join(" "), isProblem: problem !== "", decisions });
    const next = remaining[Math.min(Math.max(nextIndex, 0), remaining.length - 1)];
    requestAnimationFrame(() => focusRow(next?.id));
  };

  const acceptAll = async (suggestions: readonly Suggestion[]): Promise<void> => {
    if (suggestions.length === 0 || isBusy) return;
    setProgress(`Accepting ${counted(suggestions.length)}…`);
    const show = (count: number): void => setProgress(`Accepted ${count} of ${suggestions.length}…`);
    applyResult(await accept(session, suggestions, show), "Accepted");
    setProgress("");
  };

  const dismissAll = async (suggestions: readonly Suggestion[]): Promise<void> => {
    if (suggestions.length === 0 || isBusy) return;
    setProgress(`Dismissing ${counted(suggestions.length)}…`);
    applyResult(await dismiss(session, suggestions), "Dismissed");
    setProgress("");
  };

  const undoOutcome = async (decisions: readonly string[]): Promise<void> => {
    if (decisions.length === 0 || isBusy) return;
    setProgress("Undoing…");
    const problem = await undo(session, decisions);
    setProgress("");
    setOutcome({ text: problem || "Undone.", isProblem: problem !== "", decisions: problem ? decisions : [] });
    if (!problem) list.reload();
  };

  const toggle = (id: string): void =>
    setChecked((previous) => {
      const next = new Set(previous);
      if (!next.delete(id)) next.add(id);
      return next;
    });

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = items.findIndex(({ id }) => id === openId);
    const actions: Record<string, () => void> = {
      j: () => focusRow(items[Math.min(index + 1, items.length - 1)]?.id),
      k: () => focusRow(items[Math.max(index - 1, 0)]?.id),
      x: () => current && toggle(current.id),
      a: () => void acceptAll(current ? [current] : []),
      d: () => void dismissAll(current ? [current] : []),
      u: () => void undoOutcome(outcome?.decisions ?? []),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  return (
    <section aria-label="Suggestions" onKeyDown={onKeyDown}>
      <div className="filters">
        <Field>
          <Field.Label>Kind</Field.Label>
          <Select isCompact value={kind} onChange={(event) => setKind(event.target.value as typeof kind)}>
            <option value="">All</option>
            <option value="person">People</option>
            <option value="company">Companies</option>
          </Select>
        </Field>
        <Field>
          <Field.Label>Confidence</Field.Label>
          <Select isCompact value={minConfidence} onChange={(event) => setMinConfidence(Number(event.target.value))}>
            {confidences.map(({ label, min }) => (
              <option key={min} value={min}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <Status progress={progress} outcome={outcome} onUndo={undoOutcome} />
      {list.status === "loading" && <Loading />}
      {list.status === "failed" && <Failed text={list.problem} onRetry={list.reload} />}
      {list.status === "ready" && items.length === 0 && (
        <Empty title="Nothing to review">
          {kind || minConfidence > 0
            ? "No suggestion fits these filters."
            : "New suggestions appear here when the matching finds them."}
        </Empty>
      )}
      {list.status === "ready" && items.length > 0 && (
        <>
          <div className="batch">
            <label className="check-all">
              <input
                type="checkbox"
                checked={selection.length === items.length}
                ref={(input) => {
                  if (input) input.indeterminate = selection.length > 0 && selection.length < items.length;
                }}
                onChange={() => setChecked(new Set(selection.length === items.length ? [] : items.map(({ id }) => id)))}
              />
              {selection.length > 0
                ? `${counted(selection.length)} selected`
                : `${counted(items.length)}${list.hasMore ? " so far" : ""}`}
            </label>
            <div className="buttons">
              <Button size="small" isPrimary disabled={selection.length === 0 || isBusy} onClick={() => acceptAll(selection)}>
                Accept selected
              </Button>
              <Button size="small" disabled={selection.length === 0 || isBusy} onClick={() => dismissAll(selection)}>
                Dismiss selected
              </Button>
            </div>
          </div>
          <ul className="rows" ref={listElement}>
            {items.map((suggestion) => (
              <SuggestionRow
                key={suggestion.id}
                suggestion={suggestion}
                isOpen={suggestion.id === openId}
                isChecked={checked.has(suggestion.id)}
                isBusy={isBusy}
                onOpen={() => setOpenId(suggestion.id === openId ? null : suggestion.id)}
                onCheck={() => toggle(suggestion.id)}
                onAccept={() => acceptAll([suggestion])}
                onDismiss={() => dismissAll([suggestion])}
              />
            ))}
          </ul>
          {list.hasMore && (
            <Button size="small" onClick={list.loadMore}>
              Load more
            </Button>
          )}
          <p className="muted small keys">
            In the list: <kbd>j</kbd> next, <kbd>k</kbd> previous, <kbd>x</kbd> select, <kbd>a</kbd> accept, <kbd>d</kbd> dismiss,{" "}
            <kbd>u</kbd> undo.
          </p>
        </>
      )}
    </section>
  );
}

const counted = (count: number): string => `${count} ${count === 1 ? "suggestion" : "suggestions"}`;

interface StatusProps {
  progress: string;
  outcome: Outcome | null;
  onUndo: (decisions: readonly string[]) => void;
}

/** What the last change did, with its undo. */
function Status({ progress, outcome, onUndo }: StatusProps) {
  const isProblem = !progress && outcome?.isProblem === true;
  return (
    <div className={isProblem ? "status status-problem" : "status"} role={isProblem ? "alert" : "status"}>
      {progress || outcome?.text}
      {!progress && outcome && outcome.decisions.length > 0 && (
        <Button size="small" isLink onClick={() => onUndo(outcome.decisions)}>
          Undo
        </Button>
      )}
    </div>
  );
}
