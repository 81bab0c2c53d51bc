import {
  insertedLines,
  type PanelOptions,
  type PanelView,
  type SummaryLabels,
  summaryLabels,
  toSummary,
} from "@sidelight/panel/index.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useEffect, useRef, useState } from "react";
import { type InsertOutcome, insertSummary } from "../insert/insert.ts";
import type { Host } from "../zaf/host.ts";
import { focusTargets, useFocusReturn } from "./focus.ts";
import { GardenTheme } from "./GardenTheme.tsx";
import { useIsPublicReply } from "./useIsPublicReply.ts";

interface Props {
  host: Host;
  /** The ticket on screen, or null. */
  ticketId: string | null;
  /** What is summarized: the panel at the time when the preview was opened. */
  view: PanelView;
  options: PanelOptions;
  closeLabel: string;
  onClose: () => void;
  /** @param characters how many were inserted */
  onInserted: (isPublic: boolean, characters: number) => void;
}

/** Shows what will be inserted. Nothing reaches the editor before a person has confirmed it. */
export function InsertPreview({ host, ticketId, view, options, closeLabel, onClose, onInserted }: Props) {
  const [summary] = useState(() => toSummary(view, options));
  const words = summaryLabels(options);
  const [outcome, setOutcome] = useState<InsertOutcome | "open" | "busy">("open");
  const isPublic = useIsPublicReply(host);
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus(), []);
  useFocusReturn(box, focusTargets.insert);
  const lines = insertedLines(summary, isPublic);
  const isDone = outcome === "done";
  // An internal summary in a draft that is public now.
  const isExposed = useExposure(isDone, isPublic);
  const isEmpty = lines.length === 0;
  const isBusy = outcome === "busy";
  const insert = () => {
    if (isBusy || isEmpty || isDone) return;
    setOutcome("busy");
    void insertSummary(host, { summary, ticketId, isPublic }).then((result) => {
      setOutcome(result);
      if (result === "done") onInserted(isPublic, [summary.title, ...lines].join("\n").length);
    });
  };
  return (
    <GardenTheme>
      <section
        className="insert"
        aria-label={words.title}
        tabIndex={-1}
        ref={box}
        onKeyDown={(event) => event.key === "Escape" && onClose()}
      >
        <h3>{words.title}</h3>
        {isPublic && !isDone && <p className="small tone-warning">{isEmpty ? words.nothingPublic : words.publicWarning}</p>}
        {!isEmpty && <Preview title={summary.title} lines={lines} />}
        <Outcome outcome={isExposed ? "published" : outcome} words={words} isPublic={isPublic} />
        <div className="insert-actions">
          {/* Stays after it was used, so that the focus stays. */}
          <Button size="small" isPrimary aria-disabled={isBusy || isEmpty || isDone} onClick={insert}>
            {words.confirm}
          </Button>
          <Button size="small" isNeutral onClick={onClose}>
            {isDone ? closeLabel : words.cancel}
          </Button>
        </div>
      </section>
    </GardenTheme>
  );
}

/** True when what was inserted as a note is in a public reply by now. */
function useExposure(isDone: boolean, isPublic: boolean): boolean {
  const insertedAsNote = useRef<boolean | null>(null);
  if (isDone) insertedAsNote.current ??= !isPublic;
  return isDone && insertedAsNote.current === true && isPublic;
}

const Preview = ({ title, lines }: { title: string; lines: readonly string[] }) => (
  <div className="preview">
    <p>
      <bdi>{title}</bdi>
    </p>
    <ul>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are fixed while the preview is open
        <li key={index}>
          <bdi>{line}</bdi>
        </li>
      ))}
    </ul>
  </div>
);

interface OutcomeProps {
  outcome: InsertOutcome | "open" | "busy";
  words: SummaryLabels;
  isPublic: boolean;
}

function Outcome({ outcome, words, isPublic }: OutcomeProps) {
  if (outcome === "open" || outcome === "busy") return isPublic ? null : <p className="quiet small">{words.hint}</p>;
  const isDone = outcome === "done";
  return (
    <p role={isDone ? "status" : "alert"} className={isDone ? "small" : "small tone-danger"}>
      {words[outcome]}
    </p>
  );
}
