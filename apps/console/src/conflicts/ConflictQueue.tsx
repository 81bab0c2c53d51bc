import type { Conflict } from "@sidelight/contracts/conflicts/conflict.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useCallback, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { CheckAll } from "../ui/CheckAll.tsx";
import { List } from "../ui/List.tsx";
import { type Outcome, Status } from "../ui/Status.tsx";
import { Empty } from "../ui/states.tsx";
import { useList } from "../ui/useList.ts";
import { onKey, useOpenRow } from "../ui/useOpenRow.ts";
import { useSelection } from "../ui/useSelection.ts";
import { counted, listed } from "../ui/words.ts";
import { BatchPreview } from "./BatchPreview.tsx";
import { ConflictRow } from "./ConflictRow.tsx";
import { type Choice, chosenValue, platformsToWrite } from "./choices.ts";
import { FieldFilter } from "./FieldFilter.tsx";
import { type Resolution, resolveConflicts } from "./resolve.ts";
import { useFields } from "./useFields.ts";
import { customerWords, type PlatformLabel, platformLabels, quoted } from "./words.ts";

const countedConflicts = (count: number): string => counted(count, "conflict");

/** Fields whose platforms differ. A person takes one value, for one conflict or for many at once. */
export function ConflictQueue({ session }: PageProps) {
  const [field, setField] = useState("");
  const [progress, setProgress] = useState("");
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [isPreviewing, setPreviewing] = useState(false);

  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) =>
        client.getConflicts({
          ...{ state: "open", limit: 50, signal },
          ...(field && { type: field }),
          ...(cursor !== undefined && { cursor }),
        }),
      ),
    [session, field],
  );
  const list = useList(read);
  const { items } = list;
  const fields = useFields(session).items;
  const labelOf = platformLabels(fields);
  const selection = useSelection(items);
  const row = useOpenRow(items);
  const isBusy = progress !== "";

  const resolve = async (resolutions: readonly Resolution[], message: string): Promise<void> => {
    if (resolutions.length === 0 || isBusy) return;
    setPreviewing(false);
    setProgress(`Deciding ${countedConflicts(resolutions.length)}…`);
    const show = (count: number): void => setProgress(`Decided ${count} of ${resolutions.length}…`);
    const { decided, problem } = await resolveConflicts(session, resolutions, show);
    setProgress("");
    row.moveAfter(decided);
    list.setItems((present) => present.filter(({ id }) => !decided.includes(id)));
    selection.clear();
    const text = problem ? [decided.length > 0 ? `Decided ${decided.length}.` : "", problem].filter(Boolean).join(" ") : message;
    setOutcome({ text, isProblem: problem !== "" });
  };

  const resolveOne = (conflict: Conflict, choice: Choice, reason: string): Promise<void> =>
    resolve([{ id: conflict.id, choice, reason }], resultWords(conflict, choice, labelOf));

  const onKeyDown = onKey({
    j: () => row.move(1),
    k: () => row.move(-1),
    x: () => row.item && selection.toggle(row.item.id),
    ...Object.fromEntries(positions.map((position) => [String(position), () => chooseOption(row.listElement.current, position)])),
  });

  const empty = (
    <Empty title="No conflict waits">
      {field
        ? "No open conflict of this field."
        : "When platforms differ in a field and no rule decides, the conflict appears here."}
    </Empty>
  );
  return (
    <section aria-label="Open conflicts" onKeyDown={onKeyDown}>
      <FieldFilter
        fields={fields}
        value={field}
        onChange={(name) => {
          setField(name);
          setPreviewing(false);
          setOutcome(null);
        }}
      />
      <Status progress={progress} outcome={outcome} />
      <List list={list} empty={empty}>
        <div className="batch">
          <CheckAll selection={selection} count={items.length} hasMore={list.hasMore} counted={countedConflicts} />
          <Button size="small" disabled={selection.items.length === 0 || isBusy} onClick={() => setPreviewing(true)}>
            Decide selected…
          </Button>
        </div>
        {isPreviewing && selection.items.length > 0 && (
          <BatchPreview
            conflicts={selection.items}
            labelOf={labelOf}
            onConfirm={(resolutions) =>
              resolve(resolutions, `Decided ${countedConflicts(resolutions.length)}. The writes follow.`)
            }
            onCancel={() => setPreviewing(false)}
          />
        )}
        <ul className="rows" ref={row.listElement}>
          {items.map((conflict) => (
            <ConflictRow
              key={conflict.id}
              conflict={conflict}
              type={fields.find(({ name }) => name === conflict.field)?.type ?? "text"}
              labelOf={labelOf}
              isOpen={row.isOpen(conflict.id)}
              isChecked={selection.has(conflict.id)}
              isBusy={isBusy}
              onOpen={() => row.toggle(conflict.id)}
              onCheck={() => selection.toggle(conflict.id)}
              onResolve={(choice, reason) => resolveOne(conflict, choice, reason)}
            />
          ))}
        </ul>
        <p className="muted small keys">
          In the list: <kbd>j</kbd> next, <kbd>k</kbd> previous, <kbd>x</kbd> select. In an open conflict: <kbd>1</kbd> to{" "}
          <kbd>9</kbd> choose a value, <kbd>Enter</kbd> decides.
        </p>
      </List>
    </section>
  );
}

const positions = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Chooses a value of the open conflict by its position. Enter then decides, because the value has the focus. */
function chooseOption(list: HTMLElement | null, position: number): void {
  const option = list?.querySelectorAll<HTMLInputElement>(".row-open [type=radio]")[position - 1];
  option?.click();
  option?.focus();
}

/** What a decision does, in a sentence. */
function resultWords(conflict: Conflict, choice: Choice, labelOf: PlatformLabel): string {
  const targets = platformsToWrite(conflict, choice).map(labelOf);
  const summary = `Decided for ${customerWords(conflict)}: ${quoted(chosenValue(conflict, choice))}.`;
  return targets.length === 0 ? summary : `${summary} It is written to ${listed(targets)}.`;
}
