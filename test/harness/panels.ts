import { serve } from "@hono/node-server";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { followRealTime } from "@sidelight/test-support/advance.ts";
import { launch } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import { Hono } from "hono";
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from "playwright-core";
import { buildZendeskApp, zendeskAppDist } from "../../apps/zendesk/tools/build.ts";
import { salesforceHost } from "../lab/hosts/salesforce/host.ts";
import { buildPage, testPageDist } from "../lab/hosts/salesforce/testing.ts";
import { zendeskHost } from "../lab/hosts/zendesk/host.ts";
import { hostData } from "../lab/launch/platforms.ts";
import type { Harness } from "./harness.ts";

/** One customer, with the records from which both panels open. */
export interface Subject {
  ticket: string;
  requesterId: string;
  contact: string;
}

export interface Opened {
  page: Page;
  /** Errors and warnings of the console, and uncaught exceptions. */
  complaints: string[];
  /** Requests for a context, through Zendesk's proxy or Apex. */
  contextRequests: string[];
  /** Method and status of the API's responses to the browser itself. */
  apiResponses: string[];
}

interface PageOptions {
  reducedMotion?: "reduce";
}

/** Acme's host pages in a browser, over a harness whose clock follows real time. */
export interface Panels {
  /** The customer's ticket, once its panel follows the stream. */
  openTicket(options?: PageOptions): Promise<Opened & { app: FrameLocator; support: Locator }>;
  /** A new ticket of the requester with this address. */
  openNewTicket(email: string): Promise<Opened & { app: FrameLocator }>;
  /** The user or the organization of a ticket; of the customer's when left out. */
  openZendesk(location: "user_sidebar" | "organization_sidebar", ticket?: string): Promise<Opened & { app: FrameLocator }>;
  /** Any record, once its panel is filled. @param options of the page, such as `&console=1` */
  openRecord(object: string, id: string, options?: string): Promise<Opened & { panel: Locator }>;
  /** The customer's contact, once its panel is filled; the support section is open. */
  openContact(): Promise<Opened & { panel: Locator; support: Locator }>;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

export async function openPanels(harness: Harness, subject: Subject): Promise<Panels> {
  await Promise.all([buildZendeskApp(), buildPage()]);
  const browser = await launch();
  const api = await listen(harness.app.fetch);
  const site = await listen(pages(harness, subject, api.url).fetch);
  const contexts: BrowserContext[] = [];
  const stop = followRealTime(harness.clock);

  const open = async (path: string, options: PageOptions = {}): Promise<Opened> => {
    const context = await newContext(browser, options);
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(8_000);
    const session = watch(page, api.url);
    await page.clock.install({ time: harness.clock.now() });
    await page.goto(`${site.url}${path}`);
    return session;
  };

  const openRecord: Panels["openRecord"] = async (object, id, options = "") => {
    const session = await open(`/salesforce/?objectApiName=${object}&recordId=${id}&width=360${options}`);
    const panel = session.page.locator("c-sidelight-panel");
    await panel.locator("[aria-busy=false] h2").first().waitFor();
    return { ...session, panel };
  };

  return {
    async openTicket(options) {
      const session = await open(`/zendesk?ticket=${subject.ticket}`, options);
      const app = session.page.frameLocator(".frames iframe:not([hidden])");
      await app.locator('[data-state="ready"]').waitFor();
      await until("the stream", () => session.apiResponses.includes("GET 200"));
      return { ...session, app, support: app.locator('[data-section="support"]') };
    },
    async openNewTicket(email) {
      const session = await open(`/zendesk?ticket=${subject.ticket}&location=new_ticket_sidebar`);
      const app = session.page.frameLocator(".frames iframe:not([hidden])");
      await app.locator('[data-state="waiting"], [data-state="ready"]').first().waitFor();
      await session.page.locator("#requester").fill(email);
      await session.page.locator("#requester").press("Tab");
      return { ...session, app };
    },
    async openZendesk(location, ticket = subject.ticket) {
      const session = await open(`/zendesk?ticket=${ticket}&location=${location}`);
      const app = session.page.frameLocator(".frames iframe:not([hidden])");
      await app.locator('[data-state="ready"]').waitFor();
      return { ...session, app };
    },
    openRecord,
    async openContact() {
      const { panel, ...session } = await openRecord("Contact", subject.contact);
      const support = panel.locator("c-sidelight-section[data-section=support]");
      await support.getByRole("button").first().click();
      return { ...session, panel, support };
    },
    closePages: async () => void (await Promise.all(contexts.splice(0).map((context) => context.close()))),
    async close() {
      stop();
      await Promise.all([browser.close(), api.close(), site.close()]);
    },
  };
}

/** A contact with a ticket and a matching context. @throws if there is none */
export async function findSubject(harness: Harness, matches: (context: Context) => boolean = () => true): Promise<Subject> {
  const { world, examples } = harness.lab.tenants["acme"]!;
  for (const ref of examples.resolved.filter((ref) => ref.startsWith("salesforce.contact:"))) {
    const { body } = await harness.context(ref);
    if (!matches(body)) continue;
    for (const { id } of body.sections.support?.data?.tickets ?? []) {
      const ticket = [...world.zendesk.tickets.values()].find((entry) => String(entry.id) === id);
      const customerId = (await harness.context(`zendesk.ticket:${id}`)).body.customer?.id;
      if (ticket && customerId === body.customer?.id) {
        return { ticket: id, requesterId: String(ticket.requester_id), contact: ref.slice("salesforce.contact:".length) };
      }
    }
  }
  throw new Error("No customer of this world has a contact, a ticket and a matching context.");
}

/** The pages of both platforms, at a different origin than the API. */
function pages(harness: Harness, subject: Subject, apiUrl: string): Hono {
  const data = hostData(harness.lab.tenants["acme"]!);
  const app = new Hono({ strict: false });
  app.route(
    "/zendesk",
    zendeskHost({
      apiUrl: () => apiUrl,
      settings: () => ({ api_key: harness.keys["acme"]!.agent }),
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
      apiKey: () => harness.keys["acme"]!.rep,
      dist: testPageDist,
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

function watch(page: Page, apiUrl: string): Opened {
  const [complaints, contextRequests, apiResponses]: [string[], string[], string[]] = [[], [], []];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const line = `${request.url()} ${request.postData() ?? ""}`;
    if (/\/apex\/|\/zendesk\/request .*\/v1\/context/.test(line)) contextRequests.push(line);
  });
  page.on("response", (response) => {
    if (response.url().startsWith(apiUrl)) apiResponses.push(`${response.request().method()} ${response.status()}`);
  });
  return { page, complaints, contextRequests, apiResponses };
}

interface Server {
  url: string;
  close: () => Promise<void>;
}

function listen(fetch: (request: Request) => Response | Promise<Response>): Promise<Server> {
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
      const close = () =>
        new Promise<void>((resolveClose) => {
          server.close(() => resolveClose());
          if ("closeAllConnections" in server) server.closeAllConnections();
        });
      resolve({ url: `http://127.0.0.1:${port}`, close });
    });
  });
}
