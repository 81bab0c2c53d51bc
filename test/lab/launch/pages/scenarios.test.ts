import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startSimulators, TINY } from "../../simulators/lab.ts";
import { openWebhooks, type Webhooks } from "../../webhooks/index.ts";
import { content, TARGETS } from "../../webhooks/testing.ts";
import type { SentWebhook } from "../../webhooks/webhookLog.ts";
import type { ApiClient } from "../client.ts";
import { newTenantState } from "../state.ts";
import { scenarioKinds } from "./scenarioKinds.ts";
import { type Pages, startPages } from "./server.ts";
import { webhookProgress } from "./webhookProgress.ts";

let lab: Lab;
let pages: Pages;
let webhooks: Webhooks;
beforeAll(async () => {
  lab = await startSimulators({ sizes: TINY, seed: 7 });
  webhooks = openWebhooks({
    lab,
    targets: { acme: TARGETS, globex: TARGETS },
    send: async (url, { headers, body }) => content({ to: new URL(url).pathname.slice(1) as "zendesk", headers, body, at: 0 }),
  });
  const names = Object.keys(lab.tenants);
  const forEachTenant = <T>(make: (name: string) => T): Record<string, T> =>
    Object.fromEntries(names.map((name) => [name, make(name)]));
  const client: ApiClient = { get: async () => Response.json({ items: [] }), contexts: async () => [] };
  pages = await startPages({ lab, state: { anchor: 0, pagesPort: 0, tenants: forEachTenant(newTenantState) }, port: 0 });
  pages.open({
    url: "http://api.invalid",
    clients: forEachTenant(() => client),
    examples: forEachTenant((name) => lab.tenants[name]!.examples),
  });
});
afterAll(async () => {
  await webhooks.close();
  await pages.close();
  await lab.close();
});

const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${pages.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers of two kinds, looked into by tests
  return { status: response.status, body: (await response.json()) as any };
};

describe("the scenarios of the home page", () => {
  it.each(scenarioKinds)("describes %s in a sentence and links to pages that exist", async (kind) => {
    const { status, body } = await post("/scenarios", { kind, tenant: "acme" });
    expect(status).toBe(200);
    expect(body.line).toMatch(/^\S.{10,200}\.$/);
    expect(body.line).not.toMatch(/undefined|null|NaN|_/);
    expect(body.links.length).toBeGreaterThan(0);
    for (const { label, href } of body.links) {
      expect(label).toMatch(/ in (Zendesk|Salesforce)$/);
      expect((await fetch(pages.url + href)).status, href).toBe(200);
    }
  });

  it("runs again for the same customer", async () => {
    const first = await post("/scenarios", { kind: "angry_ticket", tenant: "acme" });
    const second = await post("/scenarios", { kind: "ticket_created", tenant: "acme", about: first.body.customer.ref });
    expect(second.body.customer).toEqual(first.body.customer);
    const fromHostPage = await post("/acme/zendesk/scenarios", { kind: "angry_ticket", about: first.body.customer.ref });
    expect(fromHostPage.body.line).toContain(first.body.customer.name);
  });

  it("reports why a scenario cannot run, and refuses other sites", async () => {
    const unknown = await post("/scenarios", { kind: "deal_won", tenant: "acme", about: "email:unknown@nowhere.example" });
    expect([unknown.status, unknown.body.error]).toEqual([
      409,
      "no customer of this tenant matches email:unknown@nowhere.example",
    ]);
    expect((await post("/scenarios", { kind: "miracle", tenant: "acme" })).status).toBe(400);
    expect((await post("/scenarios", { kind: "deal_won", tenant: "acme" }, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await post("/acme/zendesk/scenarios", { kind: "deal_won" }, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  });
});

describe("the progress of webhooks", () => {
  const webhook = (fields: Partial<SentWebhook>): SentWebhook => ({
    id: "1",
    platform: "zendesk",
    tenant: "acme",
    type: "ticket.created",
    at: "2026-11-20T15:00:00.000Z",
    attempts: 1,
    status: 200,
    delivery: null,
    state: "delivered",
    dueAt: null,
    tookMs: 38,
    scenario: "h",
    ...fields,
  });
  const now = Date.parse("2026-11-20T15:00:10Z");
  const due = "2026-11-20T15:00:40.000Z";

  it.each([
    ["at once", [webhook({})], "Zendesk’s webhook arrived after 38 ms."],
    ["late", [webhook({ tookMs: 41_260 })], "Zendesk’s webhook arrived after 41.3 s."],
    [
      "twice",
      [webhook({ delivery: "duplicate" }), webhook({ delivery: "duplicate", tookMs: 900 })],
      "Zendesk’s webhook arrived after 38 ms, and a second time after that.",
    ],
    ["scheduled", [webhook({ state: "waiting", attempts: 0, status: 0, dueAt: due })], "Zendesk’s webhook leaves in 30 s."],
    [
      "under way",
      [webhook({ state: "waiting", attempts: 0, status: 0, dueAt: "2026-11-20T15:00:10.100Z" })],
      "Zendesk’s webhook is on its way.",
    ],
    [
      "refused for now",
      [webhook({ state: "waiting", status: 503, dueAt: due })],
      "Sidelight did not take Zendesk’s webhook (503); the next attempt is in 30.0 s.",
    ],
    ["lost", [webhook({ state: "lost" })], "Zendesk’s webhook is lost: Sidelight finds the change with its next pull."],
    [
      "failed",
      [webhook({ state: "failed", status: 500 })],
      "Zendesk’s webhook failed (500): Sidelight finds the change with its next pull.",
    ],
    [
      "halted",
      [webhook({ platform: "mixpanel", state: "waiting", status: 401 })],
      "Mixpanel stopped sending because Sidelight refused a webhook (401).",
    ],
  ])("describes webhooks that are delivered %s", (_, webhooks, line) => {
    expect(webhookProgress(webhooks, now)).toEqual({ lines: [line], isOver: webhooks.every(({ state }) => state !== "waiting") });
  });
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(!hasChromium)("the home page in a browser", () => {
  let browser: Browser;
  let page: Page;
  const consoleMessages: string[] = [];
  beforeAll(async () => {
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1240, height: 1000 } });
    page.on("console", (message) => consoleMessages.push(message.text()));
    page.on("pageerror", (error) => consoleMessages.push(error.message));
    await page.goto(pages.url);
    await page.getByRole("group", { name: "In Zendesk" }).waitFor();
  });
  afterAll(() => browser?.close());

  const choice = (name: string) => page.getByRole("combobox", { name, exact: true });
  const reports = () => page.getByRole("list", { name: "Scenarios that ran" }).getByRole("listitem");

  it("runs scenarios by keyboard and keeps the customer selected", async () => {
    await page.getByRole("button", { name: "An angry ticket comes in" }).focus();
    await page.keyboard.press("Enter");
    await reports().first().getByText("Zendesk’s webhook arrived after").waitFor();
    const name = /^(.*?)’s ticket/.exec(await reports().first().getByRole("link").first().innerText())![1];
    await expect.poll(() => choice("To").inputValue()).toMatch(/^zendesk\.user:/);
    await page.keyboard.press("Space");
    await page.waitForFunction("document.querySelectorAll('#happened li').length === 2");
    await expect.poll(() => reports().first().innerText()).toContain(name);
    expect(await page.getByRole("button", { name: "An angry ticket comes in" }).evaluate((b) => b.matches(":focus"))).toBe(true);
  });

  it("delivers the webhooks of the selected tenant in the selected way", async () => {
    await choice("At").selectOption("globex");
    await choice("Webhooks arrive").selectOption("never");
    await page.getByRole("button", { name: "A ticket comes in", exact: true }).click();
    await reports().first().getByText("Zendesk’s webhook is lost").waitFor();
    expect(lab.webhooks.list({ tenant: "globex" })).toMatchObject([{ delivery: "lost", state: "lost" }]);
    await choice("Webhooks arrive").selectOption("late");
    await page.getByRole("button", { name: "A new lead is created" }).click();
    await reports()
      .first()
      .getByText(/leaves in \d+ s/)
      .waitFor();
  });

  it.each(["light", "dark"] as const)(
    "has no axe violation in the %s scheme and writes nothing to the console",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(axe);
      const { violations } = (await page.evaluate("axe.run()")) as { violations: { id: string; nodes: { html: string }[] }[] };
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
      expect(consoleMessages).toEqual([]);
    },
  );

  it("does not scroll sideways in its section on a narrow page", async () => {
    await page.setViewportSize({ width: 360, height: 900 });
    const rightEdge = await page.evaluate(
      "Math.max(...[...document.querySelectorAll('[aria-labelledby=happen-title] *')].map((e) => e.getBoundingClientRect().right))",
    );
    expect(rightEdge).toBeLessThanOrEqual(360);
  });
});
