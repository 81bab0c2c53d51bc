import type { Clock } from "@sidelight/model/clock.ts";
import { type Quota, QuotaExhaustedError } from "@sidelight/platform-kit/rateLimit.ts";
import { timeLeft } from "./forecast.ts";
import { createLeases } from "./leases.ts";
import { requestClasses } from "./shares.ts";
import { createSoloWindow } from "./soloWindow.ts";
import type { QuotaStore } from "./store.ts";
import { termsOf, type WindowAnswer, type WindowRequest } from "./window.ts";

/** A window up to this length only spaces requests, so that even an interactive call waits for the next one. */
const maxSpacingMs = 2_000;
/** Another process may have released the quota. */
const maxSharedWaitMs = 15_000;
/** The classes of interactive calls come first, see {@link requestClasses}. */
const lastInteractivePosition = 2;

type Step = Omit<WindowRequest, "owner" | "terms">;

/** State of a quota: requests left in its window, for all priorities and processes together. */
export interface QuotaState {
  limit: number;
  remaining: number;
  windowMs: number;
  /** The platform refuses all requests until this instant, epoch ms; null when it does not. */
  blockedUntil: number | null;
}

/** The waiting calls of one quota. */
export interface QuotaQueue {
  quota: Quota;
  /** @param position of the class. @throws {QuotaExhaustedError} */
  acquire(position: number, signal: AbortSignal): Promise<void>;
  observe(observation: Pick<Step, "report" | "blockedMs">): void;
  release(): void;
  state(): QuotaState;
  /** Epoch ms; null when it does not run out. */
  runsOutAt(): number | null;
  refresh(): Promise<void>;
  close(): void;
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

export interface QuotaQueueDeps {
  name: string;
  quota: Quota;
  clock: Clock;
  store: QuotaStore;
}

// Not p-queue: it bounds how many run at once, while here the store decides which priority may send the next request, and when.
export function createQuotaQueue({ name, quota, clock, store }: QuotaQueueDeps): QuotaQueue {
  const terms = termsOf(quota, store.hasLeases(quota));
  const waiting: Waiter[][] = requestClasses.map(() => []);
  /** When a class may try again, on the monotonic clock: until then the store would refuse it. */
  const nextTries: number[] = requestClasses.map(() => Number.NEGATIVE_INFINITY);
  const leases = createLeases({ terms, clock, members: () => store.shared?.members() ?? 1 });
  const solo = store.shared ? createSoloWindow({ name, terms, owner: store.owner, shared: store.shared }) : null;
  let wakeUp = new AbortController();
  let isServing = false;
  let isClosed = false;
  let hasToSync = false;
  let view: { answer: WindowAnswer; at: number } | null = null;
  const unsubscribe = store.shared?.onRecovered(() => {
    hasToSync = true;
    restore();
  });

  return {
    quota,
    acquire(position, signal) {
      signal.throwIfAborted();
      return new Promise<void>((resolve, reject) => {
        const abort = () => {
          remove(position, waiter);
          reject(signal.reason);
          wakeUp.abort();
        };
        const waiter: Waiter = {
          resolve() {
            signal.removeEventListener("abort", abort);
            resolve();
          },
          reject(error) {
            signal.removeEventListener("abort", abort);
            reject(error);
          },
        };
        signal.addEventListener("abort", abort, { once: true });
        waiting[position]?.push(waiter);
        if (isServing) wakeUp.abort();
        else void serve();
      });
    },
    observe(observation) {
      nextTries.fill(Number.NEGATIVE_INFINITY);
      solo?.observe(observation);
      const answer = store.update(name, { owner: store.owner, terms, ...observation });
      if (answer instanceof Promise) void answer.then(record);
      else record(answer);
    },
    release() {
      solo?.release();
      const answer = store.update(name, { owner: store.owner, terms, isReleased: true });
      const tryAgain = () => {
        nextTries.fill(Number.NEGATIVE_INFINITY);
        wakeUp.abort();
      };
      if (answer instanceof Promise) void answer.then(record).then(tryAgain);
      else tryAgain();
    },
    state: () => stateOf(currentAnswer()),
    runsOutAt() {
      const answer = currentAnswer();
      if (!answer) return null;
      const { limit, remaining } = stateOf(answer);
      const usedCount = sumOf(answer.counts);
      const ms = timeLeft({ capacity: Math.min(limit, usedCount + remaining), ages: answer.ages, windowMs: quota.windowMs });
      return ms === null ? null : Math.round(clock.now() + ms);
    },
    async refresh() {
      if (!store.peek) record(await store.update(name, { owner: store.owner, terms }));
    },
    close() {
      unsubscribe?.();
      solo?.close();
      isClosed = true;
      wakeUp.abort();
    },
  };

  function remove(position: number, waiter: Waiter): void {
    const waiters = waiting[position] ?? [];
    const index = waiters.indexOf(waiter);
    if (index >= 0) waiters.splice(index, 1);
  }

  /** Serves the waiting calls until none is left. One at a time, so that the store sees the steps of a process in their order. */
  async function serve(): Promise<void> {
    if (isServing) return;
    isServing = true;
    try {
      while (!isClosed) {
        wakeUp = new AbortController();
        await serveClasses();
        if (wakeUp.signal.aborted) continue;
        const waitingPositions = waiting.flatMap(({ length }, position) => (length > 0 ? [position] : []));
        if (waitingPositions.length === 0) return;
        const nextTry = Math.min(...waitingPositions.map((position) => nextTries[position] ?? 0));
        const waitMs = Math.max(1, nextTry - clock.monotonic());
        await clock.sleep(waitMs, wakeUp.signal).catch(() => {});
      }
    } catch (error) {
      for (const waiter of waiting.flatMap((waiters) => waiters.splice(0))) waiter.reject(error);
    } finally {
      isServing = false;
    }
  }

  async function serveClasses(): Promise<void> {
    for (let position = 0; position < waiting.length; position++) {
      if (!(await serveClass(position))) continue;
      // A call of a higher priority may have arrived.
      if (waiting.slice(0, position).some(({ length }, higher) => length > 0 && isDue(higher))) position = -1;
    }
  }

  function isDue(position: number): boolean {
    return (nextTries[position] ?? 0) <= clock.monotonic();
  }

  /** @returns true when it waited for the store */
  async function serveClass(position: number): Promise<boolean> {
    const waiters = waiting[position] ?? [];
    while (waiters.length > 0 && leases.use(position)) waiters.shift()?.resolve();
    if (waiters.length === 0) return false;
    if (!isDue(position)) {
      refuseInteractive(position, waiters.length);
      return false;
    }
    const requestedCount = waiters.length;
    const startedAt = clock.monotonic();
    const answer = await step({
      returned: leases.takeExpired(),
      take: { position, count: requestedCount + leases.sizeOf(position) },
    });
    const grantedCount = answer.granted?.count ?? 0;
    if (answer.granted) {
      const sent = waiters.splice(0, grantedCount);
      leases.add({ ...answer.granted, count: grantedCount - sent.length }, startedAt);
      for (const { resolve } of sent) resolve();
    }
    leases.recordTake(position);
    if (answer.freeAt !== null && grantedCount < requestedCount) {
      const waitMs = Math.max(1, answer.freeAt - answer.now);
      nextTries[position] = clock.monotonic() + (store.shared ? Math.min(waitMs, maxSharedWaitMs) : waitMs);
      refuseInteractive(position, requestedCount - grantedCount, waitMs);
    }
    return true;
  }

  function refuseInteractive(position: number, count: number, waitMs?: number): void {
    if (position > lastInteractivePosition || quota.windowMs <= maxSpacingMs) return;
    const retryAt = clock.now() + (waitMs ?? Math.max(1, (nextTries[position] ?? 0) - clock.monotonic()));
    for (const waiter of waiting[position]?.splice(0, count) ?? []) waiter.reject(new QuotaExhaustedError(retryAt));
  }

  /** One step of the store, or of this process alone while the store is lost. */
  async function step(request: Step): Promise<WindowAnswer> {
    solo?.giveBack(request.returned ?? []);
    const replaced = hasToSync && solo ? { replaced: solo.entries() } : {};
    hasToSync = false;
    const result = store.update(name, { owner: store.owner, terms, ...request, ...replaced });
    const answer = result instanceof Promise ? await result : result;
    if (answer === null) {
      // What the store did with the request is unknown.
      return goAlone(request);
    }
    record(answer);
    if (!solo || !answer.granted || (await solo.record(answer.granted))) return answer;
    // The others do not know of the granted requests. They count as used, and are not sent.
    return goAlone(request);
  }

  function goAlone(request: Step): WindowAnswer {
    if (!solo) throw new Error("Only a shared store can be lost.");
    hasToSync = true;
    const answer = solo.step({ ...request, returned: [] });
    if (answer.granted) restore();
    return answer;
  }

  function restore(): void {
    if (solo) store.shared?.restore(name, { owner: store.owner, terms, replaced: solo.entries() });
  }

  function record(answer: WindowAnswer | null): void {
    if (answer === null) return;
    view = { answer, at: clock.monotonic() };
    solo?.see(answer);
  }

  /** The state as far as this process sees it; null before the first answer of a shared store. */
  function currentAnswer(): WindowAnswer | null {
    if (store.peek) return store.peek(name, { owner: store.owner, terms });
    if (view === null || clock.monotonic() - view.at >= quota.windowMs) return null;
    return view.answer;
  }

  function stateOf(answer: WindowAnswer | null): QuotaState {
    const { limit, windowMs } = quota;
    const state = { limit, windowMs, blockedUntil: null };
    if (answer === null) return { ...state, remaining: limit };
    const ageMs = store.peek || view === null ? 0 : clock.monotonic() - view.at;
    const now = answer.now + ageMs;
    const freeCount = Math.max(0, limit - sumOf(answer.counts));
    const blockedMs = answer.blockedUntil - now;
    if (blockedMs > 0) return { ...state, remaining: 0, blockedUntil: clock.now() + blockedMs };
    if (answer.report === null || answer.report.endsAt <= now) return { ...state, remaining: freeCount };
    return { ...state, limit: answer.report.limit, remaining: Math.min(freeCount, answer.report.remaining) };
  }
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
