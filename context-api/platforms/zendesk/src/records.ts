import { consentOf } from "@sidelight/model/purposes.ts";
import type { DataOf, RecordInput, TicketPriority, TicketStatus } from "@sidelight/model/records.ts";
import { readAttributes } from "@sidelight/platform-kit/attributes.ts";
import { withdrawnPurposes } from "@sidelight/platform-kit/consent.ts";
import { readFields } from "@sidelight/platform-kit/fieldAccess.ts";
import type { WithIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import { valueOfField } from "./fieldAccess.ts";
import type { ZendeskOptions } from "./options.ts";
import { type AgentNames, assigneeOf, repliesOf } from "./ticketWork.ts";
import type { WireIdentity, WireMetricSet, WireOrganization, WireRating, WireTicket, WireUser } from "./wire.ts";

export type Mapping = WithIdentifiers<ZendeskOptions>["mapping"];
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

/** False for agents and admins. */
export const isCustomer = ({ role }: WireUser): boolean => !role || role === "end-user";

/** An end user as a person record; null for agents and admins, who are not customers. */
export function userRecord(user: WireUser, identities: WireIdentity[], mapping: Mapping, origin: Origin): RecordInput | null {
  if (!isCustomer(user)) return null;
  const identitiesOfUser = identities.filter((i) => i.user_id === user.id);
  const valuesOf = (type: string) => identitiesOfUser.filter((identity) => identity.type === type).map(({ value }) => value);
  const { emails, phones, identifiers } = mapping.identifiers.ofPerson({
    emails: [user.email, ...valuesOf("email")],
    phones: [user.phone, ...valuesOf("phone_number")],
    ...externalIdOf(user, mapping),
  });
  return {
    ...base("user", user.id, user.updated_at, origin),
    subject: userRef(user.id),
    identifiers,
    edges: user.organization_id ? [{ rel: "organization", to: organizationRef(user.organization_id) }] : [],
    deleted: user.active === false || user.permanently_deleted === true,
    data: {
      kind: "person",
      name: user.name ?? null,
      emails,
      phones,
      title: null,
      ...readAttributes(mapping, (field) => valueOfField("user", user, user.user_fields, field)),
      ...consentOf(withdrawnPurposes(mapping.optOut, (field) => user.user_fields?.[field] === true)),
      ...readFields(mapping.fields.person, (field) => valueOfField("user", user, user.user_fields, field)),
    },
  };
}

/** Integrations write the id of the product's user or of the CRM's record. */
function externalIdOf({ external_id }: WireUser, { userExternalId }: Mapping): { productUser?: unknown; crmId?: unknown } {
  if (userExternalId === "none") return {};
  return userExternalId === "product_user" ? { productUser: external_id } : { crmId: external_id };
}

export function organizationRecord(organization: WireOrganization, mapping: Mapping, origin: Origin): RecordInput {
  const { domains, identifiers } = mapping.identifiers.ofCompany({
    domains: organization.domain_names ?? [],
    crmId: mapping.organizationExternalId === "crm_id" ? organization.external_id : null,
  });
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
      ...readFields(mapping.fields.company, (field) =>
        valueOfField("organization", organization, organization.organization_fields, field),
      ),
    },
  };
}

/** What is known about a ticket beside the ticket. */
export interface TicketContext {
  metrics?: WireMetricSet | undefined;
  agentNames?: AgentNames;
  /** The stored ticket, which knows how it was solved when its metrics are absent or could not be read. */
  previous?: DataOf<"ticket"> | null;
}

export function ticketRecord(
  ticket: WireTicket,
  { metrics, agentNames = new Map(), previous = null }: TicketContext,
  { escalationTags }: Pick<Mapping, "escalationTags">,
  origin: Origin,
): RecordInput {
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
      ...resolutionOf(ticket, metrics, previous),
      ...(ticket.tags?.some((tag) => escalationTags.includes(tag)) ? { isEscalated: true as const } : {}),
      ...assigneeOf(ticket, agentNames, previous),
      ...repliesOf(ticket, metrics, previous),
    },
  };
}

/** A ticket that was opened again is not solved. */
function resolutionOf(
  { status }: WireTicket,
  metrics: WireMetricSet | undefined,
  previous: DataOf<"ticket"> | null,
): Pick<DataOf<"ticket">, "solvedAt" | "resolutionMinutes"> {
  const isSolved = status === "solved" || status === "closed";
  const solvedAt = metrics ? metrics.solved_at && instant(metrics.solved_at) : previous?.solvedAt;
  const minutes = metrics ? metrics.full_resolution_time_in_minutes?.calendar : previous?.resolutionMinutes;
  return { solvedAt: (isSolved && solvedAt) || null, resolutionMinutes: minutes ?? null };
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
