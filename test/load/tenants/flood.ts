/** `node flood.ts <port> <tenant> <key> <connections>`: repeats reads and webhooks of one tenant at once, until SIGTERM; prints JSON. */
import { setPriority } from "node:os";
import { Agent } from "undici";
import { readContext, sendEvent } from "./sendEvent.ts";

const [port = "", tenant = "", key = "", connections = ""] = process.argv.slice(2);
// A flood comes from other machines: it must not take the processor from the server.
setPriority(19);
const dispatcher = new Agent({ connections: Number(connections), pipelining: 1 });
const statuses: Record<string, number> = {};
let isEnding = false;
process.once("SIGTERM", () => {
  isEnding = true;
});

async function repeat(kind: string, send: () => Promise<number>): Promise<void> {
  while (!isEnding) {
    const name = `${kind} ${await send()}`;
    statuses[name] = (statuses[name] ?? 0) + 1;
  }
}

const workers = Array.from({ length: Number(connections) }, (_, i) =>
  i % 2 === 0
    ? repeat("event", () => sendEvent(port, tenant, dispatcher))
    : repeat("read", () => readContext(port, key, dispatcher)),
);
await Promise.all(workers);
await dispatcher.close();
process.stdout.write(JSON.stringify(statuses));
