/** Starts work of one name in its turn. */
export type FairTurns = (name: string) => Promise<void>;

/**
 * Lets one work start in each turn of the event loop. Of the names that wait, the one that was served longest ago is next, so that a name
 * with thousands of works delays a work of another name by one of its own at most.
 * @param onNextTurn runs a function in the next turn of the event loop
 */
export function createFairTurns(onNextTurn: (run: () => void) => void = setImmediate): FairTurns {
  /** Waiting works by name. The names are in the order in which they were served. */
  const waiting = new Map<string, (() => void)[]>();
  /** Served names in their order, for those that come back while others wait. */
  const servedAt = new Map<string, number>();
  let turn = 1;
  /** True when a work has started in this turn, or others wait for theirs. */
  let isBusy = false;

  function startNext(): void {
    turn += 1;
    const name = nextName();
    if (name === null) {
      isBusy = false;
      servedAt.clear();
      return;
    }
    const works = waiting.get(name) ?? [];
    const start = works.shift();
    if (works.length === 0) waiting.delete(name);
    servedAt.set(name, turn);
    onNextTurn(startNext);
    start?.();
  }

  function nextName(): string | null {
    let next: string | null = null;
    for (const name of waiting.keys()) if (next === null || (servedAt.get(name) ?? 0) < (servedAt.get(next) ?? 0)) next = name;
    return next;
  }

  return async (name) => {
    if (!isBusy) {
      isBusy = true;
      servedAt.set(name, turn);
      onNextTurn(startNext);
      return;
    }
    await new Promise<void>((resolve) => {
      const works = waiting.get(name) ?? [];
      works.push(resolve);
      waiting.set(name, works);
    });
  };
}
