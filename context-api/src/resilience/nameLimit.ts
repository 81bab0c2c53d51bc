/** Runs work of one name, at most some at a time. */
export type NameLimit = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** More than `max` works of one name wait in the order of their calls. Work of other names does not wait for them. */
export function createNameLimit(max: number): NameLimit {
  const names = new Map<string, { running: number; waiting: (() => void)[] }>();
  return async (name, work) => {
    const entry = names.get(name) ?? { running: 0, waiting: [] };
    names.set(name, entry);
    // The one that ends hands its place over, so that a new call does not overtake those that wait.
    if (entry.running >= max) await new Promise<void>((resolve) => entry.waiting.push(resolve));
    else entry.running += 1;
    try {
      return await work();
    } finally {
      const next = entry.waiting.shift();
      if (next) next();
      else entry.running -= 1;
      if (entry.running === 0) names.delete(name);
    }
  };
}
