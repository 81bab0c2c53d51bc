import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import type { Target } from "../lab/simulators/log.ts";
import { hasChromium } from "../support/browser.ts";
import { type House, openHouse } from "../support/house.ts";
import { type Opened, openPanels, type Panels, type Subject, somebody } from "../support/panels.ts";
import { until } from "../support/until.ts";

// What the whole product is for, as two people see it who have the same customer open on two platforms.
let house: House;
let panels: Panels;
let subject: Subject;

beforeAll(async () => {
  if (!hasChromium) return;
  house = await openHouse({ routes: true, webhooks: true });
  subject = await somebody(house, isWorthTelling);
  panels = await openPanels(house, subject);
}, 90_000);
afterAll(async () => {
  await panels?.close();
  await house?.close();
});
afterEach(async () => {
  await panels.closePages();
  finishTasks();
});

/** Worth more than the limit of the routes, with a user to be told, and at home in the product. */
const isWorthTelling = ({ sections: { account, product } }: Context): boolean =>
  (account?.data?.arr?.amount ?? 0) > 50_000 && account?.data?.owner?.kind === "user" && product?.state === "ok";

const world = () => house.lab.tenants["acme"]!.world;
const effects = (target: Target, object: string): ReportedEffect[] => effectsOf({ acme: world() }, target)[object] ?? [];

/** A ticket that came in, and whom it is about elsewhere. */
interface News {
  ticket: string;
  account: string;
  user: string;
}

function angryTicket(): News {
  const about = `zendesk.ticket:${subject.ticket}`;
  const { refs } = house.lab.happen({ kind: "angry_ticket", tenant: "acme", about });
  const idOf = (object: string) => refs.find((ref) => ref.startsWith(`${object}:`))!.slice(object.length + 1);
  return { ticket: idOf("zendesk.ticket"), account: idOf("salesforce.account"), user: idOf("mixpanel.user") };
}

/** While a task of theirs is open, the owner isn't told again. */
function finishTasks(): void {
  const { Task } = world().salesforce.tables;
  for (const { id } of effects("salesforce", "Task"))
    world().change(() => Task.put({ ...Task.get(id)!, Status: "Completed", IsClosed: true }));
}

const fieldsOf = ({ ticket }: News): Record<string, unknown> => {
  const { custom_fields } = world().zendesk.tickets.get(Number(ticket))!;
  const value = (key: string) => custom_fields.find(({ id }) => id === world().ids.zendesk.field(key))?.value ?? null;
  return Object.fromEntries(["account_arr", "last_active", "sessions_30d", "health_score"].map((key) => [key, value(key)]));
};
const writesOf = ({ ticket }: News) => effects("zendesk", "ticket").filter(({ id }) => id === ticket);
const openTasksOf = ({ account }: News) => {
  const isOpen = (id: string) => world().salesforce.tables.Task.get(id)!["IsClosed"] === false;
  return effects("salesforce", "Task").filter(({ id, fields }) => fields["WhatId"] === account && isOpen(id));
};
const eventsOf = (name: string, { ticket }: News) =>
  effects("mixpanel", "event").filter(
    ({ fields }) =>
      fields["event"] === name && (fields["ticket_id"] === ticket || fields["ticket"] === `zendesk.ticket:${ticket}`),
  );

interface Journey {
  news: News;
  zendesk: Awaited<ReturnType<Panels["openTicket"]>>;
  salesforce: Awaited<ReturnType<Panels["openContact"]>>;
  /** From the happening to each of what it leads to, ms. */
  took: Record<string, number>;
}

async function journey(): Promise<Journey> {
  const zendesk = await panels.openTicket();
  const salesforce = await panels.openContact();
  await zendesk.support.locator("h3 button").click();
  // What was asked a moment ago would not be asked again at once.
  await salesforce.page.clock.runFor(1_000);

  const since = performance.now();
  const news = angryTicket();
  const took = await timed(since, {
    fields: until("the ticket's fields", () => Object.values(fieldsOf(news)).every((value) => value !== null)),
    task: until("the task", () => openTasksOf(news).length > 0),
    event: until("the user's event", () => eventsOf("Support Ticket Created", news).length > 0),
    zendesk: itemIn(zendesk, news, ".changed").waitFor(),
    salesforce: comeBack(salesforce, news).then(() => itemIn(salesforce, news, ".changed").waitFor()),
  });
  return { news, zendesk, salesforce, took };
}

/** A record page is told of nothing: it asks when somebody comes back to the window. */
async function comeBack({ page }: Opened, { ticket }: News): Promise<void> {
  const ref = `salesforce.contact:${subject.contact}`;
  await until("the ticket to be known", async () => {
    const { support } = (await house.context(ref, { query: "?sections=support" })).body.sections;
    return support?.data?.tickets.some(({ id }) => id === ticket) === true;
  });
  await page.evaluate("window.dispatchEvent(new Event('focus'))");
}

/** The ticket among those that a panel's support section shows. */
const itemIn = ({ page, support }: Opened & { support: Locator }, { ticket }: News, state = "") =>
  support.locator(`li${state}`).filter({ has: page.locator(`a[href$="/${ticket}"]`) });

async function timed(since: number, work: Record<string, Promise<unknown>>): Promise<Record<string, number>> {
  const took = Object.entries(work).map(async ([name, done]) => [name, await done.then(() => performance.now() - since)]);
  return Object.fromEntries(await Promise.all(took));
}

/** Until the platforms have told of what was written: whatever that sets off, it has. */
async function toldAgain({ ticket }: News): Promise<void> {
  const { items } = (await house.ask("/v1/events?type=zendesk.ticket.created&limit=20")).body;
  const { eventId } = items.find(({ source }: { source: { objectId: string } }) => source.objectId === ticket);
  await until("the platforms to tell of it", async () => {
    const { story } = (await house.ask(`/v1/events/${eventId}`)).body;
    const told = story.flatMap((s: { stage: string; detail: string }) => (s.stage === "confirmed" ? s.detail : []));
    const waiting = (await house.ask("/v1/deliveries?state=waiting")).body.items;
    return told.includes("ticket-enrichment → zendesk") && told.includes("churn-risk → salesforce") && waiting.length === 0;
  });
}

describe.skipIf(!hasChromium)("an angry ticket, its customer open in Zendesk and in Salesforce", { timeout: 60_000 }, () => {
  it("is fields on the ticket, a task of the owner, events of the user, and news in both panels, each once", async () => {
    const { news, zendesk, salesforce } = await journey();
    await toldAgain(news);
    const { account, product, health } = (await house.context(`zendesk.ticket:${news.ticket}`)).body.sections;
    expect(fieldsOf(news)).toEqual({
      account_arr: String(account!.data!.arr!.amount),
      last_active: product!.data!.lastActiveAt!.slice(0, 10),
      sessions_30d: String(product!.data!.sessions30d),
      health_score: String(health!.data!.score),
    });
    const about = { OwnerId: account!.data!.owner!.id, WhatId: news.account, WhoId: subject.contact };
    const Description = expect.stringContaining(`Ticket ${news.ticket}: `);
    expect(writesOf(news)).toMatchObject([{ writes: 1 }]);
    expect(openTasksOf(news)).toMatchObject([{ writes: 1, fields: { ...about, Description } }]);
    for (const name of ["Support Ticket Created", "Churn Risk Raised"])
      expect(eventsOf(name, news)).toMatchObject([{ writes: 1, fields: { distinct_id: news.user } }]);
    expect((await house.ask("/v1/deliveries?state=dead")).body.items).toEqual([]);

    expect(await itemIn(zendesk, news).count()).toBe(1);
    expect(await itemIn(salesforce, news).count()).toBe(1);
    expect([...zendesk.complaints, ...salesforce.complaints]).toEqual([]);
  });

  it("is all of that within a second at rest", async () => {
    // Whatever else the machine does delays one or another: the quickest of three was at rest.
    let quickest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 3 && quickest >= 1_000; i++) {
      const { took } = await journey();
      quickest = Math.min(quickest, Math.max(...Object.values(took)));
    }
    expect(quickest).toBeLessThan(1_000);
  });
});
