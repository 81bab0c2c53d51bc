import type { Match } from "@sidelight/contracts/context/context.ts";
import type { PanelProblem, SetupFault } from "./options.ts";
import type { PanelState } from "./view.ts";

/** What decides which state a panel is in. */
export interface PanelFacts {
  /** Of the last failed request; null when it succeeded. */
  code: PanelProblem["code"] | null;
  setup: SetupFault | null;
  /** A new ticket has no requester yet. */
  isWaiting: boolean;
  isOffline: boolean;
  /** Of the answer on screen; null while there is none. */
  match: Match["state"] | null;
  hasCustomer: boolean;
}

/** Each state with its condition, in the order of precedence: the first one that holds is shown. */
const states: readonly (readonly [PanelState, (facts: PanelFacts) => boolean])[] = [
  // A refused key of the installation is a 401 too, but signing in again does not help.
  ["session_expired", ({ code, setup }) => code === "unauthenticated" && setup === null],
  ["forbidden", ({ code }) => code === "forbidden"],
  ["not_in_host", ({ setup }) => setup === "not_in_host"],
  ["unconfigured", ({ setup }) => setup !== null],
  ["waiting", ({ isWaiting }) => isWaiting],
  ["offline", ({ match, isOffline }) => match === null && isOffline],
  ["rate_limited", ({ match, code }) => match === null && code === "rate_limited"],
  ["error", ({ match, code }) => match === null && code !== null],
  ["loading", ({ match }) => match === null],
  ["ambiguous", ({ match }) => match === "ambiguous"],
  ["none", ({ match }) => match === "none"],
  ["ready", ({ match, hasCustomer }) => match === "resolved" && hasCustomer],
];

/**
 * Session expired > forbidden > not in host, unconfigured > no customer yet > ambiguous > no match > ready, where each section has a
 * state of its own. An answer in an unexpected shape is an error.
 */
export const panelState = (facts: PanelFacts): PanelState => states.find(([, holds]) => holds(facts))?.[0] ?? "error";
