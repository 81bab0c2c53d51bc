import type { Replay } from "@sidelight/contracts/events/replay.ts";
import { labelWords } from "../ui/words.ts";

export const stateWords: Readonly<Record<Replay["state"], string>> = {
  running: "Running",
  done: "Done",
  stopped: "Stopped",
  failed: "Failed",
};

export const stateTones = { running: "neutral", done: "good", stopped: "neutral", failed: "danger" } as const;

const reasons: Readonly<Record<string, string>> = {
  duplicate: "made before",
  condition_false: "condition is not true",
  no_link: "no record at the target",
  superseded: "a newer event wrote to the record",
  withheld: "consent was withdrawn",
  misconfigured: "the mapping fails",
  waiting: "waits already",
  echo: "our own change",
  already_known: "no newer version",
};

/** "12 made before, 3 consent was withdrawn" */
export const skippedWords = (skippedCounts: Replay["counts"]["skipped"]): string =>
  Object.entries(skippedCounts)
    .map(([reason, count]) => `${count.toLocaleString()} ${reasons[reason] ?? labelWords(reason).toLowerCase()}`)
    .join(", ");
