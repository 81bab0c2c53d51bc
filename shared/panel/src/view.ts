import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { FactView, IconName, LinkView, SectionView, Tone } from "./sectionView.ts";

export type * from "./options.ts";
export type * from "./sectionView.ts";

export type PanelState =
  | "session_expired"
  | "forbidden"
  | "not_in_host"
  | "unconfigured"
  | "waiting"
  | "loading"
  | "rate_limited"
  | "offline"
  | "error"
  | "ambiguous"
  | "none"
  | "ready";

export interface HeaderView {
  kind: "person" | "company";
  name: string;
  /** True when `name` replaces a missing name. */
  nameAbsent: boolean;
  initials: string;
  company: string;
  email: { text: string; masked: boolean; note: string } | null;
  chip: { text: string; detail: string; tone: Tone; changeLabel: string } | null;
  freshness: { text: string; icon: IconName; tone: Tone; sources: { key: string; text: string }[] };
}

export interface BannerView {
  kind: "ambiguous" | "forbidden" | "offline" | "consent" | "outage" | "renewal";
  tone: Tone;
  icon: IconName;
  text: string;
  /** The section that its Retry reads again, `"all"`, or null when there is nothing to retry. */
  retry: SectionName | "all" | null;
}

/** Fills the panel when there is no customer to show. */
export interface NoticeView {
  title: string;
  text: string;
  lines: { key: string; text: string }[];
  icon: IconName;
  tone: Tone;
  requestId: string | null;
  action: { kind: "retry" | "reload"; label: string; disabled: boolean } | null;
}

export interface CandidateView {
  id: string;
  label: string;
  initials: string;
  kindText: string;
  facts: { key: string; label: string; text: string }[];
  /** Why this one is likely, or "". It is never chosen automatically. */
  hint: string;
  /** Differs between candidates, also between two of one name. */
  chooseLabel: string;
}

export interface ActionView {
  label: string;
  disabled: boolean;
  /** Why it is disabled, visible beside it or as its description; "" when it is not. */
  reason: string;
}

export interface PanelView {
  state: PanelState;
  locale: string;
  direction: "ltr" | "rtl";
  header: HeaderView | null;
  banner: BannerView | null;
  notice: NoticeView | null;
  candidates: CandidateView[];
  /** Six or those that the deployment chose, or none. */
  facts: FactView[];
  /** In the order of the page. */
  sections: SectionView[];
  actions: {
    refresh: ActionView;
    /** Null where there is no ticket to write to. */
    insert: ActionView | null;
    followUp: ActionView;
    open: (ActionView & { links: LinkView[] }) | null;
  };
  /** A polite status message, for a live region once the panel has settled. */
  announcement: string;
  /** Milliseconds after which calling `toPanel` again may change a text. */
  tickIn: number;
  /** Fixed texts of the panel, in its language. */
  labels: PanelLabels;
}

export interface PanelLabels {
  panel: string;
  facts: string;
  copyRequestId: string;
  /** Copies a value. */
  copy: string;
  copied: string;
  provenance: string;
  hidden: string;
  showAll: string;
  all: string;
  opensNewTab: string;
  close: string;
  /** Undoes the choice of a candidate. */
  change: string;
  candidates: string;
  searched: string;
  actions: string;
}
