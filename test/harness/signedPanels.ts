import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { serve } from "@hono/node-server";
import { followRealTime } from "@sidelight/test-support/advance.ts";
import { launch } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { Hono } from "hono";
import type { Browser, Frame, FrameLocator, Locator, Page } from "playwright-core";
import { buildZendeskApp, zendeskAppDist } from "../../apps/zendesk/tools/build.ts";
import { salesforceHost } from "../lab/hosts/salesforce/host.ts";
import { buildPage, testPageDist } from "../lab/hosts/salesforce/testing.ts";
import { zendeskHost } from "../lab/hosts/zendesk/host.ts";
import { salesforceUser, zendeskSignIn } from "../lab/launch/people.ts";
import { hostData } from "../lab/launch/platforms.ts";
import type { Person } from "../lab/world/types.ts";
import { type ConfigTree, type Harness, type HarnessOptions, openHarness } from "./harness.ts";
import type { Subject } from "./panels.ts";

/** One page of a person, with all that it says and all that the API answers to it. */
export interface SignedPage {
  page: Page;
  /** Errors and warnings of the console, and uncaught exceptions. */
  complaints: string[];
  /** Method and URL of every request of the page and its frames. */
  requests: string[];
}
export type ZendeskPage = SignedPage & { app: FrameLocator; frame: () => Frame };
export type SalesforcePage = SignedPage & { panel: Locator };

/** Both host pages, at which people are signed in as the platforms sign them in, over the real API. */
export interface SignedPanels {
  harness: Harness;
  /** What the API has answered since {@link forgetAnswers}, decoded: to the Zendesk app, and to Apex for the Salesforce panel. */
  answers(): string;
  forgetAnswers(): void;
  /** @param role `admin` opens the page as the administrator of the Zendesk account */
  openZendesk(ticket: string, options?: { role?: "admin"; location?: string }): Promise<ZendeskPage>;
  openSalesforce(object: string, id: string): Promise<SalesforcePage>;
  /** The permission sets of the user at the Salesforce page, from the next call on. */
  setPermissionSets(names: string[]): void;
  /** Fields that the user at the Salesforce page may not see, by field-level security. */
  hiddenFields: Set<string>;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** A person of the world, with the records from which both panels open. */
export interface KnownPerson {
  person: Person;
  subject: Subject;
}

/** People with one user, one contact, an account, usage and a ticket, who have opted out of nothing. */
export function knownPeople({ lab }: Harness): KnownPerson[] {
  const { world } = lab.tenants["acme"]!;
  const { salesforce, zendesk } = world.ids;
  return world.people.flatMap((person) => {
    const isKnown =
      [person.company !== null, person.salesforce, person.zendesk, person.distinctIds.length === 1].every(Boolean) &&
      !Object.values(person.optedOut).some(Boolean) &&
      person.tags.every((tag) => tag === "everywhere" || tag === "demo");
    const [ticket] = world.zendesk.tickets.by("requester_id", zendesk.user(person.index));
    if (!isKnown || !ticket) return [];
    const requesterId = String(zendesk.user(person.index));
    return [{ person, subject: { ticket: String(ticket.id), requesterId, contact: salesforce.contact(person.index) } }];
  });
}

export async function openSignedPanels(options: HarnessOptions = {}): Promise<SignedPanels> {
  await Promise.all([buildZendeskApp(), buildPage()]);
  const pages = new Hono({ strict: false });
  // Another site than the API's, as on the platforms: the browser runs the app in a process of its own.
  const site = await listen((request) => pages.fetch(request), "localhost");
  const harness = await openHarness({
    ...options,
    configure: (config: ConfigTree) => {
      for (const { platform, settings } of config.tenants.acme.connections)
        if (platform === "zendesk") settings.appUrl = `${site.url}/acme`;
      options.configure?.(config);
    },
  });
  let answers: string[] = [];
  const report = (text: string): void => void answers.push(text);
  const api = await listen(async (request) => record(await harness.app.fetch(request), report), "127.0.0.1");
  const tenant = harness.lab.tenants["acme"]!;
  const data = hostData(tenant);
  const hiddenFields = new Set<string>();
  let permissionSets = ["Sidelight_User"];
  pages.route(
    "/zendesk",
    zendeskHost({
      apiUrl: () => api.url,
      ...{ settings: () => ({}), jwtSecret: "shared-secret", appDist: zendeskAppDist, homeUrl: "/" },
      fetchZendesk: data.zendesk,
      exampleTickets: () => [],
      signIn: zendeskSignIn(tenant, () => api.url, harness.clock.now),
    }),
  );
  pages.route(
    "/salesforce",
    salesforceHost({
      apiUrl: () => api.url,
      apiKey: () => harness.keys["acme"]!.rep,
      ...{ dist: testPageDist, homeUrl: "/" },
      user: () => ({ ...salesforceUser(tenant, harness.clock.now), permissionSets }),
      querySalesforce: data.salesforce.query,
      fetchRecord: async (object, id, fields) =>
        await data.salesforce.record(
          object,
          id,
          fields.filter((name) => !hiddenFields.has(name)),
        ),
      exampleRecords: () => [],
    }),
  );
  const browser = await launch();
  const stopClock = followRealTime(harness.clock);
  const openPages: Page[] = [];

  const open = async (path: string): Promise<SignedPage> => {
    const page = await newPage(browser);
    openPages.push(page);
    const signedPage = watch(page);
    await page.clock.install({ time: harness.clock.now() });
    await page.goto(`${site.url}${path}`);
    return signedPage;
  };

  return {
    harness,
    answers: () => answers.join("\n"),
    forgetAnswers() {
      answers = [];
    },
    hiddenFields,
    async openZendesk(ticket, query = {}) {
      const parameters = new URLSearchParams({ ticket, ...query });
      const signedPage = await open(`/zendesk?${parameters.toString()}`);
      const app = signedPage.page.frameLocator(".frames iframe:not([hidden])");
      const frame = () => signedPage.page.frames().find((candidate) => candidate.url().startsWith(api.url))!;
      return { ...signedPage, app, frame };
    },
    async openSalesforce(object, id) {
      const signedPage = await open(`/salesforce/?objectApiName=${object}&recordId=${id}&width=360`);
      return { ...signedPage, panel: signedPage.page.locator("c-sidelight-panel") };
    },
    setPermissionSets(names) {
      permissionSets = names;
    },
    closePages: async () => void (await Promise.all(openPages.splice(0).map((page) => page.close()))),
    async close() {
      stopClock();
      await browser.close();
      await Promise.all([api.close(), site.close()]);
      await harness.close();
    },
  };
}

async function newPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 1000 }, locale: "en-US", timezoneId: "UTC" });
  page.setDefaultTimeout(scaled(10_000));
  return page;
}

function watch(page: Page): SignedPage {
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(`${request.method()} ${request.url()} ${request.postData() ?? ""}`));
  return { page, complaints, requests };
}

/** Reports what an answer says, also while it is still being streamed. */
function record(response: Response, report: (text: string) => void): Response {
  if (response.body === null) return response;
  const [sent, kept] = response.body.tee();
  void read(kept, response.headers.get("content-encoding"), report);
  const { status, statusText, headers } = response;
  return new Response(sent, { status, statusText, headers });
}

async function read(body: ReadableStream<Uint8Array>, encoding: string | null, report: (text: string) => void): Promise<void> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body) {
      if (encoding === null) report(Buffer.from(chunk).toString());
      else chunks.push(chunk);
    }
  } catch {
    // The browser has left the stream.
  }
  if (encoding === "br") report(brotliDecompressSync(Buffer.concat(chunks)).toString());
  else if (encoding === "gzip") report(gunzipSync(Buffer.concat(chunks)).toString());
}

interface Server {
  url: string;
  close(): Promise<void>;
}

/** @param fetch is called late, because the address of the pages is part of the configuration */
const listen = (fetch: (request: Request) => Response | Promise<Response>, host: string): Promise<Server> =>
  new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
      const close = () =>
        new Promise<void>((resolveClose) => {
          server.close(() => resolveClose());
          if ("closeAllConnections" in server) server.closeAllConnections();
        });
      resolve({ url: `http://${host}:${port}`, close });
    });
  });
