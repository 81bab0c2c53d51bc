/**
 * The lab: the simulators, the context API and the demonstration pages, with nothing to set up (`npm start`, `sidelight lab`).
 * Prints `ready <url>` once the first backfill is done and every example resolves. Ends, with all its children, on SIGTERM.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { buildPages } from "./launch/builds.ts";
import { startLab } from "./launch/lab.ts";
import { createProgress } from "./launch/progress.ts";
import { StartError } from "./launch/startError.ts";

const dataDir = resolve(process.env["SIDELIGHT_DATA"] || ".sidelight");
const port = Number(process.env["PORT"] || 8787);

const progress = createProgress(process.stderr, performance.now.bind(performance));
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stopping.abort());
watchParent(() => stopping.abort());

try {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StartError(`PORT is "${process.env["PORT"]}". Use a number from 0 to 65535; 0 takes any free port.`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  await buildPages(progress.step);
  const lab = await startLab({ dataDir, port, progress, signal: stopping.signal });
  try {
    await lab.ready();
    process.stdout.write(`ready ${lab.url}\n`);
    await Promise.race([aborted(stopping.signal), lab.ended]);
  } finally {
    await lab.close();
  }
} catch (error) {
  if (!stopping.signal.aborted) {
    progress.end();
    process.stderr.write(`${error instanceof StartError ? error.message : error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 1;
  }
}
// An open connection of a browser, or a timer, must not keep the lab alive.
setTimeout(() => process.exit(), 3_000).unref();

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}

/** The parent process may be killed without a chance to pass a signal on. */
function watchParent(onEnd: () => void): void {
  const parent = Number(process.env["SIDELIGHT_PARENT"] ?? 0);
  if (!parent) return;
  setInterval(() => {
    if (process.ppid !== parent) onEnd();
  }, 1_000).unref();
}
