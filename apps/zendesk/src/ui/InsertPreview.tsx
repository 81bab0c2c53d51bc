import type { Summary, SummaryLabels } from "@sidelight/panel/index.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useEffect, useRef, useState } from "react";
import type { InsertOutcome } from "../insert/insert.ts";

interface Props {
  summary: Summary;
  words: SummaryLabels;
  closeLabel: string;
  onInsert: () => Promise<InsertOutcome>;
  onClose: () => void;
}

/** Shows what will be inserted. Nothing reaches the editor before a person has confirmed it. */
export function InsertPreview({ summary, words, closeLabel, onInsert, onClose }: Props) {
  const [outcome, setOutcome] = useState<InsertOutcome | "open" | "busy">("open");
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus(), []);
  const insert = () => {
    setOutcome("busy");
    void onInsert().then(setOutcome);
  };
  const isFinished = outcome !== "open" && outcome !== "busy";
  return (
    <section
      className="insert"
      aria-label={words.title}
      tabIndex={-1}
      ref={box}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <h3>{words.title}</h3>
      <div className="preview">
        <p>
          <bdi>{summary.title}</bdi>
        </p>
        <ul>
          {summary.lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines are fixed while the preview is open
            <li key={index}>
              <bdi>{line}</bdi>
            </li>
          ))}
        </ul>
      </div>
      {isFinished ? (
        <p role={outcome === "done" ? "status" : "alert"} className={outcome === "done" ? "small" : "small tone-danger"}>
          {words[outcome]}
        </p>
      ) : (
        <p className="quiet small">{words.hint}</p>
      )}
      <div className="insert-actions">
        {!isFinished && (
          <Button size="small" isPrimary disabled={outcome === "busy"} onClick={insert}>
            {words.confirm}
          </Button>
        )}
        <Button size="small" isNeutral onClick={onClose}>
          {isFinished ? closeLabel : words.cancel}
        </Button>
      </div>
    </section>
  );
}
