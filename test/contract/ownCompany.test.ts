import type { Event } from "@sidelight/contracts/events/event.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { putTicket } from "../harness/zendeskTicket.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { effectsOf } from "../lab/control/effects.ts";
import type { Company, Person, ZdTicket } from "../lab/world/types.ts";

// A person of one company asks for another: a consultant, an agency, an employee of a group. What they ask for counts to the company
// that the ticket or the case names.
let harness: Harness;
/** The person's own company, and the one that their tickets name. Both are linked to an account. */
let home: Company;
let secondCompany: Company;
let person: Person;

const tenant = () => harness.lab.tenants["acme"]!;
const world = () => tenant().world;
const account = ({ index }: Company) => world().ids.salesforce.account(index);
const organization = ({ index }: Company) => world().ids.zendesk.organization(index);
const user = () => world().ids.zendesk.user(person.index);
const contact = () => world().ids.salesforce.contact(person.index);
const stamp = () => `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;

beforeAll(async () => {
  harness = await openHarness({ pull: false, routes: true });
  const isLinked = (company: Company) => company.orgLinked && company.orgName !== null && company.arr !== null;
  const people = world().people.filter(
    (p) =>
      p.company !== null &&
      isLinked(world().companies[p.company]!) &&
      world().zendesk.users.get(world().ids.zendesk.user(p.index))?.organization_id ===
        world().ids.zendesk.organization(p.company) &&
      [p.salesforce, p.zendesk, p.mixpanel].every(Boolean) &&
      p.tags.every((tag) => tag === "everywhere"),
  );
  person = people[0]!;
  home = world().companies[person.company!]!;
  secondCompany = world().companies.find(
    (c) => isLinked(c) && c.index !== home.index && c.arr !== home.arr && c.parent !== home.index && home.parent !== c.index,
  )!;
  await harness.restart();
});
afterAll(() => harness.close());

/** Puts a ticket of the person into Zendesk and reports it by webhook. */
async function createTicket(organizationId: number | null, fields: Partial<ZdTicket> = {}): Promise<string> {
  const id = putTicket(harness, user(), { organization_id: organizationId, status: "open", ...fields });
  await sendTicket("created", id);
  return String(id);
}

async function sendTicket(change: string, id: number): Promise<string> {
  const ticket = world().zendesk.tickets.get(id)!;
  const detail = {
    organization_id: String(ticket.organization_id ?? 0),
    status: ticket.status.toUpperCase(),
    priority: (ticket.priority ?? "").toUpperCase(),
    subject: ticket.subject,
  };
  const { body } = await sendZendesk(
    harness,
    ticketEvent(change, { id, requesterId: ticket.requester_id, updatedAt: harness.clock.now(), ...detail }),
  );
  return body.eventIds[0]!;
}

const contextOf = async (ref: string) => (await advanceUntilSettled(harness.clock, harness.context(ref))).value.body;
async function openTickets(company: Company): Promise<number> {
  const { support } = (await contextOf(`salesforce.account:${account(company)}`)).sections;
  const { new: fresh, open, pending, hold } = support!.data!;
  return fresh + open + pending + hold;
}
const timelineOf = async (ref: string): Promise<string[]> =>
  (await harness.request(`/v1/timeline/${encodeURIComponent(ref)}?limit=1000`)).body.items.map(
    (i: { record: string }) => i.record,
  );

describe("a ticket whose organization is not its requester's", () => {
  let id: string;
  let counts: { home: number; second: number };
  beforeAll(async () => {
    counts = { home: await openTickets(home), second: await openTickets(secondCompany) };
    id = await createTicket(organization(secondCompany), { priority: "urgent" });
  });

  it("shows the account of its own organization", async () => {
    const { customer, sections } = await contextOf(`zendesk.ticket:${id}`);
    expect(customer?.company?.name).toBe(world().salesforce.tables.Account.get(account(secondCompany))!["Name"]);
    expect(sections.account!.data).toMatchObject({ id: account(secondCompany), arr: { amount: secondCompany.arr } });
    // The answer says why it shows another company than the person's.
    const { match } = await contextOf(`zendesk.ticket:${id}`);
    expect(match.reasons.at(-1)!.rule).toBe("own_company");
    // The person is the same, and belongs to the same company as before.
    const ownContext = await contextOf(`zendesk.user:${user()}`);
    expect(customer?.id).toBe(ownContext.customer?.id);
    expect(ownContext.sections.account!.data!.id).toBe(account(home));
  });

  it("counts to its own organization only", async () => {
    expect({ home: await openTickets(home), second: await openTickets(secondCompany) }).toEqual({
      ...counts,
      second: counts.second + 1,
    });
    const ref = `zendesk.ticket:${id}`;
    expect(await timelineOf(`salesforce.account:${account(secondCompany)}`)).toContain(ref);
    expect(await timelineOf(`salesforce.account:${account(home)}`)).not.toContain(ref);
    // The person's own support has it, whichever company it counts to.
    expect(await timelineOf(`zendesk.user:${user()}`)).toContain(ref);
  });

  it("has its own organization's company in its events", async () => {
    const { body } = await harness.request<{ items: Event[] }>("/v1/events?limit=1000&type=zendesk.ticket.created");
    const event = body.items.find(({ source }) => source.objectId === id)!;
    expect(event.customer?.company).toBe(world().salesforce.tables.Account.get(account(secondCompany))!["Name"]);
  });

  it("fills its fields, its case and the product analytics from its own organization's account", async () => {
    const field = world().ids.zendesk.field("account_arr");
    const enrichedFields = () =>
      world()
        .zendesk.tickets.get(Number(id))!
        .custom_fields.find((f) => f.id === field)?.value;
    await advanceUntil(harness.clock, 200, "the enrichment", () => enrichedFields() != null);
    expect(Number(enrichedFields())).toBe(secondCompany.arr);
    const cases = () => effectsOf({ acme: world() }, "salesforce")["Case"] ?? [];
    await advanceUntil(harness.clock, 200, "the case", () => cases().some((c) => c.fields["Subject"] === `Ticket ${id}`));
    expect(cases().find((c) => c.fields["Subject"] === `Ticket ${id}`)!.fields).toMatchObject({
      AccountId: account(secondCompany),
      ContactId: contact(),
    });
    const group = (company: Company) => world().mixpanel.groups.get(`company_id:${account(company)}`)?.properties;
    await advanceUntil(harness.clock, 200, "the group", () => group(secondCompany) !== undefined);
    expect(group(secondCompany)!["open_tickets"]).toBe(counts.second + 1);
    expect(group(home)?.["open_tickets"]).toBeUndefined();
  });

  it("moves with its rating to the organization that it is reassigned to", async () => {
    const ratingId = world().ids.zendesk.make("rating", Number(id));
    const ratingRow = { id: ratingId, ticket_id: Number(id), requester_id: user(), score: "bad" as const };
    const csatOf = async (company: Company) =>
      (await contextOf(`salesforce.account:${account(company)}`)).sections.support!.data!.csat!.bad;
    const bad = { home: await csatOf(home), second: await csatOf(secondCompany) };
    harness.clock.advance(2_000);
    world().change(() => {
      const ticket = world().zendesk.tickets.get(Number(id))!;
      const changeStamps = { updated_at: stamp(), generated_timestamp: Math.floor(harness.clock.now() / 1000) };
      world().zendesk.tickets.put({ ...ticket, ...changeStamps, rating: { id: ratingId, score: "bad", comment: null } });
      const times = { created_at: stamp(), updated_at: stamp() };
      world().zendesk.ratings.put({ ...ratingRow, comment: null, assignee_id: null, group_id: 1, ...times });
    });
    await advanceUntil(harness.clock, 1_000, "the rating", async () => (await csatOf(secondCompany)) === bad.second + 1);
    expect(await csatOf(home)).toBe(bad.home);

    world().change(() => {
      const ticket = world().zendesk.tickets.get(Number(id))!;
      const changeStamps = { updated_at: stamp(), generated_timestamp: Math.floor(harness.clock.now() / 1000) };
      world().zendesk.tickets.put({ ...ticket, ...changeStamps, organization_id: organization(home) });
    });
    await sendTicket("organization_changed", Number(id));
    expect((await contextOf(`zendesk.ticket:${id}`)).sections.account!.data!.id).toBe(account(home));
    expect({ home: await openTickets(home), second: await openTickets(secondCompany) }).toEqual({
      ...counts,
      home: counts.home + 1,
    });
    expect([await csatOf(home), await csatOf(secondCompany)]).toEqual([bad.home + 1, bad.second]);
    const open = (company: Company) => world().salesforce.tables.Account.get(account(company))!["Sidelight_Open_Tickets__c"];
    const groupOf = (company: Company) =>
      world().mixpanel.groups.get(`company_id:${account(company)}`)?.properties["open_tickets"];
    for (const numberOf of [open, groupOf]) {
      await advanceUntil(
        harness.clock,
        200,
        "the numbers of both companies",
        () => numberOf(home) === counts.home + 1 && numberOf(secondCompany) === counts.second,
      );
    }
    const field = world().ids.zendesk.field("account_arr");
    const enrichedFields = () =>
      world()
        .zendesk.tickets.get(Number(id))!
        .custom_fields.find((f) => f.id === field)?.value;
    await advanceUntil(harness.clock, 200, "the enrichment", () => Number(enrichedFields()) === home.arr);
  });
});

describe("a ticket", () => {
  it("without an organization counts to its requester's company", async () => {
    const count = await openTickets(home);
    const id = await createTicket(null);
    expect((await contextOf(`zendesk.ticket:${id}`)).sections.account!.data!.id).toBe(account(home));
    expect(await openTickets(home)).toBe(count + 1);
  });

  it("stays with its organization when its requester moves to another company", async () => {
    const id = await createTicket(organization(home));
    const moveTo = async (company: Company) => {
      harness.clock.advance(60_000);
      const userId = user();
      const contactId = contact();
      world().change(() => {
        const { Contact } = world().salesforce.tables;
        const stamps = { SystemModstamp: stamp(), LastModifiedDate: stamp() };
        Contact.put({ ...Contact.get(contactId)!, ...stamps, AccountId: account(company) });
        const row = { ...world().zendesk.users.get(userId)!, organization_id: organization(company), updated_at: stamp() };
        world().zendesk.users.put(row);
      });
      await harness.request(`/v1/context/zendesk.user:${userId}/refresh`, { method: "POST" });
      expect((await contextOf(`zendesk.user:${userId}`)).sections.account!.data!.id).toBe(account(company));
    };
    await moveTo(secondCompany);
    expect((await contextOf(`zendesk.ticket:${id}`)).sections.account!.data!.id).toBe(account(home));
    await moveTo(home);
  });

  it("that a pull finds in another organization has moved, without a webhook", async () => {
    const id = await createTicket(organization(home));
    harness.clock.advance(2_000);
    world().change(() => {
      const ticket = world().zendesk.tickets.get(Number(id))!;
      const changeStamps = { updated_at: stamp(), generated_timestamp: Math.floor(harness.clock.now() / 1000) };
      world().zendesk.tickets.put({ ...ticket, ...changeStamps, organization_id: organization(secondCompany) });
    });
    const path = "/v1/events?limit=1000&type=zendesk.ticket.organization_changed";
    await advanceUntil(harness.clock, 10_000, "the pull", async () =>
      (await harness.request<{ items: Event[] }>(path)).body.items.some(({ source }) => source.objectId === id),
    );
    expect((await contextOf(`zendesk.ticket:${id}`)).sections.account!.data!.id).toBe(account(secondCompany));
  });

  it("of an organization that is not in the store brings the organization with it", async () => {
    const id = world().ids.zendesk.make("organization", 901);
    world().change(() => {
      const row = { ...world().zendesk.organizations.get(organization(home))!, created_at: stamp(), updated_at: stamp() };
      world().zendesk.organizations.put({
        ...row,
        id,
        name: "New Branch",
        external_id: null,
        domain_names: ["new-branch.example"],
      });
    });
    const ticket = await createTicket(id);
    await advanceUntilSettled(harness.clock, harness.runtime.tenants.get("acme")!.ingest.followUps.settled());
    const { customer, sections } = await contextOf(`zendesk.ticket:${ticket}`);
    expect(customer?.company?.name).toBe("New Branch");
    expect(sections.account!.data).toBeNull();
  });

  it("that is deleted was its own organization's", async () => {
    const count = await openTickets(secondCompany);
    const id = await createTicket(organization(secondCompany));
    expect(await openTickets(secondCompany)).toBe(count + 1);
    harness.clock.advance(2_000);
    world().change(() => {
      const ticket = world().zendesk.tickets.get(Number(id))!;
      world().zendesk.tickets.put({ ...ticket, status: "deleted", updated_at: stamp() });
    });
    const eventId = await sendTicket("soft_deleted", Number(id));
    expect(await openTickets(secondCompany)).toBe(count);
    const event: Event = (await harness.request(`/v1/events/${eventId}`)).body;
    expect(event.customer?.company).toBe(world().salesforce.tables.Account.get(account(secondCompany))!["Name"]);
  });

  it("of an organization that is deleted counts to its requester's company, also before the ticket has changed", async () => {
    const id = world().ids.zendesk.make("organization", 902);
    const template = world().zendesk.organizations.get(organization(home))!;
    const times = { created_at: stamp(), updated_at: stamp() };
    const row = { ...template, ...times, id, name: "Closed Branch", external_id: null, domain_names: ["closed.example"] };
    world().change(() => world().zendesk.organizations.put(row));
    const count = await openTickets(home);
    const ticket = await createTicket(id);
    await advanceUntilSettled(harness.clock, harness.runtime.tenants.get("acme")!.ingest.followUps.settled());
    expect((await contextOf(`zendesk.ticket:${ticket}`)).customer?.company?.name).toBe("Closed Branch");
    expect(await openTickets(home)).toBe(count);

    harness.clock.advance(2_000);
    world().change(() => world().zendesk.organizations.remove(id));
    const event = { ...userEvent(user()), id: `organization-event-${id}`, subject: `zen:organization:${id}` };
    await sendZendesk(harness, { ...event, type: "zen:event-type:organization.deleted", detail: { id: String(id) } });
    await advanceUntilSettled(harness.clock, harness.runtime.tenants.get("acme")!.ingest.followUps.settled());
    expect((await contextOf(`zendesk.ticket:${ticket}`)).sections.account!.data!.id).toBe(account(home));
    expect(await openTickets(home)).toBe(count + 1);
  });

  it("of an agent counts to the organization that it names", async () => {
    const agent = [...world().zendesk.users.values()].find(({ role }) => role !== "end-user")!;
    const count = await openTickets(secondCompany);
    const id = await createTicket(organization(secondCompany), { requester_id: agent.id, submitter_id: agent.id });
    const { kind, sections } = await contextOf(`zendesk.ticket:${id}`);
    expect([kind, sections.account!.data!.id]).toEqual(["company", account(secondCompany)]);
    expect(await openTickets(secondCompany)).toBe(count + 1);
  });

  it("of an organization without an account counts to its requester's company, because only its people lead to one", async () => {
    const bare = { ...world().zendesk.organizations.get(organization(home))!, external_id: null, domain_names: [] };
    const id = world().ids.zendesk.make("organization", 900);
    const userId = user();
    harness.clock.advance(2_000);
    world().change(() => {
      const times = { created_at: stamp(), updated_at: stamp() };
      world().zendesk.organizations.put({ ...bare, ...times, id, name: "Bare" });
      world().zendesk.users.put({ ...world().zendesk.users.get(userId)!, organization_id: id, updated_at: stamp() });
    });
    await sendZendesk(harness, userEvent(userId));
    await advanceUntilSettled(harness.clock, harness.runtime.tenants.get("acme")!.ingest.followUps.settled());
    const ticket = await createTicket(id);
    await advanceUntilSettled(harness.clock, harness.runtime.tenants.get("acme")!.ingest.followUps.settled());
    expect((await contextOf(`zendesk.ticket:${ticket}`)).sections.account!.data!.id).toBe(account(home));
    const { support } = (await contextOf(`zendesk.organization:${id}`)).sections;
    expect(support!.data!.open).toBe(1);
  });

  it("of a consultant whose address two accounts have is the one's whose organization it names", async () => {
    const personOfTwoAccounts = world().people.find((p) => p.tags.includes("two-accounts") && p.zendesk && p.company !== null)!;
    const company = world().companies[personOfTwoAccounts.company!]!;
    expect((await contextOf(`zendesk.user:${world().ids.zendesk.user(personOfTwoAccounts.index)}`)).match.state).toBe(
      "ambiguous",
    );
    const linkedTicket = await createTicket(organization(company), {
      requester_id: world().ids.zendesk.user(personOfTwoAccounts.index),
    });
    const { match, sections } = await contextOf(`zendesk.ticket:${linkedTicket}`);
    expect(match.state).toBe("resolved");
    expect(sections.account!.data!.id).toBe(account(company));
  });
});

const userEvent = (id: number) => ({
  type: "zen:event-type:user.organization_changed",
  account_id: 22129848,
  id: `user-event-${id}`,
  time: new Date(harness.clock.now()).toISOString(),
  zendesk_event_version: "2022-11-06",
  subject: `zen:user:${id}`,
  detail: { id: String(id) },
  event: {},
});

describe("a task about another account than its contact's", () => {
  it("is among the sales activities of that account, and of no other", async () => {
    const id = world().ids.salesforce.make("Task", 77);
    const [template] = world().salesforce.tables.Task.values();
    world().change(() => {
      const times = {
        ActivityDate: stamp().slice(0, 10),
        CreatedDate: stamp(),
        LastModifiedDate: stamp(),
        SystemModstamp: stamp(),
      };
      const links = { WhoId: contact(), WhatId: account(secondCompany), AccountId: account(secondCompany) };
      world().salesforce.tables.Task.put({ ...template!, ...times, ...links, Id: id, Subject: "Renewal of the second contract" });
    });
    expect((await contextOf(`salesforce.task:${id}`)).sections.account!.data!.id).toBe(account(secondCompany));
    const isShown = async (ref: string) =>
      (await contextOf(ref)).sections.account!.data!.activities.some(
        ({ subject }) => subject === "Renewal of the second contract",
      );
    const accounts = [home, secondCompany].map((company) => `salesforce.account:${account(company)}`);
    const refs = [...accounts, `salesforce.contact:${contact()}`, `salesforce.task:${id}`];
    expect(await Promise.all(refs.map(isShown))).toEqual([false, true, false, true]);
    // What happened to the person contains it.
    expect(await timelineOf(`salesforce.contact:${contact()}`)).toContain(`salesforce.task:${id}`);
  });
});

describe("a case whose account is not its contact's", () => {
  it("shows its own account and the contact's person", async () => {
    const id = world().ids.salesforce.make("Case", 77);
    world().change(() => {
      const row = { Id: id, Subject: "Wrong invoice", Status: "New", Priority: "High", ContactId: contact() };
      const times = { CreatedDate: stamp(), LastModifiedDate: stamp(), SystemModstamp: stamp(), ClosedDate: null };
      world().salesforce.tables.Case.put({
        ...row,
        ...times,
        AccountId: account(secondCompany),
        OwnerId: world().ids.salesforce.user(0),
      });
    });
    const { customer, sections } = await contextOf(`salesforce.case:${id}`);
    expect(sections.account!.data!.id).toBe(account(secondCompany));
    expect(customer?.id).toBe((await contextOf(`salesforce.contact:${contact()}`)).customer?.id);
    expect(await timelineOf(`salesforce.account:${account(secondCompany)}`)).toContain(`salesforce.case:${id}`);
    expect(await timelineOf(`salesforce.account:${account(home)}`)).not.toContain(`salesforce.case:${id}`);
  });
});
