import type { Purpose } from "./purposes.ts";

// Platform-neutral record data. An adapter converts the wire format into these shapes and keeps only what a section or route uses.

export interface Money {
  amount: number;
  currency: string;
}

/** A value of a field that several platforms keep. Null: the platform has none. */
export type FieldValue = string | number | boolean | null;

/** Values of the tenant's fields by their names. A field that the platform does not show is absent. */
export type FieldValues = Readonly<Record<string, FieldValue>>;

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
  /** Those of them whose mapping names a field that the account lacks: it was removed or hidden. A value may exist. */
  fieldsGone?: string[];
  /** Absent when the configuration maps no field to this platform. */
  fields?: FieldValues;
}

export interface PersonData {
  kind: "person";
  name: string | null;
  emails: string[];
  phones: string[];
  title: string | null;
  /** True when a mapped field of the platform withdraws consent for any purpose. */
  optedOut: boolean;
  /** The purposes that the platform's mapped fields withdraw consent for; absent when there are none. See model/purposes.ts. */
  withdrawals?: Purpose[];
  /** What a profile of the product records about its use; absent for people of other platforms. */
  productUse?: ProductUse;
  /** Present when the platform keeps the parts of the name and has this one. `name` is the whole name. */
  givenName?: string;
  familyName?: string;
  /** `1980-02-29`, or a part of it as the platform has it: `1980-02`, `1980`. Absent when no field is mapped, or the person has none. */
  birthDate?: string;
  /** Absent when no field is mapped, or the person has none. */
  address?: PostalAddress;
  /** Name of the company, as it was typed. Absent for people of a platform that maps no field, other than leads. */
  company?: string | null;
  /** Where a lead came from; absent for other people. */
  leadSource?: string | null;
  /** Creation time of a lead; absent for other people. */
  createdAt?: string | null;
  /** Absent when the configuration maps no field to this platform. */
  fields?: FieldValues;
}

/** Where a person can be reached by mail, as it was typed. A part that the platform does not have is absent. */
export interface PostalAddress {
  /** Street and number. It may have several lines. */
  line?: string;
  locality?: string;
  region?: string;
  postcode?: string;
  country?: string;
}

export interface ProductUse {
  /** When the platform first saw the user, RFC 3339 in UTC. */
  since: string | null;
  /** When it last saw a user who has been away for a month; null for others, whose events are known. */
  lastSeenAt: string | null;
  /** Steps of the funnel that the profile's properties confirm. */
  milestones: string[];
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
  /** Present when a mapped tag marks the ticket as escalated, or its customer as important. */
  isEscalated?: true;
  /** Null for an unassigned ticket. Absent when the platform does not report it. */
  assignee?: TicketAssignee | null;
  /** Public replies of agents. Absent when they are not known. */
  replies?: TicketReplies;
}

export interface TicketAssignee {
  id: string;
  /** Null until the platform names the agent. */
  name: string | null;
}

export interface TicketReplies {
  /** Null when only a reply is known, and not how many there are. */
  count: number | null;
  /** The last one. Null when there is none, or when its time is not known. */
  lastAt: string | null;
}

export interface RatingData {
  kind: "rating";
  score: "good" | "bad";
  at: string;
  /** Set for the answer to a survey. It replaces a rating of the same ticket that was given another way. */
  via?: "survey";
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
  /** Id of the delivery that created it; absent for others. */
  createdBy?: string;
  /** An instant, or a calendar day where the platform records only the day. */
  at: string;
}

/** A case of the CRM, separate from the tickets of the support platform. */
export interface CaseData {
  kind: "case";
  subject: string | null;
  /** Id of the delivery that created it; absent for others. */
  createdBy?: string;
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
  /** Funnel step → first time it was reached. Kept when the days before it are dropped. */
  funnel: Record<string, string>;
  /** Calendar day from which on every event was counted; absent when it is not recorded. */
  countedSince?: string;
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
  /** Step of the funnel that an entry confirms. It stays when the user leaves the cohort. */
  milestone?: string;
}

/** What a decision does with the records of its two sides. See identity/clusterRecord.ts of the server. */
export type DecisionEffect = "together" | "model" | "apart" | "split" | "distinct";

/** A decision about who is who. Its edges name the records of both sides. */
export interface DecisionData {
  kind: "decision";
  type: "linked" | "unlinked" | "merged" | "split" | "dismissed" | "undone";
  /** Null for an undo: its edges name the decisions that it replaces. */
  effect: DecisionEffect | null;
  actor: { kind: "person" | "model"; id: string; role: string | null };
  reason: string | null;
  /** Estimated by the model, 0 to 1; null for a person's decision. */
  confidence: number | null;
  modelVersion: string | null;
  /** What speaks for a link of the model, without a value; absent for other decisions. */
  reasons?: readonly { rule: string; text: string }[];
  /** Refs of the records whose values a person chose for the customer, by field. Absent when none were chosen. */
  values?: Readonly<Record<string, string>>;
  /** Keyed hash of the request; null without an idempotency key. */
  request: string | null;
  /** RFC 3339 in UTC. */
  decidedAt: string;
}

/** What a person wrote about a customer in a panel. Its edge `about` names the record that it belongs to. */
export interface NoteData {
  kind: "note";
  /** Plain text; empty for a note that was deleted. */
  body: string;
  author: NoteAuthor;
  /** RFC 3339 in UTC. */
  createdAt: string;
  /** True for a note that is shown before the others, to everybody. */
  isPinned: boolean;
}

/** `ref` and `name` are null for an API key without a person. */
export interface NoteAuthor {
  keyId: string;
  role: string;
  /** The person's own record at their platform. */
  ref: string | null;
  name: string | null;
}

export type RecordData =
  | DecisionData
  | NoteData
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

export type IdentifierKind =
  | "email"
  | "role_email"
  | "phone"
  | "domain"
  | "email_domain"
  | "product_user"
  | "crm_id"
  | "name"
  | `ignored_${"email" | "phone" | "domain" | "product_user" | "crm_id"}`;

/** A normalized value that identifies a customer. Stored as a keyed hash only. */
export interface Identifier {
  /**
   * `name` is evidence that two records of one source are different people. It matches nothing. `role_email` is an address of a function
   * by the tenant's configuration: it is found as an address, and joins nothing. What the configuration ignores only counts.
   */
  kind: IdentifierKind;
  value: string;
}

/**
 * A reference from one record to another. A deleted record keeps only `merged_into`, so that look-ups of it find its successor.
 */
export interface Edge {
  rel:
    | "account"
    | "organization"
    | "requester"
    | "ticket"
    | "person"
    | "parent"
    | "user"
    | "member_of"
    | "merged_into"
    /** From a decision to each of its records, and to the earlier decisions that it replaces. */
    | "decided"
    | "supersedes"
    /** From a note to the record of the customer that it was written about. */
    | "about"
    | `${DecisionEffect}_${0 | 1}`;
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
  /**
   * Orders versions with the same `changedAt`, or without one: the time of an event in epoch ms. Absent for a record that was read;
   * `observedAt` orders it.
   */
  order?: number;
  /** When the request that returned it was sent, epoch ms. */
  observedAt: number;
  identifiers: Identifier[];
  edges: Edge[];
  data: RecordData;
  deleted?: boolean;
  /** Set when `data` is usage of these days only. The writer adds it to the stored usage, because another read may do so at once. */
  counted?: CountedDays;
}

/** Calendar days whose events a read counted, inclusive. */
export interface CountedDays {
  from: string;
  to: string;
  /** Day from which on every event of a person without stored usage was counted; null when it is not recorded. */
  countedSince: string | null;
}

/** A customer interaction, for events that are one. */
export interface Interaction {
  type: string;
  priority: string | null;
  category: string | null;
  description: string | null;
}

/** A changed value of a field. A field occurs more than once when several values were added to it. */
export interface ReportedValue {
  field: string;
  value: unknown;
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
  /**
   * Changed values of fields that the record does not contain. They are compared with what deliveries wrote. Only keyed hashes of
   * them are stored.
   */
  reported?: readonly ReportedValue[];
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
