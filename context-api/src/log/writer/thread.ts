import { parentPort, workerData } from "node:worker_threads";
import type { WriterMessage, WriterOptions, WriterReply } from "./protocol.ts";
import { openWriter } from "./writer.ts";

// The one thread that writes. Requests that arrive while a commit is under way share the next one.
const port = parentPort;
if (!port) throw new Error("the writer runs as a worker thread");
const writer = await openWriter(workerData as WriterOptions);
const queue: WriterMessage[] = [];
let running = false;

port.on("message", (message: WriterMessage | "close") => {
  if (message === "close") {
    void writer.close().then(() => port.close());
    return;
  }
  queue.push(message);
  if (!running) void drain(port);
});

async function drain(to: typeof parentPort): Promise<void> {
  running = true;
  // One turn of the loop lets everything that was sent together be received together.
  await new Promise(setImmediate);
  while (queue.length > 0) {
    const replies = await writer.run(takeGroup());
    for (const reply of replies) to?.postMessage(reply satisfies WriterReply);
    await new Promise(setImmediate);
  }
  running = false;
}

/** As many waiting requests as make one commit: bounded, so that the first does not wait for the thousandth. */
function takeGroup(): WriterMessage[] {
  const most = 2000;
  let weight = 0;
  let count = 0;
  while (count < queue.length && (count === 0 || weight < most)) {
    const { request } = queue[count]!;
    weight += request.kind === "commit" ? 1 + request.records.length + request.events.length : most;
    count += 1;
  }
  return queue.splice(0, count);
}
