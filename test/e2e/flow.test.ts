import { followRealTime } from "@sidelight/test-support/advance.ts";
import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import type { ApiClient, SeenContext } from "../lab/launch/client.ts";
import { type Pages, startPages } from "../lab/launch/pages/server.ts";
import { newTenantState } from "../lab/launch/state.ts";

let harness: Harness;
let pages: Pages;
let browser: Browser;
let page: Page;
let stopClock = (): void => {};
const consoleMessages: string[] = [];

beforeAll(async () => {
  if (!hasChromium) return;
  [harness, browser] = await Promise.all([
    openHarness({
      webhooks: true,
      configure: (config) => {
        const ticketFields = { accountValue: { id: 362000000054, type: "decimal" } };
        config.tenants.acme.routing = { defaults: true, settings: { ticketFields } };
      },
    }),
    launch(),
  ]);
  const names = Object.keys(harness.lab.tenants);
  const forEachTenant = <T>(make: (name: string) => T): Record<string, T> =>
    Object.fromEntries(names.map((name) => [name, make(name)]));
  pages = await startPages({
    lab: harness.lab,
    state: { anchor: 0, pagesPort: 0, tenants: forEachTenant(newTenantState) },
    port: 0,
  });
  pages.open({
    url: "http://harness.invalid",
    clients: forEachTenant(clientOf),
    examples: forEachTenant((name) => harness.lab.tenants[name]!.examples),
  });
  stopClock = followRealTime(harness.clock);
  page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  page.on("console", (message) => consoleMessages.push(message.text()));
  page.on("pageerror", (error) => consoleMessages.push(error.message));
  await page.goto(pages.url);
});
afterAll(async () => {
  stopClock();
  await browser?.close();
  await pages?.close();
  await harness?.close();
});

const clientOf = (tenant: string): ApiClient => ({
  get: async (path) => await harness.app.request(path, { headers: { authorization: `Bearer ${harness.keys[tenant]!.admin}` } }),
  contexts: async (refs, sections) => {
    const request = { tenant, method: "POST", body: { refs, sections } };
    return (await harness.request<{ items: SeenContext[] }>("/v1/contexts", request)).body.items;
  },
});

const row = (route: string) => page.locator(`#route-${route}`);
const deliveredCount = async (route: string): Promise<number> =>
  Number(/(\d+)\sdone/.exec(await row(route).locator(".tally").innerText())![1]);

describe.skipIf(!hasChromium)("an angry ticket", () => {
  it("is shown from Zendesk to the task and the ticket's fields, with the duration", async () => {
    await row("churn-risk").waitFor();
    const routes = ["churn-risk", "ticket-enrichment"];
    expect(await Promise.all(routes.map(deliveredCount))).toEqual([0, 0]);
    await page.getByRole("combobox", { name: "To", exact: true }).selectOption("Maya Lindqvist");
    await page.getByRole("button", { name: "An angry ticket comes in" }).click();

    await until("both routes to be done", async () =>
      (await Promise.all(routes.map(deliveredCount))).every((count) => count === 1),
    );
    for (const route of routes) {
      await expect.poll(() => row(route).locator(".tally").innerText()).toMatch(/\d+\s(ms|s)$/);
      await expect.poll(() => page.locator(`#out-${route}`).getAttribute("data-state")).toBe("ok");
    }
    await expect.poll(() => page.locator("#in-zendesk").getAttribute("data-state")).toBe("ok");
    expect(consoleMessages).toEqual([]);
  });
});
