import type { Place } from "@sidelight/panel/index.ts";
import type { Host } from "../zaf/host.ts";

/** Whom the panel is about: a ref that may stand in a URL, an address that may not, or nobody yet. */
export type Subject =
  | { kind: "ref"; ref: string; ticketId: string | null }
  | { kind: "email"; email: string; ticketId: null }
  | { kind: "waiting"; ticketId: null };

export const subjectKey = (subject: Subject): string =>
  subject.kind === "ref" ? subject.ref : subject.kind === "email" ? `email:${subject.email}` : "";

const places: ReadonlySet<string> = new Set<Place>([
  "ticket_sidebar",
  "new_ticket_sidebar",
  "user_sidebar",
  "organization_sidebar",
]);

export function placeOf(location: string): Place {
  return places.has(location) ? (location as Place) : "ticket_sidebar";
}

/** Reads the subject from the host; called again whenever the requester changes. */
export function subjectReader(host: Host, place: Place): () => Promise<Subject> {
  // The requester as the ticket was opened: another one in the form is not saved yet, so the ticket's own ref would
  // still lead to the former customer.
  let saved: string | null | undefined;
  return async () => {
    switch (place) {
      case "user_sidebar":
        return refOf("zendesk.user", (await host.get("user.id"))["user.id"]);
      case "organization_sidebar":
        return refOf("zendesk.organization", (await host.get("organization.id"))["organization.id"]);
      default: {
        const values = await host.get("ticket.id", "ticket.requester");
        const ticketId = place === "new_ticket_sidebar" ? null : idOf(values["ticket.id"]);
        const requester = (values["ticket.requester"] ?? {}) as { id?: unknown; email?: unknown };
        const requesterId = idOf(requester.id);
        if (saved === undefined) saved = requesterId;
        if (ticketId && requesterId === saved) return { kind: "ref", ref: `zendesk.ticket:${ticketId}`, ticketId };
        if (requesterId) return { kind: "ref", ref: `zendesk.user:${requesterId}`, ticketId };
        const email = typeof requester.email === "string" ? requester.email.trim().toLowerCase() : "";
        return email ? { kind: "email", email, ticketId: null } : { kind: "waiting", ticketId: null };
      }
    }
  };
}

function refOf(type: string, value: unknown): Subject {
  const id = idOf(value);
  return id ? { kind: "ref", ref: `${type}:${id}`, ticketId: null } : { kind: "waiting", ticketId: null };
}

/** Ids are numbers in some hosts and strings in others. */
function idOf(value: unknown): string | null {
  const text = typeof value === "number" ? String(value) : typeof value === "string" ? value : "";
  return /^\d+$/.test(text) ? text : null;
}
