/** Keeps the result of a slow read for some time. A read that fails is not kept. */
export type Memo = <T>(name: string, read: () => Promise<T>) => Promise<T>;

/** @param monotonic a clock that never steps, ms */
export function createMemo(ttlMs: number, monotonic: () => number): Memo {
  const entries = new Map<string, { result: Promise<unknown>; endsAt: number }>();
  return <T>(name: string, read: () => Promise<T>): Promise<T> => {
    const now = monotonic();
    for (const [key, { endsAt }] of entries) if (endsAt <= now) entries.delete(key);
    const present = entries.get(name);
    if (present) return present.result as Promise<T>;
    const result = read();
    entries.set(name, { result, endsAt: now + ttlMs });
    result.catch(() => entries.delete(name));
    return result;
  };
}
