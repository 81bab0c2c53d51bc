import { serve } from "@hono/node-server";
import { followRealTime } from "@sidelight/test-support/advance.ts";
import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { Hono } from "hono";
import type { Browser, FrameLocator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildZendeskApp, zendeskAppDist } from "../../apps/zendesk/tools/build.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { zendeskHost } from "../lab/hosts/zendesk/host.ts";
import { zendeskSignIn } from "../lab/launch/people.ts";
import { hostData } from "../lab/launch/platforms.ts";

interface Server {
  url: string;
  close(): void;
}

/** @param fetch is called late, because the address of the pages is part of the configuration */
const listen = (fetch: (request: Request) => Response | Promise<Response>): Promise<Server> =>
  new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve({
        url: `http://127.0.0.1:${port}`,
        close() {
          server.close();
          if ("closeAllConnections" in server) server.closeAllConnections();
        },
      }),
    );
  });

describe.skipIf(!hasChromium)("an agent who is signed in by a signed URL", () => {
  let harness: Harness;
  let browser: Browser;
  let api: Server;
  let site: Server;
  let stopClock: () => void;
  const pages = new Hono({ strict: false });
  const openPages: Page[] = [];

  beforeAll(async () => {
    await buildZendeskApp();
    site = await listen((request) => pages.fetch(request));
    harness = await openHarness({
      configure: ({ tenants: { acme } }) => {
        for (const { platform, settings } of acme.connections) if (platform === "zendesk") settings.appUrl = `${site.url}/acme`;
      },
    });
    api = await listen((request) => harness.app.fetch(request));
    const tenant = harness.lab.tenants["acme"]!;
    const ticket = tenant.examples.resolved.find((ref) => ref.startsWith("zendesk.ticket:"))!;
    const host = {
      apiUrl: () => api.url,
      ...{ settings: () => ({}), jwtSecret: "shared-secret", appDist: zendeskAppDist, homeUrl: "/" },
      fetchZendesk: hostData(tenant).zendesk,
      exampleTickets: () => [{ id: Number(ticket.slice("zendesk.ticket:".length)) }],
      signIn: zendeskSignIn(tenant, () => api.url, harness.clock.now),
    };
    pages.route("/zendesk", zendeskHost(host));
    browser = await launch();
    stopClock = followRealTime(harness.clock);
  }, scaled(60_000));
  afterEach(async () => {
    await Promise.all(openPages.splice(0).map((page) => page.close()));
  });
  afterAll(async () => {
    stopClock();
    await browser.close();
    api.close();
    site.close();
    await harness.close();
  });

  async function open(): Promise<{ page: Page; app: FrameLocator; requests: string[]; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1360, height: 1000 }, locale: "en-US" });
    openPages.push(page);
    page.setDefaultTimeout(scaled(8_000));
    const [requests, complaints]: [string[], string[]] = [[], []];
    page.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${site.url}/zendesk`);
    const app = page.frameLocator(".frames iframe:not([hidden])");
    await app.locator('[data-state="ready"]').waitFor();
    return { page, app, requests, complaints };
  }
  const endNotice = (app: FrameLocator) => app.getByRole("main").getByText("Your session has ended");
  const callsOf = (requests: readonly string[]): string[] => requests.filter((line) => line.includes("/v1/"));

  it("sees the customer, with no token in a URL, in the page or in storage, and nothing through the proxy", async () => {
    const { page, requests, complaints } = await open();
    expect(requests.filter((line) => line.startsWith(`POST ${api.url}/panels/zendesk/acme?`))).toHaveLength(1);
    expect(requests.filter((line) => line.includes("/zendesk/request"))).toEqual([]);
    expect(requests.join("\n")).not.toMatch(/slp_|eyJ/);
    const frame = page.frames().find((candidate) => candidate.url().startsWith(api.url))!;
    const pageContent = await frame.evaluate<string>(
      "document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage })",
    );
    expect(pageContent).not.toMatch(/slp_|eyJ/);
    expect(await page.context().cookies()).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("cannot press Refresh during its cooldown: nothing is sent", async () => {
    const { app, requests } = await open();
    const refresh = app.getByRole("button", { name: /^Refresh/ });
    await refresh.click();
    await app.getByRole("button", { name: /^Refresh in \d+/ }).waitFor();
    await expect.poll(() => refresh.getAttribute("aria-disabled")).toBe("true");
    const previousCount = callsOf(requests).length;
    await refresh.click({ force: true });
    await refresh.press("Enter");
    expect(callsOf(requests).slice(previousCount)).toEqual([]);
  });

  it("reads that the session has ended when it can no longer be renewed, and no value of the customer (scenario 21)", async () => {
    const { page, app } = await open();
    const name = await app.locator("h2").first().textContent();
    harness.clock.advance(13 * 60 * 60_000);
    await app.getByRole("button", { name: /^Refresh/ }).click();
    await endNotice(app).waitFor();
    expect(await app.locator("body").textContent()).not.toContain(name);
    await app.getByRole("button", { name: "Reload" }).click();
    await endNotice(app).waitFor();
    await page.reload();
    await app.locator('[data-state="ready"]').waitFor();
  });
});
