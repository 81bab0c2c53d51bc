import type { Context } from "@sidelight/contracts/context/context.ts";
import { type PanelPlace, type PanelView, toPanel } from "@sidelight/panel/index.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { placeOf } from "../../apps/salesforce/tools/places.ts";
import { places } from "../../apps/zendesk/src/session/place.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import type { LabTenant } from "../lab/simulators/lab.ts";
import { type Client, mixpanelClient, salesforceClient, zendeskClient } from "../lab/simulators/testing.ts";

// Compares the API's response for every example customer with direct requests to the simulators. The expected customer comes
// from the world's own data, not from our matching.
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    lab: { sizes: { acme: { companies: 40, people: 260, tickets: 700, opportunities: 120, activities: 300 }, globex: {} } },
  });
});
afterAll(() => harness.close());

interface Direct {
  tenant: LabTenant;
  salesforce: Client;
  zendesk: Client;
  mixpanel: Client;
}
/** A customer by index in the world. */
type Subject = { kind: "person"; person: number } | { kind: "company"; company: number };

it("the API agrees with every platform for every example", { timeout: scaled(120_000) }, async () => {
  for (const [name, tenant] of Object.entries(harness.lab.tenants)) {
    const direct: Direct = {
      tenant,
      salesforce: await salesforceClient(tenant),
      zendesk: await zendeskClient(tenant),
      mixpanel: mixpanelClient(tenant),
    };
    // The product's own exports count too: three a second.
    harness.clock.advance(2_000);
    const events = await exported(direct);
    for (const ref of tenant.examples.resolved) {
      const { body } = await harness.context(ref, { tenant: name });
      const subject = subjectOf(tenant, ref);
      expect(body.kind, ref).toBe(subject.kind);
      await accountAgrees(direct, subject, body, ref);
      await supportAgrees(direct, subject, body, ref);
      productAgrees(tenant, subject, body, events, ref);
    }
  }
});

/** A person of the world with a record on every platform: her ticket, or her user if she has none, and her contact. */
interface KnownPerson {
  index: number;
  user: string;
  ticket: string | null;
  contact: string;
}

function knownPeople({ world }: LabTenant): KnownPerson[] {
  const { salesforce: sf, zendesk: zd } = world.ids;
  const isKnown = (person: (typeof world.people)[number]): boolean =>
    person.company !== null &&
    [person.salesforce, person.zendesk, person.distinctIds.length === 1].every(Boolean) &&
    person.tags.every((tag) => tag === "everywhere" || tag === "demo");
  return world.people.filter(isKnown).map(({ index }) => {
    const [ticket] = world.zendesk.tickets.by("requester_id", zd.user(index));
    return {
      index,
      user: `zendesk.user:${zd.user(index)}`,
      ticket: ticket ? `zendesk.ticket:${ticket.id}` : null,
      contact: `salesforce.contact:${sf.contact(index)}`,
    };
  });
}

it("both panels show the same numbers, ages and words of 30 customers, which are those of the platforms", {
  timeout: scaled(120_000),
}, async () => {
  const tenant = harness.lab.tenants["acme"]!;
  const direct: Direct = {
    tenant,
    salesforce: await salesforceClient(tenant),
    zendesk: await zendeskClient(tenant),
    mixpanel: mixpanelClient(tenant),
  };
  harness.clock.advance(2_000);
  const events = await exported(direct);
  const people = knownPeople(tenant).slice(0, 30);
  expect(people).toHaveLength(30);
  for (const { index, user, ticket, contact } of people) {
    await harness.context(user, { role: "agent" });
    const { body: inSalesforce } = await harness.context(contact, { role: "rep" });
    const { body: inZendesk } = await harness.context(user, { role: "agent" });
    expect(inSalesforce.customer?.id, contact).toBe(inZendesk.customer?.id);
    const subject: Subject = { kind: "person", person: index };
    await accountAgrees(direct, subject, inSalesforce, contact);
    await supportAgrees(direct, subject, inSalesforce, contact);
    if (inSalesforce.sections.product?.state === "ok") productAgrees(tenant, subject, inSalesforce, events, contact);

    const rep = shown(inSalesforce, placeOf("Contact"), contact);
    const agent = shown(inZendesk, places.user_sidebar, user);
    expect(wordsOf(rep), contact).toEqual(wordsOf(agent));
    expect(numberIn(factOf(rep, "open_tickets")), contact).toBe(unsolvedOf(inSalesforce));
    if (ticket) ticketAgrees((await harness.context(ticket, { role: "agent" })).body, ticket, agent);
  }
});

/** Beside a ticket the panel leaves that ticket out, and says the rest alike. */
function ticketAgrees(context: Context, ticket: string, agent: PanelView): void {
  const beside = shown(context, places.ticket_sidebar, ticket);
  for (const key of ["arr", "renewal", "stage", "csat", "last_active"])
    expect(factOf(beside, key), ticket).toEqual(factOf(agent, key));
  const isUnsolved = context.sections.support?.data?.unsolved?.some(({ id }) => ticket === `zendesk.ticket:${id}`);
  expect(numberIn(factOf(beside, "open_tickets")), ticket).toBe(unsolvedOf(context) - (isUnsolved ? 1 : 0));
  expect(sectionWords(beside, "product"), ticket).toEqual(sectionWords(agent, "product"));
}

const shown = (context: Context, place: PanelPlace, currentRecord: string): PanelView =>
  toPanel(context, { locale: "en-US", timeZone: "UTC", now: harness.clock.now(), place, currentRecord });

const factOf = (view: PanelView, key: string) => view.facts.find((fact) => fact.key === key);
const numberIn = (fact: ReturnType<typeof factOf>): number => Number(/^\d+/.exec(fact?.text ?? "")?.[0] ?? 0);
const unsolvedOf = ({ sections: { support } }: Context): number => {
  const { new: unread, open, pending, hold } = support!.data!;
  return unread + open + pending + hold;
};

/** What a person reads, without the links and the order, which belong to the page. */
function wordsOf(view: PanelView) {
  const sections = view.sections.map(({ name }) => name).toSorted();
  return {
    name: view.header?.name,
    company: view.header?.company,
    freshness: view.header?.freshness,
    facts: Object.fromEntries(view.facts.map(({ provenance: _, ...fact }) => [fact.key, fact])),
    sections: Object.fromEntries(sections.map((name) => [name, sectionWords(view, name)])),
  };
}

function sectionWords(view: PanelView, name: string) {
  const section = view.sections.find((candidate) => candidate.name === name);
  if (!section) return undefined;
  const { title, state, status, headline, message, problem, score, drivers, missing, sparkline, meters, steps, gaps } = section;
  return {
    ...{ title, state, status, headline, message, problem, score, drivers, missing, meters, steps, gaps },
    sparkline: sparkline?.text,
    // The page of a contact shows the account's name itself.
    rows: section.rows
      .filter(({ key }) => key !== "name")
      .map(({ label, text, absent, masked }) => ({ label, text, absent, masked })),
    lists: section.lists.map((list) => ({
      title: list.title,
      more: list.moreText,
      items: list.items.map((item) => [item.title, item.detail, item.when, item.tag?.text, item.sourceName]),
    })),
  };
}

function subjectOf({ world }: LabTenant, ref: string): Subject {
  const { salesforce: sf, zendesk: zd } = world.ids;
  const [kind, id] = [ref.slice(0, ref.indexOf(":")), ref.slice(ref.indexOf(":") + 1)];
  const person = (is: (p: (typeof world.people)[number]) => boolean): Subject => {
    const match = world.people.find(is);
    if (!match) throw new Error(`no person matches ${ref}`);
    return { kind: "person", person: match.index };
  };
  const company = (is: (c: (typeof world.companies)[number]) => boolean): Subject => {
    const match = world.companies.find(is);
    if (!match) throw new Error(`no company is ${ref}`);
    return { kind: "company", company: match.index };
  };
  switch (kind) {
    case "zendesk.ticket": {
      const requester = world.zendesk.tickets.get(Number(id))!.requester_id;
      return person((p) => zd.user(p.index) === requester);
    }
    case "zendesk.user":
      return person((p) => zd.user(p.index) === Number(id));
    case "salesforce.contact":
      return person((p) => sf.contact(p.index) === id);
    case "mixpanel.user":
      return person((p) => p.distinctIds.includes(id));
    case "email":
      return person((p) => p.email === id || p.moreEmails.includes(id));
    case "salesforce.account":
      return company((c) => sf.account(c.index) === id);
    case "zendesk.organization":
      return company((c) => zd.organization(c.index) === Number(id));
    case "domain":
      return company((c) => c.domain === id);
    default:
      throw new Error(`this test does not support an example of kind ${kind}`);
  }
}

async function accountAgrees({ tenant, salesforce }: Direct, subject: Subject, body: Context, ref: string): Promise<void> {
  const { world } = tenant;
  const company = subject.kind === "company" ? subject.company : world.people[subject.person]!.company!;
  const id = world.ids.salesforce.account(company);
  const fields = "Id,Name,ARR__c,CurrencyIsoCode,Renewal_Date__c,Plan__c,Type,Next_Step__c,OwnerId,Owner.Name";
  const soql = (q: string) => salesforce("GET", `/services/data/v67.0/query?q=${encodeURIComponent(q)}`);
  const row = (await soql(`SELECT ${fields} FROM Account WHERE Id = '${id}'`)).body.records[0];
  const data = body.sections.account!.data!;
  expect(data, ref).toMatchObject({
    id: row.Id,
    name: row.Name,
    plan: row.Plan__c,
    stage: row.Type,
    renewalDate: row.Renewal_Date__c,
    arr: row.ARR__c === null ? null : { amount: row.ARR__c, currency: row.CurrencyIsoCode },
    owner: { id: row.OwnerId, name: row.Owner.Name },
  });
  const open = (
    await soql(
      `SELECT Id,Name,StageName,NextStep,Amount,CurrencyIsoCode,CloseDate FROM Opportunity WHERE AccountId = '${id}' AND IsClosed = false ORDER BY CloseDate ASC`,
    )
  ).body.records as { Id: string; CloseDate: string; NextStep: string | null }[];
  // The account's value, else the value of the first open deal that has one.
  expect(data.nextStep, ref).toBe(row.Next_Step__c ?? open.find((o) => o.NextStep)?.NextStep ?? null);
  expect(data.opportunities.length, ref).toBe(Math.min(3, open.length));
  expect(data.opportunities.map((o) => o.closeDate)).toEqual(open.slice(0, 3).map((o) => o.CloseDate));
}

async function supportAgrees({ tenant, zendesk }: Direct, subject: Subject, body: Context, ref: string): Promise<void> {
  const { zendesk: ids } = tenant.world.ids;
  const { world } = tenant;
  const staff = world.people.filter((p) => subject.kind === "company" && p.company === subject.company && p.zendesk);
  // A company's tickets are those of its organization and of its people, who may be in no organization.
  const lists =
    subject.kind === "person"
      ? [`users/${ids.user(subject.person)}/tickets/requested`]
      : [
          `organizations/${ids.organization(subject.company)}/tickets`,
          ...staff.map((p) => `users/${ids.user(p.index)}/tickets/requested`),
        ];
  const ticketsById = new Map<number, Ticket>();
  for (const list of lists) for (const ticket of await allTickets(zendesk, list)) ticketsById.set(ticket.id, ticket);
  const tickets = [...ticketsById.values()];
  const count = (status: string) => tickets.filter((t) => t.status === status).length;
  const data = body.sections.support!.data!;
  expect({ new: data.new, open: data.open, pending: data.pending, hold: data.hold }, ref).toEqual({
    new: count("new"),
    open: count("open"),
    pending: count("pending"),
    hold: count("hold"),
  });
  const open = tickets.filter((t) => ["new", "open", "pending", "hold"].includes(t.status));
  const ranks = ["low", "normal", "high", "urgent"];
  const highest = ranks[Math.max(-1, ...open.map((t) => ranks.indexOf(t.priority ?? "")))] ?? null;
  expect(data.highestPriority, ref).toBe(highest);
  const ticketIds = new Set(tickets.map((t) => String(t.id)));
  expect(data.tickets.length, ref).toBe(Math.min(5, tickets.length));
  for (const { id } of data.tickets) expect(ticketIds.has(id), `${ref} shows ticket ${id}`).toBe(true);
}

interface Ticket {
  id: number;
  status: string;
  priority: string | null;
}

async function allTickets(zendesk: Client, list: string): Promise<Ticket[]> {
  const tickets: Ticket[] = [];
  for (let page: string | null = `/api/v2/${list}.json?page[size]=100`; page; ) {
    const { body } = await zendesk("GET", page);
    tickets.push(...body.tickets);
    page = body.meta.has_more ? body.links.next : null;
  }
  return tickets;
}

interface MpEvent {
  event: string;
  properties: { distinct_id: string; time: number; [name: string]: unknown };
}

/** Every event of the last 90 days, by the project's raw export. */
async function exported({ tenant, mixpanel }: Direct): Promise<Map<string, MpEvent[]>> {
  const day = (daysAgo: number) => new Date(harness.clock.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
  const byUser = new Map<string, MpEvent[]>();
  for (const [from, to] of [
    [90, 61],
    [60, 31],
    [30, 0],
  ] as const) {
    const { projectId } = tenant.mixpanel.credentials;
    const { body, status } = await mixpanel(
      "GET",
      `/api/2.0/export?project_id=${projectId}&from_date=${day(from)}&to_date=${day(to)}`,
    );
    expect(status).toBe(200);
    for (const line of String(body).split("\n")) {
      if (!line) continue;
      const event = JSON.parse(line) as MpEvent;
      const { distinct_id } = event.properties;
      byUser.set(distinct_id, [...(byUser.get(distinct_id) ?? []), event]);
    }
    harness.clock.advance(1_000);
  }
  return byUser;
}

function productAgrees({ world }: LabTenant, subject: Subject, body: Context, events: Map<string, MpEvent[]>, ref: string): void {
  const people =
    subject.kind === "person"
      ? [world.people[subject.person]!]
      : world.people.filter((p) => p.company === subject.company || p.alsoAt?.company === subject.company);
  const analyzedPeople = people.filter((p) => !Object.values(p.optedOut).some(Boolean));
  const allEvents = analyzedPeople.flatMap((p) => p.distinctIds.flatMap((id) => events.get(id) ?? []));
  if (allEvents.length === 0) {
    expect(body.sections.product?.data?.sessions30d ?? 0, ref).toBe(0);
    return;
  }
  const data = body.sections.product!.data!;
  const zone = world.tenant === "globex" ? "Europe/Berlin" : "UTC";
  const dayOf = (seconds: number) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(seconds * 1000);
  const today = Date.parse(`${dayOf(harness.clock.now() / 1000)}T00:00:00Z`);
  const days = Array.from({ length: 30 }, (_, i) => new Date(today - (29 - i) * 86_400_000).toISOString().slice(0, 10));
  const sessions = allEvents.filter((e) => e.event === "$session_start");
  expect(data.daily, ref).toEqual(days.map((d) => sessions.filter((e) => dayOf(e.properties.time) === d).length));
  expect(data.sessions30d, ref).toBe(sessions.filter((e) => days.includes(dayOf(e.properties.time))).length);
  const newest = Math.max(...allEvents.map((e) => e.properties.time));
  expect(data.lastActiveAt, ref).toBe(new Date(newest * 1000).toISOString());
}
