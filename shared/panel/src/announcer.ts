import type { PanelView } from "./view.ts";

interface Situation {
  view: Pick<PanelView, "state" | "announcement">;
  isSettled: boolean;
  /** Identifies what the page shows and the customer found for it. */
  subject: string;
  /** A sentence about values that have just changed, or "". */
  news: string;
}

/** The text of a panel's live region. */
export interface Announcer {
  /** @returns what the region holds in this situation */
  next(situation: Situation): string;
}

/**
 * Announces each state of each customer once, when it has settled, and then each change of values. Ages that grow are not
 * announced, and while another customer loads the region is empty: it never names the former one.
 */
export function createAnnouncer(): Announcer {
  let announcedState = "";
  let lastNews = "";
  let text = "";
  return {
    next({ view, isSettled, subject, news }) {
      const current = `${subject} ${view.state}`;
      const isNew = current !== announcedState;
      const hasNews = news !== "" && news !== lastNews;
      lastNews = news;
      if (isNew && !isSettled) {
        announcedState = "";
        text = "";
      } else if (isNew) {
        announcedState = current;
        text = view.announcement;
      } else if (hasNews) text = news;
      return text;
    },
  };
}
