import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { availableParallelism, loadavg } from "node:os";

/** What the measurements take on an idle machine with two cores. */
const idleSpawnMs = 60;
const idleHashMs = 60;
const maxScale = 10;

/**
 * How much slower this machine is now than an idle one with two cores: the largest of the time to start Node.js, the time for a fixed
 * computation and the load for each core. At least 1. Measured once and kept in the environment, where test processes find it.
 */
export function measureTimeScale(): number {
  const earlierResult = process.env["SIDELIGHT_TIME_SCALE"];
  if (earlierResult) return Number(earlierResult);
  const spawnMs = median([0, 1, 2].map(() => timed(() => spawnSync(process.execPath, ["-e", "0"]))));
  const hashMs = median([0, 1, 2].map(() => timed(hash)));
  const load = (loadavg()[0] ?? 0) / availableParallelism();
  const scale = Math.max(1, spawnMs / idleSpawnMs, hashMs / idleHashMs, load);
  const result = Math.ceil(Math.min(maxScale, scale) * 10) / 10;
  process.env["SIDELIGHT_TIME_SCALE"] = String(result);
  return result;
}

function hash(): void {
  const block = Buffer.alloc(64 * 1024);
  const sum = createHash("sha512");
  for (let i = 0; i < 400; i++) sum.update(block);
  sum.digest();
}

function timed(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
