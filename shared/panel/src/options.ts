import type { Card } from "@sidelight/contracts/cards/card.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { ProblemCode } from "@sidelight/contracts/errors/problem.ts";
import type { Layout } from "@sidelight/contracts/sessions/layout.ts";
import type { Messages } from "./translate.ts";

/** What a deployment decides about a panel. The version of the configuration is for the code that loads it. */
export type PanelLayout = Omit<Layout, "config">;

/** The page around the panel, as its host describes it. */
export interface PanelPlace {
  /** The standard sections in the order of the page. Sections that a deployment added follow. */
  order: readonly SectionName[];
  /** The page has an editor that accepts a summary. */
  hasEditor: boolean;
  /** The page is about a company: personal values are not shown, even if the answer contains them. */
  isCompany: boolean;
  /** What the page itself shows of the account: "name", "parent"; "stage" for its type and owner. Empty on a page of another platform. */
  rowsOfPage: readonly string[];
}

/** Why the installation cannot make calls. */
export type SetupFault = "not_in_host" | "missing_settings" | "credentials_refused" | "domain_refused";

/** The last failed request for the whole context. */
export interface PanelProblem {
  code: ProblemCode | "network" | "timeout";
  requestId: string | null;
  /** Epoch milliseconds before which the same call fails again. */
  retryAt: number | null;
}

export interface PanelOptions {
  /** BCP 47. An unknown one falls back to English. */
  locale: string;
  /** IANA. An unknown one falls back to UTC. */
  timeZone: string;
  /** Epoch milliseconds. Every age is counted from it, so calling again later makes ages grow. */
  now: number;
  place: PanelPlace;
  /** The locale's texts. Missing ones stay English. */
  messages?: Messages | undefined;
  /** Ref of the record on screen: a ticket or case is left out of lists, an opportunity is highlighted. */
  currentRecord?: string | undefined;
  /** `loading`: nothing yet. `refreshing`: old values stay. `settled` by default. */
  phase?: "loading" | "refreshing" | "settled" | undefined;
  /** Sections that are being read again; `phase: "refreshing"` means all. */
  updating?: readonly SectionName[] | undefined;
  offline?: boolean | undefined;
  problem?: PanelProblem | null | undefined;
  setup?: SetupFault | null | undefined;
  /** Whether the person may change the installation: decides between setup help and neutral text. */
  admin?: boolean | undefined;
  /** A new ticket that has no requester yet. */
  waiting?: boolean | undefined;
  /** True when the person chose this customer among candidates, which can be undone. */
  chosen?: boolean | undefined;
  /** Epoch milliseconds at which Refresh is allowed again. */
  refreshAllowedAt?: number | null | undefined;
  /** The request id of the answer on screen, to copy beside a section's error. */
  requestId?: string | null | undefined;
  /** What the deployment decides for this role, team and place; the panel's own without it. */
  layout?: PanelLayout | undefined;
  /** Cards of the tenant's own services, as far as they are read. Those that the layout names have a title until then. */
  cards?: readonly Card[] | undefined;
  /** Keys of cards that are being read. */
  updatingCards?: readonly string[] | undefined;
}
