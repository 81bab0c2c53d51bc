import type { Context } from "@sidelight/contracts/context/context.ts";
import { changedParts, changeNews, withMarks } from "./changes.ts";
import type { PanelClock } from "./clock.ts";
import type { PanelOptions, PanelView } from "./view.ts";

export interface Marks {
  /** Reports the answer on screen; call it with each new one. */
  show(context: Context | null, options: PanelOptions): void;
  /** The view with marks at the values that have just changed. */
  mark(view: PanelView): PanelView;
  /** A sentence about the latest changes of this customer, for a polite live region, or "". */
  announcement(): string;
  stop(): void;
}

export const marking = {
  /** How long a mark stays. */
  shownMs: 4_000,
  /** Several answers may follow one event: they are announced together. */
  gatherMs: 250,
  /** From one announcement to the next. */
  pauseMs: 3_000,
};

/**
 * Which values have just changed, for as long as that is shown, and the sentence that announces it.
 * @param redraw called when a mark ends and when there is an announcement
 */
export function createMarks(clock: PanelClock, redraw: () => void): Marks {
  let current: Context | null = null;
  /** The answer that the next announcement compares with. */
  let baseline: Context | null = null;
  let options: PanelOptions | null = null;
  let announcement = "";
  let announcedAt = Number.NEGATIVE_INFINITY;
  /** When each mark ends, by the key of its part. */
  let endsAt = new Map<string, number>();
  let cancelEnd = () => {};
  let cancelAnnouncement = () => {};

  function reset(): void {
    cancelEnd();
    cancelAnnouncement();
    baseline = null;
    announcement = "";
    endsAt = new Map();
  }

  function removeEnded(): void {
    endsAt = new Map([...endsAt].filter(([, instant]) => instant > clock.monotonic()));
    waitForEnd();
    redraw();
  }

  function waitForEnd(): void {
    cancelEnd();
    if (endsAt.size > 0) cancelEnd = clock.after(Math.max(0, Math.min(...endsAt.values()) - clock.monotonic()), removeEnded);
  }

  function announce(): void {
    const text = baseline && current && options ? changeNews(baseline, current, options) : "";
    baseline = null;
    if (text === "") return;
    announcedAt = clock.monotonic();
    // A live region ignores text that it already has.
    announcement = text === announcement ? `${text}\u00a0` : text;
    redraw();
  }

  return {
    show(context, panelOptions) {
      options = panelOptions;
      if (context === current) return;
      const previous = current;
      current = context;
      if (!previous || !context || !isSameCustomer(previous, context)) return reset();
      const keys = changedParts(previous, context, panelOptions);
      if (keys.size === 0) return;
      for (const key of keys) endsAt.set(key, clock.monotonic() + marking.shownMs);
      waitForEnd();
      if (baseline) return;
      baseline = previous;
      const waitMs = Math.max(marking.gatherMs, announcedAt + marking.pauseMs - clock.monotonic());
      cancelAnnouncement = clock.after(waitMs, announce);
    },
    mark: (view) => withMarks(view, new Set(endsAt.keys())),
    announcement: () => announcement,
    stop: reset,
  };
}

function isSameCustomer(a: Context, b: Context): boolean {
  return a.customer !== null && a.customer.id === b.customer?.id;
}
