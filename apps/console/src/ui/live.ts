import { Overview } from "@sidelight/contracts/overview/overview.ts";
import { failureText, type Session } from "../session/session.ts";
import { setServerTime } from "./useNow.ts";

/** What the stream of a session brought last. */
export interface LiveState {
  /** offline: the stream broke off, and is opened again. */
  state: "connecting" | "live" | "offline";
  /** Null before the first one. */
  overview: Overview | null;
  /** Why there is no overview; "" otherwise. */
  problem: string;
}

export interface Live {
  current(): LiveState;
  /** @returns stops listening */
  listen(listener: () => void): () => void;
  /** Opens the stream now. */
  reconnect(): void;
}

const firstRetryMs = 1_000;
const maxRetryMs = 30_000;
const lives = new WeakMap<Session, Live>();

/** One stream for all parts of the page, while one of them listens. */
export function liveOf(session: Session): Live {
  const present = lives.get(session);
  if (present) return present;
  const live = createLive(session);
  lives.set(session, live);
  return live;
}

function createLive(session: Session): Live {
  const listeners = new Set<() => void>();
  let state: LiveState = { state: "connecting", overview: null, problem: "" };
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retryMs = firstRetryMs;

  function change(next: Partial<LiveState>): void {
    state = { ...state, ...next };
    for (const listener of listeners) listener();
  }

  function open(): void {
    clearTimeout(timer);
    source?.close();
    const openedStream = new EventSource("/v1/overview/stream");
    source = openedStream;
    openedStream.addEventListener("overview", (event) => {
      const overview = Overview.parse(JSON.parse(event.data));
      retryMs = firstRetryMs;
      setServerTime(overview.asOf);
      change({ state: "live", overview, problem: "" });
    });
    // The browser opens a stream again too, at a fixed pace and not after every error.
    openedStream.addEventListener("error", () => {
      if (source !== openedStream) return;
      openedStream.close();
      change({ state: "offline" });
      timer = setTimeout(open, retryMs * (0.75 + Math.random() / 2));
      retryMs = Math.min(maxRetryMs, retryMs * 2);
      // A stream does not say why it was refused: this ends a session that has ended.
      void session.run((client) => client.getOverview()).catch((error: unknown) => change({ problem: failureText(error) }));
    });
  }

  return {
    current: () => state,
    listen(listener) {
      listeners.add(listener);
      if (source === null) open();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        source?.close();
        source = null;
      };
    },
    reconnect() {
      retryMs = firstRetryMs;
      change({ state: "connecting", problem: "" });
      open();
    },
  };
}
