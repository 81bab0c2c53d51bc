import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { describe, expect, it } from "vitest";
import { useDefaultRoutes } from "../harness/defaultRoutes.ts";
import { setSurveyResponses } from "../lab/simulators/zendesk/oddities.ts";
import type { ZdTicket } from "../lab/world/types.ts";

// Each default route against the lab, as in `npm start`: a platform changes, its webhooks arrive, and the target platform has the
// effect of the route once.
const {
  harness,
  world,
  ids,
  effects,
  trackedEvents,
  profile,
  group,
  account,
  accountNamed,
  tasksAt,
  casesAt,
  deliveries,
  events,
  personAt,
  createTicket,
  runScenario,
  settle,
  contextOf,
  solve,
  changeTicket,
  change,
} = useDefaultRoutes();

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
      const { support } = (await harness().context(`salesforce.account:${Id}`)).body.sections;
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
    const company = (await harness().context(`salesforce.account:${Id}`)).body.sections;
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

it("a rating is one event of the product user per ticket and score, also when a survey reports it too", async () => {
  const person = personAt("Garnetline Academy");
  const id = createTicket(person, { subject: "Export" });
  await settle();
  solve(id);
  const timestamp = `${new Date(harness().clock.now()).toISOString().slice(0, 19)}Z`;
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
  await advanceUntil(harness().clock, 5_000, "the next pull of tickets", () => ratingEvents().length > 0);
  await settle();
  expect(ratingEvents()).toMatchObject([{ writes: 1, fields: { distinct_id: person.distinctIds[0], rating: "good" } }]);

  // The account also reports the same opinion as the answer to a survey.
  const isoTime = new Date(harness().clock.now()).toISOString();
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
  await advanceUntil(harness().clock, 60_000, "the next pull of surveys", async () => (await decisions()).length > 0);
  await settle();
  expect(trackedEvents("Support Rated").filter(({ fields }) => fields["rating_id"] === surveyId)).toEqual([]);
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
    const { customer } = (await harness().context(`salesforce.account:${accountId}`)).body;
    const changes: { data: { customer: string; to: object } }[] = await events("customer.health.changed");
    return changes.filter(({ data }) => data.customer === customer!.id);
  };

  it("raises an event when it changes, and updates the company's group", async () => {
    const { Id } = accountNamed("Vesperbrook Resorts");
    // The first event stores the health that later ones are compared with.
    createTicket(personAt("Vesperbrook Resorts"), { subject: "Export", priority: "low" });
    await settle();
    const overdue = new Date(harness().clock.now() - 40 * 86_400_000).toISOString().slice(0, 10);
    change(account(Id), { Renewal_Date__c: overdue });
    await settle();
    createTicket(personAt("Vesperbrook Resorts"), { subject: "Import", priority: "urgent" });
    await settle();
    const { score, band, trend } = (await harness().context(`salesforce.account:${Id}`)).body.sections.health!.data!;
    const [healthChange] = await healthChanges(Id);
    expect(healthChange!.data).toMatchObject({
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
