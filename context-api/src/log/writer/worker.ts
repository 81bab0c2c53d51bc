import { Worker } from "node:worker_threads";
import type { Projected, Projector } from "../projections/projector.ts";
import { restoreError, StoreLostError } from "./errors.ts";
import type { Committed, FileWriterOptions, WriterMessage, WriterNotice, WriterReply, WriterRequest } from "./protocol.ts";

/** One writer thread, from its start to its end. */
export interface WriterWorker {
  /** Resolves when the store is open. @throws {StoreOpenError} or another error of opening */
  opening: Promise<void>;
  /** Resolves with the reason when the thread has ended or must not be used any more. */
  end: Promise<Error>;
  send(request: WriterRequest): Promise<Committed>;
  /** Null until it is open, and for the embedded store, which no other process writes. */
  projection?(): ProjectionControl | null;
  /** Commits what was sent, closes the store and ends the thread. */
  close(): Promise<void>;
  terminate(): Promise<void>;
}

/** V8 lets the heap of a thread grow to gigabytes on a large machine. A group of requests needs a fraction of this, in MB. */
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 12 };

/** What the projector learns from other processes. */
export type ProjectionControl = Pick<Projector, "addFromLog" | "follow">;

export interface PendingCall {
  resolve(result: Committed): void;
  reject(error: Error): void;
}

/** What a thread reports without a request. */
export interface WorkerListener {
  onProjected(projected: Projected): void;
  onLost(error: Error): void;
}

export function startWorker(options: FileWriterOptions, { onProjected, onLost }: WorkerListener): WriterWorker {
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: options, resourceLimits });
  const pending = new Map<number, PendingCall>();
  const opening = Promise.withResolvers<void>();
  const end = Promise.withResolvers<Error>();
  const exit = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  // Who sends a request gets the reason too.
  opening.promise.catch(() => {});
  const outbox: WriterMessage[] = [];
  let lastId = 0;
  let failure: Error | null = null;

  worker.on("message", (messages: (WriterReply | WriterNotice)[]) => {
    for (const message of messages) receive(message);
  });

  function receive(message: WriterReply | WriterNotice): void {
    if ("kind" in message) {
      if (message.kind === "open") opening.resolve();
      else if (message.kind === "projected") onProjected(message);
      else if (message.kind === "lost") onLost(restoreError(message.error));
      else fail(restoreError(message.error));
      return;
    }
    const call = pending.get(message.id);
    pending.delete(message.id);
    if ("error" in message) call?.reject(restoreError(message.error));
    else call?.resolve(message.result);
  }

  /** Requests of one turn of the event loop share a message. */
  function flush(): void {
    const messages = outbox.splice(0);
    if (messages.length === 0 || failure) return;
    try {
      worker.postMessage(messages);
    } catch {
      // One of them cannot be sent.
      for (const message of messages) sendAlone(message);
    }
  }

  function sendAlone(message: WriterMessage): void {
    try {
      worker.postMessage([message]);
    } catch (error) {
      pending.get(message.id)?.reject(error as Error);
      pending.delete(message.id);
    }
  }

  worker.on("error", (cause) => fail(new StoreLostError("the writer thread failed", cause)));
  worker.on("messageerror", (cause) => fail(new StoreLostError("the writer thread sent an unreadable message", cause)));
  worker.on("exit", () => fail(new StoreLostError("the writer thread has ended")));

  function fail(error: Error): void {
    failure ??= error;
    for (const call of pending.values()) call.reject(failure);
    pending.clear();
    opening.reject(failure);
    end.resolve(failure);
  }

  return {
    opening: opening.promise,
    end: end.promise,
    send(request) {
      if (failure) return Promise.reject(failure);
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        if (outbox.push({ id, request }) === 1) setImmediate(flush);
      });
    },
    async close() {
      flush();
      if (!failure) worker.postMessage("close");
      else await worker.terminate();
      await exit;
    },
    async terminate() {
      await worker.terminate();
    },
  };
}
