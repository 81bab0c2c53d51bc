import { activities, cases } from "./activities.ts";
import type { Cause } from "./cause.ts";
import { companies } from "./companies.ts";
import { opportunities } from "./deals.ts";
import { groups, plans, profiles } from "./mixpanel.ts";
import { people } from "./people.ts";
import { accounts, contacts, leads, queues, type SalesforceIds, type Seeding, salesforceIds, users } from "./salesforce.ts";
import { type Change, createTables, type Key, type Table } from "./table.ts";
import { tickets } from "./tickets.ts";
import { trialLeads } from "./trialLeads.ts";
import type {
  Company,
  Effect,
  GenericWorld,
  MixpanelWorld,
  MpEvent,
  MpGroup,
  MpProfile,
  Person,
  SalesforceWorld,
  SfRow,
  Sizes,
  SObject,
  UsagePlan,
  ZdComment,
  ZdIdentity,
  ZdMetrics,
  ZdOrganization,
  ZdRating,
  ZdTicket,
  ZdUser,
  ZendeskWorld,
} from "./types.ts";
import type { UsageContext } from "./usage.ts";
import {
  agents,
  createdFields,
  endUser,
  identitiesOf,
  organizations,
  ticketFields,
  type ZendeskIds,
  zendeskIds,
} from "./zendesk.ts";

/** Where changes after the seed are stored, so that a restart restores the same world. */
export interface Journal {
  replay(apply: (change: { table: string; key: Key; after: unknown }) => void): void;
  append(changes: readonly Change[]): void;
  /** Removes all rows except these. */
  replace(changes: readonly Change[]): void;
}
export const FORGETFUL: Journal = { replay: () => {}, append: () => {}, replace: () => {} };

/** Keys of `meta` that contain tokens, which a reset keeps. */
export const TOKEN_ROWS = "token:";

export type ChangeListener = (changes: readonly Change[], cause: Cause | null) => void;

/** One tenant's world: the truth it was seeded from and the current rows of each platform. */
export interface TenantWorld {
  readonly tenant: string;
  readonly seed: number;
  /** The instant the world was made. All seeded data is earlier. */
  readonly anchor: number;
  readonly sizes: Sizes;
  readonly companies: readonly Company[];
  readonly people: readonly Person[];
  readonly ids: { salesforce: SalesforceIds; zendesk: ZendeskIds };
  readonly salesforce: SalesforceWorld;
  readonly zendesk: ZendeskWorld;
  readonly mixpanel: MixpanelWorld;
  readonly generic: GenericWorld;
  readonly usage: UsageContext;
  /** Tokens and counters of the simulators. A reset does not restore them. */
  readonly meta: Table<{ key: string; value: unknown }>;
  /** All or nothing, and journaled on success. Nests. */
  change<R>(work: () => R, cause?: Cause): R;
  /** Called after every change, by a scenario (then it has a cause) or through a platform's API. */
  onChange(listener: ChangeListener): void;
  /** Restores the seed. Tokens stay valid. The simulators drop their other state themselves. */
  reset(): void;
  onReset(listener: () => void): void;
}

interface Options {
  tenant: string;
  seed: number;
  anchor: number;
  sizes: Sizes;
  journal?: Journal;
}

export function createTenantWorld({ tenant, seed, anchor, sizes, journal = FORGETFUL }: Options): TenantWorld {
  const listeners: ChangeListener[] = [];
  const resetListeners: (() => void)[] = [];
  const tables = createTables((changes, cause) => {
    journal.append(changes);
    for (const listener of listeners) listener(changes, cause);
  });
  const sf = salesforceIds(tenant);
  const zd = zendeskIds(tenant);
  const companyList = companies(tenant, seed, sizes.companies, anchor);
  const truth: Seeding = {
    tenant,
    seed,
    anchor,
    companies: companyList,
    people: people(tenant, seed, sizes.people, companyList, anchor),
  };
  const effects = (platform: string): Table<Effect> => tables.table<Effect>(`${platform}.effects`, { key: (e) => e.key });
  const rows = (object: SObject, index: (row: SfRow) => Record<string, unknown> = () => ({})): Table<SfRow> => {
    const names = Object.keys(index({ Id: "" }));
    return tables.table<SfRow>(`salesforce.${object}`, {
      key: (row) => row.Id,
      indexes: Object.fromEntries(names.map((name) => [name, (row: SfRow) => row[name] as string | null])),
    });
  };
  const external = (): Record<string, unknown> => ({ Sidelight_External_Id__c: "" });
  const standardFields = ticketFields(zd);
  const world: TenantWorld = {
    tenant,
    seed,
    anchor,
    sizes,
    companies: truth.companies,
    people: truth.people,
    ids: { salesforce: sf, zendesk: zd },
    usage: { seed, tenant, anchor },
    salesforce: {
      organizationId: sf.organization,
      integrationUser: sf.integrationUser,
      effects: effects("salesforce"),
      tables: {
        Account: rows("Account"),
        Contact: rows("Contact", () => ({ AccountId: "" })),
        Lead: rows("Lead"),
        Opportunity: rows("Opportunity", () => ({ AccountId: "" })),
        Case: rows("Case", external),
        Task: rows("Task", external),
        Event: rows("Event"),
        User: rows("User"),
        Group: rows("Group"),
      },
    },
    zendesk: {
      users: tables.table<ZdUser>("zendesk.users", {
        key: (u) => u.id,
        indexes: { external_id: (u) => u.external_id, organization_id: (u) => u.organization_id },
      }),
      identities: tables.table<ZdIdentity>("zendesk.identities", {
        key: (i) => i.id,
        indexes: { user_id: (i) => i.user_id, value: (i) => (i.type === "email" ? i.value.toLowerCase() : null) },
      }),
      organizations: tables.table<ZdOrganization>("zendesk.organizations", {
        key: (o) => o.id,
        indexes: { external_id: (o) => o.external_id },
      }),
      tickets: tables.table<ZdTicket>("zendesk.tickets", {
        key: (t) => t.id,
        indexes: { requester_id: (t) => t.requester_id, organization_id: (t) => t.organization_id },
      }),
      metrics: tables.table<ZdMetrics>("zendesk.metrics", { key: (m) => m.ticket_id }),
      ratings: tables.table<ZdRating>("zendesk.ratings", { key: (r) => r.id }),
      comments: tables.table<ZdComment>("zendesk.comments", { key: (c) => c.id, indexes: { ticket_id: (c) => c.ticket_id } }),
      get fields() {
        return [...standardFields, ...createdFields(world.meta)];
      },
      groups: ["Support", "Billing", "Escalations"].map((name, i) => ({ id: zd.group(i), name })),
      brandId: zd.brand,
      integrationUser: zd.integrationUser,
      effects: effects("zendesk"),
    },
    mixpanel: {
      profiles: tables.table<MpProfile>("mixpanel.profiles", { key: (p) => p.distinct_id }),
      groups: tables.table<MpGroup>("mixpanel.groups", { key: (g) => g.key }),
      // The platform's own deduplication key.
      events: tables.table<MpEvent>("mixpanel.events", { key: (e) => `${e.event}|${e.time}|${e.distinct_id}|${e.insert_id}` }),
      plans: tables.table<UsagePlan>("mixpanel.plans", { key: (p) => p.distinct_id }),
      effects: effects("mixpanel"),
    },
    generic: { effects: effects("generic") },
    meta: tables.table<{ key: string; value: unknown }>("meta", { key: (m) => m.key }),
    change: tables.change,
    onChange: (listener) => void listeners.push(listener),
    onReset: (listener) => void resetListeners.push(listener),
    reset() {
      const meta = [...world.meta.values()].filter((row) => row.key.startsWith(TOKEN_ROWS));
      tables.clear();
      tables.load(() => {
        seedTables(world, truth);
        for (const row of meta) world.meta.put(row);
      });
      for (const listener of resetListeners) listener();
      journal.replace(meta.map((row) => ({ table: "meta", key: row.key, previous: null, next: row })));
    },
  };
  tables.load(() => seedTables(world, truth));
  tables.load(() => journal.replay(tables.apply));
  return world;
}

function fill<T>(table: Table<T>, rows: readonly T[]): void {
  for (const row of rows) table.put(row);
}

function seedTables(world: TenantWorld, s: Seeding): void {
  const { salesforce: sf, zendesk: zd } = world.ids;
  const t = world.salesforce.tables;
  fill(t.User, users(s, sf));
  fill(t.Group, queues(s, sf));
  fill(t.Account, accounts(s, sf));
  fill(t.Contact, contacts(s, sf));
  fill(t.Lead, leads(s, sf));
  const deals = opportunities(s, sf, world.sizes.opportunities);
  fill(t.Opportunity, deals);
  const activityRows = activities(s, sf, deals, world.sizes.activities);
  fill(t.Task, activityRows.tasks);
  fill(t.Event, activityRows.events);
  fill(t.Case, cases(s, sf));

  fill(world.zendesk.organizations, organizations(s, zd, sf));
  for (const agent of agents(s, zd)) {
    world.zendesk.users.put(agent);
    const { id, email, created_at } = agent;
    const n = 1_000_000 + world.zendesk.identities.size;
    world.zendesk.identities.put({
      id: zd.make("identity", n),
      user_id: id,
      type: "email",
      value: email!,
      primary: true,
      verified: true,
      created_at,
      updated_at: created_at,
    });
  }
  const byPerson = new Map<number, ZdUser>();
  for (const p of s.people) {
    if (!p.zendesk) continue;
    const user = endUser(s, zd, p);
    byPerson.set(p.index, user);
    world.zendesk.users.put(user);
    fill(world.zendesk.identities, identitiesOf(zd, p, user));
  }
  const ticketRows = tickets(s, zd, byPerson, world.sizes.tickets);
  fill(world.zendesk.tickets, ticketRows.tickets);
  fill(world.zendesk.metrics, ticketRows.metrics);
  fill(world.zendesk.ratings, ticketRows.ratings);

  const usage = plans(s, sf);
  fill(t.Lead, trialLeads(s, sf, usage));
  fill(world.mixpanel.plans, usage);
  fill(world.mixpanel.profiles, profiles(s, world.usage, new Map(usage.map((plan) => [plan.distinct_id, plan]))));
  fill(world.mixpanel.groups, groups(s, sf));
}
