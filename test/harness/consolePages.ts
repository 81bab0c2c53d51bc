import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { serve } from "@hono/node-server";
import { launch } from "@sidelight/test-support/browser.ts";
import type { BrowserContextOptions, Page } from "playwright-core";
import { buildConsole } from "../../apps/console/tools/build.ts";
import type { Harness } from "./harness.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The console in a browser, served by the API of a harness. */
export interface ConsolePages {
  url: string;
  /** A window of its own, empty. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** The console at a page of it, signed in as the admin. @param prepare called before the console is loaded */
  open(path?: string, options?: BrowserContextOptions, prepare?: (page: Page) => Promise<unknown>): Promise<Page>;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

export async function openConsolePages(harness: Harness): Promise<ConsolePages> {
  await buildConsole();
  const browser = await launch();
  let server: ReturnType<typeof serve> | undefined;
  const url = await new Promise<string>((resolve) => {
    server = serve({ fetch: harness.app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    );
  });
  let pages: Page[] = [];

  const newPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-US", ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(8_000);
    pages.push(page);
    return page;
  };
  const closePages = async (): Promise<void> => {
    await Promise.all(pages.map((page) => page.context().close()));
    pages = [];
  };
  return {
    url,
    newPage,
    async open(path = "", options, prepare) {
      const page = await newPage(options);
      await prepare?.(page);
      await page.goto(`${url}/console${path && `#/${path}`}`);
      await signIn(page, harness.keys["acme"]?.admin ?? "");
      return page;
    },
    closePages,
    async close() {
      await browser.close();
      server?.close();
    },
  };
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Names of the accessibility rules that the page breaks. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return await page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))");
}

/** Pixels by which the page is wider than its window. */
export const overflow = (page: Page): Promise<number> => page.evaluate("document.documentElement.scrollWidth - innerWidth");

/** Wide and light, narrow and dark. */
export const appearances: readonly BrowserContextOptions[] = [
  { colorScheme: "light" },
  { colorScheme: "dark", viewport: { width: 320, height: 800 } },
];
