import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launch } from "../../../support/browser.ts";
import { type Lab, startSimulators, TINY } from "../../simulators/lab.ts";
import { openWebhooks, type Webhooks } from "../../webhooks/index.ts";
import type { SentWebhook } from "../../webhooks/sent.ts";
import { content, TARGETS } from "../../webhooks/testing.ts";
import type { ApiClient } from "../client.ts";
import { newTenantState } from "../state.ts";
import { offeredKinds } from "./kinds.ts";
import { news } from "./news.ts";
import { type Pages, startPages } from "./server.ts";

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
  const each = <T>(make: (name: string) => T): Record<string, T> => Object.fromEntries(names.map((name) => [name, make(name)]));
  const client: ApiClient = { get: async () => Response.json({ items: [] }), contexts: async () => [] };
  pages = await startPages({ lab, state: { anchor: 0, pagesPort: 0, tenants: each(newTenantState) }, port: 0 });
  pages.open({
    apiUrl: "http://api.invalid",
    clients: each(() => client),
    examples: each((name) => lab.tenants[name]!.examples),
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

describe("what the home page makes happen", () => {
  it.each(offeredKinds)("%s is told in a line, with pages that exist", async (kind) => {
    const { status, body } = await post("/happenings", { kind, tenant: "acme" });
    expect(status).toBe(200);
    expect(body.line).toMatch(/^\S.{10,200}\.$/);
    expect(body.line).not.toMatch(/undefined|null|NaN|_/);
    expect(body.links.length).toBeGreaterThan(0);
    for (const { label, href } of body.links) {
      expect(label).toMatch(/ in (Zendesk|Salesforce)$/);
      expect((await fetch(pages.url + href)).status, href).toBe(200);
    }
  });

  it("happens again to the customer it happened to before", async () => {
    const first = await post("/happenings", { kind: "angry_ticket", tenant: "acme" });
    const again = await post("/happenings", { kind: "ticket_created", tenant: "acme", about: first.body.whom.ref });
    expect(again.body.whom).toEqual(first.body.whom);
    const hosts = await post("/acme/zendesk/happen", { kind: "angry_ticket", about: first.body.whom.ref });
    expect(hosts.body.line).toContain(first.body.whom.name);
  });

  it("says why it can't, and is for this page alone", async () => {
    const nobody = await post("/happenings", { kind: "deal_won", tenant: "acme", about: "email:nobody@nowhere.example" });
    expect([nobody.status, nobody.body.error]).toEqual([409, "nobody here is email:nobody@nowhere.example"]);
    expect((await post("/happenings", { kind: "miracle", tenant: "acme" })).status).toBe(400);
    expect((await post("/happenings", { kind: "deal_won", tenant: "acme" }, { "sec-fetch-site": "cross-site" })).status).toBe(
      403,
    );
    expect((await post("/acme/zendesk/happen", { kind: "deal_won" }, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  });
});

describe("news of webhooks", () => {
  const one = (more: Partial<SentWebhook>): SentWebhook => ({
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
    happening: "h",
    ...more,
  });
  const now = Date.parse("2026-11-20T15:00:10Z");
  const due = "2026-11-20T15:00:40.000Z";

  it.each([
    ["at once", [one({})], "Zendesk told Sidelight after 38 ms."],
    ["late", [one({ tookMs: 41_260 })], "Zendesk told Sidelight after 41.3 s."],
    [
      "twice",
      [one({ delivery: "duplicate" }), one({ delivery: "duplicate", tookMs: 900 })],
      "Zendesk told Sidelight after 38 ms, and once more after that.",
    ],
    ["held", [one({ state: "waiting", attempts: 0, status: 0, dueAt: due })], "Zendesk’s webhook leaves in 30 s."],
    [
      "under way",
      [one({ state: "waiting", attempts: 0, status: 0, dueAt: "2026-11-20T15:00:10.100Z" })],
      "Zendesk’s webhook is on its way.",
    ],
    [
      "refused for now",
      [one({ state: "waiting", status: 503, dueAt: due })],
      "Sidelight did not take Zendesk’s webhook (503); it comes again in 30.0 s.",
    ],
    ["lost", [one({ state: "lost" })], "Zendesk’s webhook is lost: Sidelight will learn of it when it next pulls."],
    [
      "failed",
      [one({ state: "failed", status: 500 })],
      "Zendesk’s webhook failed (500): Sidelight will learn of it when it next pulls.",
    ],
    [
      "halted",
      [one({ platform: "mixpanel", state: "waiting", status: 401 })],
      "Mixpanel has stopped sending, since Sidelight refused it (401).",
    ],
  ])("that come %s", (_, webhooks, line) => {
    expect(news(webhooks, now)).toEqual({ lines: [line], isOver: webhooks.every(({ state }) => state !== "waiting") });
  });
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(!hasChromium)("the home page in a browser", () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1240, height: 1000 } });
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(pages.url);
    await page.getByRole("group", { name: "In Zendesk" }).waitFor();
  });
  afterAll(() => browser?.close());

  const choice = (name: string) => page.getByRole("combobox", { name, exact: true });
  const happened = () => page.getByRole("list", { name: "What happened" }).getByRole("listitem");

  it("makes things happen by keyboard, and stays with the customer", async () => {
    await page.getByRole("button", { name: "An angry ticket comes in" }).focus();
    await page.keyboard.press("Enter");
    await happened().first().getByText("Zendesk told Sidelight after").waitFor();
    const name = /^(.*?)’s ticket/.exec(await happened().first().getByRole("link").first().innerText())![1];
    expect(await choice("To").inputValue()).toMatch(/^zendesk\.user:/);
    await page.keyboard.press("Space");
    await page.waitForFunction("document.querySelectorAll('#happened li').length === 2");
    expect(await happened().first().innerText()).toContain(name);
    expect(await page.getByRole("button", { name: "An angry ticket comes in" }).evaluate((b) => b.matches(":focus"))).toBe(true);
  });

  it("has the webhooks fare as it was asked to, at the company that was chosen", async () => {
    await choice("At").selectOption("globex");
    await choice("Webhooks arrive").selectOption("never");
    await page.getByRole("button", { name: "A ticket comes in", exact: true }).click();
    await happened().first().getByText("Zendesk’s webhook is lost").waitFor();
    expect(lab.webhooks.list({ tenant: "globex" })).toMatchObject([{ delivery: "lost", state: "lost" }]);
    await choice("Webhooks arrive").selectOption("late");
    await page.getByRole("button", { name: "A new lead turns up" }).click();
    await happened()
      .first()
      .getByText(/leaves in \d+ s/)
      .waitFor();
  });

  it.each(["light", "dark"] as const)(
    "has nothing that axe finds, in the %s, and says nothing in the console",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(axe);
      const { violations } = (await page.evaluate("axe.run()")) as { violations: { id: string; nodes: { html: string }[] }[] };
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );

  it("doesn't scroll sideways in its own part, however narrow", async () => {
    await page.setViewportSize({ width: 360, height: 900 });
    const widest = await page.evaluate(
      "Math.max(...[...document.querySelectorAll('[aria-labelledby=happen-title] *')].map((e) => e.getBoundingClientRect().right))",
    );
    expect(widest).toBeLessThanOrEqual(360);
  });
});
