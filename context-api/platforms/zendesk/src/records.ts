import { isFreeMail } from "@sidelight/model/freeMail.ts";
import type { Identifier, RecordInput, TicketPriority, TicketStatus } from "@sidelight/model/records.ts";
import { domainOfEmail, normalizeDomain, normalizeEmail, normalizePhone } from "@sidelight/model/refs.ts";
import type { ZendeskOptions } from "./options.ts";
import type { WireIdentity, WireMetricSet, WireOrganization, WireRating, WireTicket, WireUser } from "./wire.ts";

type Mapping = ZendeskOptions["mapping"];
export interface Origin {
  connection: string;
  observedAt: number;
}

const platform = "zendesk";
const statuses: readonly string[] = ["new", "open", "pending", "hold", "solved", "closed"] satisfies TicketStatus[];
const priorities: readonly string[] = ["low", "normal", "high", "urgent"] satisfies TicketPriority[];
export const userRef = (id: string) => `zendesk.user:${id}`;
export const organizationRef = (id: string) => `zendesk.organization:${id}`;
export const ticketRef = (id: string) => `zendesk.ticket:${id}`;

/** An end user as a person record; null for agents and admins, who are not customers. */
export function userRecord(user: WireUser, identities: WireIdentity[], mapping: Mapping, origin: Origin): RecordInput | null {
  if (user.role && user.role !== "end-user") return null;
  const identitiesOfUser = identities.filter((i) => i.user_id === user.id);
  const emails = unique(
    [user.email, ...identitiesOfUser.filter((i) => i.type === "email").map((i) => i.value)].map(normalizeEmail),
  );
  const phones = unique(
    [user.phone, ...identitiesOfUser.filter((i) => i.type === "phone_number").map((i) => i.value)].map(normalizePhone),
  );
  const identifiers: Identifier[] = [
    ...emails.map((value) => ({ kind: "email" as const, value })),
    ...unique(emails.map(domainOfEmail))
      .filter((d) => !isFreeMail(d))
      .map((value) => ({ kind: "email_domain" as const, value })),
    ...phones.map((value) => ({ kind: "phone" as const, value })),
  ];
  if (user.external_id && mapping.userExternalId === "product_user") {
    identifiers.push({ kind: "product_user", value: user.external_id });
  }
  return {
    ...base("user", user.id, user.updated_at, origin),
    subject: userRef(user.id),
    identifiers,
    edges: user.organization_id ? [{ rel: "organization", to: organizationRef(user.organization_id) }] : [],
    deleted: user.active === false,
    data: {
      kind: "person",
      name: user.name ?? null,
      emails,
      phones,
      title: null,
      optedOut: mapping.optOut !== null && user.user_fields?.[mapping.optOut] === true,
    },
  };
}

export function organizationRecord(organization: WireOrganization, mapping: Mapping, origin: Origin): RecordInput {
  const domains = unique((organization.domain_names ?? []).map(normalizeDomain)).filter((d) => !isFreeMail(d));
  const identifiers: Identifier[] = domains.map((value) => ({ kind: "domain", value }));
  if (organization.external_id && mapping.organizationExternalId === "crm_id") {
    identifiers.push({ kind: "crm_id", value: organization.external_id });
  }
  return {
    ...base("organization", organization.id, organization.updated_at, origin),
    subject: organizationRef(organization.id),
    identifiers,
    edges: [],
    deleted: Boolean(organization.deleted_at),
    data: {
      kind: "company",
      name: organization.name ?? null,
      domains,
      owner: null,
      arr: null,
      plan: null,
      stage: null,
      renewalDate: null,
      nextStep: null,
      notMapped: ["owner", "arr", "plan", "stage", "renewalDate", "nextStep"],
    },
  };
}

export function ticketRecord(ticket: WireTicket, metrics: WireMetricSet | undefined, origin: Origin): RecordInput {
  const edges: RecordInput["edges"] = [];
  if (ticket.requester_id) edges.push({ rel: "requester", to: userRef(ticket.requester_id) });
  if (ticket.organization_id) edges.push({ rel: "organization", to: organizationRef(ticket.organization_id) });
  const deleted = ticket.status === "deleted";
  return {
    ...base("ticket", ticket.id, ticket.updated_at, origin),
    subject: ticket.requester_id ? userRef(ticket.requester_id) : ticketRef(ticket.id),
    identifiers: [],
    edges,
    deleted,
    data: {
      kind: "ticket",
      subject: ticket.subject ?? null,
      status: statuses.includes(ticket.status) ? (ticket.status as TicketStatus) : "open",
      priority: ticket.priority && priorities.includes(ticket.priority) ? (ticket.priority as TicketPriority) : null,
      createdAt: instant(ticket.created_at),
      updatedAt: instant(ticket.updated_at),
      solvedAt: metrics?.solved_at ? instant(metrics.solved_at) : null,
      resolutionMinutes: metrics?.full_resolution_time_in_minutes?.calendar ?? null,
    },
  };
}

/** A rating record; null for a rating that was offered but not given. */
export function ratingRecord(rating: WireRating, origin: Origin): RecordInput | null {
  const score = rating.score.startsWith("good") ? "good" : rating.score.startsWith("bad") ? "bad" : null;
  if (!score || !rating.requester_id) return null;
  const edges: RecordInput["edges"] = [{ rel: "requester", to: userRef(rating.requester_id) }];
  if (rating.ticket_id) edges.push({ rel: "ticket", to: ticketRef(rating.ticket_id) });
  return {
    ...base("rating", rating.id, rating.updated_at, origin),
    subject: userRef(rating.requester_id),
    identifiers: [],
    edges,
    data: { kind: "rating", score, at: instant(rating.created_at) },
  };
}

function base(object: string, id: string, updatedAt: string, origin: Origin) {
  return { ref: `${platform}.${object}:${id}`, platform, object, changedAt: Date.parse(updatedAt), ...origin };
}

const instant = (text: string): string => new Date(text).toISOString();

function unique(values: (string | null)[]): string[] {
  return [...new Set(values.filter((v) => v !== null))];
}
