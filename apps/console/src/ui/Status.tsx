import type { ReactNode } from "react";

/** What the last change did. */
export interface Outcome {
  text: string;
  isProblem: boolean;
}

interface Props {
  /** What is going on; "" when nothing is. It replaces the outcome. */
  progress: string;
  outcome: Outcome | null;
  /** After the outcome, for example its undo. */
  children?: ReactNode;
}

/** The progress of a change, and then what it did. */
export function Status({ progress, outcome, children }: Props) {
  const isProblem = !progress && outcome?.isProblem === true;
  return (
    <div className={isProblem ? "status status-problem" : "status"} role={isProblem ? "alert" : "status"}>
      {progress || outcome?.text}
      {!progress && outcome && children}
    </div>
  );
}
