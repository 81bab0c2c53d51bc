import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { settleWork } from "../harness/settleWork.ts";
import { putTicket } from "../harness/zendeskTicket.ts";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import type { Target } from "../lab/simulators/log.ts";
import type { Person, SfRow, ZdTicket } from "../lab/world/types.ts";

// One notion of "already alerted" for every target, and causes that a rep would not switch off.
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    routes: true,
    webhooks: true,
    lab: { sizes: { acme: { companies: 30, people: 220, tickets: 200, opportunities: 30, activities: 30 }, globex: {} } },
    configure: ({ tenants }) => {
      // A company's own endpoint, without a condition of its own.
      tenants.acme.routing.routes = [
        { id: "risk-to-sink", on: "customer.churn_risk.raised", to: "generic", do: "post", with: sinkMapping, purpose: "sales" },
      ];
    },
  });
});
afterAll(() => harness.close());

const sinkMapping = '{ "type": "acme.risk", "subject": event.data.customer, "data": { "cause": event.data.cause } }';
const dayMs = 86_400_000;
const world = () => harness.lab.tenants["acme"]!.world;
const ids = () => world().ids;
const effects = (target: Target, object: string): ReportedEffect[] => effectsOf({ acme: world() }, target)[object] ?? [];

interface RiskEvent {
  eventId: string;
  data: { customer: string; cause: string; reasons: string[]; why: string[]; isAlert: boolean; isRepeat: boolean };
}
const risksOf = async ({ customer }: Customer): Promise<RiskEvent[]> => {
  const { items } = (await harness.request("/v1/events?limit=1000&type=customer.churn_risk.raised")).body;
  return items.filter(({ data }: RiskEvent) => data.customer === customer).reverse();
};

interface Customer {
  person: Person;
  account: SfRow;
  /** `company:…` */
  customer: string;
}

const usedAccounts = new Set<string>();

/** A person of an account that no other test uses. The account has a user as its owner. */
async function customerWith(account: Partial<SfRow>): Promise<Customer> {
  for (const person of world().people.filter((p) => p.salesforce && p.zendesk && p.mixpanel && p.company !== null)) {
    const id = ids().salesforce.account(person.company!);
    const row = world().salesforce.tables.Account.get(id)!;
    if (usedAccounts.has(id) || !String(row["OwnerId"]).startsWith("005")) continue;
    const { body } = await harness.context(`zendesk.user:${ids().zendesk.user(person.index)}`);
    // Whatever its state: after a week on the clock a pull may be due.
    if (body.customer?.company?.id === undefined || !body.sections.product?.data) continue;
    usedAccounts.add(id);
    harness.clock.advance(2_000);
    const stamp = new Date(harness.clock.now()).toISOString();
    world().change(() =>
      world().salesforce.tables.Account.put({ ...row, ...account, LastModifiedDate: stamp, SystemModstamp: stamp }),
    );
    await settle();
    return { person, account: world().salesforce.tables.Account.get(id)!, customer: body.customer.company.id };
  }
  throw new Error("the world has no such customer");
}

/** Creates a ticket of this person in Zendesk. */
const createTicket = (person: Person, ticket: Partial<ZdTicket>): number =>
  putTicket(harness, ids().zendesk.user(person.index), ticket);

function changeTicket(id: number, fields: Partial<ZdTicket>): void {
  harness.clock.advance(2_000);
  const { tickets } = world().zendesk;
  const updated_at = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
  const generated_timestamp = Math.floor(harness.clock.now() / 1000);
  world().change(() => tickets.put({ ...tickets.get(id)!, ...fields, updated_at, generated_timestamp }));
}

const settle = (): Promise<void> => settleWork(harness, "acme", 50);

/** Alerts about a customer, by target. */
function alertsOf({ account, customer }: Customer) {
  return {
    tasks: effects("salesforce", "Task").filter(({ fields }) => fields["WhatId"] === account.Id).length,
    messages: effects("generic", "message").filter(({ fields }) => String(fields["text"]).includes(String(account["Name"])))
      .length,
    posts: effects("generic", "event").filter(({ fields }) => fields["subject"] === customer).length,
  };
}

const valuable = { ARR__c: 250_000, CurrencyIsoCode: "USD" };

describe("several risks of one customer within minutes", () => {
  it("alert every target once: Salesforce, Slack and the company's own endpoint", async () => {
    const customer = await customerWith(valuable);
    for (const subject of ["We cancel", "We switch to your competitor", "A refund, please"]) {
      createTicket(customer.person, { subject, priority: "urgent" });
      harness.clock.advance(5 * 60_000);
      await settle();
    }
    expect((await risksOf(customer)).map(({ data }) => data.isRepeat)).toEqual([false, true, true]);
    expect(alertsOf(customer)).toEqual({ tasks: 1, messages: 1, posts: 1 });
  });

  it("alert once when they arrive at the same moment", async () => {
    const customer = await customerWith(valuable);
    for (const subject of ["We cancel", "We terminate", "We cancel now"]) createTicket(customer.person, { subject });
    await settle();
    expect(await risksOf(customer)).toHaveLength(3);
    expect(alertsOf(customer)).toEqual({ tasks: 1, messages: 1, posts: 1 });
  });

  it("still count in analytics, and the trace of a repeated one names the reason", async () => {
    const customer = await customerWith(valuable);
    for (const subject of ["We cancel", "We terminate"]) createTicket(customer.person, { subject });
    await settle();
    const trackedEvents = effects("mixpanel", "event").filter(
      ({ fields }) =>
        fields["event"] === "Churn Risk Raised" && customer.person.distinctIds.includes(String(fields["distinct_id"])),
    );
    expect(trackedEvents).toHaveLength(2);
    const [, secondRisk] = await risksOf(customer);
    const { body } = await harness.request(`/v1/events/${secondRisk!.eventId}`);
    expect(JSON.stringify(body)).toContain("already_alerted");
  });

  it("alert again after a week", async () => {
    const customer = await customerWith(valuable);
    createTicket(customer.person, { subject: "We cancel" });
    await settle();
    harness.clock.advance(8 * dayMs);
    await settle();
    createTicket(customer.person, { subject: "We cancel for good" });
    await settle();
    expect((await risksOf(customer)).map(({ data }) => data.isRepeat)).toEqual([false, false]);
    expect(alertsOf(customer)).toEqual({ tasks: 2, messages: 2, posts: 2 });
  });
});

describe("different causes of one customer", () => {
  it("within a day are one alert, and on another day another one", async () => {
    const customer = await customerWith(valuable);
    createTicket(customer.person, { subject: "Export", priority: "urgent" });
    await settle();
    const ticket = createTicket(customer.person, { subject: "Import" });
    await settle();
    await reopenTwice(ticket);
    expect((await risksOf(customer)).map(({ data }) => [data.cause, data.isRepeat])).toEqual([
      ["high_priority", false],
      ["reopened", true],
    ]);
    expect(alertsOf(customer)).toEqual({ tasks: 1, messages: 1, posts: 1 });
    const secondTicket = createTicket(customer.person, { subject: "Map" });
    await settle();
    harness.clock.advance(2 * dayMs);
    await reopenTwice(secondTicket);
    expect((await risksOf(customer)).at(-1)!.data).toMatchObject({ cause: "reopened", isRepeat: false });
    expect(alertsOf(customer)).toEqual({ tasks: 2, messages: 2, posts: 2 });
  });

  it("alert although the same cause was not worth an alert, before the account grew", async () => {
    const customer = await customerWith({ ARR__c: 20_000, CurrencyIsoCode: "USD" });
    createTicket(customer.person, { subject: "Export", priority: "urgent" });
    await settle();
    expect(alertsOf(customer)).toMatchObject({ tasks: 0, messages: 0 });
    const { Account } = world().salesforce.tables;
    harness.clock.advance(2_000);
    const stamp = new Date(harness.clock.now()).toISOString();
    world().change(() =>
      Account.put({ ...Account.get(customer.account.Id)!, ...valuable, LastModifiedDate: stamp, SystemModstamp: stamp }),
    );
    await advanceUntil(harness.clock, 5_000, "the pull", async () => {
      const { body } = await harness.context(`salesforce.account:${customer.account.Id}`);
      return body.sections.account!.data!.arr?.amount === valuable.ARR__c;
    });
    createTicket(customer.person, { subject: "Import", priority: "urgent" });
    await settle();
    expect(alertsOf(customer)).toMatchObject({ tasks: 1, messages: 1 });
  });

  async function reopenTwice(ticket: number): Promise<void> {
    for (const status of ["solved", "open", "solved", "open"] as const) {
      changeTicket(ticket, { status });
      await settle();
    }
  }
});

describe("the account's value", () => {
  it.each<[string, Partial<SfRow>, number]>([
    ["of 60,000 dollars is worth an alert", { ARR__c: 60_000, CurrencyIsoCode: "USD" }, 1],
    ["of 60,000 yen is not", { ARR__c: 60_000, CurrencyIsoCode: "JPY" }, 0],
    ["that is missing does not silence a grave cause", { ARR__c: null, CurrencyIsoCode: "USD" }, 1],
  ])("%s", async (_, account, alerts) => {
    const customer = await customerWith(account as Partial<SfRow>);
    createTicket(customer.person, { subject: "We cancel" });
    await settle();
    expect(await risksOf(customer)).toHaveLength(1);
    expect(alertsOf(customer)).toMatchObject({ tasks: alerts, messages: alerts });
  });
});

describe("a cause of an alert", () => {
  it("is no harmless question, whatever the trend of the usage", async () => {
    const customer = await customerWith(valuable);
    for (let i = 0; i < 3; i++) createTicket(customer.person, { subject: "Where is the map?" });
    await settle();
    expect(await risksOf(customer)).toEqual([]);
    expect(alertsOf(customer)).toEqual({ tasks: 0, messages: 0, posts: 0 });
  });

  it("is a ticket that is raised to urgent", async () => {
    const customer = await customerWith(valuable);
    const ticket = createTicket(customer.person, { subject: "Export" });
    await settle();
    changeTicket(ticket, { priority: "urgent" });
    await settle();
    expect((await risksOf(customer))[0]!.data).toMatchObject({
      cause: "escalated",
      why: ["A ticket was escalated.", "A ticket has urgent priority."],
    });
    expect(alertsOf(customer)).toMatchObject({ tasks: 1, messages: 1 });
  });

  it("is a tag that an agent sets to escalate a ticket, and not the tag of an important customer on a harmless question", async () => {
    const customer = await customerWith(valuable);
    const ticket = createTicket(customer.person, { subject: "Where is the map?", tags: ["vip"] });
    await settle();
    expect(await risksOf(customer)).toEqual([]);
    changeTicket(ticket, { tags: ["vip", "escalated"] });
    await settle();
    expect((await risksOf(customer))[0]!.data).toMatchObject({ cause: "escalated", why: ["A ticket was escalated."] });
  });

  it("is a ticket that is reopened again and again", async () => {
    const customer = await customerWith(valuable);
    const ticket = createTicket(customer.person, { subject: "Export" });
    await settle();
    for (const status of ["solved", "open", "solved"] as const) {
      changeTicket(ticket, { status });
      await settle();
    }
    expect(await risksOf(customer)).toEqual([]);
    changeTicket(ticket, { status: "open" });
    await settle();
    expect((await risksOf(customer))[0]!.data).toMatchObject({ cause: "reopened" });
  });

  it("is a bad rating", async () => {
    const customer = await customerWith(valuable);
    const ticket = createTicket(customer.person, { subject: "Export", status: "solved" });
    await settle();
    const { tickets, ratings } = world().zendesk;
    const timestamp = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
    const rating = {
      id: ids().zendesk.make("rating", ticket),
      ticket_id: ticket,
      requester_id: tickets.get(ticket)!.requester_id,
    };
    const rest = { comment: null, assignee_id: null, group_id: null, created_at: timestamp, updated_at: timestamp };
    world().change(() => {
      tickets.put({ ...tickets.get(ticket)!, rating: { id: rating.id, score: "bad", comment: null } });
      ratings.put({ ...rating, score: "bad", ...rest } as never);
    });
    await advanceUntil(harness.clock, 5_000, "the rating", async () => (await risksOf(customer)).length > 0);
    await settle();
    expect((await risksOf(customer))[0]!.data).toMatchObject({
      cause: "bad_rating",
      why: ["The customer rated the support as bad."],
    });
    expect(alertsOf(customer)).toMatchObject({ tasks: 1, messages: 1 });
  });

  it("is a fall of health that lasts for a day, in words, and no fall of one afternoon", async () => {
    const customer = await customerWith({
      ...valuable,
      Renewal_Date__c: new Date(harness.clock.now() + 300 * dayMs).toISOString().slice(0, 10),
    });
    const ref = `salesforce.account:${customer.account.Id}`;
    const health = async () => (await harness.context(ref)).body.sections.health!.data!;
    // The first event stores the health that later ones are compared with.
    createTicket(customer.person, { subject: "Export" });
    await settle();
    const previousHealth = await health();
    expect(previousHealth.band).not.toBe("at_risk");
    const { Account } = world().salesforce.tables;
    harness.clock.advance(2_000);
    const stamp = new Date(harness.clock.now()).toISOString();
    const overdue = new Date(harness.clock.now() - 40 * dayMs).toISOString().slice(0, 10);
    world().change(() =>
      Account.put({
        ...Account.get(customer.account.Id)!,
        Renewal_Date__c: overdue,
        LastModifiedDate: stamp,
        SystemModstamp: stamp,
      }),
    );
    await advanceUntil(harness.clock, 5_000, "the pull", async () => (await health()).band === "at_risk");
    await settle();
    expect(await risksOf(customer)).toEqual([]);
    harness.clock.advance(dayMs + 3_600_000);
    await advanceUntil(harness.clock, 300_000, "the confirmation", async () => (await risksOf(customer)).length > 0);
    await settle();
    const [risk] = await risksOf(customer);
    expect(risk!.data).toMatchObject({ cause: "health_at_risk", isAlert: true });
    expect(risk!.data.why[0]).toMatch(/^Health fell from \d+ \(\w+\) to \d+ \(at risk\): the renewal is 4\d days overdue/);
    const [task] = effects("salesforce", "Task").filter(({ fields }) => fields["WhatId"] === customer.account.Id);
    expect(task!.fields["Description"]).toContain(risk!.data.why[0]);
  });
});
