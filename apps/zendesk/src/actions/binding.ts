import { type ActionsState, createActions, type PanelActions } from "@sidelight/panel/actions/actions.ts";
import type { ActionsHost } from "@sidelight/panel/actions/toActions.ts";
import type { ActionTransport } from "@sidelight/panel/actions/transport.ts";
import type { PanelSession } from "@sidelight/panel/session/session.ts";
import type { ZendeskSubject } from "../session/subject.ts";

type Session = PanelSession<ZendeskSubject>;

/** A skeleton replaces the panel while a live change brings another customer: what is on its way must not be lost then. */
const actionsBySession = new WeakMap<Session, PanelActions>();

export function actionsOf(session: Session, loadTransport: () => Promise<ActionTransport<ZendeskSubject>>): PanelActions {
  const actions = actionsBySession.get(session) ?? createActions({ session, loadTransport });
  actionsBySession.set(session, actions);
  return actions;
}

/** Everything that a part of the panel needs to take actions. */
export interface ActionsBinding {
  actions: PanelActions;
  state: ActionsState;
  host: ActionsHost;
}

/** A ticket can carry an internal note; a task can always be created. */
export const actionsHost = (person: string | null, ticketId: string | null): ActionsHost => ({
  person,
  targets: ticketId ? ["zendesk", "salesforce"] : ["salesforce"],
});
