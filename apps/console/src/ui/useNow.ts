import { useSyncExternalStore } from "react";

const stepMs = 10_000;
const listeners = new Set<() => void>();
/** How far the server's clock is ahead of this one, ms. Instants of answers are the server's. */
let offsetMs = 0;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

/** Makes the time of the page that of the server. @param instant now, by the server's clock */
export function setServerTime(instant: string): void {
  offsetMs = Date.parse(instant) - Date.now();
  tick();
}

/** The time by the server's clock, epoch ms. */
export const serverNow = (): number => Date.now() + offsetMs;

/** The time, epoch ms, ten seconds exact. One timer serves all parts of the page that show it. */
export const useNow = (): number => useSyncExternalStore(watch, () => now);

function watch(listener: () => void): () => void {
  if (timer === null) {
    now = Date.now() + offsetMs;
    timer = setInterval(tick, stepMs);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

function tick(): void {
  now = Date.now() + offsetMs;
  for (const listener of listeners) listener();
}
