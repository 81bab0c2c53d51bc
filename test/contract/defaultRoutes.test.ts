import { findConsumerOffset } from "@sidelight/context-api/store/tables/consumerOffsets.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { putTicket } from "../harness/zendeskTicket.ts";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import type { Target } from "../lab/simulators/log.ts";
import { setSurveyResponses } from "../lab/simulators/zendesk/oddities.ts";
import type { ScenarioKind } from "../lab/world/mutations/index.ts";
import type { Person, SfRow, ZdTicket } from "../lab/world/types.ts";

// Each default route against the lab, as in `npm start`: a platform changes, its webhooks arrive, and the target platform has the
// effect of the route once.
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ routes: true, webhooks: true });
});
afterAll(() => harness.close());

const dayMs = 86_400_000;
const acme = () => harness.lab.tenants["acme"]!;
const world = () => acme().world;
const ids = () => world().ids;

const effects = (target: Target, object: string): ReportedEffect[] => effectsOf({ acme: world() }, target)[object] ?? [];
const trackedEvents = (event: string, ticket?: string) =>
  effects("mixpanel", "event").filter(
    ({ fields }) => fields["event"] === event && (ticket === undefined || fields["ticket_id"] === ticket),
  );
const profile = (id: string) => world().mixpanel.profiles.get(id)?.properties ?? {};
const group = (accountId: string) => world().mixpanel.groups.get(`company_id:${accountId}`)?.properties ?? {};
const account = (id: string): SfRow => world().salesforce.tables.Account.get(id)!;
const accountNamed = (name: string): SfRow => [...world().salesforce.tables.Account.values()].find((a) => a["Name"] === name)!;
const tasksAt = (accountId: string) => effects("salesforce", "Task").filter(({ fields }) => fields["WhatId"] === accountId);
const casesAt = (accountId: string) => effects("salesforce", "Case").filter(({ fields }) => fields["AccountId"] === accountId);

interface Delivery {
  route: string;
  state: string;
  eventId: string;
  message: string | null;
}
const deliveries = async (query: string): Promise<Delivery[]> =>
  (await harness.request(`/v1/deliveries?limit=1000&${query}`)).body.items;
const events = async (type: string) => (await harness.request(`/v1/events?limit=1000&type=${type}`)).body.items;

/** A person of the account who is known on all platforms and has not opted out. */
function personAt(name: string): Person {
  const company = world().companies.findIndex((_, i) => ids().salesforce.account(i) === accountNamed(name).Id);
  const person = world().people.find(
    (p) =>
      p.company === company &&
      [p.salesforce, p.zendesk, p.mixpanel].every(Boolean) &&
      p.tags.every((tag) => tag === "everywhere" || tag === "demo"),
  );
  if (!person) throw new Error(`no matching person at ${name}`);
  return person;
}

/** Creates a ticket of this person in Zendesk. */
const createTicket = (person: Person, ticket: Partial<ZdTicket> & Pick<ZdTicket, "subject">): number =>
  putTicket(harness, ids().zendesk.user(person.index), ticket);

const runScenario = (kind: ScenarioKind, customer?: string): string[] => {
  harness.clock.advance(1_000);
  return harness.lab.runScenario({ kind, tenant: "acme", seed: 1, ...(customer === undefined ? {} : { customer }) }).refs;
};

/** Advances the clock until no webhook, unrouted event or delivery is pending. */
async function settle(): Promise<void> {
  const { log } = harness.runtime.tenants.get("acme")!.tenant;
  const isRouted = async () => {
    return ((await findConsumerOffset(log.store, "routing")) ?? 0) >= log.head();
  };
  let quiet = 0;
  await advanceUntil(harness.clock, 250, "all work to be done", async () => {
    await advanceUntilSettled(harness.clock, harness.runtime.tenants.get("acme")!.ingest.followUps.settled(), 50);
    const isQuiet =
      harness.senders!.waiting().length === 0 && (await isRouted()) && (await deliveries("state=waiting")).length === 0;
    quiet = isQuiet ? quiet + 1 : 0;
    return quiet > 3;
  });
}

async function contextOf(person: Person): Promise<Context> {
  return (await harness.context(`zendesk.user:${ids().zendesk.user(person.index)}`)).body;
}

describe("a new ticket", () => {
  it("has account value, last active day, sessions of 30 days and health in its custom fields", async () => {
    const person = personAt("Cedarpath Power");
    const id = createTicket(person, { subject: "Where is the map?" });
    await settle();
    const { account, product, health } = (await contextOf(person)).sections;
    const fields = world().zendesk.tickets.get(id)!.custom_fields;
    const value = (key: string) => fields.find((f) => f.id === ids().zendesk.field(key))?.value;
    expect(Number(value("account_arr"))).toBe(account!.data!.arr!.amount);
    expect(value("last_active")).toBe(product!.data!.lastActiveAt!.slice(0, 10));
    expect(Number(value("sessions_30d"))).toBe(product!.data!.sessions30d);
    expect(Number(value("health_score"))).toBe(health!.data!.score);
  });

  it("of normal priority without churn words creates neither a case nor a task", async () => {
    const { Id } = accountNamed("Cedarpath Power");
    const person = personAt("Cedarpath Power");
    const [cases, tasks] = [casesAt(Id).length, tasksAt(Id).length];
    for (const priority of ["low", "normal", null] as const) createTicket(person, { subject: "Where is the map?", priority });
    await settle();
    expect([casesAt(Id).length, tasksAt(Id).length]).toEqual([cases, tasks]);
    expect(await deliveries("state=dead_letter")).toEqual([]);
  });

  it.each<[string, Partial<ZdTicket>, string]>([
    ["of high priority", { priority: "high" }, "High"],
    ["with a churn word", { subject: "How do we cancel?" }, "Medium"],
    ["with a German churn word in its first message", { subject: "Export", description: "Wir kündigen." }, "Medium"],
  ])("%s creates one case of its account", async (_, ticket, priority) => {
    const { Id } = accountNamed("Mesastone Insurance SAS");
    const person = personAt("Mesastone Insurance SAS");
    const countBefore = casesAt(Id).length;
    const subject = ticket.subject ?? "Export";
    createTicket(person, { subject, ...ticket });
    await settle();
    const created = casesAt(Id).slice(countBefore);
    expect(created).toMatchObject([
      { writes: 1, fields: { Subject: subject, ContactId: ids().salesforce.contact(person.index), Priority: priority } },
    ]);
  });

  it("is counted in the account's fields until it is solved or deleted", async () => {
    const { Id } = accountNamed("Vesperbrook Resorts");
    const person = personAt("Vesperbrook Resorts");
    const open = async () => {
      const { support } = (await harness.context(`salesforce.account:${Id}`)).body.sections;
      const { new: fresh, open, pending, hold, highestPriority } = support!.data!;
      return [fresh + open + pending + hold, highestPriority];
    };
    const fields = () => [account(Id)["Sidelight_Open_Tickets__c"], account(Id)["Sidelight_Highest_Priority__c"]];
    const first = createTicket(person, { subject: "Export" });
    await settle();
    expect(fields()).toEqual(await open());
    const [count] = fields();
    const second = createTicket(person, { subject: "Export", priority: "urgent" });
    await settle();
    expect(fields()).toEqual([Number(count) + 1, "urgent"]);
    solve(first);
    changeTicket(second, { status: "deleted" });
    await settle();
    expect(fields()).toEqual(await open());
    expect(fields()[0]).toBe(Number(count) - 1);
  });

  it("and its solution are events of the product user, and update the profile and the company's group", async () => {
    const person = personAt("Garnetline Academy");
    const { Id } = accountNamed("Garnetline Academy");
    const [user] = person.distinctIds;
    const id = createTicket(person, { subject: "Export", priority: "low" });
    await settle();
    expect(trackedEvents("Support Ticket Created", String(id))).toMatchObject([
      { writes: 1, fields: { distinct_id: user, priority: "low" } },
    ]);
    const { account, support, health } = (await contextOf(person)).sections;
    const { arr, plan } = account!.data!;
    const { new: fresh, open, pending, hold } = support!.data!;
    expect(profile(user!)).toMatchObject({
      ...{ plan, arr: arr!.amount, currency: arr!.currency, health: health!.data!.score, health_band: health!.data!.band },
      open_tickets: fresh + open + pending + hold,
    });
    const company = (await harness.context(`salesforce.account:${Id}`)).body.sections;
    expect(group(Id)).toMatchObject({
      health: company.health!.data!.score,
      open_tickets:
        company.support!.data!.new + company.support!.data!.open + company.support!.data!.pending + company.support!.data!.hold,
    });
    solve(id);
    await settle();
    expect(trackedEvents("Support Ticket Solved", String(id))).toMatchObject([{ writes: 1, fields: { distinct_id: user } }]);
    expect(profile(user!)["open_tickets"]).toBe(fresh + open + pending + hold - 1);
  });
});

const solve = (id: number): void => changeTicket(id, { status: "solved" });

function changeTicket(id: number, fields: Partial<ZdTicket>): void {
  harness.clock.advance(2_000);
  const { tickets } = world().zendesk;
  const updated_at = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
  const generated_timestamp = Math.floor(harness.clock.now() / 1000);
  world().change(() => tickets.put({ ...tickets.get(id)!, ...fields, updated_at, generated_timestamp }));
}

it("a rating is one event of the product user per ticket and score, also when a survey reports it too", async () => {
  const person = personAt("Garnetline Academy");
  const id = createTicket(person, { subject: "Export" });
  await settle();
  solve(id);
  const timestamp = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
  const { tickets, ratings } = world().zendesk;
  const rating = { id: ids().zendesk.make("rating", id), ticket_id: id, requester_id: tickets.get(id)!.requester_id };
  world().change(() => {
    tickets.put({ ...tickets.get(id)!, rating: { id: rating.id, score: "good", comment: null } });
    ratings.put({
      ...rating,
      score: "good",
      comment: null,
      assignee_id: null,
      group_id: null,
      created_at: timestamp,
      updated_at: timestamp,
    } as never);
  });
  const ratingEvents = () => trackedEvents("Support Rated").filter(({ fields }) => fields["rating_id"] === String(rating.id));
  // No webhook reports a rating. While webhooks report tickets, the next pull of tickets may be two intervals away.
  await advanceUntil(harness.clock, 5_000, "the next pull of tickets", () => ratingEvents().length > 0);
  await settle();
  expect(ratingEvents()).toMatchObject([{ writes: 1, fields: { distinct_id: person.distinctIds[0], rating: "good" } }]);

  // The account also reports the same opinion as the answer to a survey.
  const isoTime = new Date(harness.clock.now()).toISOString();
  const surveyId = "01J1WB51MG6HXTYWE6Q0C90001";
  const times = { created_at: isoTime, updated_at: isoTime };
  const answer = {
    id: surveyId,
    responder_id: rating.requester_id,
    ticket_id: id,
    rating: 5,
    category: "good" as const,
    ...times,
  };
  setSurveyResponses(world(), [answer]);
  const decisions = async () =>
    (await events("zendesk.survey.created")).filter((e: { source: { objectId: string } }) => e.source.objectId === surveyId);
  await advanceUntil(harness.clock, 60_000, "the next pull of surveys", async () => (await decisions()).length > 0);
  await settle();
  expect(trackedEvents("Support Rated").filter(({ fields }) => fields["rating_id"] === surveyId)).toEqual([]);
});

describe("a churn risk", () => {
  it("creates a task for the account's owner about the account and the person, due the next day", async () => {
    const { Id, OwnerId, Name } = accountNamed("Garnetline Academy");
    const person = personAt("Garnetline Academy");
    const messageCount = effects("generic", "message").length;
    const ticket = createTicket(person, { subject: "Export", description: "If this isn't fixed we cancel." });
    const timestamp = harness.clock.now();
    // The manual clock measures the delay independently of the machine's load.
    await advanceUntil(
      harness.clock,
      1,
      "the risk",
      async () => (await events("customer.churn_risk.raised"))[0]?.source.objectId === String(ticket),
    );
    await settle();
    const [risk] = await events("customer.churn_risk.raised");
    expect(risk).toMatchObject({
      source: { platform: "sidelight", objectType: "ticket", objectId: String(ticket) },
      data: {
        ...{ reasons: ["churn_words"], words: ["cancel"], ticket: `zendesk.ticket:${ticket}` },
        ...{ why: ['The customer wrote "cancel".'], isAlert: true, isRepeat: false },
      },
    });
    expect(Date.parse(risk.receivedAt) - timestamp).toBeLessThan(500);
    expect(tasksAt(Id)).toMatchObject([
      {
        writes: 1,
        fields: {
          ...{ OwnerId, WhoId: ids().salesforce.contact(person.index), Subject: `Churn risk: ${Name}`, Priority: "High" },
          ActivityDate: new Date(timestamp + dayMs).toISOString().slice(0, 10),
          Description: `Why: The customer wrote "cancel".\nTicket ${ticket}: Export\nIf this isn't fixed we cancel.`,
        },
      },
    ]);
    expect(
      trackedEvents("Churn Risk Raised").filter(({ fields }) => fields["distinct_id"] === person.distinctIds[0]),
    ).toHaveLength(1);
    expect(profile(person.distinctIds[0]!)["churn_risk_raised_at"]).toBe(risk.timestamp);
    expect(effects("generic", "message").slice(messageCount)).toMatchObject([
      {
        writes: 1,
        fields: { text: expect.stringMatching(`^Churn risk: ${Name} .*The customer wrote "cancel"\\. Ticket ${ticket}\\.$`) },
      },
    ]);
  });

  it("of one ticket is raised once", async () => {
    const [risk] = await events("customer.churn_risk.raised");
    const ticket = world().zendesk.tickets.get(Number(risk.source.objectId))!;
    changeTicket(ticket.id, { priority: "urgent" });
    await settle();
    const risks = (await events("customer.churn_risk.raised")).filter((e: typeof risk) => e.data.ticket === risk.data.ticket);
    expect(risks).toHaveLength(1);
  });

  it("alerts the team on every target once a week for the same cause, also after the task is completed", async () => {
    const { Id, Name } = accountNamed("Garnetline Academy");
    const person = personAt("Garnetline Academy");
    const { Task } = world().salesforce.tables;
    const [task] = tasksAt(Id);
    const messages = () => effects("generic", "message").filter(({ fields }) => String(fields["text"]).includes(Name as string));
    const count = messages().length;
    for (const subject of ["We cancel", "We cancel now"]) {
      createTicket(person, { subject });
      await settle();
    }
    world().change(() => Task.put({ ...Task.get(task!.id)!, Status: "Completed", IsClosed: true }));
    createTicket(person, { subject: "We cancel today" });
    await settle();
    expect(tasksAt(Id)).toHaveLength(1);
    expect(messages()).toHaveLength(count);
    harness.clock.advance(8 * dayMs);
    await settle();
    createTicket(person, { subject: "We cancel at last" });
    await settle();
    expect(tasksAt(Id)).toHaveLength(2);
    expect(messages()).toHaveLength(count + 1);
  });

  it("creates one task for two risks at the same time", async () => {
    const { Id } = accountNamed("Halvorsen Freight Inc.");
    const person = personAt("Halvorsen Freight Inc.");
    for (const subject of ["We cancel", "We terminate"]) createTicket(person, { subject, priority: "urgent" });
    await settle();
    const risks = (await events("customer.churn_risk.raised")).filter((e: { interaction: { description: string } | null }) =>
      /^We (cancel|terminate)\n/.test(e.interaction?.description ?? ""),
    );
    expect(risks.length).toBeGreaterThanOrEqual(2);
    expect(tasksAt(Id)).toHaveLength(1);
  });

  it("creates no task for an account of lower value", async () => {
    const { Id, ARR__c } = accountNamed("Halvorsen Cold Chain");
    expect(ARR__c).toBeLessThan(50_000);
    const ticket = createTicket(personAt("Halvorsen Cold Chain"), { subject: "We cancel", priority: "urgent" });
    await settle();
    const risks = await events("customer.churn_risk.raised");
    expect(risks.map((e: { data: { ticket: string } }) => e.data.ticket)).toContain(`zendesk.ticket:${ticket}`);
    expect(tasksAt(Id)).toEqual([]);
  });

  it("goes to the configured user when a queue owns the account", async () => {
    const queueAccount = accountNamed("Coralwood Travel");
    expect(queueAccount["OwnerId"]).toMatch(/^00G/);
    change(queueAccount, { ARR__c: 90_000 });
    await settle();
    createTicket(personAt("Coralwood Travel"), { subject: "We cancel", priority: "urgent" });
    await settle();
    expect(tasksAt(queueAccount.Id)).toMatchObject([{ fields: { OwnerId: ids().salesforce.user(0) } }]);
  });
});

function change(row: SfRow, fields: Record<string, string | number | null>): void {
  harness.clock.advance(2_000);
  const stamp = new Date(harness.clock.now()).toISOString();
  world().change(() =>
    world().salesforce.tables.Account.put({ ...account(row.Id), ...fields, LastModifiedDate: stamp, SystemModstamp: stamp }),
  );
}

describe("a new lead", () => {
  /** Creates leads until one has, or lacks, an e-mail address. */
  const lead = (hasAddress: boolean): SfRow => {
    for (let seed = 0; seed < 60; seed++) {
      const { refs } = harness.lab.runScenario({ kind: "lead_created", tenant: "acme", seed });
      const row = world().salesforce.tables.Lead.get(refs[0]!.split(":")[1]!)!;
      if ((row["Email"] !== null) === hasAddress) return row;
    }
    throw new Error("no such lead");
  };

  it("creates a profile and a Zendesk user by its e-mail address", async () => {
    const { Email, Name, Company, LeadSource } = lead(true);
    await settle();
    expect(profile(String(Email))).toMatchObject({ $email: Email, $name: Name, lead: true, company: Company });
    expect(profile(String(Email))["lead_source"] ?? null).toBe(LeadSource);
    const users = [...world().zendesk.users.values()].filter((u) => u.email === Email);
    expect(users).toMatchObject([{ name: Name, role: "end-user" }]);
  });

  it("has its company and source on its profile also when they change", async () => {
    const row = lead(true);
    await settle();
    harness.clock.advance(60_000);
    const stamp = new Date(harness.clock.now()).toISOString().replace("Z", "+0000");
    const { Lead } = world().salesforce.tables;
    world().change(() =>
      Lead.put({ ...row, Company: "Another Company", LeadSource: "Event", SystemModstamp: stamp, LastModifiedDate: stamp }),
    );
    await settle();
    expect(profile(String(row["Email"]))).toMatchObject({ company: "Another Company", lead_source: "Event" });
  });

  it("creates a profile by its id and no Zendesk user when it has no e-mail address", async () => {
    const users = world().zendesk.users.size;
    const { Id, Name, Company } = lead(false);
    await settle();
    expect(profile(`lead:${Id}`)).toMatchObject({ $name: Name, lead: true, company: Company });
    expect([...world().zendesk.users.values()].some((u) => u.name === Name && u.email === null)).toBe(false);
    expect(world().zendesk.users.size).toBeGreaterThanOrEqual(users);
  });
});

it("completed onboarding sets the lead's status and adds a tag to the user", async () => {
  const [user] = runScenario("onboarding_completed");
  const person = world().people.find((p) => p.distinctIds.includes(user!.split(":")[1]!))!;
  const zendeskUser = world().zendesk.users.get(ids().zendesk.user(person.index))!;
  await settle();
  const [lead] = [...world().salesforce.tables.Lead.values()].filter((l) => l["Email"] === person.email);
  expect(lead).toMatchObject({ Status: "Working - Contacted" });
  expect(world().zendesk.users.get(zendeskUser.id)!.tags).toEqual([...zendeskUser.tags, "onboarded"]);
});

describe("a won opportunity", () => {
  it("updates plan, value and owner of the company's group and its users' profiles, and is posted to the company's endpoint", async () => {
    const [deal, accountId] = runScenario("deal_won").map((ref) => ref.split(":")[1]!);
    await settle();
    const row = account(accountId!);
    const owner = world().salesforce.tables.User.get(String(row["OwnerId"]))?.["Name"];
    const values = { plan: row["Plan__c"], arr: row["ARR__c"], ...(owner ? { owner } : {}) };
    expect(group(accountId!)).toMatchObject({ $name: row["Name"], ...values, last_deal_won_at: expect.any(String) });
    const company = world().companies.findIndex((_, i) => ids().salesforce.account(i) === accountId);
    const colleagues = world().people.filter((p) => p.company === company && p.mixpanel && p.salesforce);
    expect(colleagues.length).toBeGreaterThan(0);
    for (const { distinctIds, optedOut } of colleagues) {
      // Salesforce's e-mail opt-out is about marketing.
      const isIn = !(optedOut.mixpanel || optedOut.zendesk);
      for (const id of distinctIds.filter((id) => world().mixpanel.profiles.get(id))) {
        if (isIn) expect(profile(id)).toMatchObject({ ...values, company: row["Name"] });
        else expect(profile(id)).not.toHaveProperty("company");
      }
    }
    const posts = effects("generic", "event").filter(({ fields }) => fields["subject"] === `salesforce.opportunity:${deal}`);
    expect(posts).toMatchObject([
      {
        writes: 1,
        fields: { type: "sidelight.deal.won", data: { deal: { id: deal }, account: { id: accountId, name: row["Name"] } } },
      },
    ]);
  });
});

it("a new plan of an account updates the profile of its only user", async () => {
  const usersOf = (company: number) =>
    world()
      .people.filter((p) => p.company === company && !Object.values(p.optedOut).some(Boolean))
      .flatMap((p) => p.distinctIds);
  const company = world().companies.findLastIndex((_, i) => usersOf(i).length === 1);
  const row = account(ids().salesforce.account(company));
  change(row, { Plan__c: "Platinum" });
  await settle();
  expect(profile(usersOf(company)[0]!)).toMatchObject({ plan: "Platinum", company: row["Name"] });
});

it("a new owner of an account updates the company's group and the profiles", async () => {
  const [ref] = runScenario("owner_changed", `salesforce.account:${accountNamed("Garnetline Academy").Id}`);
  await settle();
  const row = account(ref!.split(":")[1]!);
  const owner = world().salesforce.tables.User.get(String(row["OwnerId"]))!["Name"];
  expect(group(row.Id)).toMatchObject({ owner, plan: row["Plan__c"] });
  expect(profile(personAt("Garnetline Academy").distinctIds[0]!)).toMatchObject({ owner });
});

describe("a customer's health", () => {
  const healthChanges = async (accountId: string) => {
    const { customer } = (await harness.context(`salesforce.account:${accountId}`)).body;
    const changes: { data: { customer: string; to: object } }[] = await events("customer.health.changed");
    return changes.filter(({ data }) => data.customer === customer!.id);
  };

  it("raises an event when it changes, and updates the company's group", async () => {
    const { Id } = accountNamed("Vesperbrook Resorts");
    for (let i = 0; i < 8; i++) createTicket(personAt("Vesperbrook Resorts"), { subject: `Export ${i}`, priority: "urgent" });
    await settle();
    const { score, band, trend } = (await harness.context(`salesforce.account:${Id}`)).body.sections.health!.data!;
    const [change] = await healthChanges(Id);
    expect(change!.data).toMatchObject({
      from: { band: expect.any(String) },
      to: { band, trend },
      causedBy: expect.stringMatching(/^evt_/),
    });
    expect(group(Id)).toMatchObject({ health: score, health_band: band });
  });

  it("raises no risk for a harmless question of a customer whose usage is falling", async () => {
    const ticket = createTicket(personAt("Opalhill Robotics Co."), { subject: "Where is the map?" });
    await settle();
    const riskEvents: { source: object; data: object }[] = await events("customer.churn_risk.raised");
    expect(riskEvents.filter(({ source }) => "objectId" in source && source.objectId === String(ticket))).toEqual([]);
  });
});

it("no delivery is in the dead-letter queue", async () => {
  const deadLetters = await deliveries("state=dead_letter");
  expect(deadLetters.map(({ route, message }) => [route, message])).toEqual([]);
});
