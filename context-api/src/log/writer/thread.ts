import { parentPort, workerData } from "node:worker_threads";
import type { WriterMessage, WriterOptions, WriterReply } from "./protocol.ts";
import { openWriter } from "./writer.ts";

// The only thread that writes. Requests that arrive during a commit share the next one.
const port = parentPort;
if (!port) throw new Error("the writer runs as a worker thread");
const writer = await openWriter(workerData as WriterOptions);
const queue: WriterMessage[] = [];
let isDraining = false;

port.on("message", (message: WriterMessage | "close") => {
  if (message === "close") {
    void writer.close().then(() => port.close());
    return;
  }
  queue.push(message);
  if (!isDraining) void drain(port);
});

async function drain(to: typeof parentPort): Promise<void> {
  isDraining = true;
  // One turn of the event loop, so that requests that were sent together share a commit.
  await new Promise(setImmediate);
  while (queue.length > 0) {
    const replies = await writer.run(takeGroup());
    for (const reply of replies) to?.postMessage(reply satisfies WriterReply);
    await new Promise(setImmediate);
  }
  isDraining = false;
}

/** Records and events of one commit, so that the first request does not wait for the thousandth. */
const maxGroupWeight = 2000;

/** Takes the waiting requests that make one commit. */
function takeGroup(): WriterMessage[] {
  let weight = 0;
  let count = 0;
  for (const { request } of queue) {
    if (count > 0 && weight >= maxGroupWeight) break;
    weight += request.kind === "commit" ? 1 + request.records.length + request.events.length : maxGroupWeight;
    count += 1;
  }
  return queue.splice(0, count);
}
