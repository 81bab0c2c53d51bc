/**
 * Lets one of many waiting works start in each turn of the event loop, in the order of their calls. Requests that arrive are read
 * between two of them, so that any number of works delays a request no longer than one.
 */
export function createTurnQueue(): () => Promise<void> {
  const queue: (() => void)[] = [];
  function startNext(): void {
    queue.shift()?.();
    if (queue.length > 0) setImmediate(startNext);
  }
  return () =>
    new Promise((resolve) => {
      queue.push(resolve);
      if (queue.length === 1) setImmediate(startNext);
    });
}
