import { findConsumerOffset } from "@sidelight/context-api/store/tables/consumerOffsets.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { putTicket } from "../harness/zendeskTicket.ts";
import { effectsOf } from "../lab/control/effects.ts";
import type { TenantWorld } from "../lab/world/tenant.ts";
import type { Person, SfRow, SObject } from "../lab/world/types.ts";

// Every write action, and every way in by which what it wrote can come back. A route for each event of each object tracks it in
// Mixpanel, so that what is routed can be counted.

const objects = {
  zendesk: ["ticket", "user", "organization"],
  salesforce: ["account", "contact", "lead", "opportunity", "case", "task"],
  mixpanel: ["user"],
};

interface Target {
  ref: string;
  input: object;
  /** A person changes the same object. */
  change(): void;
}

interface Write {
  to: "salesforce" | "zendesk" | "mixpanel";
  do: string;
  target(): Target;
}

let harness: Harness;
const world = (): TenantWorld => harness.lab.tenants["acme"]!.world;
const seconds = () => `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;

function customer(): Person {
  const person = world().people.find((p) => [p.salesforce, p.zendesk, p.mixpanel].every(Boolean) && p.company !== null);
  if (!person) throw new Error("no person at all platforms");
  return person;
}

/** A person sets fields of a record in Salesforce. */
function putRow(object: SObject, id: string, fields: Partial<SfRow>): void {
  const stamp = new Date(harness.clock.now()).toISOString().replace("Z", "+0000");
  const table = world().salesforce.tables[object];
  world().change(() => table.put({ ...table.get(id)!, ...fields, SystemModstamp: stamp, LastModifiedDate: stamp }));
}

const firstRow = (object: SObject): SfRow => {
  const row = [...world().salesforce.tables[object].values()].find((r) => r["IsDeleted"] !== true && r["IsConverted"] !== true);
  if (!row) throw new Error(`no ${object}`);
  return row;
};

function setFields(object: SObject, fields: object, theirs: Partial<SfRow>, given: Partial<SfRow> = {}): Write {
  return {
    to: "salesforce",
    do: "set-fields",
    target() {
      const { Id } = firstRow(object);
      const name = object.toLowerCase();
      if (Object.keys(given).length > 0) putRow(object, Id, given);
      return {
        ref: `salesforce.${name}:${Id}`,
        input: { object: name, id: Id, fields },
        change: () => putRow(object, Id, theirs),
      };
    },
  };
}

const ticketTarget = (input: (id: number) => object, change: (id: number) => void) => (): Target => {
  const id = putTicket(harness, world().ids.zendesk.user(customer().index));
  return { ref: `zendesk.ticket:${id}`, input: input(id), change: () => change(id) };
};

function putTicketFields(id: number, fields: object): void {
  const { tickets } = world().zendesk;
  const stamps = { updated_at: seconds(), generated_timestamp: Math.floor(harness.clock.now() / 1000) };
  world().change(() => tickets.put({ ...tickets.get(id)!, ...fields, ...stamps }));
}

const userTarget = (input: (id: number) => object): Target => {
  const { users } = world().zendesk;
  const id = world().ids.zendesk.user(customer().index);
  const change = () =>
    world().change(() => users.put({ ...users.get(id)!, name: `New Name ${seconds()}`, updated_at: seconds() }));
  return { ref: `zendesk.user:${id}`, input: input(id), change };
};

const writes: Record<string, Write> = {
  "a text of an account, which Salesforce trims": setFields("Account", { Next_Step__c: "  Call Ada " }, { Next_Step__c: "Wait" }),
  "a field in another spelling": setFields("Account", { next_step__c: "Call Bob" }, { Next_Step__c: "Wait" }),
  "an amount as text": setFields("Account", { ARR__c: "4321" }, { ARR__c: 9 }),
  "an amount that was empty": setFields("Account", { ARR__c: 4322 }, { ARR__c: 9 }, { ARR__c: null, CurrencyIsoCode: "EUR" }),
  "an amount that is emptied": setFields("Account", { ARR__c: null }, { ARR__c: 9 }, { ARR__c: 1 }),
  "the currency of an account": setFields("Account", { CurrencyIsoCode: "JPY" }, { ARR__c: 10 }, { ARR__c: 5 }),
  "the owner of an account": {
    ...setFields("Account", {}, {}),
    target() {
      const { Id, OwnerId } = firstRow("Account");
      const [first, second] = [0, 1].map((i) => world().ids.salesforce.user(i));
      const OwnerOfOurs = OwnerId === first ? second : first;
      return {
        ref: `salesforce.account:${Id}`,
        input: { object: "account", id: Id, fields: { OwnerId: OwnerOfOurs } },
        change: () => putRow("Account", Id, { OwnerId }),
      };
    },
  },
  "an instant in a date field": setFields(
    "Account",
    { Renewal_Date__c: "2027-03-04T10:00:00Z" },
    { Renewal_Date__c: "2027-05-01" },
  ),
  "the address of a contact with two addresses": setFields(
    "Contact",
    { Email: "Ada.New@Acme-Widgets.test" },
    { Email: "other@acme-widgets.test" },
    { Secondary_Email__c: "second@acme-widgets.test", MobilePhone: "+1 202 555 0188" },
  ),
  "the phone of a contact with two numbers": setFields("Contact", { Phone: "+1 202 555 0143" }, { Phone: "+1 202 555 0111" }),
  "the last name of a contact": setFields(
    "Contact",
    { LastName: "Newname" },
    { FirstName: "Ada", LastName: "Theirs", Name: "Ada Theirs" },
  ),
  "an address that is emptied": setFields(
    "Contact",
    { Email: null },
    { Email: "x@acme-widgets.test" },
    { Email: "a@acme-widgets.test" },
  ),
  "the account of a contact": {
    ...setFields("Contact", {}, {}),
    target() {
      const { Id, AccountId } = firstRow("Contact");
      const other = [...world().salesforce.tables.Account.values()].find((a) => a.Id !== AccountId && a["IsDeleted"] !== true)!;
      return {
        ref: `salesforce.contact:${Id}`,
        input: { object: "contact", id: Id, fields: { AccountId: other.Id } },
        change: () => putRow("Contact", Id, { AccountId: AccountId ?? null }),
      };
    },
  },
  "the company of a lead": setFields("Lead", { Company: "Acme Widgets" }, { Company: "Theirs" }),
  "the stage of a deal": setFields("Opportunity", { StageName: "Negotiation/Review" }, { NextStep: "Theirs" }),
  "the amount of a deal": setFields("Opportunity", { Amount: 1234.5 }, { Amount: 3 }),
  "the priority of a case": setFields("Case", { Priority: "High" }, { Priority: "Low" }, { Priority: "Medium" }),
  "a case": {
    to: "salesforce",
    do: "create-case",
    target: () => ({ ref: "", input: { subject: "From a route", origin: "Web" }, change() {} }),
  },
  "a task": {
    to: "salesforce",
    do: "create-task",
    target: () => ({
      ref: "",
      input: { subject: "From a route", dueDate: "2026-12-01", ownerId: world().ids.salesforce.user(0) },
      change() {},
    }),
  },
  "ticket fields": {
    to: "zendesk",
    do: "set-ticket-fields",
    target: ticketTarget(
      (id) => ({
        ticket: `zendesk.ticket:${id}`,
        fields: [
          { id: world().ids.zendesk.field("account_arr"), value: 1234.5 },
          { id: world().ids.zendesk.field("last_active"), value: "2026-11-01" },
        ],
      }),
      (id) => putTicketFields(id, { priority: "low" }),
    ),
  },
  "an internal note": {
    to: "zendesk",
    do: "add-internal-note",
    target: ticketTarget(
      (id) => ({ ticket: `zendesk.ticket:${id}`, html: "<p>Look  here</p>" }),
      (id) => putTicketFields(id, { status: "hold" }),
    ),
  },
  "a tag with capitals": {
    to: "zendesk",
    do: "add-user-tags",
    target: () => userTarget((id) => ({ user: `zendesk.user:${id}`, tags: ["Gold Plan"] })),
  },
  "fields of a user": {
    to: "zendesk",
    do: "set-user-fields",
    target: () =>
      userTarget((id) => ({ user: `zendesk.user:${id}`, fields: { job_title: " Chief ", phone: "+1 202 555 0144" } })),
  },
  "fields of an organization": {
    to: "zendesk",
    do: "set-organization-fields",
    target() {
      const { organizations } = world().zendesk;
      const { id } = [...organizations.values()][0]!;
      return {
        ref: `zendesk.organization:${id}`,
        input: { organization: id.toString(), fields: { support_tier: "gold", notes: "Ours" } },
        change: () =>
          world().change(() => organizations.put({ ...organizations.get(id)!, name: "Their Name", updated_at: seconds() })),
      };
    },
  },
  "a user": {
    to: "zendesk",
    do: "create-user",
    target: () => ({ ref: "", input: { email: `new${harness.clock.now()}@acme-widgets.test`, name: "New Person" }, change() {} }),
  },
  "a profile": {
    to: "mixpanel",
    do: "set-profile",
    target() {
      const { profiles } = world().mixpanel;
      const [profile] = [...profiles.values()];
      const set = (properties: object) =>
        world().change(() =>
          profiles.put({ ...profile!, properties: { ...profiles.get(profile!.distinct_id)!.properties, ...properties } }),
        );
      return {
        ref: `mixpanel.user:${profile!.distinct_id}`,
        input: { distinctId: profile!.distinct_id, set: { $name: " Ada ", plan: "gold" } },
        change: () => set({ $name: "Theirs" }),
      };
    },
  },
};

const routeOf = (index: number) => `write-${index}`;
const typeOf = (index: number) => `write_${index}`;

async function open(hasWebhooks: boolean): Promise<void> {
  harness = await openHarness({
    webhooks: hasWebhooks,
    configure(config) {
      const watches = Object.entries(objects).map(([platform, names]) => ({
        id: `watch-${platform}`,
        on: names.map((name) => `${platform}.${name}.*`),
        to: "mixpanel",
        do: "track",
        with: '{ "distinctId": "watcher", "event": "routed", "properties": { "ref": ref, "type": event.eventType } }',
      }));
      const routes = Object.values(writes).map((write, i) => ({
        ...{ id: routeOf(i), on: `generic.event.${typeOf(i)}`, to: write.to, do: write.do },
        with: "event.data.data.input",
      }));
      config.tenants.acme.routing = { routes: [...watches, ...routes] };
    },
  });
  await settle();
}

const routedRefs = (): string[] =>
  (effectsOf({ acme: world() }, "mixpanel")["event"] ?? [])
    .filter(({ fields }) => fields["event"] === "routed")
    .map(({ fields }) => {
      const properties = (fields["properties"] ?? fields) as { ref: string; type: string };
      return `${properties.type} ${properties.ref}`;
    });

async function settle(): Promise<void> {
  const { tenant, ingest } = harness.runtime.tenants.get("acme")!;
  let quiet = 0;
  await advanceUntil(harness.clock, 50, "all work to be done", async () => {
    await advanceUntilSettled(harness.clock, ingest.followUps.settled(), 50);
    const isRouted = ((await findConsumerOffset(tenant.log.store, "routing")) ?? 0) >= tenant.log.head();
    const waiting = (await harness.request("/v1/deliveries?limit=1000&state=waiting")).body.items;
    quiet = (harness.senders?.waiting().length ?? 0) === 0 && isRouted && waiting.length === 0 ? quiet + 1 : 0;
    return quiet > 3;
  });
}

/** Lets every stream pull again. */
async function pullAll(): Promise<void> {
  harness.clock.advance(45 * 60_000);
  await settle();
  harness.clock.advance(60_000);
  await settle();
}

async function perform(index: number, input: object): Promise<void> {
  const event = {
    type: typeOf(index),
    at: new Date(harness.clock.now()).toISOString(),
    customer: { ref: `zendesk.user:${world().ids.zendesk.user(customer().index)}` },
    data: { input },
  };
  expect((await sendGeneric(harness, event)).body).toMatchObject({ accepted: 1 });
  await settle();
  const { items } = (await harness.request("/v1/deliveries?limit=1000")).body;
  const delivery = items.find((d: { route: string }) => d.route === routeOf(index));
  expect([delivery?.state, delivery?.message ?? null]).toEqual(["done", null]);
}

const isFirstOfAction = (name: string): boolean =>
  Object.values(writes).find((write) => write.do === writes[name]?.do) === writes[name];

const ways = [
  { name: "webhooks and pulls", hasWebhooks: true, restarts: false },
  { name: "pulls alone", hasWebhooks: false, restarts: false },
  { name: "pulls after a restart", hasWebhooks: false, restarts: true },
];

describe.each(ways)("what a delivery wrote comes back by $name and is not routed:", ({ hasWebhooks, restarts }) => {
  beforeAll(() => open(hasWebhooks));
  afterAll(() => harness.close());

  it.each(Object.keys(writes).filter((name) => !restarts || isFirstOfAction(name)))("%s", { timeout: 60_000 }, async (name) => {
    const index = Object.keys(writes).indexOf(name);
    const target = writes[name]!.target();
    await pullAll();
    const previous = routedRefs().length;
    await perform(index, target.input);
    if (restarts) await harness.restart();
    await pullAll();
    expect(routedRefs().slice(previous)).toEqual([]);
    harness.clock.advance(120_000);
    target.change();
    await pullAll();
    if (target.ref !== "") expect(routedRefs().slice(previous).join()).toContain(target.ref);
  });
});
