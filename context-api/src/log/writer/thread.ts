import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { serializeWriteError } from "./errors.ts";
import { startLoop } from "./loop.ts";
import type { FileWriterOptions, WriterMessage, WriterNotice, WriterReply } from "./protocol.ts";
import { openWriter } from "./writer.ts";

/** The collector frees native objects in the turns after it ran. Node.js 24 can crash when the thread ends before. */
const turnsBeforeEnd = 3;

// The only thread that writes the embedded store.
const port = parentPort;
if (!port) throw new Error("the writer runs as a worker thread");
const outbox: (WriterReply | WriterNotice)[] = [];
/** The replies of one commit share a message. */
const send = (message: WriterReply | WriterNotice): void => {
  if (outbox.push(message) === 1) queueMicrotask(() => port.postMessage(outbox.splice(0)));
};

try {
  const writer = await openWriter(workerData as FileWriterOptions, (projected) => send({ kind: "projected", ...projected }));
  const loop = startLoop(writer, send);
  port.on("message", (messages: WriterMessage[] | "close") => {
    if (messages !== "close") return loop.push(messages);
    void loop
      .close()
      // The process ends this thread when it has the reason.
      .catch((error: unknown) => send({ kind: "failed", error: serializeWriteError(error) }))
      .finally(endThread);
  });
  send({ kind: "open" });
} catch (error) {
  send({ kind: "failed", error: serializeWriteError(error) });
}

async function endThread(): Promise<void> {
  for (let turn = 0; turn < turnsBeforeEnd; turn++) await setImmediate();
  port?.close();
}
