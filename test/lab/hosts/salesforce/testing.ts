/** Set-up of the panel's browser tests: the built page, a server with fixtures, a browser. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { launch } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { devRecords, failedRecords } from "./devApi.ts";
import { type DevServer, startDev } from "./devServer.ts";

const directory = import.meta.dirname;
const sources = [
  `${directory}`,
  `${directory}/../../../../apps/salesforce/force-app/main/default`,
  `${directory}/../../../../shared/panel/src`,
];

/** A development build: warnings of LWC fail the tests. */
export const testPageDist = `${directory}/.cache/page`;

/** Builds the page, unless the build is newer than all its sources. */
export async function buildPage(): Promise<void> {
  if (isCurrent()) return;
  const lock = `${directory}/.cache/building`;
  mkdirSync(`${directory}/.cache`, { recursive: true });
  try {
    mkdirSync(lock);
  } catch {
    // Another test file is building.
    while (existsSync(lock) && Date.now() - statSync(lock).mtimeMs < scaled(60_000)) await setTimeout(50);
    rmSync(lock, { recursive: true, force: true });
    return buildPage();
  }
  try {
    await build({ configFile: `${directory}/vite.config.ts`, mode: "development", build: { outDir: testPageDist } });
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isCurrent(): boolean {
  const output = `${testPageDist}/page.js`;
  return existsSync(output) && sources.every((folder) => newestIn(folder) <= statSync(output).mtimeMs);
}

function newestIn(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(
    ({ name }) => !["dist", ".cache", "node_modules"].includes(name),
  );
  const times = entries.map((entry) => {
    const path = `${folder}/${entry.name}`;
    // The build itself writes the generated modules.
    if (/^sidelight(\w*Model|Texts[A-Z][a-z])\.js/.test(entry.name)) return 0;
    return entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs;
  });
  return Math.max(0, ...times);
}

export interface PanelPage {
  page: Page;
  /** Errors and warnings of the console, and uncaught exceptions. */
  consoleErrors: string[];
  /** Apex methods called for the context, in order. */
  calls: string[];
}

export interface OpenOptions {
  width?: number;
  scheme?: "light" | "dark";
  query?: string;
  /** Epoch milliseconds. Freezes the page's clock at this time; `page.clock` advances it. */
  now?: number;
}

/** Opens the page of one fixture's record and waits until the panel has rendered. */
export async function openPanel(
  browser: Browser,
  dev: DevServer,
  fixture: string,
  options: OpenOptions = {},
): Promise<PanelPage> {
  const { width = 320, scheme = "light", query = "", now } = options;
  const page = await browser.newPage({ viewport: { width: 1100, height: 1000 }, locale: "en-US", timezoneId: "UTC" });
  const consoleErrors: string[] = [];
  const calls: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") consoleErrors.push(message.text());
  });
  page.on("pageerror", (error) => consoleErrors.push(String(error)));
  page.on("request", (request) => {
    const [, method] = /\/apex\/(\w+)$/.exec(request.url()) ?? [];
    // The pin is read once the panel has settled.
    if (method && method !== "getPins") calls.push(method);
  });
  page.setDefaultTimeout(scaled(30_000));
  if (now !== undefined) {
    // The clock runs between the two calls, so it starts earlier.
    await page.clock.install({ time: now - 3_600_000 });
    await page.clock.pauseAt(now);
  }
  const record = [...devRecords, ...failedRecords].find((entry) => entry.fixture === fixture);
  if (!record) throw new Error(`There is no fixture ${fixture}.`);
  const { object, id } = record;
  await page.goto(`${dev.url}?objectApiName=${object}&recordId=${id}&width=${width}&scheme=${scheme}${query}`);
  await page.locator("c-sidelight-panel article").waitFor();
  return { page, consoleErrors, calls };
}

export interface PanelSuite {
  browser: () => Browser;
  dev: () => DevServer;
  /** Opens a page that is closed after the test. Its frozen clock is the server's too. */
  show: (fixture: string, options?: OpenOptions) => Promise<PanelPage>;
}

/** Call it in a `describe`: starts a browser and a server for its tests, and removes overrides before each test. */
export function usePanel(): PanelSuite {
  let browser: Browser;
  let dev: DevServer;
  let clock: () => number = Date.now;
  const openPages: PanelPage[] = [];

  beforeAll(async () => {
    await buildPage();
    [browser, dev] = await Promise.all([launch(), startDev(0, testPageDist, () => clock())]);
  });
  afterAll(async () => {
    await browser?.close();
    await dev?.close();
  });
  beforeEach(() => {
    clock = Date.now;
    dev.api.clear();
  });
  afterEach(async () => {
    await Promise.all(openPages.splice(0).map(({ page }) => page.close()));
  });

  const show = async (fixture: string, options?: OpenOptions): Promise<PanelPage> => {
    const { now } = options ?? {};
    if (now !== undefined) clock = () => now;
    const panelPage = await openPanel(browser, dev, fixture, options);
    openPages.push(panelPage);
    return panelPage;
  };
  return { browser: () => browser, dev: () => dev, show };
}

/** An error response of the API: problem+json. */
export function problemReply(status: number, code: string, headers: Record<string, string> = {}): Response {
  const body = { code, status, title: code, detail: "", type: "about:blank", requestId: "r" };
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/problem+json", ...headers } });
}
