import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiClient, SeenContext } from "../lab/launch/client.ts";
import { type Pages, startPages } from "../lab/launch/pages/server.ts";
import { newTenantState } from "../lab/launch/state.ts";
import { hasChromium, launch } from "../support/browser.ts";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";

let house: House;
let pages: Pages;
let browser: Browser;
let page: Page;
let ticking: NodeJS.Timeout;
const complaints: string[] = [];

beforeAll(async () => {
  if (!hasChromium) return;
  [house, browser] = await Promise.all([
    openHouse({
      webhooks: true,
      configure: (config) => {
        const ticketFields = { accountValue: { id: 362000000054, type: "decimal" } };
        config.tenants.acme.routing = { defaults: true, settings: { ticketFields } };
      },
    }),
    launch(),
  ]);
  const names = Object.keys(house.lab.tenants);
  const each = <T>(make: (name: string) => T): Record<string, T> => Object.fromEntries(names.map((name) => [name, make(name)]));
  pages = await startPages({ lab: house.lab, state: { anchor: 0, pagesPort: 0, tenants: each(newTenantState) }, port: 0 });
  pages.open({
    apiUrl: "http://house.invalid",
    clients: each(clientOf),
    examples: each((name) => house.lab.tenants[name]!.examples),
  });
  // Time passes in the house as it does in the browser.
  let last = performance.now();
  ticking = setInterval(() => {
    const passed = Math.floor(performance.now() - last);
    house.clock.advance(passed);
    last += passed;
  }, 5);
  page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(pages.url);
}, 90_000);
afterAll(async () => {
  clearInterval(ticking);
  await browser?.close();
  await pages?.close();
  await house?.close();
});

const clientOf = (tenant: string): ApiClient => ({
  get: async (path) => await house.app.request(path, { headers: { authorization: `Bearer ${house.keys[tenant]!.admin}` } }),
  contexts: async (refs, sections) => {
    const asked = { tenant, method: "POST", body: { refs, sections } };
    return (await house.ask<{ items: SeenContext[] }>("/v1/contexts", asked)).body.items;
  },
});

const row = (route: string) => page.locator(`#route-${route}`);
const done = async (route: string): Promise<number> =>
  Number(/(\d+)\sdone/.exec(await row(route).locator(".tally").innerText())![1]);

describe.skipIf(!hasChromium)("an angry ticket", () => {
  it("goes in at Zendesk, and is seen to come out as a task and in the ticket's fields, with the time it took", async () => {
    await row("churn-risk").waitFor();
    const routes = ["churn-risk", "ticket-enrichment"];
    expect(await Promise.all(routes.map(done))).toEqual([0, 0]);
    await page.getByRole("combobox", { name: "To", exact: true }).selectOption("Maya Lindqvist");
    await page.getByRole("button", { name: "An angry ticket comes in" }).click();

    await until("both arrows to have carried it", async () => (await Promise.all(routes.map(done))).every((n) => n === 1));
    for (const route of routes) {
      expect(await row(route).locator(".tally").innerText()).toMatch(/\d+\s(ms|s)$/);
      expect(await page.locator(`#out-${route}`).getAttribute("data-state")).toBe("ok");
    }
    expect(await page.locator("#in-zendesk").getAttribute("data-state")).toBe("ok");
    expect(complaints).toEqual([]);
  });
});
