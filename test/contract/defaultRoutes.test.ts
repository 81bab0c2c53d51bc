import type { Context } from "@sidelight/contracts/context/context.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import type { Target } from "../lab/simulators/log.ts";
import type { Kind } from "../lab/world/mutations/index.ts";
import { newMetrics } from "../lab/world/mutations/tools.ts";
import { rng } from "../lab/world/prng.ts";
import type { Person, SfRow, ZdTicket } from "../lab/world/types.ts";
import { type House, openHouse } from "../support/house.ts";
import { passing } from "../support/settle.ts";
import { until } from "../support/until.ts";

// Each row of the default configuration against the lab, as `npm start` has both: something happens at one platform, its webhooks
// come, and another platform holds what the row promises, once.
let house: House;
beforeAll(async () => {
  house = await openHouse({ routes: true, webhooks: true });
});
afterAll(() => house.close());

const dayMs = 86_400_000;
const acme = () => house.lab.tenants["acme"]!;
const world = () => acme().world;
const ids = () => world().ids;

const effects = (target: Target, object: string): ReportedEffect[] => effectsOf({ acme: world() }, target)[object] ?? [];
const tracked = (event: string, ticket?: string) =>
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
  (await house.ask(`/v1/deliveries?limit=1000&${query}`)).body.items;
const events = async (type: string) => (await house.ask(`/v1/events?limit=1000&type=${type}`)).body.items;

/** Somebody known everywhere who declined nothing, at the account of that name. */
function somebodyAt(name: string): Person {
  const company = world().companies.findIndex((_, i) => ids().salesforce.account(i) === accountNamed(name).Id);
  const found = world().people.find(
    (p) =>
      p.company === company &&
      [p.salesforce, p.zendesk, p.mixpanel].every(Boolean) &&
      p.tags.every((tag) => tag === "everywhere" || tag === "story"),
  );
  if (!found) throw new Error(`nobody at ${name}`);
  return found;
}

/** A ticket that this person writes, at their own platform. */
function writes(person: Person, ticket: Partial<ZdTicket> & Pick<ZdTicket, "subject">): number {
  const { zendesk } = world();
  const user = zendesk.users.get(ids().zendesk.user(person.index))!;
  const [any] = zendesk.tickets.values();
  const id = Math.max(...[...zendesk.tickets.values()].map((t) => t.id)) + 1;
  const at = house.clock.now();
  const stamp = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const owner = { requester_id: user.id, submitter_id: user.id, organization_id: user.organization_id, assignee_id: null };
  const fresh = { id, status: "new" as const, tags: [], custom_fields: [], rating: "unoffered" as const, description: "Hello." };
  const times = { created_at: stamp, updated_at: stamp, generated_timestamp: Math.floor(at / 1000) };
  world().change(() => {
    zendesk.tickets.put({ ...any!, priority: "normal", ...fresh, ...owner, ...times, ...ticket });
    zendesk.metrics.put(newMetrics({ world: world(), r: rng(1), at, about: null }, id));
  });
  return id;
}

const happens = (kind: Kind, about?: string): string[] => {
  house.clock.advance(1_000);
  return house.lab.happen({ kind, tenant: "acme", seed: 1, ...(about === undefined ? {} : { about }) }).refs;
};

/** Lets time pass until nothing is on its way any more: no webhook, no event that wasn't followed, no delivery. */
async function settled(): Promise<void> {
  const { log } = house.runtime.tenants.get("acme")!.tenant;
  const isFollowed = async () => {
    const places = await log.store.from("checkpoints").select(["stream", "state"]).where("connection", "=", "").execute();
    const [place = 0] = places
      .filter((p) => p.stream === "routing")
      .map((p) => (JSON.parse(p.state) as { sequence: number }).sequence);
    return place >= log.head();
  };
  let quiet = 0;
  await until("everything to be over", async () => {
    house.clock.advance(50);
    await passing(house.clock, house.runtime.tenants.get("acme")!.hub.followUps.settled(), 50);
    const isQuiet =
      house.senders!.waiting().length === 0 && (await isFollowed()) && (await deliveries("state=waiting")).length === 0;
    quiet = isQuiet ? quiet + 1 : 0;
    return quiet > 3;
  });
}

async function contextOf(person: Person): Promise<Context> {
  return (await house.context(`zendesk.user:${ids().zendesk.user(person.index)}`)).body;
}

describe("a new ticket", () => {
  it("shows the account's value, the last active day, the sessions of 30 days and the health in its own fields", async () => {
    const person = somebodyAt("Cedarpath Power");
    const id = writes(person, { subject: "Where is the map?" });
    await settled();
    const { account, product, health } = (await contextOf(person)).sections;
    const fields = world().zendesk.tickets.get(id)!.custom_fields;
    const value = (key: string) => fields.find((f) => f.id === ids().zendesk.field(key))?.value;
    expect(Number(value("account_arr"))).toBe(account!.data!.arr!.amount);
    expect(value("last_active")).toBe(product!.data!.lastActiveAt!.slice(0, 10));
    expect(Number(value("sessions_30d"))).toBe(product!.data!.sessions30d);
    expect(Number(value("health_score"))).toBe(health!.data!.score);
  });

  it("of common urgency and content becomes neither a case nor a task", async () => {
    const { Id } = accountNamed("Cedarpath Power");
    const person = somebodyAt("Cedarpath Power");
    const [cases, tasks] = [casesAt(Id).length, tasksAt(Id).length];
    for (const priority of ["low", "normal", null] as const) writes(person, { subject: "Where is the map?", priority });
    await settled();
    expect([casesAt(Id).length, tasksAt(Id).length]).toEqual([cases, tasks]);
    expect(await deliveries("state=dead")).toEqual([]);
  });

  it.each<[string, Partial<ZdTicket>, string]>([
    ["of high priority", { priority: "high" }, "High"],
    ["that speaks of leaving", { subject: "How do we cancel?" }, "Medium"],
    ["that does so in German, in its first message", { subject: "Export", description: "Wir kündigen." }, "Medium"],
  ])("%s becomes a case of its account, once", async (_, ticket, priority) => {
    const { Id } = accountNamed("Mesastone Insurance SAS");
    const person = somebodyAt("Mesastone Insurance SAS");
    const before = casesAt(Id).length;
    const subject = ticket.subject ?? "Export";
    writes(person, { subject, ...ticket });
    await settled();
    const made = casesAt(Id).slice(before);
    expect(made).toMatchObject([
      { writes: 1, fields: { Subject: subject, ContactId: ids().salesforce.contact(person.index), Priority: priority } },
    ]);
  });

  it("is counted in fields of its account, with the severity, and no more once it is solved or deleted", async () => {
    const { Id } = accountNamed("Vesperbrook Resorts");
    const person = somebodyAt("Vesperbrook Resorts");
    const open = async () => {
      const { support } = (await house.context(`salesforce.account:${Id}`)).body.sections;
      const { new: fresh, open, pending, hold, highestPriority } = support!.data!;
      return [fresh + open + pending + hold, highestPriority];
    };
    const fields = () => [account(Id)["Sidelight_Open_Tickets__c"], account(Id)["Sidelight_Highest_Priority__c"]];
    const first = writes(person, { subject: "Export" });
    await settled();
    expect(fields()).toEqual(await open());
    const [count] = fields();
    const second = writes(person, { subject: "Export", priority: "urgent" });
    await settled();
    expect(fields()).toEqual([Number(count) + 1, "urgent"]);
    solve(first);
    changeTicket(second, { status: "deleted" });
    await settled();
    expect(fields()).toEqual(await open());
    expect(fields()[0]).toBe(Number(count) - 1);
  });

  it("and its solution are events of the product user, and show on the profile and at the company", async () => {
    const person = somebodyAt("Garnetline Academy");
    const { Id } = accountNamed("Garnetline Academy");
    const [user] = person.distinctIds;
    const id = writes(person, { subject: "Export", priority: "low" });
    await settled();
    expect(tracked("Support Ticket Created", String(id))).toMatchObject([
      { writes: 1, fields: { distinct_id: user, priority: "low" } },
    ]);
    const { account, support, health } = (await contextOf(person)).sections;
    const { arr, plan } = account!.data!;
    const { new: fresh, open, pending, hold } = support!.data!;
    expect(profile(user!)).toMatchObject({
      ...{ plan, arr: arr!.amount, currency: arr!.currency, health: health!.data!.score, health_band: health!.data!.band },
      open_tickets: fresh + open + pending + hold,
    });
    const company = (await house.context(`salesforce.account:${Id}`)).body.sections;
    expect(group(Id)).toMatchObject({
      health: company.health!.data!.score,
      open_tickets:
        company.support!.data!.new + company.support!.data!.open + company.support!.data!.pending + company.support!.data!.hold,
    });
    solve(id);
    await settled();
    expect(tracked("Support Ticket Solved", String(id))).toMatchObject([{ writes: 1, fields: { distinct_id: user } }]);
    expect(profile(user!)["open_tickets"]).toBe(fresh + open + pending + hold - 1);
  });
});

const solve = (id: number): void => changeTicket(id, { status: "solved" });

function changeTicket(id: number, fields: Partial<ZdTicket>): void {
  house.clock.advance(2_000);
  const { tickets } = world().zendesk;
  const updated_at = `${new Date(house.clock.now()).toISOString().slice(0, 19)}Z`;
  const generated_timestamp = Math.floor(house.clock.now() / 1000);
  world().change(() => tickets.put({ ...tickets.get(id)!, ...fields, updated_at, generated_timestamp }));
}

it("a rating is an event of the product user, once for a score", async () => {
  const person = somebodyAt("Garnetline Academy");
  const id = writes(person, { subject: "Export" });
  await settled();
  solve(id);
  const at = `${new Date(house.clock.now()).toISOString().slice(0, 19)}Z`;
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
      created_at: at,
      updated_at: at,
    } as never);
  });
  const rated = () => tracked("Support Rated").filter(({ fields }) => fields["rating_id"] === String(rating.id));
  await until("the next pull", () => {
    house.clock.advance(500);
    return rated().length > 0;
  });
  await settled();
  expect(rated()).toMatchObject([{ writes: 1, fields: { distinct_id: person.distinctIds[0], rating: "good" } }]);
});

describe("a churn risk", () => {
  it("becomes a task for the account's owner, about the account and the person, due the next day", async () => {
    const { Id, OwnerId, Name } = accountNamed("Garnetline Academy");
    const person = somebodyAt("Garnetline Academy");
    const before = effects("generic", "message").length;
    const ticket = writes(person, { subject: "Export", description: "If this isn't fixed we cancel." });
    const at = house.clock.now();
    // Slower than the clock on the wall: what counts is how soon it is raised, not how busy the machine is.
    await until("the risk", async () => {
      house.clock.advance(1);
      return (await events("customer.churn_risk.raised"))[0]?.source.objectId === String(ticket);
    });
    await settled();
    const [raised] = await events("customer.churn_risk.raised");
    expect(raised).toMatchObject({
      source: { platform: "sidelight", objectType: "ticket", objectId: String(ticket) },
      data: { reasons: ["churn_words"], words: ["cancel"], ticket: `zendesk.ticket:${ticket}` },
    });
    expect(Date.parse(raised.receivedAt) - at).toBeLessThan(500);
    expect(tasksAt(Id)).toMatchObject([
      {
        writes: 1,
        fields: {
          ...{ OwnerId, WhoId: ids().salesforce.contact(person.index), Subject: `Churn risk: ${Name}`, Priority: "High" },
          ActivityDate: new Date(at + dayMs).toISOString().slice(0, 10),
          Description: `Why: words of leaving: cancel.\nTicket ${ticket}: Export\nIf this isn't fixed we cancel.`,
        },
      },
    ]);
    expect(tracked("Churn Risk Raised").filter(({ fields }) => fields["distinct_id"] === person.distinctIds[0])).toHaveLength(1);
    expect(profile(person.distinctIds[0]!)["churn_risk_raised_at"]).toBe(raised.timestamp);
    expect(effects("generic", "message").slice(before)).toMatchObject([
      { writes: 1, fields: { text: expect.stringMatching(`^Churn risk: ${Name} .*churn words, ticket ${ticket}$`) } },
    ]);
  });

  it("of the same ticket is told once, whatever is written in it", async () => {
    const [raised] = await events("customer.churn_risk.raised");
    const ticket = world().zendesk.tickets.get(Number(raised.source.objectId))!;
    changeTicket(ticket.id, { priority: "urgent" });
    await settled();
    const told = (await events("customer.churn_risk.raised")).filter((e: typeof raised) => e.data.ticket === raised.data.ticket);
    expect(told).toHaveLength(1);
  });

  it("makes one task for an account and a week, until that one is done", async () => {
    const { Id } = accountNamed("Garnetline Academy");
    const person = somebodyAt("Garnetline Academy");
    const { Task } = world().salesforce.tables;
    const [before] = tasksAt(Id);
    writes(person, { subject: "We cancel" });
    await settled();
    expect(tasksAt(Id)).toEqual([before]);
    const carried = await deliveries("type=churn-risk&state=done");
    expect(carried.length).toBeGreaterThan(1);
    world().change(() => Task.put({ ...Task.get(before!.id)!, Status: "Completed", IsClosed: true }));
    writes(person, { subject: "We cancel now" });
    await settled();
    expect(tasksAt(Id)).toHaveLength(2);
  });

  it("makes one task of two at the same moment", async () => {
    const { Id } = accountNamed("Halvorsen Freight Inc.");
    const person = somebodyAt("Halvorsen Freight Inc.");
    for (const subject of ["We cancel", "We terminate"]) writes(person, { subject, priority: "urgent" });
    await settled();
    const raised = (await events("customer.churn_risk.raised")).filter((e: { interaction: { description: string } | null }) =>
      /^We (cancel|terminate)\n/.test(e.interaction?.description ?? ""),
    );
    expect(raised.length).toBeGreaterThanOrEqual(2);
    expect(tasksAt(Id)).toHaveLength(1);
  });

  it("is no task for an account that is worth less", async () => {
    const { Id, ARR__c } = accountNamed("Halvorsen Cold Chain");
    expect(ARR__c).toBeLessThan(50_000);
    const ticket = writes(somebodyAt("Halvorsen Cold Chain"), { subject: "We cancel", priority: "urgent" });
    await settled();
    const raised = await events("customer.churn_risk.raised");
    expect(raised.map((e: { data: { ticket: string } }) => e.data.ticket)).toContain(`zendesk.ticket:${ticket}`);
    expect(tasksAt(Id)).toEqual([]);
  });

  it("goes to the configured user where a queue owns the account", async () => {
    const owned = accountNamed("Coralwood Travel");
    expect(owned["OwnerId"]).toMatch(/^00G/);
    change(owned, { ARR__c: 90_000 });
    await settled();
    writes(somebodyAt("Coralwood Travel"), { subject: "We cancel", priority: "urgent" });
    await settled();
    expect(tasksAt(owned.Id)).toMatchObject([{ fields: { OwnerId: ids().salesforce.user(0) } }]);
  });
});

function change(row: SfRow, fields: Record<string, string | number | null>): void {
  house.clock.advance(2_000);
  const stamp = new Date(house.clock.now()).toISOString();
  world().change(() =>
    world().salesforce.tables.Account.put({ ...account(row.Id), ...fields, LastModifiedDate: stamp, SystemModstamp: stamp }),
  );
}

describe("a new lead", () => {
  /** Leads that came in, until there is one of each kind. */
  const lead = (hasAddress: boolean): SfRow => {
    for (let seed = 0; seed < 60; seed++) {
      const { refs } = house.lab.happen({ kind: "lead_created", tenant: "acme", seed });
      const row = world().salesforce.tables.Lead.get(refs[0]!.split(":")[1]!)!;
      if ((row["Email"] !== null) === hasAddress) return row;
    }
    throw new Error("no such lead");
  };

  it("has a profile and a Zendesk user, by its address", async () => {
    const { Email, Name } = lead(true);
    await settled();
    expect(profile(String(Email))).toMatchObject({ $email: Email, $name: Name, lead: true });
    const users = [...world().zendesk.users.values()].filter((u) => u.email === Email);
    expect(users).toMatchObject([{ name: Name, role: "end-user" }]);
  });

  it("has a profile by its own id where it left no address, and no Zendesk user", async () => {
    const users = world().zendesk.users.size;
    const { Id, Name } = lead(false);
    await settled();
    expect(profile(`lead:${Id}`)).toEqual({ $name: Name, lead: true });
    expect([...world().zendesk.users.values()].some((u) => u.name === Name && u.email === null)).toBe(false);
    expect(world().zendesk.users.size).toBeGreaterThanOrEqual(users);
  });
});

it("completed onboarding is the lead's status, and a tag beside the user's others", async () => {
  const [user] = happens("onboarding_completed");
  const person = world().people.find((p) => p.distinctIds.includes(user!.split(":")[1]!))!;
  const zendeskUser = world().zendesk.users.get(ids().zendesk.user(person.index))!;
  await settled();
  const [lead] = [...world().salesforce.tables.Lead.values()].filter((l) => l["Email"] === person.email);
  expect(lead).toMatchObject({ Status: "Working - Contacted" });
  expect(world().zendesk.users.get(zendeskUser.id)!.tags).toEqual([...zendeskUser.tags, "onboarded"]);
});

describe("a deal that is won", () => {
  it("shows plan, value and owner at the company and on everybody's profile, and reaches the company's own endpoint", async () => {
    const [deal, won] = happens("deal_won").map((ref) => ref.split(":")[1]!);
    await settled();
    const row = account(won!);
    const owner = world().salesforce.tables.User.get(String(row["OwnerId"]))?.["Name"];
    const shown = { plan: row["Plan__c"], arr: row["ARR__c"], ...(owner ? { owner } : {}) };
    expect(group(won!)).toMatchObject({ $name: row["Name"], ...shown, last_deal_won_at: expect.any(String) });
    const company = world().companies.findIndex((_, i) => ids().salesforce.account(i) === won);
    const everybody = world().people.filter((p) => p.company === company && p.mixpanel && p.salesforce);
    expect(everybody.length).toBeGreaterThan(0);
    for (const { distinctIds, optedOut } of everybody) {
      const isIn = !Object.values(optedOut).some(Boolean);
      for (const id of distinctIds.filter((id) => world().mixpanel.profiles.get(id))) {
        if (isIn) expect(profile(id)).toMatchObject({ ...shown, company: row["Name"] });
        else expect(profile(id)).not.toHaveProperty("company");
      }
    }
    const posted = effects("generic", "event").filter(({ fields }) => fields["subject"] === `salesforce.opportunity:${deal}`);
    expect(posted).toMatchObject([
      {
        writes: 1,
        fields: { type: "sidelight.deal.won", data: { deal: { id: deal }, account: { id: won, name: row["Name"] } } },
      },
    ]);
  });
});

it("an account with another plan shows it on its one user's profile", async () => {
  const usersOf = (company: number) =>
    world()
      .people.filter((p) => p.company === company && !Object.values(p.optedOut).some(Boolean))
      .flatMap((p) => p.distinctIds);
  const company = world().companies.findLastIndex((_, i) => usersOf(i).length === 1);
  const row = account(ids().salesforce.account(company));
  change(row, { Plan__c: "Platinum" });
  await settled();
  expect(profile(usersOf(company)[0]!)).toMatchObject({ plan: "Platinum", company: row["Name"] });
});

it("an account that changes hands shows its new owner at the company and on the profiles", async () => {
  const [ref] = happens("owner_changed", `salesforce.account:${accountNamed("Garnetline Academy").Id}`);
  await settled();
  const row = account(ref!.split(":")[1]!);
  const owner = world().salesforce.tables.User.get(String(row["OwnerId"]))!["Name"];
  expect(group(row.Id)).toMatchObject({ owner, plan: row["Plan__c"] });
  expect(profile(somebodyAt("Garnetline Academy").distinctIds[0]!)).toMatchObject({ owner });
});

describe("a customer's health", () => {
  const turns = async (accountId: string) => {
    const { customer } = (await house.context(`salesforce.account:${accountId}`)).body;
    const told: { data: { customer: string; to: object } }[] = await events("customer.health.changed");
    return told.filter(({ data }) => data.customer === customer!.id);
  };

  it("that turns is an event, and shows at the company", async () => {
    const { Id } = accountNamed("Vesperbrook Resorts");
    for (let i = 0; i < 8; i++) writes(somebodyAt("Vesperbrook Resorts"), { subject: `Export ${i}`, priority: "urgent" });
    await settled();
    const { score, band, trend } = (await house.context(`salesforce.account:${Id}`)).body.sections.health!.data!;
    const [told] = await turns(Id);
    expect(told!.data).toMatchObject({ from: { band: "good" }, to: { band, trend }, causedBy: expect.stringMatching(/^evt_/) });
    expect(group(Id)).toMatchObject({ health: score, health_band: band });
  });

  it("that turns to falling becomes a task, without any ticket", async () => {
    const cedarpath = accountNamed("Cedarpath Power");
    const { Id } = cedarpath;
    expect(tasksAt(Id)).toEqual([]);
    // Nobody uses anything for a month; it is noticed with the next thing that happens.
    house.clock.advance(31 * dayMs);
    await settled();
    change(cedarpath, { Next_Step__c: "Call" });
    await settled();
    expect((await turns(Id))[0]!.data.to).toMatchObject({ trend: "falling" });
    expect(tasksAt(Id)).toMatchObject([{ writes: 1, fields: { Description: expect.stringContaining("health is falling") } }]);
  });

  it("that is falling makes a risk of a common ticket", async () => {
    const ticket = writes(somebodyAt("Opalhill Robotics Co."), { subject: "Where is the map?" });
    await settled();
    const raised: { source: object; data: object }[] = await events("customer.churn_risk.raised");
    const own = raised.filter(({ source }) => "objectId" in source && source.objectId === String(ticket));
    expect(own).toMatchObject([{ data: { reasons: ["health_falling"] } }]);
  });
});

it("nothing of all that was given up", async () => {
  const dead = await deliveries("state=dead");
  expect(dead.map(({ route, message }) => [route, message])).toEqual([]);
});
