/** Runs work of one name in the order it was submitted. Work of different names runs in parallel. */
export function createSerialQueue() {
  const tails = new Map<string, Promise<unknown>>();
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const result = (tails.get(name) ?? Promise.resolve()).then(work);
    // The next item runs whether this one fails or not.
    const tail = result.catch(() => {});
    tails.set(name, tail);
    try {
      return await result;
    } finally {
      if (tails.get(name) === tail) tails.delete(name);
    }
  };
}
