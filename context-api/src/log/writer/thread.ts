import { parentPort, workerData } from "node:worker_threads";
import { serializeWriteError } from "./errors.ts";
import { startLoop } from "./loop.ts";
import type { FileWriterOptions, WriterMessage, WriterNotice, WriterReply } from "./protocol.ts";
import { openWriter } from "./writer.ts";

// The only thread that writes the embedded store.
const port = parentPort;
if (!port) throw new Error("the writer runs as a worker thread");
const send = (message: WriterReply | WriterNotice): void => port.postMessage(message);

try {
  const writer = await openWriter(workerData as FileWriterOptions, (projected) => send({ kind: "projected", ...projected }));
  const loop = startLoop(writer, send);
  port.on("message", (message: WriterMessage | "close") => {
    if (message !== "close") return loop.push(message);
    void loop
      .close()
      // The process ends this thread when it has the reason.
      .catch((error: unknown) => send({ kind: "failed", error: serializeWriteError(error) }))
      .finally(() => port.close());
  });
  send({ kind: "open" });
} catch (error) {
  send({ kind: "failed", error: serializeWriteError(error) });
}
