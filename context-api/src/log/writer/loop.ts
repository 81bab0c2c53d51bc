import { storeFaultOf } from "../../store/faults.ts";
import { serializeWriteError } from "./errors.ts";
import type { WriterMessage, WriterNotice, WriterReply } from "./protocol.ts";
import type { Writer } from "./writer.ts";

/** The one sequence in which a writer works: requests that arrive during a commit share the next one. */
export interface WriterLoop {
  push(messages: readonly WriterMessage[]): void;
  /** Events may wait for their projection. */
  wake(): void;
  /** Commits what was pushed and closes the writer. */
  close(): Promise<void>;
}

/** @param report receives replies and notices; after `failed` the writer must not be used */
export function startLoop(writer: Writer, report: (message: WriterReply | WriterNotice) => void): WriterLoop {
  const queue: WriterMessage[] = [];
  let working: Promise<void> | null = null;
  /** The store failed while it projected. The next commit shows whether it works again. */
  let isBlocked = false;
  // An earlier process may have acknowledged events that are not projected.
  startWork();

  function startWork(): void {
    working ??= work().catch((error: unknown) => report({ kind: "failed", error: serializeWriteError(error) }));
  }

  async function work(): Promise<void> {
    // One turn of the event loop, so that requests that were sent together share a commit.
    await new Promise(setImmediate);
    while (queue.length > 0 || (!isBlocked && writer.waitingSince() !== null)) {
      if (queue.length > 0) await commitGroup();
      if (!isBlocked && (queue.length === 0 || isOverdue(writer))) await project();
      await new Promise(setImmediate);
    }
    working = null;
  }

  async function commitGroup(): Promise<void> {
    for (const reply of await writer.run(takeGroup(queue))) {
      if ("result" in reply) isBlocked = false;
      report(reply);
    }
  }

  async function project(): Promise<void> {
    try {
      await writer.project();
    } catch (error) {
      if (storeFaultOf(error) === null) throw error;
      isBlocked = true;
      report({ kind: "lost", error: serializeWriteError(error) });
    }
  }

  return {
    push(messages) {
      queue.push(...messages);
      startWork();
    },
    wake: startWork,
    async close() {
      await working;
      await writer.close();
    },
  };
}

/** How long events wait for their projection while requests wait for their commit. */
const maxProjectionWaitMs = 50;

function isOverdue(writer: Writer): boolean {
  const since = writer.waitingSince();
  return since !== null && performance.now() - since > maxProjectionWaitMs;
}

/** Records and events of one commit, so that the first request does not wait for the thousandth. */
const maxGroupWeight = 2000;

/** Takes the waiting requests that make one commit. A request that is no commit is alone in its transaction. */
function takeGroup(queue: WriterMessage[]): WriterMessage[] {
  let weight = 0;
  let count = 0;
  for (const { request } of queue) {
    const isAlone = request.kind !== "commit" && request.kind !== "probe";
    if (count > 0 && (isAlone || weight >= maxGroupWeight)) break;
    weight += request.kind === "commit" ? 1 + request.records.length + request.events.length : 1;
    count += 1;
    if (isAlone) break;
  }
  return queue.splice(0, count);
}
