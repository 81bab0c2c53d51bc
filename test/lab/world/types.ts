import type {
  MpEvent,
  MpGroup,
  MpProfile,
  SfRow,
  SObject,
  UsagePlan,
  ZdComment,
  ZdIdentity,
  ZdMetrics,
  ZdOrganization,
  ZdRating,
  ZdTicket,
  ZdTicketField,
  ZdUser,
} from "./rows.ts";
import type { Table } from "./table.ts";

export type * from "./rows.ts";

/** Row counts of one tenant's world. */
export interface Sizes {
  companies: number;
  people: number;
  tickets: number;
  opportunities: number;
  activities: number;
}

export type Currency = "USD" | "EUR" | "JPY";
export type Usage = "growing" | "steady" | "fading" | "none";

/** The truth about one company. Each platform's rows are derived from it. */
export interface Company {
  index: number;
  name: string;
  domain: string;
  country: string;
  currency: Currency;
  industry: string;
  kind: "Customer" | "Prospect" | "Partner";
  plan: string | null;
  arr: number | null;
  /** `yyyy-mm-dd` */
  renewal: string | null;
  nextStep: string | null;
  parent: number | null;
  /** Index into the sales users, or into the queues. */
  owner: { kind: "user" | "queue"; index: number };
  phone: string;
  usage: Usage;
  /** The organization's name in Zendesk; null when it has none there. */
  orgName: string | null;
  /** Whether the Zendesk organization carries the Salesforce account id. */
  orgLinked: boolean;
  createdAt: number;
  /** The special cases: `queue-owned`, `hostile-name`, … */
  tags: string[];
}

export interface Person {
  index: number;
  company: number | null;
  /** A second company that has the same address as a contact. */
  alsoAt: { company: number; name: string } | null;
  first: string;
  last: string;
  email: string;
  /** Further addresses. Salesforce stores the first one as Secondary_Email__c. */
  moreEmails: string[];
  phone: string | null;
  title: string;
  salesforce: boolean;
  zendesk: boolean;
  mixpanel: boolean;
  distinctIds: string[];
  /** Zendesk's external_id is the product's user id. */
  linked: boolean;
  optedOut: { salesforce: boolean; zendesk: boolean; mixpanel: boolean };
  createdAt: number;
  signedUpAt: number;
  tags: string[];
}

/** Written by a client through a simulator's API, not by the world itself. */
export interface Effect {
  key: string;
  object: string;
  id: string;
  created: boolean;
  deleted: boolean;
  writes: number;
  fields: Record<string, unknown>;
  at: string;
}

export interface SalesforceWorld {
  organizationId: string;
  tables: Record<SObject, Table<SfRow>>;
  effects: Table<Effect>;
  /** The user of the integration's connected app. */
  integrationUser: string;
}
export interface ZendeskWorld {
  users: Table<ZdUser>;
  identities: Table<ZdIdentity>;
  organizations: Table<ZdOrganization>;
  tickets: Table<ZdTicket>;
  metrics: Table<ZdMetrics>;
  ratings: Table<ZdRating>;
  comments: Table<ZdComment>;
  fields: ZdTicketField[];
  groups: { id: number; name: string }[];
  brandId: number;
  integrationUser: number;
  effects: Table<Effect>;
}
/** Messages that the customer's own services received. */
export interface GenericWorld {
  effects: Table<Effect>;
}
export interface MixpanelWorld {
  profiles: Table<MpProfile>;
  groups: Table<MpGroup>;
  /** Events after the seed: imported, tracked, or from a scenario. */
  events: Table<MpEvent>;
  plans: Table<UsagePlan>;
  effects: Table<Effect>;
}
