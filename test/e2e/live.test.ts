import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { type StandIn, standIn } from "@sidelight/test-support/standIn.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type Harness, openHarness } from "../harness/harness.ts";
import { findSubject, openPanels, type Panels, type Subject } from "../harness/panels.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
let panels: Panels;
let subject: Subject;
let shop: StandIn;
const hostileText = "<img src=x onerror=document.title='hostile'>";
/** Components of the card with this key that the shop answers; null fails it. */
let components: (key: string) => object[] | string = (key) => [{ type: "text", text: `${key} of today ${hostileText}` }];
/** Not kept: each test gets its own answer. */
const cardOf = (key: string) => ({ key, timeToLiveSeconds: 0, components: components(key) });

beforeAll(async () => {
  if (!hasChromium) return;
  shop = await standIn(({ body }) => ({ status: 200, body: { cards: JSON.parse(body).cardKeys.map(cardOf) } }));
  harness = await openHarness({
    secrets: { shop: `whsec_${Buffer.alloc(32, 7).toString("base64")}` },
    configure: (config) => {
      const list = ["orders", "invoices"].map((key) => ({ key, title: { en: key === "orders" ? "Orders" : "Invoices" } }));
      const cards = { url: `${shop.url}/cards`, secret: "shop", list };
      const settings = { cards, allowInsecure: true, allowPrivate: true };
      config.tenants.acme.connections.push({ id: "shop", platform: "generic", settings });
    },
  });
  subject = await findSubject(harness);
  panels = await openPanels(harness, subject);
});
afterAll(async () => {
  await panels?.close();
  await harness?.close();
  await shop?.close();
});
afterEach(() => panels.closePages());

let tickets = 880_000;
/** Sends a new ticket of the customer, as Zendesk would. */
async function newTicket(text: string): Promise<void> {
  const { requesterId } = subject;
  const event = ticketEvent("created", { id: ++tickets, requesterId, updatedAt: harness.clock.now(), subject: text });
  const response = await sendZendesk(harness, event);
  expect(response.text).toContain('"accepted":1');
}

describe.skipIf(!hasChromium)("an open Zendesk panel", () => {
  it("shows a new ticket without a further read, marks it for a moment and announces it once", async () => {
    const { app, page, contextRequests, complaints } = await panels.openTicket();
    await app.locator('[data-section="support"] h3 button').click();
    const requestCount = contextRequests.length;
    expect(requestCount).toBeGreaterThan(0);
    const status = app.locator("[role=status]");
    await newTicket("The invoice is wrong");
    await app.locator(".item.changed", { hasText: "The invoice is wrong" }).waitFor();
    await app.locator(".fact.changed", { hasText: "Other open" }).waitFor();
    await expect.poll(() => status.textContent()).toBe("Support updated: 1 new ticket");
    expect(await app.getByText("Updating…").count()).toBe(0);
    await page.clock.runFor(4_000);
    await expect.poll(() => app.locator(".changed").count()).toBe(0);
    await expect.poll(() => app.getByText("The invoice is wrong").count()).toBe(1);
    await expect.poll(() => status.textContent()).toBe("Support updated: 1 new ticket");
    expect(contextRequests.length).toBe(requestCount);
    expect(complaints).toEqual([]);
  });

  it("marks without motion when the user prefers reduced motion", async () => {
    const { app } = await panels.openTicket({ reducedMotion: "reduce" });
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

  it("is recorded as having shown the event", async () => {
    await panels.openTicket();
    const { requesterId } = subject;
    const response = await sendZendesk(
      harness,
      ticketEvent("created", { id: ++tickets, requesterId, updatedAt: harness.clock.now(), subject: "Seen" }),
    );
    await until("the panel view", async () => {
      const { body } = await harness.request(`/v1/events/${response.body.eventIds[0]}`);
      return body.trace.some((step: { stage: string; panel?: string }) => step.stage === "seen" && step.panel === "zendesk");
    });
  });
});

describe.skipIf(!hasChromium)("an open Salesforce panel", () => {
  it("reads once when its window gets the focus, and not before", async () => {
    const { page, panel, support, contextRequests, complaints } = await panels.openContact();
    const requestCount = contextRequests.length;
    await newTicket("Focus");
    await page.clock.runFor(1_100);
    expect(contextRequests.length).toBe(requestCount);
    expect(await support.getByText("Focus").count()).toBe(0);
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await support.locator("li.changed", { hasText: "Focus" }).waitFor();
    await panel.locator("[data-fact=open_tickets].changed").waitFor();
    await expect.poll(() => panel.locator("[role=status]").textContent()).toBe("Support updated: 1 new ticket");
    expect(await panel.getByText("Updating…").count()).toBe(0);
    expect(contextRequests.length).toBe(requestCount + 1);
    await page.clock.runFor(4_000);
    await expect.poll(() => panel.locator(".changed").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("reads within four seconds without any input in the window with the focus, and within ten in another", async () => {
    const { page, support, contextRequests, complaints } = await panels.openContact();
    const requestCount = contextRequests.length;
    await newTicket("Polled");
    await page.clock.runFor(4_500);
    await support.locator("li.changed", { hasText: "Polled" }).waitFor();
    expect(contextRequests.length).toBe(requestCount + 1);
    await page.evaluate("document.hasFocus = () => false");
    // The next poll is planned already.
    await page.clock.runFor(4_000);
    await until("the poll", async () => contextRequests.length === requestCount + 2);
    await newTicket("Elsewhere");
    await page.clock.runFor(6_000);
    expect(contextRequests.length).toBe(requestCount + 2);
    await page.clock.runFor(4_500);
    await support.locator("li.changed", { hasText: "Elsewhere" }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("reads nothing while it is hidden, and at once when it is visible again", async () => {
    const { page, panel, support, contextRequests } = await panels.openContact();
    await panel.evaluate((element) => {
      (element as unknown as { style: { display: string } }).style.display = "none";
    });
    // The browser notifies observers with its next frame, the panel's before this later one.
    await panel.evaluate((element) => {
      type Observer = new (callback: (entries: { isIntersecting: boolean }[]) => void) => { observe(element: unknown): void };
      const { IntersectionObserver } = globalThis as unknown as { IntersectionObserver: Observer };
      return new Promise<void>((resolve) => {
        new IntersectionObserver(([entry]) => entry?.isIntersecting || resolve()).observe(element);
      });
    });
    const requestCount = contextRequests.length;
    await newTicket("Hidden");
    await page.clock.runFor(120_000);
    expect(contextRequests.length).toBe(requestCount);
    await panel.evaluate((element) => {
      (element as unknown as { style: { display: string } }).style.display = "";
    });
    await support.locator("li.changed", { hasText: "Hidden" }).waitFor();
  });
});

/** An operator changes what the panels of acme show. */
async function setLayouts(layouts: object[]): Promise<void> {
  const file = join(harness.directory, "sidelight.yaml");
  const config = parse(await readFile(file, "utf8"));
  config.tenants.acme.panel = { layouts };
  await writeFile(file, stringify(config));
  await harness.runtime.reload();
}

describe.skipIf(!hasChromium)("layouts and cards", () => {
  afterEach(() => setLayouts([]));

  it("arrive in an open Zendesk panel without a reload of the page, in the order and with the labels of the configuration", async () => {
    const { app, page, complaints } = await panels.openTicket();
    const names = () => app.locator("[data-section]").evaluateAll((all) => all.map((e) => e.getAttribute("data-section")));
    await expect.poll(names).toEqual(expect.arrayContaining(["health", "orders", "invoices"]));
    await app.locator('[data-section="orders"][data-state="ok"] h3 button').click();
    await app.locator('[data-section="orders"]').getByText(`orders of today ${hostileText}`).waitFor();
    await setLayouts([
      { sections: ["support", "orders"], facts: ["sessions", "arr"], labels: { support: { en: "Help desk" } } },
      { when: { place: "user_sidebar" }, sections: ["health"] },
    ]);
    await until("the new layout", async () => {
      await page.clock.runFor(1_000);
      return (await names()).join() === "support,orders";
    });
    await app.getByRole("heading", { name: "Help desk" }).waitFor();
    await expect.poll(() => app.locator(".fact").count()).toBe(2);
    expect(await page.title()).not.toBe("hostile");
    expect(complaints).toEqual([]);
  });

  it("show in a Salesforce panel, where a card that fails keeps its title and is read again alone", async () => {
    components = (key) => (key === "orders" ? "no components" : [{ type: "text", text: hostileText }]);
    await setLayouts([{ when: { place: "contact" }, sections: ["orders", "support", "invoices"] }]);
    shop.requests.length = 0;
    const { page, panel, contextRequests, complaints } = await panels.openContact();
    const section = (name: string) => panel.locator(`c-sidelight-section[data-section=${name}]`);
    await section("orders").getByText("Orders couldn't be loaded.").waitFor();
    await section("invoices").getByRole("button", { name: "Invoices" }).click();
    await section("invoices").getByText(hostileText).waitFor();
    const isRead = (url: string) => !url.includes("getCards");
    const requestCount = contextRequests.filter(isRead).length;
    components = (key) => [{ type: "text", text: `${key} of today` }];
    await section("orders").getByRole("button", { name: "Retry" }).click();
    await panel.locator("c-sidelight-section[data-section=orders]", { hasText: "Updated just now" }).waitFor();
    // It stays open.
    await section("orders").getByText("orders of today").waitFor();
    expect(shop.requests.map(({ body }) => JSON.parse(body).cardKeys)).toEqual([["orders", "invoices"], ["orders"]]);
    expect(contextRequests.filter(isRead).length).toBe(requestCount);
    expect(await page.title()).not.toBe("hostile");
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("older events", () => {
  beforeAll(async () => {
    for (let count = 1; count <= 24; count++) await newTicket(`Request ${count}`);
  });

  it("follow those of the timeline in a Zendesk panel, of all sources and of one", async () => {
    const { app, complaints } = await panels.openTicket();
    const timeline = app.locator('[data-section="timeline"]');
    await timeline.locator("h3 button").click();
    await timeline.getByRole("button", { name: /^Show \d+ more$/ }).click();
    const titles = timeline.locator("li", { hasText: "Request" });
    await until("twenty events", async () => (await titles.count()) === 20);
    await timeline.getByRole("button", { name: "Show older events" }).click();
    await timeline.getByText("Request 1", { exact: false }).first().waitFor();
    await until("all of them", async () => (await titles.count()) === 24);
    await timeline.getByRole("button", { name: "Mixpanel" }).click();
    await timeline.getByRole("button", { name: "Show older events" }).click();
    await timeline.locator("li", { hasText: "Mixpanel" }).first().waitFor();
    expect(await titles.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("follow those of the timeline in a Salesforce panel, through Apex", async () => {
    const { panel, complaints } = await panels.openContact();
    const timeline = panel.locator("c-sidelight-section[data-section=timeline]");
    await timeline.getByRole("button", { name: /^Timeline/ }).click();
    await timeline.getByRole("button", { name: /^Show \d+ more$/ }).click();
    const titles = timeline.locator("li", { hasText: "Request" });
    await until("twenty events", async () => (await titles.count()) === 20);
    await timeline.getByRole("button", { name: "Show older events" }).click();
    await until("all of them", async () => (await titles.count()) === 24);
    await timeline.getByRole("button", { name: "Mixpanel" }).click();
    await timeline.getByRole("button", { name: "Show older events" }).click();
    await timeline.locator("li", { hasText: "Mixpanel" }).first().waitFor();
    expect(await titles.count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
