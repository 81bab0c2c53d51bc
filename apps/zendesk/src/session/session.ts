import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { PanelProblem, SetupFault } from "@sidelight/panel/index.ts";
import type { Answer, Api } from "./api.ts";
import { applyLive, isDue, keepNewer, type LiveChange, mergeSections, pendingSections, settlePending } from "./context.ts";
import { type Subject, subjectKey } from "./subject.ts";

export interface Clock {
  now(): number;
  /** @returns cancels it */
  after(ms: number, run: () => void): () => void;
}

export interface SessionState {
  subject: Subject | null;
  context: Context | null;
  problem: PanelProblem | null;
  setup: SetupFault | null;
  phase: "loading" | "refreshing" | "settled";
  updating: readonly SectionName[];
  offline: boolean;
  active: boolean;
  /** The candidate picked, if any. */
  chosen: string | null;
  refreshAllowedAt: number | null;
  requestId: string | null;
  /** The first load takes long enough to be worth drawing a placeholder. */
  skeleton: boolean;
}

export interface Session {
  state(): SessionState;
  subscribe(listener: () => void): () => void;
  show(subject: Subject): void;
  /** The installation lacks what asking takes; nothing is asked. */
  misconfigured(setup: SetupFault): void;
  activate(): void;
  deactivate(): void;
  destroy(): void;
  setOffline(offline: boolean): void;
  refresh(): void;
  retry(target: SectionName | "all"): void;
  choose(candidateId: string): void;
  undoChoice(): void;
  /** What the stream told of the customer on screen. */
  live(changes: readonly LiveChange[]): void;
  /** Reads again without a sign of it; nothing while another question is under way. */
  poll(): void;
}

export const timing = { skeletonMs: 200, followUpMs: 1_200, followUpDeadlineMs: 7_000 };

const blank: Omit<SessionState, "offline" | "active"> = {
  subject: null,
  context: null,
  problem: null,
  setup: null,
  phase: "loading",
  updating: [],
  chosen: null,
  refreshAllowedAt: null,
  requestId: null,
  skeleton: false,
};

const settled = { phase: "settled", updating: [], skeleton: false } as const;

/** What one open tab knows about its customer, and when it asks again. No DOM, no clock of its own. */
export function createSession(api: Api, clock: Clock): Session {
  let state: SessionState = { ...blank, offline: false, active: false };
  let sequence = 0;
  let unusable: SetupFault | null = null;
  let candidates: Context | null = null;
  let cancelTimers: (() => void)[] = [];
  /** What the stream told since the question under way was asked; null when there is none. */
  let meanwhile: LiveChange[] | null = null;
  const listeners = new Set<() => void>();

  const set = (change: Partial<SessionState>): void => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };
  const stopTimers = (): void => {
    for (const cancel of cancelTimers) cancel();
    cancelTimers = [];
  };
  const later = (ms: number, run: () => void): void => void cancelTimers.push(clock.after(ms, run));
  /** Whatever is under way no longer counts. */
  const drop = (): void => {
    sequence++;
    meanwhile = null;
    stopTimers();
  };

  /** Each request outdates those before it; an answer that is outdated when it comes is dropped. */
  async function ask(request: () => Promise<Answer>, apply: (answer: Answer) => void): Promise<void> {
    const mine = ++sequence;
    stopTimers();
    if (!state.context) later(timing.skeletonMs, () => set({ skeleton: true }));
    meanwhile = [];
    const answer = await request();
    if (mine !== sequence) return;
    stopTimers();
    const told = meanwhile;
    meanwhile = null;
    apply(answer.ok ? { ...answer, context: keepNewer(answer.context, told) } : answer);
  }

  const subject = (): Subject | null => (state.chosen ? { kind: "ref", ref: state.chosen, ticketId: null } : state.subject);

  function load({ quietly = false } = {}): void {
    const about = subject();
    if (!about || about.kind === "waiting" || unusable) return;
    if (state.offline) {
      set(settled);
      return;
    }
    if (!quietly) set({ phase: state.context ? "refreshing" : "loading" });
    void ask(() => api.load(about), applyFirst);
  }

  function applyFirst(answer: Answer): void {
    settle(answer);
    awaitPending();
  }

  function awaitPending(): void {
    if (state.active && state.context && pendingSections(state.context).length > 0) later(timing.followUpMs, followUp);
  }

  /** Once more for what was late, with a server that waits longer; what is late even then counts as failed. */
  function followUp(): void {
    const about = subject();
    if (!about) return;
    void ask(
      () => api.load(about, { serverDeadlineMs: timing.followUpDeadlineMs }),
      (answer) => settle(answer.ok ? { ...answer, context: settlePending(answer.context) } : answer),
    );
  }

  function settle(answer: Answer): void {
    if (answer.ok) {
      set({ ...settled, context: answer.context, requestId: answer.requestId, problem: null, setup: null });
      return;
    }
    const { problem, setup } = answer;
    const limited = problem.code === "rate_limited" && state.context !== null;
    set({
      ...settled,
      setup,
      problem: limited ? null : problem,
      refreshAllowedAt: limited ? problem.retryAt : state.refreshAllowedAt,
      // What a role or a revoked key must not see does not linger.
      context: problem.code === "forbidden" || setup ? null : state.context,
    });
    if (!limited && problem.code === "rate_limited" && problem.retryAt) later(problem.retryAt - clock.now(), () => load());
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    show: (next) => {
      if (state.subject && subjectKey(state.subject) === subjectKey(next)) return;
      drop();
      candidates = null;
      set({ ...blank, subject: next, setup: unusable, phase: next.kind === "waiting" ? "settled" : "loading" });
      if (state.active) load();
    },
    misconfigured: (setup) => {
      unusable = setup;
      set({ setup, ...settled });
    },
    activate: () => {
      if (state.active) return;
      set({ active: true });
      if (state.subject && isDue(state.context, clock.now())) load();
    },
    deactivate: () => {
      stopTimers();
      set({ active: false });
    },
    destroy: () => {
      drop();
      listeners.clear();
    },
    setOffline: (offline) => {
      if (offline === state.offline) return;
      set({ offline });
      if (!offline && state.active && (state.problem || isDue(state.context, clock.now()))) load();
    },
    refresh: () => {
      const about = subject();
      // An address has no place in a URL; the customer it led to has a ref of ours.
      const ref = about?.kind === "ref" ? about.ref : state.context?.customer?.id;
      if (!ref || !state.context) return load();
      set({ phase: "refreshing" });
      void ask(() => api.refresh(ref), applyFirst);
    },
    retry: (target) => {
      const about = subject();
      if (target === "all" || !about) return load();
      set({ updating: [target] });
      void ask(
        () => api.load(about, { sections: [target] }),
        (answer) => {
          const merged = answer.ok && state.context ? mergeSections(state.context, answer.context, [target]) : state.context;
          set({ updating: [], context: merged, requestId: answer.ok ? answer.requestId : answer.problem.requestId });
          awaitPending();
        },
      );
    },
    choose: (candidateId) => {
      if (state.context?.match.state === "ambiguous") candidates = state.context;
      set({ chosen: candidateId, context: null, problem: null });
      load();
    },
    undoChoice: () => {
      drop();
      set({ ...settled, chosen: null, context: candidates, problem: null });
      if (!candidates) load();
    },
    live: (changes) => {
      if (!state.context) return;
      meanwhile?.push(...changes);
      const context = applyLive(state.context, changes);
      if (!context) {
        set({ context: null });
        return load();
      }
      const wasLate = pendingSections(state.context).length > 0;
      // The follow-up has nothing left to ask for.
      if (wasLate && !meanwhile && pendingSections(context).length === 0) stopTimers();
      set({ context, problem: null });
    },
    poll: () => {
      if (state.active && state.context && !meanwhile) load({ quietly: true });
    },
  };
}
