/** Runs work of one name one after another, in the order in which it was handed in; of different names at once. */
export function inOrder() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work);
    // Whoever comes next waits for the end, whatever it was.
    const ended = mine.catch(() => {});
    last.set(name, ended);
    try {
      return await mine;
    } finally {
      if (last.get(name) === ended) last.delete(name);
    }
  };
}
