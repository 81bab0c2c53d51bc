/** Runs `work` once for concurrent calls with the same key; all of them get its result or error. */
export function singleFlight<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const pending = new Map<string, Promise<T>>();
  return (key, work) => {
    const current = pending.get(key);
    if (current) return current;
    const promise = work().finally(() => pending.delete(key));
    pending.set(key, promise);
    return promise;
  };
}
