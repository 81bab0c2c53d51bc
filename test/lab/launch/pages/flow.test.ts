import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { RouteStatus, Routes } from "@sidelight/contracts/events/route.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasChromium, launch } from "../../../support/browser.ts";
import { type Lab, startSimulators, TINY } from "../../simulators/lab.ts";
import type { ApiClient } from "../client.ts";
import { newTenantState } from "../state.ts";
import { flowOf } from "./flow.ts";
import { type Pages, startPages } from "./server.ts";

const labels = { salesforce: "Salesforce", zendesk: "Zendesk", mixpanel: "Mixpanel", generic: "Your own events" };
const route = (id: string, on: string, to: keyof typeof labels, more: Partial<RouteStatus> = {}): RouteStatus => ({
  id,
  on: [on],
  when: null,
  to: { connection: to, platform: to, label: labels[to] },
  do: "create-task",
  state: "ok",
  counts: { waiting: 0, held: 0, done: 0, dead: 0, withheld: 0 },
  lastDelivered: null,
  delayMs: null,
  lastFailure: null,
  ...more,
});
const done = (count: number, ms: number): Partial<RouteStatus> => ({
  counts: { waiting: 0, held: 0, done: count, dead: 0, withheld: 0 },
  lastDelivered: { at: new Date(1_780_000_000_000 + count * 1_000).toISOString(), ms },
  delayMs: { p50: ms, p95: ms },
});
const whole = (items: RouteStatus[], ticketEvents = 0): Routes => ({
  version: "v1",
  since: "2026-11-20T15:00:00.000Z",
  sources: Object.entries(labels).map(([platform, label]) => ({
    platform,
    label,
    events: platform === "zendesk" ? ticketEvents : 0,
  })),
  items,
});

describe("the flow", () => {
  it("stands by source, what Sidelight concludes last, with arrows that cross as little as may be", () => {
    const { sources, targets } = flowOf(
      whole([
        route("risk", "customer.churn_risk.raised", "salesforce"),
        route("case", "zendesk.ticket.created", "salesforce"),
        route("fields", "zendesk.ticket.created", "zendesk"),
        route("lead", "salesforce.lead.created", "zendesk"),
      ]),
    );
    expect(sources.map(({ name, isOurs, routes }) => [name, isOurs, routes.map(({ id }) => id)])).toEqual([
      ["salesforce", false, ["lead"]],
      ["zendesk", false, ["fields", "case"]],
      ["mixpanel", false, []],
      ["generic", false, []],
      ["sidelight", true, ["risk"]],
    ]);
    expect(targets.map(({ connection }) => connection)).toEqual(["zendesk", "salesforce"]);
  });

  it("leaves Sidelight's own events out where no route takes them", () => {
    const { sources } = flowOf({ ...whole([]), sources: [{ platform: "sidelight", label: "sidelight", events: 3 }] });
    expect(sources).toEqual([]);
  });
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(!hasChromium)("the flow on the home page", () => {
  let lab: Lab;
  let pages: Pages;
  let browser: Browser;
  let page: Page;
  let told: Routes;
  const complaints: string[] = [];
  const failing: Partial<RouteStatus> = {
    state: "failing",
    counts: { waiting: 2, held: 0, done: 1, dead: 0, withheld: 0 },
    lastFailure: {
      deliveryId: "48996a30",
      at: null,
      nextAttemptAt: new Date(Date.now() + 600_000).toISOString(),
      cause: "unavailable",
      message: "Salesforce answered 503.",
    },
  };
  const say = (fields: Partial<RouteStatus>, ticketEvents = 3): void => {
    told = whole(
      [
        route("ticket-fields", "zendesk.ticket.created", "zendesk", fields),
        route("ticket-to-case", "zendesk.ticket.created", "salesforce", failing),
      ],
      ticketEvents,
    );
  };

  beforeAll(async () => {
    lab = await startSimulators({ sizes: TINY, seed: 7 });
    const names = Object.keys(lab.tenants);
    const each = <T>(make: (name: string) => T): Record<string, T> => Object.fromEntries(names.map((name) => [name, make(name)]));
    const client: ApiClient = {
      get: async (path) => Response.json(path.startsWith("/v1/config/routes") ? told : { items: [] }),
      contexts: async () => [],
    };
    pages = await startPages({ lab, state: { anchor: 0, pagesPort: 0, tenants: each(newTenantState) }, port: 0 });
    pages.open({ apiUrl: "http://api.invalid", clients: each(() => client), examples: each((n) => lab.tenants[n]!.examples) });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await pages.close();
    await lab.close();
  });
  beforeEach(async () => {
    say(done(4, 80));
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1240, height: 1000 } });
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(pages.url);
    await row("ticket-fields").waitFor();
  });

  const row = (id: string) => page.locator(`#route-${id}`);
  const stateOf = (arrow: string) => page.locator(`#${arrow}`).getAttribute("data-state");

  /** Dots are gone soon: they are counted as they come. */
  const countDots = () =>
    page.evaluate(`{
      globalThis.dots = 0;
      const isDot = (node) => node.classList?.contains("dot");
      const seen = (changes) => (dots += changes.flatMap(({ addedNodes }) => [...addedNodes]).filter(isDot).length);
      new MutationObserver(seen).observe(document.querySelector("#flow svg"), { childList: true, subtree: true });
    }`);

  it("has an arrow for each source and each route, in the form of its state, and says why one fails", async () => {
    expect(await row("ticket-to-case").innerText()).toContain("unavailable: Salesforce answered 503. Next try in 10 min.");
    expect(await Promise.all(["in-zendesk", "in-mixpanel", "out-ticket-fields", "out-ticket-to-case"].map(stateOf))).toEqual([
      "ok",
      "idle",
      "ok",
      "failing",
    ]);
    expect(await page.locator("#from-zendesk").innerText()).toContain("3 events");
    const list = page.getByRole("list", { name: "Zendesk" });
    expect(await list.getByRole("listitem").count()).toBe(2);
  });

  it("tells all of a route by keyboard, and has its arrow stand out", async () => {
    const summary = row("ticket-to-case").locator("summary");
    await summary.focus();
    expect(await page.locator("#out-ticket-to-case").getAttribute("class")).toBe("chosen");
    await page.keyboard.press("Enter");
    await row("ticket-to-case").getByText("zendesk.ticket.created").waitFor();
    await row("ticket-to-case").getByText("Delivery 48996a30.").waitFor();
  });

  it("shows once what has moved, and how long it took", async () => {
    await countDots();
    say(done(5, 93), 4);
    const lit = page.locator(".route.lit");
    await lit.waitFor();
    expect((await lit.innerText()).replaceAll("\u00a0", " ")).toContain("5 done · 93 ms");
    expect(await lit.count()).toBe(1);
    expect(await page.getByText("ticket-fields to Zendesk: done after 93 ms.").count()).toBe(1);
    expect(await page.evaluate("dots")).toBe(2);
    await page.waitForFunction("document.querySelectorAll('#flow .dot').length === 0");
  });

  it("moves nothing for somebody who has asked for that", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await countDots();
    say(done(5, 93), 4);
    await page.locator(".route.lit").waitFor();
    expect(await page.evaluate("dots")).toBe(0);
  });

  it.each(["light", "dark"] as const)("has nothing that axe finds, in the %s", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await row("ticket-to-case").locator("summary").click();
    await page.evaluate(axe);
    const { violations } = (await page.evaluate("axe.run('#flow-section')")) as {
      violations: { id: string; nodes: { html: string }[] }[];
    };
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  });

  it("fits a narrow page, each target beside its route", async () => {
    await page.setViewportSize({ width: 360, height: 800 });
    await row("ticket-to-case").locator(".where").waitFor();
    await row("ticket-to-case").locator("summary").click();
    const widest = await page.evaluate(
      "Math.max(...[...document.querySelectorAll('#flow *')].map((e) => e.getBoundingClientRect().right))",
    );
    expect(widest).toBeLessThanOrEqual(360);
  });

  it("says nothing in the console", () => {
    expect(complaints).toEqual([]);
  });
});
