import { serve } from "@hono/node-server";
import type { Context } from "@sidelight/shared/context/context.ts";
import { Hono } from "hono";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildZendeskApp, zendeskAppDist } from "../../apps/zendesk/tools/build.ts";
import { salesforceHost } from "../lab/hosts/salesforce/host.ts";
import { buildPage, testedPage } from "../lab/hosts/salesforce/testing.ts";
import { zendeskHost } from "../lab/hosts/zendesk/host.ts";
import { hostData } from "../lab/launch/platforms.ts";
import { hasChromium, launch } from "../support/browser.ts";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

interface Server {
  url: string;
  close: () => Promise<void>;
}

interface Opened {
  page: Page;
  /** Errors and warnings of the console, and exceptions nobody caught. */
  complaints: string[];
  /** Questions for a context: through Zendesk's proxy or Apex. */
  asked: string[];
  /** Answers of the API that the browser itself received. */
  direct: string[];
}

/** One customer, as both panels come to them. */
interface Subject {
  ticket: string;
  requesterId: string;
  contact: string;
}

let house: House;
let browser: Browser;
let api: Server;
let site: Server;
let subject: Subject;
let ticking: NodeJS.Timeout;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  if (!hasChromium) return;
  await Promise.all([buildZendeskApp(), buildPage()]);
  [house, browser] = await Promise.all([openHouse(), launch()]);
  subject = await somebody();
  api = await listen(house.app.fetch);
  site = await listen(pages().fetch);
  // Time passes in the house as it does in the browser.
  let last = performance.now();
  ticking = setInterval(() => {
    const passed = Math.floor(performance.now() - last);
    house.clock.advance(passed);
    last += passed;
  }, 5);
}, 90_000);
afterAll(async () => {
  clearInterval(ticking);
  await Promise.all([browser?.close(), api?.close(), site?.close()]);
  await house?.close();
});
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

function listen(fetch: (request: Request) => Response | Promise<Response>): Promise<Server> {
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
      const close = () =>
        new Promise<void>((done) => {
          server.close(() => done());
          if ("closeAllConnections" in server) server.closeAllConnections();
        });
      resolve({ url: `http://127.0.0.1:${port}`, close });
    });
  });
}

/** The pages of both platforms, at another origin than the API. */
function pages(): Hono {
  const data = hostData(house.lab.tenants["acme"]!);
  const app = new Hono({ strict: false });
  app.route(
    "/zendesk",
    zendeskHost({
      apiUrl: () => api.url,
      settings: () => ({ api_key: house.keys["acme"]!.agent }),
      jwtSecret: "shared-secret",
      appDist: zendeskAppDist,
      fetchZendesk: data.zendesk,
      exampleTickets: () => [{ id: Number(subject.ticket) }],
      homeUrl: "/",
    }),
  );
  app.route(
    "/salesforce",
    salesforceHost({
      apiUrl: () => api.url,
      apiKey: () => house.keys["acme"]!.rep,
      dist: testedPage,
      querySalesforce: data.salesforce.query,
      fetchRecord: data.salesforce.record,
      exampleRecords: () => [{ object: "Contact", id: subject.contact }],
      homeUrl: "/",
    }),
  );
  return app;
}

/** A contact who has written a ticket. */
async function somebody(): Promise<Subject> {
  const { world, examples } = house.lab.tenants["acme"]!;
  for (const ref of examples.resolved.filter((each) => each.startsWith("salesforce.contact:"))) {
    const { body } = await house.ask<Context>(`/v1/context/${encodeURIComponent(ref)}`);
    for (const { id } of body.sections.support?.data?.tickets ?? []) {
      const ticket = [...world.zendesk.tickets.values()].find((each) => String(each.id) === id);
      const own = (await house.ask<Context>(`/v1/context/zendesk.ticket:${id}`)).body.customer?.id;
      if (ticket && own === body.customer?.id) {
        return { ticket: id, requesterId: String(ticket.requester_id), contact: ref.slice("salesforce.contact:".length) };
      }
    }
  }
  throw new Error("nobody in this world has a contact and a ticket");
}

async function open(path: string, options: { reducedMotion?: "reduce" } = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 }, locale: "en-US", ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const [complaints, asked, direct]: string[][] = [[], [], []];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints!.push(message.text());
  });
  page.on("pageerror", (error) => complaints!.push(error.message));
  page.on("request", (request) => {
    const question = `${request.url()} ${request.postData() ?? ""}`;
    if (/\/apex\/|\/zendesk\/request .*\/v1\/context/.test(question)) asked!.push(question);
  });
  page.on("response", (response) => {
    if (response.url().startsWith(api.url)) direct!.push(`${response.request().method()} ${response.status()}`);
  });
  await page.clock.install({ time: house.clock.now() });
  await page.goto(`${site.url}${path}`);
  return { page, complaints: complaints!, asked: asked!, direct: direct! };
}

let tickets = 880_000;
/** What Zendesk sends when the customer writes. @returns when it was acknowledged */
async function newTicket(text: string): Promise<number> {
  const { requesterId } = subject;
  const event = ticketEvent("created", { id: ++tickets, requesterId, updatedAt: house.clock.now(), subject: text });
  const sent = await sendZendesk(house, event);
  expect(sent.text).toContain('"accepted":1');
  return performance.now();
}

describe.skipIf(!hasChromium)("an open Zendesk panel", { timeout: 30_000 }, () => {
  const openTicket = async (options = {}) => {
    const opened = await open(`/zendesk?ticket=${subject.ticket}`, options);
    const app = opened.page.frameLocator(".frames iframe:not([hidden])");
    await app.locator('[data-state="ready"]').waitFor();
    await until("the stream", () => opened.direct.includes("GET 200"));
    return { ...opened, app };
  };

  it("shows a new ticket within a second, marks it for a moment and says so once", async () => {
    const { app, page, asked, complaints } = await openTicket();
    await app.locator('[data-section="support"] h3 button').click();
    const before = asked.length;
    expect(before).toBeGreaterThan(0);
    const status = app.locator("[role=status]");
    const since = await newTicket("The invoice is wrong");
    await app.locator(".item.changed", { hasText: "The invoice is wrong" }).waitFor();
    expect(performance.now() - since).toBeLessThan(1_000);
    await app.locator(".fact.changed", { hasText: "Open tickets" }).waitFor();
    await expect.poll(() => status.textContent()).toBe("Support updated: 1 new ticket");
    expect(await app.getByText("Updating…").count()).toBe(0);
    await page.clock.runFor(4_000);
    await expect.poll(() => app.locator(".changed").count()).toBe(0);
    expect(await app.getByText("The invoice is wrong").count()).toBe(1);
    expect(await status.textContent()).toBe("Support updated: 1 new ticket");
    expect(asked.length).toBe(before);
    expect(complaints).toEqual([]);
  });

  it("marks without motion where none is wanted", async () => {
    const { app } = await openTicket({ reducedMotion: "reduce" });
    await newTicket("Still");
    const fact = app.locator(".fact.changed").first();
    await fact.waitFor();
    const style = await fact.evaluate((element) => {
      const { transitionDuration, animationName, boxShadow } = (
        globalThis as unknown as { getComputedStyle(e: unknown): Record<string, string> }
      ).getComputedStyle(element);
      return { transitionDuration, animationName, boxShadow };
    });
    expect(style).toEqual({ transitionDuration: "0s", animationName: "none", boxShadow: expect.stringContaining("px") });
  });

  it("is remembered as having shown the event", async () => {
    await openTicket();
    const { requesterId } = subject;
    const sent = await sendZendesk(
      house,
      ticketEvent("created", { id: ++tickets, requesterId, updatedAt: house.clock.now(), subject: "Seen" }),
    );
    await until("the panel to have seen it", async () => {
      const { body } = await house.ask(`/v1/events/${sent.body.eventIds[0]}`);
      return body.story.some((step: { stage: string; panel?: string }) => step.stage === "seen" && step.panel === "zendesk");
    });
  });
});

describe.skipIf(!hasChromium)("an open Salesforce panel", { timeout: 30_000 }, () => {
  const openContact = async () => {
    const opened = await open(`/salesforce/?objectApiName=Contact&recordId=${subject.contact}&width=360`);
    const panel = opened.page.locator("c-sidelight-panel");
    await panel.locator("[aria-busy=false] h2").waitFor();
    const support = panel.locator("c-sidelight-section[data-section=support]");
    await support.getByRole("button").first().click();
    return { ...opened, panel, support };
  };

  it("shows a new ticket within a second of the focus, and nothing while nothing happens", async () => {
    const { page, panel, support, asked, complaints } = await openContact();
    const before = asked.length;
    await newTicket("Focus");
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await support.getByText("Focus").count()).toBe(0);
    const since = performance.now();
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await support.locator("li.changed", { hasText: "Focus" }).waitFor();
    expect(performance.now() - since).toBeLessThan(1_000);
    await panel.locator("[data-fact=open_tickets].changed").waitFor();
    await expect.poll(() => panel.locator("[role=status]").textContent()).toBe("Support updated: 1 new ticket");
    expect(await panel.getByText("Updating…").count()).toBe(0);
    await page.clock.runFor(4_000);
    await expect.poll(() => panel.locator(".changed").count()).toBe(0);
    expect(asked.length).toBe(before + 1);
    expect(complaints).toEqual([]);
  });

  it("shows it within half a minute when nobody touches anything", async () => {
    const { page, support, asked, complaints } = await openContact();
    const before = asked.length;
    await newTicket("By itself");
    await page.clock.runFor(25_500);
    await support.locator("li.changed", { hasText: "By itself" }).waitFor();
    expect(asked.length).toBe(before + 1);
    expect(complaints).toEqual([]);
  });

  it("asks nothing while it is hidden, and at once when it is back", async () => {
    const { page, panel, support, asked } = await openContact();
    await panel.evaluate((element) => {
      (element as unknown as { style: { display: string } }).style.display = "none";
    });
    // The browser tells of it with the next frame.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = asked.length;
    await newTicket("Hidden");
    await page.clock.runFor(120_000);
    expect(asked.length).toBe(before);
    await panel.evaluate((element) => {
      (element as unknown as { style: { display: string } }).style.display = "";
    });
    await support.locator("li.changed", { hasText: "Hidden" }).waitFor();
  });
});
