import type { ActionResult, FollowUpState, InsertRequest, RevealedValues } from "@sidelight/contracts/actions/action.ts";
import type { PanelProblem } from "../options.ts";
import type { PanelRequest, PanelSubject } from "../session/transport.ts";

/** What a person does about the customer on screen. */
export type ActionCommand =
  | { kind: "note"; body: string }
  | { kind: "delete-note"; note: string }
  /** Pins the customer for the person, or a note for everybody. */
  | { kind: "pin"; isPinned: boolean; note?: string }
  /** `platform`: where it is created. `owner`: ref of a user; null leaves the choice to the API. `dueDate`: YYYY-MM-DD. */
  | { kind: "follow-up"; platform: string; owner: string | null; subject: string; text: string; dueDate: string }
  /** Pointers of masked values, from the root of the context. */
  | { kind: "reveal"; pointers: readonly string[]; reason: string }
  /** What was put into an editor, without the text. */
  | ({ kind: "insert" } & Omit<InsertRequest, "ref">);

export type ActionAnswer = ActionResult | FollowUpState | RevealedValues;

export type CallResult<T> = { value: T } | { code: PanelProblem["code"] };

/** How a host takes actions. Calls resolve with a code instead of rejecting. */
export interface ActionTransport<S extends PanelSubject> {
  /** @param idempotencyKey makes a second attempt harmless */
  take(request: PanelRequest<S>, command: ActionCommand, idempotencyKey: string): Promise<CallResult<ActionAnswer>>;
  /** How far a follow-up is. @param id of the action */
  getFollowUp(request: PanelRequest<S>, id: string): Promise<CallResult<FollowUpState>>;
  /** Ids of the customers that the person pinned. */
  getPins(request: PanelRequest<S>): Promise<CallResult<readonly string[]>>;
}
