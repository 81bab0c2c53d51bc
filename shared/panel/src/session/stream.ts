import type { PanelClock } from "../clock.ts";
import { createTimers } from "./timers.ts";
import type { LiveChange, StreamEnd, StreamListener } from "./transport.ts";

export const streamTiming = {
  /** The events of one change arrive one after another: they are shown together. */
  gatherMs: 30,
  /** The API sends a heartbeat every 15 s. A connection that is silent for this long is closed. */
  silenceMs: 40_000,
  firstRetryMs: 1_000,
  maxRetryMs: 30_000,
  /** A stream that lasted this long resets the backoff. */
  stableMs: 10_000,
};

interface StreamTools {
  open(listener: StreamListener, signal: AbortSignal): Promise<StreamEnd> | null;
  onOpen(): void;
  onClose(): void;
  onChanges(changes: readonly LiveChange[]): void;
  clock: PanelClock;
  /** 0 to 1: spreads the retries of many panels. */
  random: () => number;
}

/** Keeps one stream open: opens it again with a backoff whenever it ends or goes silent. @returns closes it */
export function keepStreamOpen({ open, onOpen, onClose, onChanges, clock, random }: StreamTools): () => void {
  const t = streamTiming;
  const timers = createTimers<"gather" | "silence" | "retry">(clock);
  let isStopped = false;
  let failures = 0;
  let connection = new AbortController();
  let pendingChanges: LiveChange[] = [];

  const expectData = (): void => {
    if (!isStopped) timers.set("silence", t.silenceMs, () => connection.abort());
  };
  const gather = (change: LiveChange): void => {
    pendingChanges.push(change);
    if (pendingChanges.length > 1 || isStopped) return;
    timers.set("gather", t.gatherMs, () => {
      const changes = pendingChanges;
      pendingChanges = [];
      onChanges(changes);
    });
  };

  async function connect(): Promise<void> {
    let openedAt: number | null = null;
    connection = new AbortController();
    const { signal } = connection;
    const onOpened = (): void => {
      if (isStopped) return;
      openedAt = clock.monotonic();
      onOpen();
    };
    // Started before the answer, so that an answer that never arrives counts as silence too.
    expectData();
    const end = await open({ opened: onOpened, alive: expectData, changed: gather }, signal);
    if (isStopped) return;
    if (!end) return timers.cancelAll();
    timers.cancel("silence");
    const lastedMs = openedAt === null ? null : clock.monotonic() - openedAt;
    if (lastedMs !== null) onClose();
    if (lastedMs !== null && lastedMs >= t.stableMs) failures = 0;
    if (lastedMs !== null && end.reason === "renew") return connect();
    const maxWaitMs = Math.min(t.maxRetryMs, t.firstRetryMs * 2 ** failures++);
    timers.set("retry", Math.max(end.retryAfterMs, maxWaitMs * (0.5 + random() / 2)), () => void connect());
  }

  void connect();
  return () => {
    isStopped = true;
    connection.abort();
    timers.cancelAll();
  };
}
