import type { SectionName, SectionState } from "@sidelight/contracts/context/sections.ts";
import type { LayoutFact } from "@sidelight/contracts/sessions/layout.ts";

export type Tone = "neutral" | "good" | "warning" | "danger" | "muted";
export type IconName =
  | "check"
  | "clock"
  | "alert"
  | "lock"
  | "eye_off"
  | "plug"
  | "dash"
  | "loading"
  | "offline"
  | "calendar"
  | "people"
  | "search"
  | "gear";

/** Why there is no value. Zero is a value and never absent. */
export type Absent =
  | "none_set"
  | "not_mapped"
  | "could_not_load"
  | "hidden"
  | "consent_withheld"
  | "not_connected"
  | "pending"
  | "empty";

/** Where a fact comes from, as lines to show on demand. */
export interface ProvenanceView {
  lines: { key: string; label: string; text: string }[];
  /** http(s), or null. */
  link: string | null;
}

export interface FactView {
  key: LayoutFact;
  label: string;
  /** The value, or the words for its absence. Never empty. */
  text: string;
  /** A second line, or "". */
  detail: string;
  tone: Tone;
  absent: Absent | null;
  /** The value is old: its source is stale or did not answer. */
  stale: boolean;
  section: SectionName;
  provenance: ProvenanceView | null;
  /** True for a moment after it changed (`changes.ts`). */
  changed?: boolean;
}

export interface RowView {
  key: string;
  label: string;
  text: string;
  tone: Tone;
  absent: Absent | null;
  masked: boolean;
  link: string | null;
  provenance: ProvenanceView | null;
  /** True for a moment after it changed (`changes.ts`). */
  changed?: boolean;
}

export interface ItemView {
  key: string;
  title: string;
  /** A second line, or "". */
  detail: string;
  /** A third line, or "": who works on a ticket, and when an agent last replied. */
  work: string;
  tag: { text: string; tone: Tone } | null;
  /** When, in words, or "". */
  when: string;
  /** The exact instant for a tooltip, or "". */
  whenExact: string;
  /** The platform it comes from, for filters; "" when it has none. */
  source: string;
  sourceName: string;
  link: string | null;
  highlighted: boolean;
  provenance: ProvenanceView | null;
  /** True for a moment after it changed (`changes.ts`). */
  changed?: boolean;
}

export interface ListView {
  key: string;
  title: string;
  items: ItemView[];
  /** Shown in place of items when there are none. */
  emptyText: string;
  /** How many to show at first; `moreText` opens the others. */
  visible: number;
  /** "Show 12 more", or "" when all are visible. */
  moreText: string;
  lessText: string;
  /** "Show older events", when the server has entries before these; "" otherwise. */
  olderText: string;
}

export interface SparklineView {
  points: number[];
  /** For `<svg viewBox>`. */
  viewBox: string;
  /** `d` of the line and of the area under it. */
  line: string;
  area: string;
  /** The last point in the view box, to mark it. */
  last: { x: number; y: number };
  /** The text alternative: total, range and direction. */
  text: string;
  /** True for a moment after it changed (`changes.ts`). */
  changed?: boolean;
}

export interface DriverView {
  key: string;
  /** "CSAT 62 %" */
  text: string;
  /** "+8", "−12" */
  points: string;
  /** "8 points up", for screen readers. */
  pointsText: string;
  tone: Tone;
  /** 0–1: the length of its bar beside the strongest driver's. */
  strength: number;
  /** The section that holds the evidence, or null. */
  section: SectionName | null;
  evidenceText: string;
}

export interface ScoreView {
  value: number | null;
  text: string;
  band: string;
  /** "−14 in 4 weeks": how the score has changed; empty when that is not known. */
  trend: string;
  /** "up", "down", "flat" or null: which arrow to draw beside `trend`. */
  arrow: "up" | "down" | "flat" | null;
  tone: Tone;
  provisional: string;
  /** The whole score in one sentence. */
  sentence: string;
  /** True for a moment after it changed (`changes.ts`). */
  changed?: boolean;
}

export interface MeterView {
  key: string;
  label: string;
  /** 0–1 */
  share: number;
  text: string;
}

export interface StepView {
  key: string;
  label: string;
  done: boolean;
  /** Neither done nor not done: what happened lies before the data. */
  isUnknown: boolean;
  doneText: string;
}

export interface LinkView {
  key: string;
  label: string;
  url: string;
}

export interface SectionProblemView {
  /** "Mixpanel is unavailable. Last good data 10:42" */
  text: string;
  /** What still works, or "". */
  rest: string;
  requestId: string | null;
  retryLabel: string;
  canRetry: boolean;
  /** Why Retry is disabled, or "". */
  retryReason: string;
}

export interface SectionView {
  name: SectionName;
  title: string;
  source: string | null;
  sourceName: string;
  /** As of `now`: an `ok` past its `staleAt` is `stale`; an unknown state is `error`. */
  state: SectionState;
  status: { text: string; icon: IconName; tone: Tone };
  /** The section in a few words, for its heading while collapsed, or "". */
  headline: string;
  headlineTone: Tone;
  openAtFirst: boolean;
  /** Values are shown but old. */
  stale: boolean;
  updating: boolean;
  /** A value of it has just changed. */
  changed?: boolean;
  /** Replaces values: empty, opted out, not connected, hidden, pending. */
  message: { text: string; hint: string; icon: IconName; tone: Tone } | null;
  problem: SectionProblemView | null;
  score: ScoreView | null;
  drivers: DriverView[];
  /** "Strongest reasons, from 50": names where the score starts, or "". */
  driversTitle: string;
  /** What else makes up the score, so that it adds up: the other reasons, the ticket on screen, a limit. */
  otherDrivers: { key: string; text: string; points: string; pointsText: string }[];
  /** "CSAT not counted: no ratings" */
  missing: { key: string; text: string }[];
  rows: RowView[];
  sparkline: SparklineView | null;
  meters: { title: string; items: MeterView[]; changed?: boolean } | null;
  steps: { title: string; items: StepView[]; changed?: boolean } | null;
  lists: ListView[];
  /** Periods without data of a source. */
  gaps: { key: string; text: string }[];
  /** Sources by which the section's list can be filtered; empty when there is only one. */
  filters: { key: string; source: string; label: string }[];
  links: LinkView[];
}
