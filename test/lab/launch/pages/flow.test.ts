import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { RouteStatus, Routes } from "@sidelight/contracts/events/route.ts";
import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Lab, startSimulators, TINY } from "../../simulators/lab.ts";
import type { ApiClient } from "../client.ts";
import { newTenantState } from "../state.ts";
import { flowOf } from "./flow.ts";
import { type Pages, startPages } from "./server.ts";

const labels = { salesforce: "Salesforce", zendesk: "Zendesk", mixpanel: "Mixpanel", generic: "Your own events" };
const route = (id: string, eventType: string, to: keyof typeof labels, fields: Partial<RouteStatus> = {}): RouteStatus => ({
  id,
  on: [eventType],
  when: null,
  to: { connection: to, platform: to, label: labels[to] },
  do: "create-task",
  purpose: "sales",
  owner: null,
  criticality: "normal",
  state: "ok",
  counts: { waiting: 0, blocked: 0, done: 0, dead_letter: 0, withheld: 0 },
  lastDelivered: null,
  delayMs: null,
  lastFailure: null,
  ...fields,
});
const deliveries = (count: number, ms: number): Partial<RouteStatus> => ({
  counts: { waiting: 0, blocked: 0, done: count, dead_letter: 0, withheld: 0 },
  lastDelivered: { at: new Date(1_780_000_000_000 + count * 1_000).toISOString(), ms },
  delayMs: { p50: ms, p95: ms },
});
const routesResponse = (items: RouteStatus[], ticketEvents = 0): Routes => ({
  version: "v1",
  since: "2026-11-20T15:00:00.000Z",
  sources: Object.entries(labels).map(([platform, label]) => ({
    platform,
    label,
    events: platform === "zendesk" ? ticketEvents : 0,
  })),
  items,
});

describe("the flow of events", () => {
  it("is grouped by source with derived events last, and orders targets so that few arrows cross", () => {
    const { sources, targets } = flowOf(
      routesResponse([
        route("risk", "customer.churn_risk.raised", "salesforce"),
        route("case", "zendesk.ticket.created", "salesforce"),
        route("fields", "zendesk.ticket.created", "zendesk"),
        route("lead", "salesforce.lead.created", "zendesk"),
      ]),
    );
    expect(sources.map(({ name, isSidelight, routes }) => [name, isSidelight, routes.map(({ id }) => id)])).toEqual([
      ["salesforce", false, ["lead"]],
      ["zendesk", false, ["fields", "case"]],
      ["mixpanel", false, []],
      ["generic", false, []],
      ["sidelight", true, ["risk"]],
    ]);
    expect(targets.map(({ connection }) => connection)).toEqual(["zendesk", "salesforce"]);
  });

  it("leaves out derived events when no route uses them", () => {
    const { sources } = flowOf({ ...routesResponse([]), sources: [{ platform: "sidelight", label: "sidelight", events: 3 }] });
    expect(sources).toEqual([]);
  });
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(!hasChromium)("the flow on the home page", () => {
  let lab: Lab;
  let pages: Pages;
  let browser: Browser;
  let page: Page;
  let routes: Routes;
  const consoleMessages: string[] = [];
  const failing: Partial<RouteStatus> = {
    state: "failing",
    counts: { waiting: 2, blocked: 0, done: 1, dead_letter: 0, withheld: 0 },
    lastFailure: {
      deliveryId: "48996a30",
      at: null,
      nextAttemptAt: new Date(Date.now() + 600_000).toISOString(),
      cause: "unavailable",
      message: "Salesforce answered 503.",
    },
  };
  const setRoutes = (fields: Partial<RouteStatus>, ticketEvents = 3): void => {
    routes = routesResponse(
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
    const forEachTenant = <T>(make: (name: string) => T): Record<string, T> =>
      Object.fromEntries(names.map((name) => [name, make(name)]));
    const client: ApiClient = {
      get: async (path) => Response.json(path.startsWith("/v1/config/routes") ? routes : { items: [] }),
      contexts: async () => [],
    };
    pages = await startPages({ lab, state: { anchor: 0, pagesPort: 0, tenants: forEachTenant(newTenantState) }, port: 0 });
    pages.open({
      url: "http://api.invalid",
      clients: forEachTenant(() => client),
      examples: forEachTenant((n) => lab.tenants[n]!.examples),
    });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await pages.close();
    await lab.close();
  });
  beforeEach(async () => {
    setRoutes(deliveries(4, 80));
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1240, height: 1000 } });
    page.on("console", (message) => consoleMessages.push(message.text()));
    page.on("pageerror", (error) => consoleMessages.push(error.message));
    await page.goto(pages.url);
    await row("ticket-fields").waitFor();
  });

  const row = (id: string) => page.locator(`#route-${id}`);
  const stateOf = (arrow: string) => page.locator(`#${arrow}`).getAttribute("data-state");

  /** Counts dots as they are added, because they disappear soon. */
  const countDots = () =>
    page.evaluate(`{
      globalThis.dots = 0;
      const isDot = (node) => node.classList?.contains("dot");
      const count = (changes) => (dots += changes.flatMap(({ addedNodes }) => [...addedNodes]).filter(isDot).length);
      new MutationObserver(count).observe(document.querySelector("#flow svg"), { childList: true, subtree: true });
    }`);

  it("draws an arrow for each source and each route by its state, and shows why a route fails", async () => {
    await expect
      .poll(() => row("ticket-to-case").innerText())
      .toContain("unavailable: Salesforce answered 503. Next attempt in 10 min.");
    expect(await Promise.all(["in-zendesk", "in-mixpanel", "out-ticket-fields", "out-ticket-to-case"].map(stateOf))).toEqual([
      "ok",
      "idle",
      "ok",
      "failing",
    ]);
    await expect.poll(() => page.locator("#from-zendesk").innerText()).toContain("3 events");
    const list = page.getByRole("list", { name: "Zendesk" });
    await expect.poll(() => list.getByRole("listitem").count()).toBe(2);
  });

  it("shows the details of a route by keyboard, and highlights its arrow", async () => {
    const summary = row("ticket-to-case").locator("summary");
    await summary.focus();
    await expect.poll(() => page.locator("#out-ticket-to-case").getAttribute("class")).toBe("highlighted");
    await page.keyboard.press("Enter");
    await row("ticket-to-case").getByText("zendesk.ticket.created").waitFor();
    await row("ticket-to-case").getByText("Delivery 48996a30.").waitFor();
  });

  it("shows a new delivery once, with its duration", async () => {
    await countDots();
    setRoutes(deliveries(5, 93), 4);
    const highlightedRow = page.locator(".route.highlighted");
    await highlightedRow.waitFor();
    expect((await highlightedRow.innerText()).replaceAll("\u00a0", " ")).toContain("5 done · 93 ms");
    await expect.poll(() => highlightedRow.count()).toBe(1);
    await expect.poll(() => page.getByText("ticket-fields to Zendesk: delivered after 93 ms.").count()).toBe(1);
    expect(await page.evaluate("dots")).toBe(2);
    await page.waitForFunction("document.querySelectorAll('#flow .dot').length === 0");
  });

  it("moves nothing when the person prefers reduced motion", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await countDots();
    setRoutes(deliveries(5, 93), 4);
    await page.locator(".route.highlighted").waitFor();
    expect(await page.evaluate("dots")).toBe(0);
  });

  it.each(["light", "dark"] as const)("has no axe violation in the %s scheme", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await row("ticket-to-case").locator("summary").click();
    await page.evaluate(axe);
    const { violations } = (await page.evaluate("axe.run('#flow-section')")) as {
      violations: { id: string; nodes: { html: string }[] }[];
    };
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  });

  it("fits a narrow page, with each target in the row of its route", async () => {
    await page.setViewportSize({ width: 360, height: 800 });
    await row("ticket-to-case").locator(".target").waitFor();
    await row("ticket-to-case").locator("summary").click();
    const rightEdge = await page.evaluate(
      "Math.max(...[...document.querySelectorAll('#flow *')].map((e) => e.getBoundingClientRect().right))",
    );
    expect(rightEdge).toBeLessThanOrEqual(360);
  });

  it("writes nothing to the console", () => {
    expect(consoleMessages).toEqual([]);
  });
});
