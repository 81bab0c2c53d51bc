/** Longest stretch of work between two turns of the event loop, ms. */
const maxStretchMs = 5;

let stretchStart = performance.now();
const waitingCallbacks: (() => void)[] = [];

/**
 * For long loops: lets other requests run once 5 ms of work have passed. Reads of the embedded store are synchronous, so awaiting them
 * does not yield to the event loop. All loops of the process share the stretch, and one of them continues in each turn: many loops
 * together block no longer than one.
 */
export async function yieldToEventLoop(): Promise<void> {
  if (performance.now() - stretchStart < maxStretchMs) return;
  await new Promise<void>((resolve) => {
    waitingCallbacks.push(resolve);
    if (waitingCallbacks.length === 1) setImmediate(continueNext);
  });
}

function continueNext(): void {
  stretchStart = performance.now();
  waitingCallbacks.shift()?.();
  if (waitingCallbacks.length > 0) setImmediate(continueNext);
}
