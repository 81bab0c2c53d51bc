import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { ProblemCode } from "@sidelight/contracts/errors/problem.ts";
import type { Messages } from "./translate.ts";

/** Where the panel stands. It decides the order of sections and what is left out or highlighted. */
export type Place =
  | "ticket_sidebar"
  | "new_ticket_sidebar"
  | "user_sidebar"
  | "organization_sidebar"
  | "salesforce.account"
  | "salesforce.contact"
  | "salesforce.lead"
  | "salesforce.opportunity"
  | "salesforce.case";

/** Why the panel cannot even ask. */
export type SetupFault = "not_in_host" | "missing_settings" | "credentials_refused" | "domain_refused";

/** The last failed request for the whole context. */
export interface PanelProblem {
  code: ProblemCode | "network" | "timeout";
  requestId: string | null;
  /** Epoch milliseconds before which another attempt makes no sense. */
  retryAt: number | null;
}

export interface PanelOptions {
  /** BCP 47. An unknown one falls back to English. */
  locale: string;
  /** IANA. An unknown one falls back to UTC. */
  timeZone: string;
  /** Epoch milliseconds. Every age is counted from it, so calling again later makes ages grow. */
  now: number;
  place: Place;
  /** The locale's texts; what they lack stays English. `messages/catalogues.ts` has those we ship. */
  messages?: Messages | undefined;
  /** The ticket on screen: left out of the support section and the timeline. */
  currentTicketId?: string | undefined;
  /** The Salesforce record on screen: an opportunity is highlighted, a case is left out. 15 or 18 characters. */
  currentRecordId?: string | undefined;
  /** `loading`: nothing yet. `refreshing`: old values stay. Default `settled`. */
  phase?: "loading" | "refreshing" | "settled" | undefined;
  /** Sections that are being fetched again; `phase: "refreshing"` means all. */
  updating?: readonly SectionName[] | undefined;
  offline?: boolean | undefined;
  problem?: PanelProblem | null | undefined;
  setup?: SetupFault | null | undefined;
  /** Whether the person may change the installation: decides between setup help and neutral text. */
  admin?: boolean | undefined;
  /** A new ticket that has no requester yet. */
  waiting?: boolean | undefined;
  /** True when the customer was picked among candidates, so that the choice can be undone. */
  chosen?: boolean | undefined;
  /** Epoch milliseconds at which Refresh is allowed again. */
  refreshAllowedAt?: number | null | undefined;
  /** The request id of the answer shown, to copy beside a section's error. */
  requestId?: string | null | undefined;
}
