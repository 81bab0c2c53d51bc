import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { Layout } from "@sidelight/contracts/sessions/layout.ts";
import { instantOf, type PanelClock, systemClock } from "../clock.ts";
import type { PanelOptions, PanelProblem, SetupFault } from "../options.ts";
import type { PanelSubject, ReadResult } from "./transport.ts";

export interface PanelSessionState<S extends PanelSubject = PanelSubject> {
  subject: S | null;
  /** The id of the candidate that the person chose, or null. */
  candidate: string | null;
  /** What is on screen, or null while there is nothing. */
  context: Context | null;
  /** Its `retryAt` is a time of the monotonic clock. */
  problem: PanelProblem | null;
  setup: SetupFault | null;
  /** `loading`: nothing to show yet. `refreshing`: old values stay on screen. */
  phase: "loading" | "refreshing" | "settled";
  /** Sections that are being read again or are still late. */
  updating: readonly SectionName[];
  isOffline: boolean;
  isVisible: boolean;
  /** Time of the monotonic clock before which the API refuses a refresh, or null. */
  refreshAllowedAt: number | null;
  /**
   * What the deployment decides for this reader and place, from the last answer that has it; null before. It belongs to no customer, so
   * it stays when the subject changes.
   */
  layout: Layout | null;
  /** Of the last answer or failure. */
  requestId: string | null;
  /** True when the first load takes long enough for a placeholder. */
  hasSkeleton: boolean;
}

/** The state of a subject that is not read yet. */
export const blank = {
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

export const settledState = { phase: "settled", updating: [], hasSkeleton: false } as const;

export type Failure = Extract<ReadResult, { kind: "failed" }>;

/** The person or the installation may not see this customer: nothing stays on screen. */
export const isRefusal = ({ setup, problem }: Failure): boolean =>
  setup !== null || problem.code === "forbidden" || problem.code === "unauthenticated";

export const keyOf = (subject: PanelSubject, candidate: string | null): string => `${subject.key} ${candidate ?? ""}`;

/** The part of the view-model's options that follows from the session, at this moment. */
export function optionsOf(state: PanelSessionState, clock: PanelClock = systemClock) {
  return {
    phase: state.phase,
    updating: state.updating,
    offline: state.isOffline,
    problem: state.problem && { ...state.problem, retryAt: instantOf(state.problem.retryAt, clock) },
    setup: state.setup,
    waiting: state.subject?.isWaiting === true,
    chosen: state.candidate !== null,
    refreshAllowedAt: instantOf(state.refreshAllowedAt, clock),
    requestId: state.requestId,
    layout: state.layout ?? undefined,
  } satisfies Partial<PanelOptions>;
}
