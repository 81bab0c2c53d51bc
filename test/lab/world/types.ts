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

/** How much there is of everything in one tenant's world. */
export interface Sizes {
  companies: number;
  people: number;
  tickets: number;
  opportunities: number;
  activities: number;
}

export type Currency = "USD" | "EUR" | "JPY";
export type Usage = "growing" | "steady" | "fading" | "none";

/** The truth about one company, from which each platform's own view is derived. */
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
  /** How the organisation is called in Zendesk; null when it has none there. */
  orgName: string | null;
  /** Whether the Zendesk organisation carries the Salesforce account id. */
  orgLinked: boolean;
  createdAt: number;
  /** Why this one is in the world: `queue-owned`, `hostile-name`, … */
  tags: string[];
}

export interface Person {
  index: number;
  company: number | null;
  /** A second company at which the same address is a contact. */
  alsoAt: { company: number; name: string } | null;
  first: string;
  last: string;
  email: string;
  /** Further addresses, the first of which Salesforce knows as Secondary_Email__c. */
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

/** Written by a client through a simulator's interface (not by the world itself). */
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
  /** The user behind the integration's connected app. */
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
/** What the company's own services were sent. */
export interface GenericWorld {
  effects: Table<Effect>;
}
export interface MixpanelWorld {
  profiles: Table<MpProfile>;
  groups: Table<MpGroup>;
  /** Events that came after the seed: imported, tracked, or made to happen. */
  events: Table<MpEvent>;
  plans: Table<UsagePlan>;
  effects: Table<Effect>;
}
