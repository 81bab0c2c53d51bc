import type { ChosenValues } from "@sidelight/contracts/identity/changes.ts";
import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useCallback, useRef, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { CheckAll } from "../ui/CheckAll.tsx";
import { List } from "../ui/List.tsx";
import { type Outcome, Status } from "../ui/Status.tsx";
import { Empty } from "../ui/states.tsx";
import { useList } from "../ui/useList.ts";
import { onKey, useOpenRow } from "../ui/useOpenRow.ts";
import { useSelection } from "../ui/useSelection.ts";
import { counted } from "../ui/words.ts";
import { AcceptPreview } from "./AcceptPreview.tsx";
import { accept, type ChangeResult, dismiss, undo } from "./changes.ts";
import { joinedCustomers } from "./joinedCustomers.ts";
import { type Filters, noFilters, ReviewFilters } from "./ReviewFilters.tsx";
import { SuggestionRow } from "./SuggestionRow.tsx";

const countedSuggestions = (count: number): string => counted(count, "suggestion");

/** Pairs of customers that may be one, most likely first. A person accepts or dismisses them, one by one or many at once. */
export function ReviewQueue({ session }: PageProps) {
  const [filters, setFilters] = useState(noFilters);
  const [progress, setProgress] = useState("");
  const [outcome, setOutcome] = useState<(Outcome & { decisions: readonly string[] }) | null>(null);
  const [isPreviewing, setPreviewing] = useState(false);
  /** By the id of the suggestion. */
  const [chosenValues, setChosenValues] = useState<Readonly<Record<string, ChosenValues>>>({});
  const joined = useRef(joinedCustomers());

  const { state, kind, minConfidence } = filters;
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) =>
        client.getIdentityCandidates({
          ...{ state, limit: 50, signal },
          ...(kind && { kind }),
          ...(minConfidence > 0 && { minConfidence }),
          ...(cursor !== undefined && { cursor }),
        }),
      ),
    [session, state, kind, minConfidence],
  );
  const list = useList(read);
  const { items } = list;
  const selection = useSelection(items);
  const row = useOpenRow(items);
  const isBusy = progress !== "";
  const isOpenState = state === "open";

  const applyResult = ({ decided, decisions, problem }: ChangeResult, verb: string): void => {
    // Other suggestions about customers that are one by now have nothing left to decide.
    const settled = items.filter((item) => decided.includes(item.id) || joined.current.areJoined(item)).map(({ id }) => id);
    row.moveAfter(settled);
    list.setItems((present) => present.filter(({ id }) => !settled.includes(id)));
    selection.clear();
    const done = decided.length > 0 ? `${verb} ${countedSuggestions(decided.length)}.` : "";
    setOutcome({ text: [done, problem].filter(Boolean).join(" "), isProblem: problem !== "", decisions });
  };

  const acceptAll = async (suggestions: readonly Suggestion[]): Promise<void> => {
    if (suggestions.length === 0 || isBusy) return;
    setPreviewing(false);
    setProgress(`Accepting ${countedSuggestions(suggestions.length)}…`);
    const show = (count: number): void => setProgress(`Accepted ${count} of ${suggestions.length}…`);
    applyResult(await accept(session, suggestions, { joined: joined.current, chosenValues, progress: show }), "Accepted");
    setProgress("");
  };

  const dismissAll = async (suggestions: readonly Suggestion[]): Promise<void> => {
    if (suggestions.length === 0 || isBusy) return;
    setPreviewing(false);
    setProgress(`Dismissing ${countedSuggestions(suggestions.length)}…`);
    applyResult(await dismiss(session, suggestions), "Dismissed");
    setProgress("");
  };

  const undoAll = async (decisions: readonly string[]): Promise<void> => {
    if (decisions.length === 0 || isBusy) return;
    setProgress("Undoing…");
    const problem = await undo(session, decisions);
    setProgress("");
    setOutcome({ text: problem || "Undone.", isProblem: problem !== "", decisions: problem ? decisions : [] });
    if (problem) return;
    joined.current = joinedCustomers();
    list.reload();
  };

  const changeFilters = (changed: Filters): void => {
    setFilters(changed);
    setPreviewing(false);
    setOutcome(null);
  };

  const current = row.item && isOpenState ? [row.item] : [];
  const onKeyDown = onKey({
    j: () => row.move(1),
    k: () => row.move(-1),
    x: () => current[0] && selection.toggle(current[0].id),
    a: () => void acceptAll(current),
    d: () => void dismissAll(current),
    u: () => void undoAll(outcome?.decisions ?? []),
  });

  return (
    <section aria-label="Suggestions" onKeyDown={onKeyDown}>
      <ReviewFilters filters={filters} onChange={changeFilters} />
      <Status progress={progress} outcome={outcome}>
        {outcome && outcome.decisions.length > 0 && (
          <Button size="small" isLink onClick={() => undoAll(outcome.decisions)}>
            Undo
          </Button>
        )}
      </Status>
      <List list={list} empty={<NoSuggestions filters={filters} />}>
        {isOpenState && (
          <div className="batch">
            <CheckAll selection={selection} count={items.length} hasMore={list.hasMore} counted={countedSuggestions} />
            <div className="buttons">
              <Button
                size="small"
                isPrimary
                disabled={selection.items.length === 0 || isBusy}
                onClick={() => setPreviewing(true)}
              >
                Accept selected…
              </Button>
              <Button size="small" disabled={selection.items.length === 0 || isBusy} onClick={() => dismissAll(selection.items)}>
                Dismiss selected
              </Button>
            </div>
          </div>
        )}
        {isPreviewing && selection.items.length > 0 && (
          <AcceptPreview
            suggestions={selection.items}
            chosenValues={chosenValues}
            onConfirm={() => acceptAll(selection.items)}
            onCancel={() => setPreviewing(false)}
          />
        )}
        <ul className="rows" ref={row.listElement}>
          {items.map((suggestion) => (
            <SuggestionRow
              key={suggestion.id}
              suggestion={suggestion}
              isOpen={row.isOpen(suggestion.id)}
              isChecked={selection.has(suggestion.id)}
              isBusy={isBusy}
              chosen={chosenValues[suggestion.id] ?? {}}
              onChoose={(values) => setChosenValues((previous) => ({ ...previous, [suggestion.id]: values }))}
              onOpen={() => row.toggle(suggestion.id)}
              onCheck={() => selection.toggle(suggestion.id)}
              onAccept={() => acceptAll([suggestion])}
              onDismiss={() => dismissAll([suggestion])}
              onUndo={undoAll}
            />
          ))}
        </ul>
        <p className="muted small keys">
          In the list: <kbd>j</kbd> next, <kbd>k</kbd> previous
          {isOpenState && (
            <>
              , <kbd>x</kbd> select, <kbd>a</kbd> accept, <kbd>d</kbd> dismiss, <kbd>u</kbd> undo
            </>
          )}
          .
        </p>
      </List>
    </section>
  );
}

function NoSuggestions({ filters }: { filters: Filters }) {
  const isFiltered = filters.kind !== "" || filters.minConfidence > 0;
  if (filters.state !== "open")
    return (
      <Empty title="None">{isFiltered ? "No suggestion fits these filters." : "No suggestion was decided like this."}</Empty>
    );
  return (
    <Empty title="Nothing to review">
      {isFiltered ? "No suggestion fits these filters." : "New suggestions appear here when the matching finds them."}
    </Empty>
  );
}
