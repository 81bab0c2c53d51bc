import type { LiveChange } from "./context.ts";
import type { Clock, Session, SessionState } from "./session.ts";
import type { LiveApi, Pass } from "./stream.ts";

export { createLiveApi } from "./stream.ts";

export interface LiveTools {
  session: Pick<Session, "state" | "subscribe" | "live" | "poll">;
  api: LiveApi;
  clock: Clock;
  /** 0 to 1. */
  random: () => number;
}

export const liveTiming = {
  /** The events of one change come one after another: they are shown together. */
  gatherMs: 30,
  /** The server says something every 15 s; a line that is silent for longer than this is dead. */
  silenceMs: 40_000,
  firstRetryMs: 1_000,
  longestRetryMs: 30_000,
  /** A stream that lasted this long was no failure. */
  stableMs: 10_000,
  /** How often to ask while there is no stream. */
  pollMs: 30_000,
  /** A pass is renewed this long before it ends. Clocks differ, so it is used for these times at least and at most. */
  renewBeforeMs: 60_000,
  leastPassMs: 60_000,
  mostPassMs: 540_000,
};

/** Keeps what is on screen up to date, from its first load until it is hidden. @returns ends it */
export function followLive(tools: LiveTools): () => void {
  let followed: string | null = null;
  let stop = (): void => {};
  const check = (): void => {
    const ref = refToFollow(tools.session.state());
    if (ref === followed) return;
    stop();
    followed = ref;
    stop = ref === null ? () => {} : keepOpen(ref, tools);
  };
  const unsubscribe = tools.session.subscribe(check);
  check();
  return () => {
    unsubscribe();
    stop();
  };
}

/** An e-mail address has no place in a URL: the customer it led to has a ref of ours. */
function refToFollow({ active, offline, subject, chosen, context }: SessionState): string | null {
  if (!active || offline || !context) return null;
  return chosen ?? (subject?.kind === "ref" ? subject.ref : null) ?? context.customer?.id ?? null;
}

/** One customer's stream, opened again whenever it ends; polling while there is none. @returns ends it */
function keepOpen(ref: string, { session, api, clock, random }: LiveTools): () => void {
  const t = liveTiming;
  let stopped = false;
  let line = new AbortController();
  let pass: Pass | null = null;
  let renewAt = 0;
  let failures = 0;
  let gathered: LiveChange[] = [];
  const timers = createTimers(clock);

  const poll = (): void => {
    timers.set("poll", t.pollMs, () => {
      session.poll();
      poll();
    });
  };
  const changed = (change: LiveChange): void => {
    gathered.push(change);
    if (gathered.length > 1) return;
    timers.set("gather", t.gatherMs, () => {
      const changes = gathered;
      gathered = [];
      session.live(changes);
    });
  };
  const heard = (): void => timers.set("silence", t.silenceMs, () => line.abort());

  /** @returns ms to wait, or null when there is a pass */
  async function renew(): Promise<number | null> {
    if (pass && clock.now() < renewAt) return null;
    const got = await api.pass(ref);
    if (typeof got === "number") return got;
    const lasts = got.expiresAt - clock.now() - t.renewBeforeMs;
    pass = got;
    renewAt = clock.now() + Math.min(Math.max(lasts || 0, t.leastPassMs), t.mostPassMs);
    return null;
  }

  async function connect(): Promise<void> {
    const wait = await renew();
    if (stopped) return;
    if (wait !== null || !pass) return again(wait ?? 0);
    line = new AbortController();
    let openedAt = Number.POSITIVE_INFINITY;
    // Also for an answer that never comes.
    heard();
    timers.set("renew", renewAt - clock.now(), () => line.abort());
    const opened = (): void => {
      openedAt = clock.now();
      timers.cancel("poll");
    };
    const { why, retryAfterMs } = await api.listen(pass, { opened, heard, changed }, line.signal);
    if (stopped) return;
    timers.cancel("silence", "renew");
    if (why === "refused") pass = null;
    if (clock.now() - openedAt >= t.stableMs) failures = 0;
    if (openedAt < Number.POSITIVE_INFINITY) poll();
    if (clock.now() >= renewAt && openedAt < Number.POSITIVE_INFINITY) return connect();
    again(retryAfterMs);
  }

  /** Later and later, and never all panels at the same moment. */
  function again(leastMs: number): void {
    const longest = Math.min(t.longestRetryMs, t.firstRetryMs * 2 ** failures++);
    timers.set("retry", Math.max(leastMs, longest * (0.5 + random() / 2)), () => void connect());
  }

  poll();
  void connect();
  return () => {
    stopped = true;
    line.abort();
    timers.cancel("poll", "gather", "silence", "renew", "retry");
  };
}

/** One timer a name: setting it again takes the place of the former. */
function createTimers(clock: Clock) {
  const running = new Map<string, () => void>();
  const cancel = (...names: string[]): void => {
    for (const name of names) {
      running.get(name)?.();
      running.delete(name);
    }
  };
  const set = (name: string, ms: number, run: () => void): void => {
    cancel(name);
    running.set(name, clock.after(ms, run));
  };
  return { set, cancel };
}
