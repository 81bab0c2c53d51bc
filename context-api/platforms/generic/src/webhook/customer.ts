import type { Edge, RecordInput } from "@sidelight/model/records.ts";
import type { WebhookTools } from "@sidelight/platform-kit/webhook.ts";
import type { IncomingEvent } from "./parseEvent.ts";

/** The customer of an event: the edge to their record, and the record when the event creates it. */
export interface EventCustomer {
  edge: Edge;
  person: RecordInput | null;
}

/**
 * The customer by ref, otherwise by e-mail address and user id. Null for a ref that is neither a person nor a company, and when address
 * and id are placeholders.
 */
export function customerOf({ customer }: IncomingEvent, timestamp: number, tools: WebhookTools): EventCustomer | null {
  if (customer.ref != null) {
    const object = tools.objectRef(customer.ref);
    if (object?.kind === "person") return { edge: { rel: "person", to: object.ref }, person: null };
    if (object?.kind === "company") return { edge: { rel: "account", to: object.ref }, person: null };
    return null;
  }
  const person = personRecord(customer, timestamp, tools);
  return person && { edge: { rel: "person", to: person.ref }, person };
}

/**
 * A person by e-mail address, by user id, or by both. Each combination is a record of its own; identity matching joins those that
 * share an identifier. So an event never depends on an earlier one, and the latest address of a user counts.
 */
function personRecord(customer: IncomingEvent["customer"], timestamp: number, tools: WebhookTools): RecordInput | null {
  const { emails, identifiers } = tools.identifiers.ofPerson({ emails: [customer.email], productUser: customer.userId });
  const [email] = emails;
  const userId = identifiers.find(({ kind }) => kind === "product_user")?.value;
  if (email === undefined && userId === undefined) return null;
  const name = userId === undefined ? ["email", email] : [email === undefined ? "user" : "user and email", userId];
  const ref = `generic.person:${tools.pseudonym(JSON.stringify(name))}`;
  return {
    ref,
    platform: "generic",
    connection: tools.connection,
    object: "person",
    subject: ref,
    changedAt: timestamp,
    observedAt: tools.now(),
    identifiers,
    edges: [],
    data: { kind: "person", name: null, emails, phones: [], title: null, optedOut: false },
  };
}
