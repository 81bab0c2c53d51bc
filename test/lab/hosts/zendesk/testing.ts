/** For browser tests of the Zendesk app: pages over fixtures, accessibility and layout checks. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, FrameLocator, Page } from "playwright-core";
import type { DevServer } from "./dev.ts";
import { type Scenario, ticketOf } from "./fixtureApi.ts";

export interface OpenOptions {
  width?: number;
  scheme?: "light" | "dark";
  location?: string;
  locale?: string;
  /** Only the app, without the ticket around it. */
  bare?: boolean;
  /** Freezes the page's clock at this instant; `page.clock` moves it. Null lets it run. */
  frozenAt?: number | null;
}

export interface Opened {
  context: BrowserContext;
  page: Page;
  app: FrameLocator;
  /** Errors and warnings of the console, and uncaught exceptions. */
  complaints: string[];
}

export function address(dev: DevServer, scenario: Scenario, options: OpenOptions): string {
  const { width = 320, bare = false, frozenAt: _, ...rest } = options;
  const query = new URLSearchParams({ ticket: String(ticketOf(scenario)), width: String(width), timeZone: "UTC", ...rest });
  if (bare) query.set("bare", "1");
  return `${dev.url}host/?${query}`;
}

/** The host page on one scenario's ticket. */
export async function open(browser: Browser, dev: DevServer, scenario: Scenario, options: OpenOptions = {}): Promise<Opened> {
  const { width = 320, scheme = "light", bare = false, frozenAt = null, ...rest } = options;
  const viewport = bare ? { width, height: 900 } : { width: 1360, height: 900 };
  const context = await browser.newContext({ viewport, locale: "en-US", timezoneId: "UTC" });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  if (frozenAt !== null) {
    await page.clock.install({ time: frozenAt - 60_000 });
    await page.clock.pauseAt(frozenAt);
  }
  await page.goto(address(dev, scenario, { width, scheme, bare, ...rest }));
  return { context, page, app: page.frameLocator(".frames iframe:not([hidden])"), complaints };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** WCAG 2.2 AA violations inside the app, each with the elements concerned. */
export async function violations(page: Page): Promise<string[]> {
  const frame = page.frames().find((candidate) => candidate.url().includes("/app/"));
  if (!frame) throw new Error("The page has no frame with the app.");
  await frame.evaluate(axe);
  return await frame.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    // The host page has the main heading; the app starts at h2.
    const rules = { "page-has-heading-one": { enabled: false } };
    const axe = (globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: AxeViolation[] }> } }).axe;
    interface AxeViolation {
      id: string;
      nodes: { html: string; failureSummary?: string }[];
    }
    const { violations } = await axe.run({ runOnly: tags, rules, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`));
  });
}

/** How far the app's content is wider than its frame. */
export async function overflow(page: Page): Promise<number> {
  const frame = page.frames().find((candidate) => candidate.url().includes("/app/"))!;
  return await frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
