import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import type { Browser, Frame, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { buildZendeskApp } from "../../apps/zendesk/tools/build.ts";
import { type DevServer, startDev } from "../lab/hosts/zendesk/dev.ts";
import type { Scenario } from "../lab/hosts/zendesk/fixtureApi.ts";
import { type Opened, type OpenOptions, open } from "../lab/hosts/zendesk/testing.ts";

/** The time of the fixtures. */
const now = Date.parse("2026-11-21T09:30:00Z");

/** The Zendesk app in a host page with fixtures, for the tests of one file. Without a browser, nothing is started. */
export function useZendeskPanel() {
  let clock = () => now;
  let dev: DevServer;
  let browser: Browser;
  let openPages: Opened[] = [];

  beforeAll(async () => {
    if (!hasChromium) return;
    await buildZendeskApp();
    [dev, browser] = await Promise.all([startDev(0, () => clock()), launch()]);
  });
  afterAll(async () => {
    await browser?.close();
    await dev?.close();
  });
  beforeEach(() => {
    clock = () => now;
    dev?.api.clear();
  });
  afterEach(async () => {
    await Promise.all(openPages.map(({ context }) => context.close()));
    openPages = [];
  });

  /** A page that is closed after the test. */
  async function openPage(scenario: Scenario, options: OpenOptions = {}): Promise<Opened> {
    const page = await open(browser, dev, scenario, options);
    openPages.push(page);
    return page;
  }

  return {
    dev: () => dev,
    browser: () => browser,
    clock: () => clock(),
    /** Until the end of the test. */
    setClock(next: () => number) {
      clock = next;
    },
    openPage,
    /** At the time of the fixtures. */
    show: (scenario: Scenario, options: OpenOptions = {}) => openPage(scenario, { frozenAt: now, ...options }),
  };
}

export const state = ({ app }: Opened, name: string) => app.locator(`[data-state="${name}"]`).first().waitFor();

/** The frames exchange messages, which may arrive after the clock was moved, so the clock moves until the app is ready. */
export const waitUntilReady = ({ page, app }: Opened) =>
  until("the app to be ready", async () => {
    await page.clock.runFor(250);
    return await app.locator('[data-state="ready"]').first().isVisible();
  });

/** Opens all sections of a panel that is filled, and waits for what loads with the first of them. */
export async function expandAll({ app }: Pick<Opened, "app">): Promise<void> {
  await app.locator('h3 button[aria-expanded="false"]').evaluateAll((buttons) => {
    for (const button of buttons) (button as unknown as { click(): void }).click();
  });
  await expect.poll(() => app.locator('[data-section][data-state="ok"] .section-body:empty').count()).toBe(0);
}

export const sectionOf = ({ app }: Opened, name: string): Locator => app.locator(`[data-section="${name}"]`);

/** The frame of the first app. @throws if the page has none */
export function appFrame({ page }: Opened): Frame {
  const frame = page.frames().find((candidate) => candidate.url().includes("/app/"));
  if (!frame) throw new Error("The page has no frame with the app.");
  return frame;
}
