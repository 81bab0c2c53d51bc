import { Worker } from "node:worker_threads";
import { restoreError, StoreLostError } from "./errors.ts";
import type { Committed, WriterMessage, WriterOptions, WriterReply, WriterRequest } from "./protocol.ts";

/** The main thread's side of the writer. */
export interface WriterClient {
  /**
   * Resolves when the request is durable.
   * @throws {StoreLostError} when the writer's thread has ended
   * @throws {WriteFailedError} when the request was refused; nothing of it was written
   */
  send(request: WriterRequest): Promise<Committed>;
  close(): Promise<void>;
}

export function startWriter(options: WriterOptions): WriterClient {
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: options });
  const pending = new Map<number, { resolve(result: Committed): void; reject(error: Error): void }>();
  let lastId = 0;
  let lossError: StoreLostError | null = null;

  worker.on("message", (reply: WriterReply) => {
    const call = pending.get(reply.id);
    pending.delete(reply.id);
    if ("error" in reply) call?.reject(restoreError(reply.error));
    else call?.resolve(reply.result);
  });
  worker.on("error", (cause) => end(new StoreLostError("the writer thread failed", cause)));
  worker.on("exit", () => end(new StoreLostError("the writer thread has ended")));

  function end(error: StoreLostError): void {
    lossError ??= error;
    for (const call of pending.values()) call.reject(lossError);
    pending.clear();
  }

  return {
    send(request) {
      if (lossError) return Promise.reject(lossError);
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        worker.postMessage({ id, request } satisfies WriterMessage);
      });
    },
    async close() {
      if (lossError) return;
      const exit = new Promise((resolve) => worker.once("exit", resolve));
      worker.postMessage("close");
      await exit;
    },
  };
}
