import { round } from "../measure.ts";
import type { FrameTimes } from "./observe.ts";

/** Times by what was measured. */
export interface Samples {
  add(name: string, ms: number): void;
  /** The times of one frame, from its navigation start or from `sinceMs` of its clock. */
  addFrame(name: string, times: FrameTimes, sinceMs?: number): void;
  print(label: string): void;
}

export function createSamples(): Samples {
  const times = new Map<string, number[]>();
  const shifts: number[] = [];
  const add = (name: string, ms: number): void => void times.set(name, [...(times.get(name) ?? []), ms]);
  return {
    add,
    addFrame(name, { paintedAt, shown, settledAt, layoutShift }, sinceMs = 0) {
      if (paintedAt !== null) add(`${name}: outline`, paintedAt - sinceMs);
      const [first] = shown;
      if (first) add(`${name}: first useful paint`, first.at - sinceMs);
      if (settledAt !== null) add(`${name}: settled`, settledAt - sinceMs);
      shifts.push(layoutShift);
    },
    print(label) {
      console.log(`  ${label}`);
      for (const [name, samples] of times) {
        const [p75, p95] = [quantile(samples, 0.75), quantile(samples, 0.95)].map((ms) => round(ms / 1000));
        console.log(`    ${name.padEnd(36)} p75 ${p75} s, p95 ${p95} s (${samples.length})`);
      }
      console.log(`    ${"layout shift".padEnd(36)} at most ${round(Math.max(0, ...shifts), 3)}`);
    },
  };
}

/** The sample below which `share` of the others are; the largest for few samples. */
function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
