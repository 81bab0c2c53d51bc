/** Rows as stored on the three platforms. */

export type SfValue = string | number | boolean | null;
/** Datetimes are ISO with Z here. The wire format is produced when a record is rendered. */
export type SfRow = { Id: string } & { [field: string]: SfValue };
export type SObject = "Account" | "Contact" | "Lead" | "Opportunity" | "Case" | "Task" | "Event" | "User" | "Group";

export interface ZdUser {
  id: number;
  name: string;
  email: string | null;
  role: "end-user" | "agent" | "admin";
  organization_id: number | null;
  external_id: string | null;
  phone: string | null;
  locale: string;
  time_zone: string;
  tags: string[];
  notes: string;
  details: string;
  active: boolean;
  suspended: boolean;
  verified: boolean;
  last_login_at: string | null;
  created_at: string;
  updated_at: string;
  user_fields: Record<string, string | number | boolean | null>;
}
export interface ZdIdentity {
  id: number;
  user_id: number;
  type: "email" | "phone_number";
  value: string;
  primary: boolean;
  verified: boolean;
  created_at: string;
  updated_at: string;
}
export interface ZdOrganization {
  id: number;
  name: string;
  domain_names: string[];
  external_id: string | null;
  details: string;
  notes: string;
  group_id: number | null;
  shared_tickets: boolean;
  shared_comments: boolean;
  tags: string[];
  organization_fields: Record<string, string | number | boolean | null>;
  created_at: string;
  updated_at: string;
}
export type TicketStatus = "new" | "open" | "pending" | "hold" | "solved" | "closed" | "deleted";
export interface ZdTicket {
  id: number;
  subject: string;
  description: string;
  status: TicketStatus;
  priority: "urgent" | "high" | "normal" | "low" | null;
  type: "problem" | "incident" | "question" | "task" | null;
  requester_id: number;
  submitter_id: number;
  assignee_id: number | null;
  organization_id: number | null;
  group_id: number;
  brand_id: number;
  external_id: string | null;
  tags: string[];
  custom_fields: { id: number; value: FieldValue }[];
  channel: "web" | "email" | "chat" | "api";
  rating: { id: number; score: "good" | "bad"; comment: string | null } | "offered" | "unoffered";
  has_incidents: boolean;
  is_public: boolean;
  /** The ticket into which this one was merged. */
  merged_into?: number;
  created_at: string;
  updated_at: string;
  /** Seconds. The incremental export orders by it; system updates change it too. */
  generated_timestamp: number;
}
export type FieldValue = string | number | boolean | null | string[];
export interface ZdMetrics {
  id: number;
  ticket_id: number;
  created_at: string;
  updated_at: string;
  solved_at: string | null;
  assigned_at: string | null;
  replies: number;
  reopens: number;
  reply: number | null;
  firstResolution: number | null;
  fullResolution: number | null;
  agentWait: number;
  requesterWait: number;
  onHold: number;
}
export interface ZdRating {
  id: number;
  ticket_id: number;
  requester_id: number;
  assignee_id: number | null;
  group_id: number;
  score: "good" | "bad" | "offered";
  comment: string | null;
  created_at: string;
  updated_at: string;
}
export interface ZdComment {
  id: number;
  ticket_id: number;
  author_id: number;
  body: string;
  public: boolean;
  created_at: string;
}
export interface ZdTicketField {
  id: number;
  key: string;
  title: string;
  type: "text" | "textarea" | "integer" | "decimal" | "checkbox" | "date" | "tagger" | "regexp";
  options?: string[];
  regexp?: string;
}

export type MpValue = string | number | boolean | null | string[] | MpValue[] | { [key: string]: MpValue };
export type MpProperties = Record<string, MpValue>;
export interface MpProfile {
  distinct_id: string;
  properties: MpProperties;
}
export interface MpGroup {
  key: string;
  group_key: string;
  group_id: string;
  properties: MpProperties;
}
export interface MpEvent {
  event: string;
  /** Milliseconds. */
  time: number;
  distinct_id: string;
  insert_id: string;
  properties: MpProperties;
}
/** How one distinct id uses the product. Its events are generated from this on demand. */
export interface UsagePlan {
  distinct_id: string;
  company_id: string | null;
  /** Probability of at least one session on a working day. */
  level: number;
  /** Level at the end of the 90 days, relative to the start. */
  slope: number;
  /** No usage at or after this instant (ms). */
  until: number | null;
  /** Index of the favorite feature. */
  taste: number;
  funnel: { event: string; at: number }[];
}
