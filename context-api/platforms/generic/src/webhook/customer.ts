import { isFreeMail } from "@sidelight/model/freeMail.ts";
import type { Edge, Identifier, RecordInput } from "@sidelight/model/records.ts";
import { domainOfEmail } from "@sidelight/model/refs.ts";
import type { InletTools } from "@sidelight/platform-kit/webhook.ts";
import type { Given } from "./forms.ts";

/** Whom an event is about: a record of theirs that it points at, and that record where it is ours to keep. */
export interface About {
  edge: Edge;
  person: RecordInput | null;
}

/** A ref says it best; else a person known by what the event tells of them. Null for a ref that is nobody's. */
export function customerOf({ customer }: Given, at: number, tools: InletTools): About | null {
  if (customer.ref != null) {
    const named = tools.objectRef(customer.ref);
    if (named?.kind === "person") return { edge: { rel: "person", to: named.ref }, person: null };
    if (named?.kind === "company") return { edge: { rel: "account", to: named.ref }, person: null };
    return null;
  }
  const person = personRecord(customer.email ?? null, customer.userId ?? null, at, tools);
  return { edge: { rel: "person", to: person.ref }, person };
}

/**
 * Somebody by their address, by their user id, or by both: a record of its own each, which the log's identities join where they
 * share one. So no event needs what another has said, and of somebody known by both the latest address counts.
 */
function personRecord(email: string | null, userId: string | null, at: number, tools: InletTools): RecordInput {
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
    changedAt: at,
    observedAt: tools.now(),
    identifiers,
    edges: [],
    data: { kind: "person", name: null, emails: email === null ? [] : [email], phones: [], title: null, optedOut: false },
  };
}
