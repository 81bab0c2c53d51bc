import { parentPort, workerData } from "node:worker_threads";
import { type SerializedError, serializeWriteError } from "./errors.ts";
import type { WriterMessage, WriterNotice, WriterOptions, WriterReply } from "./protocol.ts";
import { openWriter, type Writer } from "./writer.ts";

// The only thread that writes. Requests that arrive during a commit share the next one.
const port = parentPort;
if (!port) throw new Error("the writer runs as a worker thread");
const send = (message: WriterReply | WriterNotice): void => port.postMessage(message);

try {
  serve(await openWriter(workerData as WriterOptions));
  send({ kind: "open" });
} catch (error) {
  fail(serializeWriteError(error));
}

/** The process ends this thread when it has the reason. */
function fail(error: SerializedError): void {
  send({ kind: "failed", error });
}

function serve(writer: Writer): void {
  const queue: WriterMessage[] = [];
  let draining: Promise<void> | null = null;

  port?.on("message", (message: WriterMessage | "close") => {
    if (message === "close") return void close();
    queue.push(message);
    draining ??= drain().catch((error: unknown) => fail(serializeWriteError(error)));
  });

  async function drain(): Promise<void> {
    // One turn of the event loop, so that requests that were sent together share a commit.
    await new Promise(setImmediate);
    while (queue.length > 0) {
      for (const reply of await writer.run(takeGroup(queue))) send(reply);
      await new Promise(setImmediate);
    }
    draining = null;
  }

  /** Requests that arrived before are committed first. */
  async function close(): Promise<void> {
    await draining;
    await writer.close().catch((error: unknown) => fail(serializeWriteError(error)));
    port?.close();
  }
}

/** Records and events of one commit, so that the first request does not wait for the thousandth. */
const maxGroupWeight = 2000;

/** Takes the waiting requests that make one commit. */
function takeGroup(queue: WriterMessage[]): WriterMessage[] {
  let weight = 0;
  let count = 0;
  for (const { request } of queue) {
    if (count > 0 && weight >= maxGroupWeight) break;
    weight += weightOf(request);
    count += 1;
  }
  return queue.splice(0, count);
}

function weightOf(request: WriterMessage["request"]): number {
  if (request.kind === "probe") return 1;
  return request.kind === "commit" ? 1 + request.records.length + request.events.length : maxGroupWeight;
}
