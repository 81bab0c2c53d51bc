import { serve } from "@hono/node-server";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { Hono } from "hono";
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from "playwright-core";
import { buildZendeskApp, zendeskAppDist } from "../../apps/zendesk/tools/build.ts";
import { salesforceHost } from "../lab/hosts/salesforce/host.ts";
import { buildPage, testedPage } from "../lab/hosts/salesforce/testing.ts";
import { zendeskHost } from "../lab/hosts/zendesk/host.ts";
import { hostData } from "../lab/launch/platforms.ts";
import { launch } from "./browser.ts";
import type { House } from "./house.ts";
import type { ManualClock } from "./manualClock.ts";
import { until } from "./until.ts";

/** One customer, as both panels come to them. */
export interface Subject {
  ticket: string;
  requesterId: string;
  contact: string;
}

export interface Opened {
  page: Page;
  /** Errors and warnings of the console, and exceptions nobody caught. */
  complaints: string[];
  /** Questions for a context: through Zendesk's proxy or Apex. */
  asked: string[];
  /** Answers of the API that the browser itself received. */
  direct: string[];
}

interface PageOptions {
  reducedMotion?: "reduce";
}

/** Acme's host pages in a browser, over a house whose time passes as the browser's does. */
export interface Panels {
  /** The customer's ticket, once its panel follows the stream. */
  openTicket(options?: PageOptions): Promise<Opened & { app: FrameLocator; support: Locator }>;
  /** The customer's contact, once its panel is filled; the support section is open. */
  openContact(): Promise<Opened & { panel: Locator; support: Locator }>;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

export async function openPanels(house: House, subject: Subject): Promise<Panels> {
  await Promise.all([buildZendeskApp(), buildPage()]);
  const browser = await launch();
  const api = await listen(house.app.fetch);
  const site = await listen(pages(house, subject, api.url).fetch);
  const contexts: BrowserContext[] = [];
  const stop = letTimePass(house.clock);

  const open = async (path: string, options: PageOptions = {}): Promise<Opened> => {
    const context = await newContext(browser, options);
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(8_000);
    const opened = watched(page, api.url);
    await page.clock.install({ time: house.clock.now() });
    await page.goto(`${site.url}${path}`);
    return opened;
  };

  return {
    async openTicket(options) {
      const opened = await open(`/zendesk?ticket=${subject.ticket}`, options);
      const app = opened.page.frameLocator(".frames iframe:not([hidden])");
      await app.locator('[data-state="ready"]').waitFor();
      await until("the stream", () => opened.direct.includes("GET 200"));
      return { ...opened, app, support: app.locator('[data-section="support"]') };
    },
    async openContact() {
      const opened = await open(`/salesforce/?objectApiName=Contact&recordId=${subject.contact}&width=360`);
      const panel = opened.page.locator("c-sidelight-panel");
      await panel.locator("[aria-busy=false] h2").waitFor();
      const support = panel.locator("c-sidelight-section[data-section=support]");
      await support.getByRole("button").first().click();
      return { ...opened, panel, support };
    },
    closePages: async () => void (await Promise.all(contexts.splice(0).map((context) => context.close()))),
    async close() {
      stop();
      await Promise.all([browser.close(), api.close(), site.close()]);
    },
  };
}

/** A contact who has written a ticket, with a context that fits. */
export async function somebody(house: House, fits: (context: Context) => boolean = () => true): Promise<Subject> {
  const { world, examples } = house.lab.tenants["acme"]!;
  for (const ref of examples.resolved.filter((each) => each.startsWith("salesforce.contact:"))) {
    const { body } = await house.context(ref);
    if (!fits(body)) continue;
    for (const { id } of body.sections.support?.data?.tickets ?? []) {
      const ticket = [...world.zendesk.tickets.values()].find((each) => String(each.id) === id);
      const own = (await house.context(`zendesk.ticket:${id}`)).body.customer?.id;
      if (ticket && own === body.customer?.id) {
        return { ticket: id, requesterId: String(ticket.requester_id), contact: ref.slice("salesforce.contact:".length) };
      }
    }
  }
  throw new Error("nobody like that in this world has a contact and a ticket");
}

/** Time passes in the house as it does in the browser. @returns what stops it */
function letTimePass(clock: ManualClock): () => void {
  let last = performance.now();
  const ticking = setInterval(() => {
    const passed = Math.floor(performance.now() - last);
    clock.advance(passed);
    last += passed;
  }, 5);
  return () => clearInterval(ticking);
}

/** The pages of both platforms, at another origin than the API. */
function pages(house: House, subject: Subject, apiUrl: string): Hono {
  const data = hostData(house.lab.tenants["acme"]!);
  const app = new Hono({ strict: false });
  app.route(
    "/zendesk",
    zendeskHost({
      apiUrl: () => apiUrl,
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
      apiUrl: () => apiUrl,
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

const newContext = (browser: Browser, options: PageOptions): Promise<BrowserContext> =>
  browser.newContext({ viewport: { width: 1360, height: 1000 }, locale: "en-US", ...options });

function watched(page: Page, apiUrl: string): Opened {
  const [complaints, asked, direct]: [string[], string[], string[]] = [[], [], []];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const question = `${request.url()} ${request.postData() ?? ""}`;
    if (/\/apex\/|\/zendesk\/request .*\/v1\/context/.test(question)) asked.push(question);
  });
  page.on("response", (response) => {
    if (response.url().startsWith(apiUrl)) direct.push(`${response.request().method()} ${response.status()}`);
  });
  return { page, complaints, asked, direct };
}

interface Server {
  url: string;
  close: () => Promise<void>;
}

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
