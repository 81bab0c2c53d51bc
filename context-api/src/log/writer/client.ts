import { Worker } from "node:worker_threads";
import type { Committed, WriterMessage, WriterOptions, WriterReply, WriterRequest } from "./protocol.ts";

/** The main thread's end of the writer. A promise that settles is durable. */
export interface WriterClient {
  send(request: WriterRequest): Promise<Committed>;
  close(): Promise<void>;
}

/** Nothing can be written any more: the writer's thread has ended. */
export class StoreLostError extends Error {
  override readonly name = "StoreLostError";
}

export function startWriter(options: WriterOptions): WriterClient {
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData: options });
  const waiting = new Map<number, { resolve(result: Committed): void; reject(error: Error): void }>();
  let next = 0;
  let ended: StoreLostError | null = null;

  worker.on("message", (reply: WriterReply) => {
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("error" in reply) call?.reject(new Error(reply.error));
    else call?.resolve(reply.result);
  });
  worker.on("error", (cause) => end(new StoreLostError("the writer thread failed", { cause })));
  worker.on("exit", () => end(new StoreLostError("the writer thread has ended")));

  function end(error: StoreLostError): void {
    ended ??= error;
    for (const call of waiting.values()) call.reject(ended);
    waiting.clear();
  }

  return {
    send(request) {
      if (ended) return Promise.reject(ended);
      const id = ++next;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, request } satisfies WriterMessage);
      });
    },
    async close() {
      if (ended) return;
      const exited = new Promise((resolve) => worker.once("exit", resolve));
      worker.postMessage("close");
      await exited;
    },
  };
}
