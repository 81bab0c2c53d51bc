import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { instantOf, type PanelClock, systemClock } from "../clock.ts";
import type { SetupFault } from "../options.ts";
import type { createLive, Live } from "./live.ts";
import { createMemory, type PanelMemory } from "./memory.ts";
import { isDue, mergeAnswer, mergeSections, pendingSections } from "./merge.ts";
import { createReads } from "./reads.ts";
import { blank, type Failure, isRefusal, keyOf, type PanelSessionState, settledState } from "./state.ts";
import { createTimers } from "./timers.ts";
import type { LiveChange, PanelRequest, PanelSubject, PanelTransport, ReadResult } from "./transport.ts";

/** One customer's panel: what it shows, and when it reads again. */
export interface PanelSession<S extends PanelSubject = PanelSubject> {
  state(): PanelSessionState<S>;
  /** @returns ends the subscription */
  subscribe(listener: () => void): () => void;
  /** Shows a subject: at once from memory when it was shown recently, else from the API. The same subject again changes nothing. */
  show(subject: S): void;
  /** Shows one of the candidates of an ambiguous match. */
  choose(candidateId: string): void;
  /** Goes back to the candidates, without a call. */
  undoChoice(): void;
  /** Shows the subject as everybody sees it, without a choice or a remembered answer: after a decision about its customer. */
  reopen(): void;
  /** Whether the person can see the panel. A hidden panel makes no call. `true` again means "looked at again", such as a focus. */
  setVisible(isVisible: boolean): void;
  setOffline(isOffline: boolean): void;
  /** The installation cannot make calls. Nothing is requested from now on. */
  setSetupFault(fault: SetupFault): void;
  /** Reads everything again, with `isQuiet` without a sign on screen. @returns whether that succeeded, as the next two do */
  reload(options?: { isQuiet?: boolean }): Promise<boolean>;
  /** Makes the API read the platforms again; during the cooldown the same as `reload`. */
  refresh(): Promise<boolean>;
  /** Reads one section again, or everything. Sections retry independently. */
  retry(target: SectionName | "all"): Promise<boolean>;
  /** Drops calls, timers and the stream. `setVisible(true)` starts again. */
  stop(): void;
}

export interface PanelSessionOptions<S extends PanelSubject> {
  transport: PanelTransport<S>;
  clock?: PanelClock;
  /** Of this session alone when left out. Panels of one page and one person may share one: each shows what the others have read. */
  memory?: PanelMemory;
  /** Loads `createLive` of live.ts, for a transport with a stream. Without it, and until it is loaded, the session polls. */
  loadLive?: () => Promise<typeof createLive>;
  /** The time between two polls, for a transport without a stream; `sessionTiming.pollMs` when left out. */
  pollMs?: () => number;
  /** 0 to 1; spreads the retries of the stream. */
  random?: () => number;
}

export const sessionTiming = {
  /** A placeholder sooner than this would only flicker. */
  skeletonMs: 200,
  /** The follow-up for late sections waits this long for the stream, where there is one. */
  followUpMs: 1_200,
  /** The API answers 429 to a second refresh of a customer within this time. */
  cooldownMs: 30_000,
  /** Where there is no stream, a change shows within this time. An answer that still holds is a 304 without a body. */
  pollMs: 10_000,
  maxPollMs: 300_000,
  /** A panel that is looked at again polls, but not more often than this, and once for several events. */
  catchUpMs: 1_000,
  gatherMs: 50,
  contextTimeoutMs: 8_000,
  sectionsTimeoutMs: 13_000,
  refreshTimeoutMs: 15_000,
};

interface ReadOptions {
  /** Without a sign on screen. */
  isQuiet?: boolean;
  isRefresh?: boolean;
  /** The answer may be about another customer: it replaces what is on screen instead of completing it. */
  isNewMatch?: boolean;
}

/**
 * The state machine of a panel, without a browser or a framework: a host gives it a transport, reports what the person does and
 * draws `state()` whenever `subscribe` calls back.
 *
 * - Late sections: one call brings all sections, then one follow-up (or the stream) brings those that were late.
 * - Old values stay on screen during a refresh and after a failure. Only a refusal (403, 401, setup) removes them.
 * - An answer for a former subject is dropped, and its signal is aborted.
 * - A visible panel stays current: by the stream, or by polls with a backoff while there is no stream.
 */
export function createPanelSession<S extends PanelSubject>(options: PanelSessionOptions<S>): PanelSession<S> {
  const { transport, clock = systemClock, loadLive, memory = createMemory(clock) } = options;
  const timing = sessionTiming;
  const { pollMs = () => timing.pollMs } = options;
  const timers = createTimers<"skeleton" | "followUp" | "retry" | "poll">(clock);
  const listeners = new Set<() => void>();
  let state: PanelSessionState<S> = { ...blank, layout: null, isOffline: false, isVisible: false };
  let installationFault: SetupFault | null = null;
  /** Of the last whole answer: names it in the next poll. */
  let etag: string | null = null;
  /** On the monotonic clock, as all deadlines here. */
  let requestedAt = Number.NEGATIVE_INFINITY;
  let failedPolls = 0;
  let live: Live<S> | null = null;
  const reads = createReads(clock, () => live);

  function set(change: Partial<PanelSessionState<S>>): void {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  function dropReads(): void {
    reads.drop();
    timers.cancelAll();
  }

  const request = (subject: S): PanelRequest<S> => ({
    subject,
    candidate: state.candidate,
    customerId: state.context?.customer?.id ?? null,
  });

  async function readAll({ isQuiet = false, isRefresh = false, isNewMatch = false }: ReadOptions = {}): Promise<boolean> {
    const { subject } = state;
    if (!subject || subject.isWaiting || installationFault) return false;
    if (state.isOffline) {
      set(settledState);
      return false;
    }
    dropReads();
    requestedAt = clock.monotonic();
    if (!isQuiet) {
      failedPolls = 0;
      set({ phase: state.context ? "refreshing" : "loading", updating: [] });
      if (!state.context) timers.set("skeleton", timing.skeletonMs, () => set({ hasSkeleton: true }));
    }
    const result = isRefresh
      ? await reads.run(timing.refreshTimeoutMs, (signal) => transport.refresh(request(subject), signal))
      : await reads.run(timing.contextTimeoutMs, (signal) =>
          transport.getContext({ ...request(subject), etag: state.context && etag }, signal),
        );
    if (!result) return false;
    timers.cancel("skeleton");
    if (result.kind === "failed") applyFailure(result);
    else applyAnswer(result, isRefresh, isNewMatch);
    followStream();
    schedulePoll();
    return result.kind !== "failed";
  }

  function applyAnswer(result: Exclude<ReadResult, Failure>, isRefresh: boolean, isNewMatch: boolean): void {
    failedPolls = 0;
    const refreshAllowedAt = isRefresh ? clock.monotonic() + timing.cooldownMs : state.refreshAllowedAt;
    const answer = result.kind === "context" ? result.context : state.context;
    const late = answer ? pendingSections(answer) : [];
    if (result.kind === "context") {
      etag = result.etag ?? null;
      const { requestId } = result;
      const context = mergeAnswer(isNewMatch ? null : state.context, result.context);
      const layout = result.context.layout ?? state.layout;
      set({ ...settledState, updating: late, context, layout, requestId, refreshAllowedAt, problem: null, setup: null });
    } else if (state.phase !== "settled" || state.problem || state.setup || late.length > 0) {
      set({ ...settledState, updating: late, refreshAllowedAt, problem: null, setup: null });
    }
    scheduleFollowUp();
  }

  function applyFailure(result: Failure): void {
    const { problem: reportedProblem, setup } = result;
    const isRefused = isRefusal(result);
    failedPolls++;
    const isLimited = reportedProblem.code === "rate_limited";
    const problem = {
      ...reportedProblem,
      retryAt: reportedProblem.retryAt ?? (isLimited ? clock.monotonic() + timing.cooldownMs : null),
    };
    if (isRefused) {
      dropReads();
      memory.clear();
      etag = null;
    }
    const context = isRefused ? null : state.context;
    if (context && isLimited) set({ ...settledState, problem: null, setup, refreshAllowedAt: problem.retryAt });
    else set({ ...settledState, problem, setup, context });
    waitForRetry();
  }

  /** Without values on screen, a limited or overloaded API is called again when it allows that. */
  function waitForRetry(): boolean {
    const waitMs = (state.problem?.retryAt ?? 0) - clock.monotonic();
    if (state.context || waitMs <= 0 || !isActive()) return false;
    timers.set("retry", waitMs, () => void readAll());
    return true;
  }

  function scheduleFollowUp(): void {
    if (state.updating.length === 0 || !isActive()) return;
    const followUp = (): void => void readSections(state.updating);
    if (loadLive) timers.set("followUp", timing.followUpMs, followUp);
    else followUp();
  }

  async function readSections(names: readonly SectionName[]): Promise<boolean> {
    const { subject, context: contextOnScreen } = state;
    if (!subject || !contextOnScreen || state.isOffline) return false;
    set({ updating: [...new Set([...state.updating, ...names])] });
    const sections = { ...request(subject), sections: names };
    const result = await reads.run(timing.sectionsTimeoutMs, (signal) => transport.getSections(sections, signal));
    if (!result || !state.context) return false;
    if (result.kind === "failed" && isRefusal(result)) {
      applyFailure(result);
      followStream();
      schedulePoll();
      return false;
    }
    const answer = result.kind === "context" ? result.context : null;
    if (answer && answer.customer?.id !== state.context.customer?.id) return readAll();
    const problem = result.kind === "failed" ? result.problem : { code: "timeout" as const, requestId: null, retryAt: null };
    const requestId = result.kind === "failed" ? result.problem.requestId : result.requestId;
    // What the stream has brought since is current.
    const open = names.filter((name) => state.updating.includes(name));
    set({
      updating: state.updating.filter((name) => !names.includes(name)),
      context: mergeSections(state.context, answer, open, { ...problem, retryAt: instantOf(problem.retryAt, clock) }),
      requestId: requestId ?? state.requestId,
    });
    if (!timers.has("poll")) schedulePoll();
    return result.kind !== "failed";
  }

  const isActive = (): boolean => state.isVisible && !state.isOffline && !installationFault;

  function poll(): void {
    if (reads.isReading() || timers.has("followUp")) schedulePoll();
    else void readAll({ isQuiet: true });
  }

  function schedulePoll(waitMs = Math.min(pollMs() * 2 ** failedPolls, timing.maxPollMs)): void {
    if (!isActive() || !state.subject || state.subject.isWaiting || live?.isOpen() || timers.has("retry")) timers.cancel("poll");
    else timers.set("poll", waitMs, poll);
  }

  /** A poll as soon as something may have changed unseen. Not needed where the stream begins with all there is. */
  function catchUp(): void {
    if (loadLive || reads.isReading()) return;
    schedulePoll(Math.max(timing.gatherMs, requestedAt + timing.catchUpMs - clock.monotonic()));
  }

  /** The panel has become visible or online, or has moved to another subject. */
  function resume(): void {
    if (!state.subject || state.subject.isWaiting) return;
    if (state.isOffline) set(settledState);
    if (!isActive()) return;
    followStream();
    if (reads.isReading() || waitForRetry()) return;
    if (state.problem || state.updating.length > 0 || isDue(state.context, clock.now())) void readAll();
    else if (loadLive) schedulePoll();
    else catchUp();
  }

  function pause(): void {
    timers.cancelAll();
    followStream();
  }

  function followStream(): void {
    const { subject, context } = state;
    live?.follow(subject && context && isActive() ? request(subject) : null);
  }

  function applyLive(changes: readonly LiveChange[]): void {
    if (!live || !state.context) return;
    reads.addChanges(changes);
    const context = live.applyChanges(state.context, changes);
    if (!context) {
      set({ context: null });
      followStream();
      return void readAll();
    }
    const updating = live.lateNames(state.updating, changes);
    if (updating.length === 0) timers.cancel("followUp");
    set({ context, updating, problem: null });
    // The stream has no layout, and its end with another configuration is the sign that there is a new one.
    if (state.layout && state.layout.config !== context.config && !reads.isReading()) void readAll({ isQuiet: true });
  }

  function remember(): void {
    if (!state.subject || !state.context) return;
    memory.keep(keyOf(state.subject, state.candidate), { ...state, context: state.context, etag, requestedAt });
  }

  /** @param isRead false shows the remembered answer without a read */
  function move(subject: S, candidate: string | null, isRead: boolean): void {
    remember();
    dropReads();
    const cachedAnswer = memory.recall(keyOf(subject, candidate));
    etag = cachedAnswer?.etag ?? null;
    requestedAt = cachedAnswer?.requestedAt ?? Number.NEGATIVE_INFINITY;
    failedPolls = 0;
    set({
      ...blank,
      subject,
      candidate,
      setup: installationFault,
      ...(cachedAnswer || subject.isWaiting ? settledState : {}),
      ...(cachedAnswer && {
        context: cachedAnswer.context,
        layout: cachedAnswer.layout ?? state.layout,
        requestId: cachedAnswer.requestId,
        refreshAllowedAt: cachedAnswer.refreshAllowedAt,
      }),
    });
    followStream();
    if (cachedAnswer && !isRead) schedulePoll();
    else resume();
  }

  loadLive?.().then(
    (create) => {
      live = create({ ...options, clock, onSwitch: () => schedulePoll(), onChanges: applyLive });
      followStream();
    },
    // Polls keep the panel current.
    () => {},
  );

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    show: (subject) => {
      if (state.subject?.key !== subject.key) move(subject, null, true);
    },
    choose: (candidateId) => {
      if (state.subject) move(state.subject, candidateId, true);
    },
    undoChoice: () => {
      if (state.subject && state.candidate) move(state.subject, null, false);
    },
    reopen: () => {
      // Old values stay until the answer is here, as during a refresh.
      memory.clear();
      etag = null;
      set({ candidate: null });
      void readAll({ isNewMatch: true });
    },
    setVisible: (isVisible) => {
      if (isVisible && state.isVisible) return catchUp();
      if (isVisible === state.isVisible) return;
      set({ isVisible });
      if (isVisible) resume();
      else pause();
    },
    setOffline: (isOffline) => {
      if (isOffline === state.isOffline) return;
      set({ isOffline });
      if (isOffline) pause();
      else resume();
    },
    setSetupFault: (fault) => {
      installationFault = fault;
      dropReads();
      set({ ...settledState, setup: fault });
      followStream();
    },
    reload: ({ isQuiet = false } = {}) => readAll({ isQuiet }),
    refresh: () => readAll({ isRefresh: state.context !== null && (state.refreshAllowedAt ?? 0) <= clock.monotonic() }),
    retry: (target) => (target === "all" || !state.context ? readAll() : readSections([target])),
    stop: () => {
      remember();
      dropReads();
      if (state.isVisible) set({ isVisible: false });
      followStream();
    },
  };
}
