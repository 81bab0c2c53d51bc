import type { Context } from "@sidelight/contracts/context/context.ts";
import { changedParts, changeNews, withMarks } from "./changes.ts";
import type { PanelOptions, PanelView } from "./view.ts";

export interface MarksClock {
  now(): number;
  /** @returns cancels it */
  after(ms: number, run: () => void): () => void;
}

export interface Marks {
  /** Takes note of the answer that is shown from now on. */
  see(context: Context | null, options: PanelOptions): void;
  /** The view with what has just changed marked. */
  on(view: PanelView): PanelView;
  /** What to say politely: the last sentence about changes to this customer, or "". */
  news(): string;
  stop(): void;
}

export const marking = {
  /** How long a mark stays. */
  shownMs: 4_000,
  /** Several answers may tell of one event: they are announced together. */
  gatherMs: 250,
  /** From one announcement to the next. */
  pauseMs: 3_000,
};

/**
 * Which values have just changed, for as long as that is shown, and what to say of it.
 * @param redraw called when a mark ends or there is something to say
 */
export function createMarks(clock: MarksClock, redraw: () => void): Marks {
  let shown: Context | null = null;
  /** What was shown when the announcement that waits began to gather. */
  let before: Context | null = null;
  let options: PanelOptions | null = null;
  let news = "";
  let saidAt = Number.NEGATIVE_INFINITY;
  let until = new Map<string, number>();
  let cancelEnd = () => {};
  let cancelSay = () => {};

  function reset(): void {
    cancelEnd();
    cancelSay();
    before = null;
    news = "";
    until = new Map();
  }

  function end(): void {
    until = new Map([...until].filter(([, at]) => at > clock.now()));
    waitForEnd();
    redraw();
  }

  function waitForEnd(): void {
    cancelEnd();
    if (until.size > 0) cancelEnd = clock.after(Math.max(0, Math.min(...until.values()) - clock.now()), end);
  }

  function say(): void {
    const text = before && shown && options ? changeNews(before, shown, options) : "";
    before = null;
    if (text === "") return;
    saidAt = clock.now();
    // A live region that is given the same words again says nothing.
    news = text === news ? `${text}\u00a0` : text;
    redraw();
  }

  return {
    see(context, current) {
      options = current;
      if (context === shown) return;
      const previous = shown;
      shown = context;
      if (!previous || !context || !isSameCustomer(previous, context)) return reset();
      const changed = changedParts(previous, context, current);
      if (changed.size === 0) return;
      for (const key of changed) until.set(key, clock.now() + marking.shownMs);
      waitForEnd();
      if (before) return;
      before = previous;
      cancelSay = clock.after(Math.max(marking.gatherMs, saidAt + marking.pauseMs - clock.now()), say);
    },
    on: (view) => withMarks(view, new Set(until.keys())),
    news: () => news,
    stop: reset,
  };
}

function isSameCustomer(a: Context, b: Context): boolean {
  return a.customer !== null && a.customer.id === b.customer?.id;
}
