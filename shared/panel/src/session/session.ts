import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { type PanelClock, systemClock } from "../clock.ts";
import type { PanelOptions, PanelProblem, SetupFault } from "../options.ts";
import { createMemory } from "./memory.ts";
import { isContext, isDue, mergeAnswer, mergeSections, pendingSections } from "./merge.ts";
import type { LiveUpdates } from "./stream.ts";
import { createTimers } from "./timers.ts";
import {
  failure,
  type LiveChange,
  type PanelRequest,
  type PanelSubject,
  type PanelTransport,
  type ReadResult,
} from "./transport.ts";

export interface PanelSessionState<S extends PanelSubject = PanelSubject> {
  subject: S | null;
  /** The id of the candidate that the person chose, or null. */
  candidate: string | null;
  /** What is on screen, or null while there is nothing. */
  context: Context | null;
  problem: PanelProblem | null;
  setup: SetupFault | null;
  /** `loading`: nothing to show yet. `refreshing`: old values stay on screen. */
  phase: "loading" | "refreshing" | "settled";
  /** Sections that are being read again or are still late. */
  updating: readonly SectionName[];
  isOffline: boolean;
  isVisible: boolean;
  /** Epoch milliseconds before which the API refuses a refresh, or null. */
  refreshAllowedAt: number | null;
  /** Of the last answer or failure. */
  requestId: string | null;
  /** True when the first load takes long enough for a placeholder. */
  hasSkeleton: boolean;
}

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
  /** Whether the person can see the panel. A hidden panel makes no call. `true` again means "looked at again", such as a focus. */
  setVisible(isVisible: boolean): void;
  setOffline(isOffline: boolean): void;
  /** The installation cannot make calls. Nothing is requested from now on. */
  setSetupFault(fault: SetupFault): void;
  /** Reads everything again. @returns whether that succeeded, as the next two do */
  reload(): Promise<boolean>;
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
  /** Loads `liveUpdates` of stream.ts, for a transport with a stream. Without it, and until it is loaded, the session polls. */
  loadLive?: () => Promise<LiveUpdates>;
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
  pollMs: 25_000,
  maxPollMs: 300_000,
  /** A panel that is looked at again polls, but not more often than this, and once for several events. */
  catchUpMs: 1_000,
  gatherMs: 50,
  contextTimeoutMs: 8_000,
  sectionsTimeoutMs: 13_000,
  refreshTimeoutMs: 15_000,
};

const blank = {
  subject: null,
  candidate: null,
  context: null,
  problem: null,
  setup: null,
  phase: "loading",
  updating: [],
  refreshAllowedAt: null,
  requestId: null,
  hasSkeleton: false,
} as const;

const settledState = { phase: "settled", updating: [], hasSkeleton: false } as const;

type Failure = Extract<ReadResult, { kind: "failed" }>;

/** The person or the installation may not see this customer: nothing stays on screen. */
const isRefusal = ({ setup, problem }: Failure): boolean =>
  setup !== null || problem.code === "forbidden" || problem.code === "unauthenticated";

/** A call under way, with the changes of the stream since it began. */
interface Read {
  controller: AbortController;
  changes: LiveChange[];
}

interface ReadOptions {
  /** Without a sign on screen. */
  isQuiet?: boolean;
  isRefresh?: boolean;
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
  const { transport, clock = systemClock, loadLive, random = Math.random } = options;
  const timing = sessionTiming;
  const timers = createTimers<"skeleton" | "followUp" | "retry" | "poll">(clock);
  const memory = createMemory(clock);
  const listeners = new Set<() => void>();
  const reads = new Set<Read>();
  let state: PanelSessionState<S> = { ...blank, isOffline: false, isVisible: false };
  let installationFault: SetupFault | null = null;
  /** Of the last whole answer: names it in the next poll. */
  let etag: string | null = null;
  let requestedAt = 0;
  let failedPolls = 0;
  let live: LiveUpdates | null = null;
  let stream: { key: string; isOpen: boolean; close: () => void } | null = null;

  function set(change: Partial<PanelSessionState<S>>): void {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  function dropReads(): void {
    for (const { controller } of reads) controller.abort();
    reads.clear();
    timers.cancelAll();
  }

  const request = (subject: S): PanelRequest<S> => ({
    subject,
    candidate: state.candidate,
    customerId: state.context?.customer?.id ?? null,
  });

  /** @returns null when the answer was dropped */
  async function run(timeoutMs: number, call: (signal: AbortSignal) => Promise<ReadResult>): Promise<ReadResult | null> {
    const read: Read = { controller: new AbortController(), changes: [] };
    reads.add(read);
    const { signal } = read.controller;
    const result = await new Promise<ReadResult>((resolve) => {
      const stopWaiting = clock.after(timeoutMs, () => {
        resolve(failure("timeout"));
        read.controller.abort();
      });
      const finish = (answer: ReadResult): void => {
        stopWaiting();
        resolve(answer);
      };
      // A dropped call ends at once, whether its transport watches the signal or not.
      signal.addEventListener("abort", () => finish(failure("network")), { once: true });
      call(signal).then(finish, () => finish(failure("network")));
    });
    if (!reads.delete(read)) return null;
    if (result.kind !== "context") return result;
    if (!isContext(result.context)) return failure("internal", result.requestId);
    return live ? { ...result, context: live.keepNewer(result.context, read.changes) } : result;
  }

  async function readAll({ isQuiet = false, isRefresh = false }: ReadOptions = {}): Promise<boolean> {
    const { subject } = state;
    if (!subject || subject.isWaiting || installationFault) return false;
    if (state.isOffline) {
      set(settledState);
      return false;
    }
    dropReads();
    requestedAt = clock.now();
    if (!isQuiet) {
      failedPolls = 0;
      set({ phase: state.context ? "refreshing" : "loading", updating: [] });
      if (!state.context) timers.set("skeleton", timing.skeletonMs, () => set({ hasSkeleton: true }));
    }
    const result = isRefresh
      ? await run(timing.refreshTimeoutMs, (signal) => transport.refresh(request(subject), signal))
      : await run(timing.contextTimeoutMs, (signal) =>
          transport.getContext({ ...request(subject), etag: state.context && etag }, signal),
        );
    if (!result) return false;
    timers.cancel("skeleton");
    if (result.kind === "failed") applyFailure(result);
    else applyAnswer(result, isRefresh);
    followStream();
    schedulePoll();
    return result.kind !== "failed";
  }

  function applyAnswer(result: Exclude<ReadResult, Failure>, isRefresh: boolean): void {
    failedPolls = 0;
    const refreshAllowedAt = isRefresh ? clock.now() + timing.cooldownMs : state.refreshAllowedAt;
    const answer = result.kind === "context" ? result.context : state.context;
    const late = answer ? pendingSections(answer) : [];
    if (result.kind === "context") {
      etag = result.etag ?? null;
      const { requestId } = result;
      const context = mergeAnswer(state.context, result.context);
      set({ ...settledState, updating: late, context, requestId, refreshAllowedAt, problem: null, setup: null });
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
      retryAt: reportedProblem.retryAt ?? (isLimited ? clock.now() + timing.cooldownMs : null),
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
    const waitMs = (state.problem?.retryAt ?? 0) - clock.now();
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
    const result = await run(timing.sectionsTimeoutMs, (signal) => transport.getSections(sections, signal));
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
      context: mergeSections(state.context, answer, open, problem),
      requestId: requestId ?? state.requestId,
    });
    if (!timers.has("poll")) schedulePoll();
    return result.kind !== "failed";
  }

  const isActive = (): boolean => state.isVisible && !state.isOffline && !installationFault;

  function poll(): void {
    if (reads.size > 0 || timers.has("followUp")) schedulePoll();
    else void readAll({ isQuiet: true });
  }

  function schedulePoll(waitMs = Math.min(timing.pollMs * 2 ** failedPolls, timing.maxPollMs)): void {
    if (!isActive() || !state.subject || state.subject.isWaiting || stream?.isOpen || timers.has("retry")) timers.cancel("poll");
    else timers.set("poll", waitMs, poll);
  }

  /** A poll as soon as something may have changed unseen. Not needed where the stream begins with all there is. */
  function catchUp(): void {
    if (loadLive || reads.size > 0) return;
    schedulePoll(Math.max(timing.gatherMs, requestedAt + timing.catchUpMs - clock.now()));
  }

  /** The panel has become visible or online, or has moved to another subject. */
  function resume(): void {
    if (!state.subject || state.subject.isWaiting) return;
    if (state.isOffline) set(settledState);
    if (!isActive()) return;
    followStream();
    if (reads.size > 0 || waitForRetry()) return;
    if (state.problem || state.updating.length > 0 || isDue(state.context, clock.now())) void readAll();
    else if (loadLive) schedulePoll();
    else catchUp();
  }

  function pause(): void {
    timers.cancelAll();
    followStream();
  }

  /** Opens, keeps or closes the stream as the state demands. */
  function followStream(): void {
    const { subject, candidate, context } = state;
    const open = transport.stream;
    const key = live && open && subject && context && isActive() ? `${subject.key} ${candidate} ${context.customer?.id}` : null;
    if (key === (stream?.key ?? null)) return;
    stream?.close();
    stream = null;
    if (!live || !open || !subject || key === null) return;
    const newStream = { key, isOpen: false, close: () => {} };
    stream = newStream;
    newStream.close = live.keepStreamOpen({
      open: (listener, signal) => open.call(transport, request(subject), listener, signal),
      onOpen: () => {
        newStream.isOpen = true;
        timers.cancel("poll");
      },
      onClose: () => {
        newStream.isOpen = false;
        schedulePoll();
      },
      onChanges: applyLive,
      clock,
      random,
    });
  }

  function applyLive(changes: readonly LiveChange[]): void {
    if (!live || !state.context) return;
    for (const read of reads) read.changes.push(...changes);
    const context = live.applyChanges(state.context, changes);
    if (!context) {
      set({ context: null });
      followStream();
      return void readAll();
    }
    const arrivedNames = new Set(
      changes.flatMap((change) => ("name" in change && change.section.state !== "pending" ? [change.name] : [])),
    );
    const updating = state.updating.filter((name) => !arrivedNames.has(name));
    if (updating.length === 0) timers.cancel("followUp");
    set({ context, updating, problem: null });
  }

  /** @param isRead false shows the remembered answer without a read */
  function move(subject: S, candidate: string | null, isRead: boolean): void {
    if (state.subject && state.context) {
      memory.keep(keyOf(state.subject, state.candidate), { ...state, context: state.context, etag, requestedAt });
    }
    dropReads();
    const cachedAnswer = memory.recall(keyOf(subject, candidate));
    etag = cachedAnswer?.etag ?? null;
    requestedAt = cachedAnswer?.requestedAt ?? 0;
    failedPolls = 0;
    set({
      ...blank,
      subject,
      candidate,
      setup: installationFault,
      ...(cachedAnswer || subject.isWaiting ? settledState : {}),
      ...(cachedAnswer && {
        context: cachedAnswer.context,
        requestId: cachedAnswer.requestId,
        refreshAllowedAt: cachedAnswer.refreshAllowedAt,
      }),
    });
    followStream();
    if (cachedAnswer && !isRead) schedulePoll();
    else resume();
  }

  loadLive?.().then(
    (loaded) => {
      live = loaded;
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
    reload: () => readAll(),
    refresh: () => readAll({ isRefresh: state.context !== null && (state.refreshAllowedAt ?? 0) <= clock.now() }),
    retry: (target) => (target === "all" || !state.context ? readAll() : readSections([target])),
    stop: () => {
      dropReads();
      if (state.isVisible) set({ isVisible: false });
      followStream();
    },
  };
}

const keyOf = (subject: PanelSubject, candidate: string | null): string => `${subject.key} ${candidate ?? ""}`;

/** The part of the view-model's options that follows from the session. */
export function optionsOf(state: PanelSessionState) {
  return {
    phase: state.phase,
    updating: state.updating,
    offline: state.isOffline,
    problem: state.problem,
    setup: state.setup,
    waiting: state.subject?.isWaiting === true,
    chosen: state.candidate !== null,
    refreshAllowedAt: state.refreshAllowedAt,
    requestId: state.requestId,
  } satisfies Partial<PanelOptions>;
}
