// The platform-neutral shapes that a record's data takes. An adapter parses the wire at its edge and hands over one of these,
// minimised: what no section shows and no route needs is not kept.

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
  /** Fields of this kind that no mapping fills on this platform, by name. */
  notMapped: string[];
}

export interface PersonData {
  kind: "person";
  name: string | null;
  emails: string[];
  phones: string[];
  title: string | null;
  /** True where the mapped field of this platform says that the person declined to be analysed. */
  optedOut: boolean;
  /** When a lead came in; other people are not events. */
  createdAt?: string | null;
}

export type TicketStatus = "new" | "open" | "pending" | "hold" | "solved" | "closed";
export type TicketPriority = "low" | "normal" | "high" | "urgent";

export interface TicketData {
  kind: "ticket";
  subject: string | null;
  status: TicketStatus;
  priority: TicketPriority | null;
  /** RFC 3339, UTC; likewise below. */
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

/** A case of the CRM's own, beside the tickets of the support platform. */
export interface CaseData {
  kind: "case";
  subject: string | null;
  status: string | null;
  priority: string | null;
  createdAt: string;
  closedAt: string | null;
}

/** One product user's use, counted by us from the platform's own events, by day in the tenant's time zone. */
export interface UsageData {
  kind: "usage";
  lastActiveAt: string | null;
  /** Only days with an event, `2026-11-21` → counts. */
  days: Record<string, { events: number; sessions: number; features: Record<string, number> }>;
  /** Funnel step → the first instant it was reached. */
  funnel: Record<string, string>;
}

/** Whether one product user belongs to a group that their platform keeps: it tells who enters and leaves, and we hold who is in. */
export interface MembershipData {
  kind: "membership";
  cohort: { id: string; name: string };
  isIn: boolean;
  /** When we last learned that they had entered. */
  enteredAt: string;
  /** The platform's name for the export that said so last. */
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

/** A value by which a customer can be found: normalised, and held as a keyed hash only. */
export interface Identifier {
  kind: "email" | "phone" | "domain" | "email_domain" | "product_user" | "crm_id";
  value: string;
}

/**
 * How one record points at another of the same platform, or names one of another platform.
 * `merged_into` is the only one that a deleted record keeps: whoever asks for it is led on.
 */
export interface Edge {
  rel: "account" | "organization" | "requester" | "ticket" | "person" | "parent" | "user" | "member_of" | "merged_into";
  to: string;
}

/** What an adapter hands over: our minimised copy of one platform object as it was at `observedAt`. */
export interface RecordInput {
  /** `platform.object:id`, canonical. */
  ref: string;
  platform: string;
  connection: string;
  object: string;
  /** Whom it is about, as a ref: the data key of this subject seals it. */
  subject: string;
  /** The source's own modification time in epoch ms; null where the platform has none. */
  changedAt: number | null;
  /** Orders versions of one `changedAt`, where the source tells finer than that, as in the time of an event. */
  order?: number;
  /** When the request that brought it was sent, epoch ms. */
  observedAt: number;
  identifiers: Identifier[];
  edges: Edge[];
  data: RecordData;
  deleted?: boolean;
}

/** What an interaction was about, where an event is one. */
export interface Interaction {
  type: string;
  priority: string | null;
  category: string | null;
  description: string | null;
}

/** Something that a platform tells has happened, once. */
export interface EventInput {
  /** `platform.object.what`: `zendesk.ticket.status_changed`. */
  type: string;
  /** The source's own time, epoch ms. */
  timestamp: number;
  platform: string;
  connection: string;
  object: string;
  /** The object it is about, as a ref. */
  ref: string;
  /** Whom it is about, as a ref: the data key of this subject seals it. */
  subject: string;
  /** The key of that subject, where it is another event's whose ref is not kept: of what follows from one. */
  subjectKey?: string;
  /**
   * Names it at its source, once for ever. Each must be covered by what authenticates the message: a name that a sender may choose
   * freely would let the same bytes be counted twice. It is a duplicate when one of them is known.
   */
  sourceIds: string[];
  /**
   * The object as the message shows it, or another record of the same subject that it brings about; null when the message doesn't
   * show it whole.
   */
  record: RecordInput | null;
  interaction: Interaction | null;
  /** What else it says, minimised. */
  data: Record<string, unknown>;
  /** True when we did it ourselves and are told of it. */
  isEcho: boolean;
}

/** As read back from the store. */
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
