import { monitorEventLoopDelay } from "node:perf_hooks";

const resolutionMs = 10;
const windowMs = 1_000;

/** How late the event loop ran timers a moment ago, ms: what a deadline has to allow for. */
export type EventLoopDelay = () => number;

/** Measures with Node's histogram. The worst tenth of the last second or two counts. */
export function watchEventLoopDelay(): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  let windowStart = performance.now();
  let previousMs = 0;
  return () => {
    const currentMs = Math.max(0, histogram.percentile(90) / 1e6 - resolutionMs);
    if (performance.now() - windowStart < windowMs) return Math.max(previousMs, currentMs);
    windowStart = performance.now();
    previousMs = currentMs;
    histogram.reset();
    return currentMs;
  };
}
