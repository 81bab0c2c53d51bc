import { useState } from "react";
import { failureText } from "../session/session.ts";
import type { Outcome } from "./Status.tsx";

export interface Change {
  /** What is going on; "" when nothing is. */
  progress: string;
  outcome: Outcome | null;
  isBusy: boolean;
  /** Makes one change at a time. `work` returns what it did, in words. @returns whether it succeeded */
  run(progress: string, work: () => Promise<string>): Promise<boolean>;
  clear(): void;
}

/** A change that a person makes, with its progress and what it did. */
export function useChange(): Change {
  const [progress, setProgress] = useState("");
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  return {
    progress,
    outcome,
    isBusy: progress !== "",
    async run(text, work) {
      if (progress !== "") return false;
      setProgress(text);
      setOutcome(null);
      try {
        setOutcome({ text: await work(), isProblem: false });
        return true;
      } catch (error) {
        setOutcome({ text: failureText(error), isProblem: true });
        return false;
      } finally {
        setProgress("");
      }
    },
    clear: () => setOutcome(null),
  };
}
