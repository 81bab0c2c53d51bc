import { hash, rng } from "./prng.ts";
import type { SalesforceIds, Seeding } from "./salesforce.ts";
import type { Table } from "./table.ts";
import { DAY, HOUR, iso } from "./time.ts";
import type { Person, ZdIdentity, ZdOrganization, ZdTicketField, ZdUser } from "./types.ts";
import { FIRST, LAST, slug } from "./words.ts";

export const AGENTS = 12;

export interface ZendeskIds {
  brand: number;
  group(i: number): number;
  agent(i: number): number;
  integrationUser: number;
  user(person: number): number;
  organization(company: number): number;
  field(key: string): number;
  /** The n-th field that was created through the API. */
  createdField(n: number): number;
  make(kind: "identity" | "metric" | "rating" | "comment" | "user" | "organization", n: number): number;
}

const FIELD_KEYS = [
  "product_area",
  "affected_users",
  "account_arr",
  "account_owner",
  "account_plan",
  "renewal_date",
  "health_score",
  "churn_risk",
  "context_summary",
  "order_reference",
  "last_active",
  "sessions_30d",
];

/** Twelve-digit numbers, as in real accounts; below 2^53. */
export function zendeskIds(tenant: string): ZendeskIds {
  const base = tenant === "acme" ? 361_000_000_000 : 417_000_000_000;
  const make = (offset: number, n: number): number => base + offset * 100_000_000 + n * 20 + ((n * 7) % 20);
  const kinds = { user: 1, organization: 2, identity: 3, metric: 4, rating: 5, comment: 6 };
  return {
    brand: make(9, 1),
    group: (i) => make(8, i),
    agent: (i) => make(7, i),
    integrationUser: make(7, AGENTS),
    user: (person) => make(kinds.user, person),
    organization: (company) => make(kinds.organization, company),
    field: (key) => make(10, FIELD_KEYS.indexOf(key)),
    createdField: (n) => make(10, FIELD_KEYS.length + n),
    make: (kind, n) => make(kinds[kind], n),
  };
}

const fieldRows = "zendesk.ticket_field:";

/** Ticket fields that were created through the API. */
export const createdFields = (meta: Table<{ key: string; value: unknown }>): ZdTicketField[] =>
  [...meta.values()].filter(({ key }) => key.startsWith(fieldRows)).map(({ value }) => value as ZdTicketField);

/** The row of `meta` that keeps a created ticket field. */
export const fieldRow = (field: ZdTicketField): { key: string; value: ZdTicketField } => ({
  key: `${fieldRows}${field.id}`,
  value: field,
});

export function ticketFields(ids: ZendeskIds): ZdTicketField[] {
  const field = (key: string, title: string, type: ZdTicketField["type"], extra: Partial<ZdTicketField> = {}): ZdTicketField => ({
    id: ids.field(key),
    key,
    title,
    type,
    ...extra,
  });
  return [
    field("product_area", "Product area", "tagger", {
      options: ["exports", "sso", "forecasting", "billing", "dashboards", "api", "mobile", "other"],
    }),
    field("affected_users", "Affected users", "integer"),
    field("account_arr", "Account ARR", "decimal"),
    field("account_owner", "Account owner", "text"),
    field("account_plan", "Account plan", "tagger", { options: ["plan_starter", "plan_growth", "plan_enterprise"] }),
    field("renewal_date", "Renewal date", "date"),
    field("health_score", "Health score", "integer"),
    field("churn_risk", "Churn risk", "checkbox"),
    field("context_summary", "Context summary", "textarea"),
    field("order_reference", "Order reference", "regexp", { regexp: "^[A-Z]{2}-\\d{4,8}$" }),
    field("last_active", "Last active", "date"),
    field("sessions_30d", "Sessions in 30 days", "integer"),
  ];
}

const base = (created: number, updated: number): { created_at: string; updated_at: string } => ({
  created_at: iso(created),
  updated_at: iso(updated),
});

export function organizations(s: Seeding, ids: ZendeskIds, sf: SalesforceIds): ZdOrganization[] {
  const organizationRows: ZdOrganization[] = [];
  for (const c of s.companies) {
    if (c.orgName === null) continue;
    const r = rng(hash(s.seed, s.tenant, "organization", c.index));
    organizationRows.push({
      id: ids.organization(c.index),
      name: c.orgName,
      // Organizations without domains exist too. Only their people show where they belong.
      domain_names: c.index > 2 && r.chance(0.06) ? [] : [c.domain],
      external_id: c.orgLinked ? sf.account(c.index) : null,
      details: "",
      notes: "",
      group_id: null,
      shared_tickets: false,
      shared_comments: false,
      tags: c.plan ? [`plan_${c.plan.toLowerCase()}`] : [],
      organization_fields: { support_tier: c.plan === "Enterprise" ? "premium" : "standard", region: c.country },
      ...base(Math.min(c.createdAt, s.anchor - 2 * DAY), s.anchor - r.int(1, 90) * DAY - HOUR),
    });
  }
  // One organization that exists only in Zendesk.
  organizationRows.push({
    id: ids.organization(s.companies.length),
    name: "Community Volunteers",
    domain_names: [],
    external_id: null,
    details: "",
    notes: "",
    group_id: null,
    shared_tickets: false,
    shared_comments: false,
    tags: [],
    organization_fields: { support_tier: "standard", region: "US" },
    ...base(s.anchor - 400 * DAY, s.anchor - 30 * DAY),
  });
  return organizationRows;
}

export function agents(s: Seeding, ids: ZendeskIds): ZdUser[] {
  return Array.from({ length: AGENTS + 1 }, (_, i) => {
    const r = rng(hash(s.seed, s.tenant, "agent", i));
    const integration = i === AGENTS;
    const [first, last] = integration ? ["Sidelight", "Integration"] : [r.pick(FIRST), r.pick(LAST)];
    return {
      ...blank(ids.agent(i), `${first} ${last}`, `${slug(first)}.${slug(last)}@support.${s.tenant}.example`),
      role: i === 0 || integration ? ("admin" as const) : ("agent" as const),
      ...base(s.anchor - 800 * DAY, s.anchor - 30 * DAY),
    };
  });
}

export const blank = (id: number, name: string, email: string | null): Omit<ZdUser, "created_at" | "updated_at"> => ({
  id,
  name,
  email,
  role: "end-user",
  organization_id: null,
  external_id: null,
  phone: null,
  locale: "en-US",
  time_zone: "Eastern Time (US & Canada)",
  tags: [],
  notes: "",
  details: "",
  active: true,
  suspended: false,
  verified: true,
  last_login_at: null,
  user_fields: { analytics_opt_out: false, job_title: null },
});

const LOCALE: Record<string, string> = { DE: "de", FR: "fr", JP: "ja", NL: "nl" };

export function endUser(s: Seeding, ids: ZendeskIds, p: Person): ZdUser {
  const r = rng(hash(s.seed, s.tenant, "end-user", p.index));
  const company = p.company === null ? null : s.companies[p.company]!;
  const created = Math.min(p.createdAt + r.int(0, 20) * DAY, s.anchor - 2 * DAY);
  const updated = Math.min(created + r.int(0, 300) * DAY, s.anchor - r.int(1, 30) * HOUR);
  const home = company?.orgName && (p.index < 8 || r.chance(0.92)) ? ids.organization(company.index) : null;
  return {
    ...blank(ids.user(p.index), `${p.first} ${p.last}`, p.email),
    organization_id: home,
    external_id: p.linked && p.distinctIds[0] ? p.distinctIds[0] : null,
    phone: p.phone,
    locale: LOCALE[company?.country ?? "US"] ?? "en-US",
    tags: company?.plan ? [`plan_${company.plan.toLowerCase()}`] : [],
    last_login_at: r.chance(0.5) ? iso(updated) : null,
    user_fields: { analytics_opt_out: p.optedOut.zendesk, job_title: p.title },
    ...base(created, updated),
  };
}

/** A user's addresses and phone number. The first email is the primary one. */
export function identitiesOf(ids: ZendeskIds, p: Person, user: ZdUser): ZdIdentity[] {
  const identityRows: ZdIdentity[] = [];
  const add = (type: ZdIdentity["type"], value: string, primary: boolean, verified: boolean): void => {
    identityRows.push({
      id: ids.make("identity", p.index * 5 + identityRows.length),
      user_id: user.id,
      type,
      value,
      primary,
      verified,
      created_at: user.created_at,
      updated_at: user.created_at,
    });
  };
  add("email", p.email, true, true);
  p.moreEmails.forEach((email, i) => {
    add("email", email, false, i === 0);
  });
  if (p.phone && p.index % 3 === 0) add("phone_number", p.phone, false, true);
  return identityRows;
}
