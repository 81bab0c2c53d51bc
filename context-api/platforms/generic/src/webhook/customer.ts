import { isFreeMail } from "@sidelight/model/freeMail.ts";
import type { Edge, Identifier, RecordInput } from "@sidelight/model/records.ts";
import { domainOfEmail } from "@sidelight/model/refs.ts";
import type { WebhookTools } from "@sidelight/platform-kit/webhook.ts";
import type { IncomingEvent } from "./parseEvent.ts";

/** The customer of an event: the edge to their record, and the record when the event creates it. */
export interface EventCustomer {
  edge: Edge;
  person: RecordInput | null;
}

/** The customer by ref, otherwise by e-mail address and user id. Null for a ref that is neither a person nor a company. */
export function customerOf({ customer }: IncomingEvent, timestamp: number, tools: WebhookTools): EventCustomer | null {
  if (customer.ref != null) {
    const object = tools.objectRef(customer.ref);
    if (object?.kind === "person") return { edge: { rel: "person", to: object.ref }, person: null };
    if (object?.kind === "company") return { edge: { rel: "account", to: object.ref }, person: null };
    return null;
  }
  const person = personRecord(customer.email ?? null, customer.userId ?? null, timestamp, tools);
  return { edge: { rel: "person", to: person.ref }, person };
}

/**
 * A person by e-mail address, by user id, or by both. Each combination is a record of its own; identity matching joins those that
 * share an identifier. So an event never depends on an earlier one, and the latest address of a user counts.
 */
function personRecord(email: string | null, userId: string | null, timestamp: number, tools: WebhookTools): RecordInput {
  const name = userId === null ? ["email", email] : [email === null ? "user" : "user and email", userId];
  const ref = `generic.person:${tools.pseudonym(JSON.stringify(name))}`;
  const domain = email && domainOfEmail(email);
  const identifiers: Identifier[] = [
    ...(userId === null ? [] : [{ kind: "product_user" as const, value: userId }]),
    ...(email === null ? [] : [{ kind: "email" as const, value: email }]),
    ...(domain && !isFreeMail(domain) ? [{ kind: "email_domain" as const, value: domain }] : []),
  ];
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
    data: { kind: "person", name: null, emails: email === null ? [] : [email], phones: [], title: null, optedOut: false },
  };
}
