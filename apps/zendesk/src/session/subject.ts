import { refs } from "@sidelight/client/refs.ts";
import type { PanelSubject } from "@sidelight/panel/session/transport.ts";
import type { Host } from "../zaf/host.ts";
import type { Location } from "./place.ts";

/** The customer of the page. */
export interface ZendeskSubject extends PanelSubject {
  /** "zendesk.ticket:5158", or "email:…" for a requester without a user; "" while there is none. */
  ref: string;
  /** The ticket on screen, or null: where a summary can be inserted. */
  ticketId: string | null;
}

const subjectOf = (ref: string, ticketId: string | null = null): ZendeskSubject => ({ key: ref, ref, ticketId });
const noSubject: ZendeskSubject = { key: "", ref: "", ticketId: null, isWaiting: true };

type TicketFields = Record<string, unknown>;

export const readTicketFields = (host: Host): Promise<TicketFields> => host.get("ticket.id", "ticket.requester");

/**
 * Reads the subject from the host; called again whenever the requester changes.
 * @param firstFields what the first call uses instead of asking the host again
 */
export function subjectReader(
  host: Host,
  location: Location,
  firstFields?: Promise<TicketFields>,
): () => Promise<ZendeskSubject> {
  let pendingFields = firstFields;
  // The requester as the ticket was opened. A different requester in the form is not saved yet, so the ticket's own ref would
  // still lead to the former customer.
  let savedRequesterId: string | null | undefined;

  async function readTicket(): Promise<ZendeskSubject> {
    const fields = pendingFields ?? readTicketFields(host);
    pendingFields = undefined;
    const values = await fields;
    const ticketId = location === "new_ticket_sidebar" ? null : idOf(values["ticket.id"]);
    const requester = (values["ticket.requester"] ?? {}) as { id?: unknown; email?: unknown };
    const requesterId = idOf(requester.id);
    if (savedRequesterId === undefined) savedRequesterId = requesterId;
    if (ticketId && requesterId === savedRequesterId) return subjectOf(refs.of("zendesk.ticket", ticketId), ticketId);
    if (requesterId) return subjectOf(refs.of("zendesk.user", requesterId), ticketId);
    const email = typeof requester.email === "string" ? requester.email.trim().toLowerCase() : "";
    return email ? subjectOf(refs.email(email)) : noSubject;
  }

  async function readPage(object: "user" | "organization"): Promise<ZendeskSubject> {
    const path = `${object}.id`;
    const id = idOf((await host.get(path))[path]);
    return id ? subjectOf(refs.of(`zendesk.${object}`, id)) : noSubject;
  }

  switch (location) {
    case "user_sidebar":
      return () => readPage("user");
    case "organization_sidebar":
      return () => readPage("organization");
    default:
      return readTicket;
  }
}

/** Ids are numbers in some hosts and strings in others. */
function idOf(value: unknown): string | null {
  const text = typeof value === "number" ? String(value) : typeof value === "string" ? value : "";
  return /^\d+$/.test(text) ? text : null;
}
