import type { PanelClock } from "../clock.ts";

/** Named timers. Setting a name again replaces its timer. */
export function createTimers<Name extends string>(clock: PanelClock) {
  const cancelByName = new Map<Name, () => void>();
  const cancel = (...names: Name[]): void => {
    for (const name of names) {
      cancelByName.get(name)?.();
      cancelByName.delete(name);
    }
  };
  const set = (name: Name, ms: number, run: () => void): void => {
    cancel(name);
    cancelByName.set(
      name,
      clock.after(Math.max(0, ms), () => {
        cancelByName.delete(name);
        run();
      }),
    );
  };
  return { set, cancel, cancelAll: () => cancel(...cancelByName.keys()), has: (name: Name) => cancelByName.has(name) };
}
