/** What the browser tests of the panel need: the built page, a server with fixtures behind it, a browser. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { launch } from "../../../support/browser.ts";
import { type DevServer, startDev } from "./dev.ts";
import { devRecords } from "./dev-api.ts";

const here = import.meta.dirname;
const sources = [`${here}`, `${here}/../../../../apps/salesforce/force-app/main/default`, `${here}/../../../../shared/panel/src`];

/** A build of its own, with the engine's own checks: what LWC complains about fails the tests. */
export const testedPage = `${here}/.cache/page`;

/** Builds the page unless the one that is there is newer than everything it is made of. */
export async function buildPage(): Promise<void> {
  if (isCurrent()) return;
  const lock = `${here}/.cache/building`;
  mkdirSync(`${here}/.cache`, { recursive: true });
  try {
    mkdirSync(lock);
  } catch {
    // Another test file is at it.
    while (existsSync(lock) && Date.now() - statSync(lock).mtimeMs < 60_000) await setTimeout(50);
    rmSync(lock, { recursive: true, force: true });
    return buildPage();
  }
  try {
    await build({ configFile: `${here}/vite.config.ts`, mode: "development", build: { outDir: testedPage } });
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isCurrent(): boolean {
  const built = `${testedPage}/page.js`;
  return existsSync(built) && sources.every((folder) => newestIn(folder) <= statSync(built).mtimeMs);
}

function newestIn(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(
    ({ name }) => !["dist", ".cache", "node_modules"].includes(name),
  );
  const times = entries.map((entry) => {
    const path = `${folder}/${entry.name}`;
    // Our own generated module is made by the build itself.
    if (entry.name.startsWith("sidelightModel.js")) return 0;
    return entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs;
  });
  return Math.max(0, ...times);
}

export interface PanelPage {
  page: Page;
  /** Errors and warnings of the console, and exceptions nobody caught. */
  complaints: string[];
  /** Apex methods called, in order. */
  calls: string[];
}

export interface OpenOptions {
  width?: number;
  scheme?: "light" | "dark";
  query?: string;
  /** Freezes the page's clock at this instant; `page.clock` moves it. */
  at?: number;
}

/** A page on one fixture's record, as far as its first answer. */
export async function openPanel(
  browser: Browser,
  dev: DevServer,
  fixture: string,
  options: OpenOptions = {},
): Promise<PanelPage> {
  const { width = 320, scheme = "light", query = "", at } = options;
  const page = await browser.newPage({ viewport: { width: 1100, height: 1000 }, locale: "en-US", timezoneId: "UTC" });
  const complaints: string[] = [];
  const calls: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const [, method] = /\/apex\/(\w+)$/.exec(request.url()) ?? [];
    if (method) calls.push(method);
  });
  if (at !== undefined) await page.clock.install({ time: at });
  const record = devRecords.find((entry) => entry.fixture === fixture);
  if (!record) throw new Error(`no fixture ${fixture}`);
  const { object, id } = record;
  await page.goto(`${dev.url}?objectApiName=${object}&recordId=${id}&width=${width}&scheme=${scheme}${query}`);
  await page.locator("c-sidelight-panel article").waitFor();
  return { page, complaints, calls };
}

export interface PanelSuite {
  browser: () => Browser;
  dev: () => DevServer;
  /** Opens a page that is closed after the test. */
  show: (fixture: string, options?: OpenOptions) => Promise<PanelPage>;
}

/** Call it in a `describe`: a browser and a server for all its tests, the fixtures' answers restored before each. */
export function usePanel(): PanelSuite {
  let browser: Browser;
  let dev: DevServer;
  const open: PanelPage[] = [];

  beforeAll(async () => {
    await buildPage();
    [browser, dev] = await Promise.all([launch(), startDev(0, testedPage)]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await dev?.close();
  });
  beforeEach(() => dev.api.clear());
  afterEach(async () => {
    await Promise.all(open.splice(0).map(({ page }) => page.close()));
  });

  const show = async (fixture: string, options?: OpenOptions): Promise<PanelPage> => {
    const shown = await openPanel(browser, dev, fixture, options);
    open.push(shown);
    return shown;
  };
  return { browser: () => browser, dev: () => dev, show };
}

/** An answer of the API that is none, as problem+json. */
export function problemReply(status: number, code: string, headers: Record<string, string> = {}): Response {
  const body = { code, status, title: code, detail: "", type: "about:blank", requestId: "r" };
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/problem+json", ...headers } });
}
