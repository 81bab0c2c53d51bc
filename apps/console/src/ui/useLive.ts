import { useEffect, useSyncExternalStore } from "react";
import type { Session } from "../session/session.ts";
import { type LiveState, liveOf } from "./live.ts";

/** The overview, as the server reports it now. */
export function useLive(session: Session): LiveState {
  const live = liveOf(session);
  return useSyncExternalStore(live.listen, live.current);
}

/** Pages are loaded again at most this often. */
const minReloadMs = 5_000;

/** Loads a page again when the server reports a change. It must not move what a person works on: for pages that are only read. */
export function useLiveReload(session: Session, reload: () => void): void {
  useEffect(() => {
    const live = liveOf(session);
    let seenIds = live.current().overview;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let reloadedAt = Date.now();
    const stop = live.listen(() => {
      const { overview } = live.current();
      if (overview === seenIds) return;
      const isFirst = seenIds === null;
      seenIds = overview;
      if (isFirst || timer !== undefined) return;
      const waitMs = Math.max(0, reloadedAt + minReloadMs - Date.now());
      timer = setTimeout(() => {
        timer = undefined;
        reloadedAt = Date.now();
        reload();
      }, waitMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [session, reload]);
}
