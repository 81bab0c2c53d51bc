/**
 * `npm start`: the three simulators, the context API and the pages around them, with nothing to set up.
 * Prints `ready <url>` once the first backfill is done and every example resolves; ends with SIGTERM, children and all.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { buildPanels } from "./launch/builds.ts";
import { StartError, startLab } from "./launch/lab.ts";

const dataDir = resolve(process.env["SIDELIGHT_DATA"] ?? ".sidelight");
const port = Number(process.env["PORT"] ?? 8787);

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stopping.abort());
watchParent(() => stopping.abort());

try {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StartError(`PORT must be a port number, not ${process.env["PORT"]}`);
  mkdirSync(dataDir, { recursive: true });
  await buildPanels(say);
  const lab = await startLab({ dataDir, port, say, signal: stopping.signal });
  try {
    await lab.ready();
    process.stdout.write(`ready ${lab.url}\n`);
    await Promise.race([aborted(stopping.signal), lab.ended]);
  } finally {
    await lab.close();
  }
} catch (error) {
  if (!stopping.signal.aborted) {
    process.stderr.write(`${error instanceof StartError ? error.message : error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 1;
  }
}
// Whatever still holds the process open (a browser's connection, a timer) must not keep the lab alive.
setTimeout(() => process.exit(), 3_000).unref();

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => (signal.aborted ? done() : signal.addEventListener("abort", () => done(), { once: true })));
}

/** Whoever started us may be killed without a word to pass on. */
function watchParent(ended: () => void): void {
  const parent = Number(process.env["SIDELIGHT_PARENT"] ?? 0);
  if (!parent) return;
  setInterval(() => {
    if (process.ppid !== parent) ended();
  }, 1_000).unref();
}
