import type { PanelClock } from "../clock.ts";
import { limitedCall } from "./limitedCall.ts";
import type { Live } from "./live.ts";
import { isContext } from "./merge.ts";
import { failure, type LiveChange, type PanelSubject, type ReadResult } from "./transport.ts";

/** A call under way, with the changes of the stream since it began. */
interface Read {
  controller: AbortController;
  changes: LiveChange[];
}

/** The calls of a session that are under way. */
export interface Reads {
  /** Makes a call within a time limit. @returns null when the answer was dropped */
  run(timeoutMs: number, call: (signal: AbortSignal) => Promise<ReadResult>): Promise<ReadResult | null>;
  isReading(): boolean;
  /** Aborts all calls and drops their answers. */
  drop(): void;
  /** Keeps changes of the stream for the answers that are on their way, which may be older. */
  addChanges(changes: readonly LiveChange[]): void;
}

/** @param getLive what merges an answer with the changes of the stream; null while there is no stream */
export function createReads(clock: PanelClock, getLive: () => Pick<Live<PanelSubject>, "keepNewer"> | null): Reads {
  const reads = new Set<Read>();

  return {
    async run(timeoutMs, call) {
      const read: Read = { controller: new AbortController(), changes: [] };
      reads.add(read);
      const outcome = await limitedCall(clock, { timeoutMs, signal: read.controller.signal }, call);
      if (!reads.delete(read)) return null;
      if ("failed" in outcome) return failure(outcome.failed === "timeout" ? "timeout" : "network");
      const result = outcome.value;
      if (result.kind !== "context") return result;
      if (!isContext(result.context)) return failure("internal", result.requestId);
      return { ...result, context: getLive()?.keepNewer(result.context, read.changes) ?? result.context };
    },
    isReading: () => reads.size > 0,
    drop() {
      for (const { controller } of reads) controller.abort();
      reads.clear();
    },
    addChanges(changes) {
      for (const read of reads) read.changes.push(...changes);
    },
  };
}
