// Platform-neutral record data. An adapter converts the wire format into these shapes and keeps only what a section or route uses.

export interface Money {
  amount: number;
  currency: string;
}

export interface CompanyData {
  kind: "company";
  name: string | null;
  domains: string[];
  owner: { id: string; name: string | null; email: string | null; kind: "user" | "queue" } | null;
  arr: Money | null;
  plan: string | null;
  stage: string | null;
  /** A calendar day. */
  renewalDate: string | null;
  nextStep: string | null;
  /** Names of members that no mapping fills on this platform. */
  notMapped: string[];
}

export interface PersonData {
  kind: "person";
  name: string | null;
  emails: string[];
  phones: string[];
  title: string | null;
  /** True when the platform's mapped field marks the person as opted out of analysis. */
  optedOut: boolean;
  /** Creation time of a lead; absent for other people. */
  createdAt?: string | null;
}

export type TicketStatus = "new" | "open" | "pending" | "hold" | "solved" | "closed";
export type TicketPriority = "low" | "normal" | "high" | "urgent";

export interface TicketData {
  kind: "ticket";
  subject: string | null;
  status: TicketStatus;
  priority: TicketPriority | null;
  /** RFC 3339 in UTC, as all times below. */
  createdAt: string;
  updatedAt: string | null;
  solvedAt: string | null;
  /** Calendar minutes from creation to full resolution. */
  resolutionMinutes: number | null;
}

export interface RatingData {
  kind: "rating";
  score: "good" | "bad";
  at: string;
}

export interface OpportunityData {
  kind: "opportunity";
  name: string | null;
  stage: string | null;
  amount: Money | null;
  closeDate: string | null;
  nextStep: string | null;
  state: "open" | "won" | "lost";
  createdAt: string | null;
}

export interface ActivityData {
  kind: "activity";
  type: string;
  subject: string | null;
  at: string;
}

/** A case of the CRM, separate from the tickets of the support platform. */
export interface CaseData {
  kind: "case";
  subject: string | null;
  status: string | null;
  priority: string | null;
  createdAt: string;
  closedAt: string | null;
}

/** Product usage of one user, counted from the platform's events by day in the tenant's time zone. */
export interface UsageData {
  kind: "usage";
  lastActiveAt: string | null;
  /** Days with at least one event: `2026-11-21` → counts. */
  days: Record<string, { events: number; sessions: number; features: Record<string, number> }>;
  /** Funnel step → first time it was reached. */
  funnel: Record<string, string>;
}

/** Membership of a product user in a cohort of the platform. The platform reports changes; we store the state. */
export interface MembershipData {
  kind: "membership";
  cohort: { id: string; name: string };
  isIn: boolean;
  /** When the last entry was reported. */
  enteredAt: string;
  /** Id of the platform's export that reported it last. */
  session: string;
}

export type RecordData =
  | CompanyData
  | PersonData
  | TicketData
  | RatingData
  | OpportunityData
  | ActivityData
  | CaseData
  | UsageData
  | MembershipData;
export type RecordKind = RecordData["kind"];
export type DataOf<K extends RecordKind> = Extract<RecordData, { kind: K }>;

/** A normalized value that identifies a customer. Stored as a keyed hash only. */
export interface Identifier {
  kind: "email" | "phone" | "domain" | "email_domain" | "product_user" | "crm_id";
  value: string;
}

/**
 * A reference from one record to another. A deleted record keeps only `merged_into`, so that look-ups of it find its successor.
 */
export interface Edge {
  rel: "account" | "organization" | "requester" | "ticket" | "person" | "parent" | "user" | "member_of" | "merged_into";
  to: string;
}

/** What an adapter returns: our minimized copy of one platform object as of `observedAt`. */
export interface RecordInput {
  /** `platform.object:id`, canonical. */
  ref: string;
  platform: string;
  connection: string;
  object: string;
  /** Ref of the person or company it is about. The subject's data key seals the record. */
  subject: string;
  /** The source's modification time in epoch ms; null when the platform has none. */
  changedAt: number | null;
  /** Orders versions with the same `changedAt`, when the source has a finer order, such as an event's time. */
  order?: number;
  /** When the request that returned it was sent, epoch ms. */
  observedAt: number;
  identifiers: Identifier[];
  edges: Edge[];
  data: RecordData;
  deleted?: boolean;
}

/** A customer interaction, for events that are one. */
export interface Interaction {
  type: string;
  priority: string | null;
  category: string | null;
  description: string | null;
}

/** An event of a platform. */
export interface EventInput {
  /** `platform.object.what`, for example `zendesk.ticket.status_changed`. */
  type: string;
  /** The source's time, epoch ms. */
  timestamp: number;
  platform: string;
  connection: string;
  object: string;
  /** Ref of the object that changed. */
  ref: string;
  /** Ref of the person or company it is about. The subject's data key seals the event. */
  subject: string;
  /** Key of the subject, for an event derived from one whose ref is not stored. */
  subjectKey?: string;
  /**
   * Deduplication keys. The event is a duplicate when one of them is known. Each must be covered by the message's authentication:
   * otherwise a replay under another key would count twice.
   */
  sourceIds: string[];
  /**
   * The platform's own id of this event, as its delivery log or event API shows it, so that an operator can search for it. It may
   * repeat: one message can report several changes. Null where the platform gives none.
   */
  sourceEventId: string | null;
  /** The object in the message, or another record of the same subject; null when the message does not contain it completely. */
  record: RecordInput | null;
  interaction: Interaction | null;
  /** Other content of the message, minimized. */
  data: Record<string, unknown>;
  /** True when the event reports our own write. */
  isEcho: boolean;
}

/** A record as read from the store. */
export type StoredRecord<K extends RecordKind = RecordKind> = RecordHolding<DataOf<K>>;

export interface RecordHolding<D extends RecordData> {
  key: string;
  ref: string;
  platform: string;
  connection: string;
  object: string;
  id: string;
  changedAt: number | null;
  observedAt: number;
  sequence: number;
  identifiers: Identifier[];
  edges: Edge[];
  data: D;
}

export function ofKind<K extends RecordKind>(records: readonly StoredRecord[], kind: K): StoredRecord<K>[] {
  return records.filter((record) => record.data.kind === kind) as unknown as StoredRecord<K>[];
}
