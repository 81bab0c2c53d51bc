import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildZendeskApp } from "../../apps/zendesk/tools/build.ts";
import { buildPage, testPageDist } from "../lab/hosts/salesforce/testing.ts";
import { type DevServer, startDev } from "../lab/hosts/zendesk/dev.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Takes minutes: 53 pages at once. Each state alone, in two of the variants, is in zendeskStates and salesforce-accessibility. */
const isFull = process.env["SIDELIGHT_FULL"] === "1";

/** Every state of both panels: 2 panels × light and dark × 320 and 256 px × both directions. */
describe.skipIf(!hasChromium || !isFull)("the gallery of both panels", () => {
  let dev: DevServer;
  let browser: Browser;

  beforeAll(async () => {
    await Promise.all([buildZendeskApp(), buildPage()]);
    [dev, browser] = await Promise.all([startDev(0, undefined, testPageDist), launch()]);
  }, scaled(120_000));
  afterAll(async () => {
    await browser?.close();
    await dev?.close();
  });

  describe.each(["en-US", "ar-EG"])("in %s", (locale) => {
    let page: Page;

    beforeAll(async () => {
      page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, timezoneId: "UTC" });
      await page.goto(`${dev.url}?eager&locale=${locale}`);
      for (const frame of await panelFrames(page)) await prepare(frame);
    }, scaled(120_000));
    afterAll(() => page?.close());

    it.each([
      ["zendesk", "light", 320],
      ["zendesk", "light", 256],
      ["zendesk", "dark", 320],
      ["zendesk", "dark", 256],
      ["salesforce", "light", 320],
      ["salesforce", "light", 256],
      ["salesforce", "dark", 320],
      ["salesforce", "dark", 256],
    ] as const)(
      "%s, %s, %i px: no state has an axe violation or a sideways scroll",
      async (panel, scheme, width) => {
        await page.evaluate(`for (const frame of document.querySelectorAll("iframe")) frame.style.width = "${width}px"`);
        const frames = (await panelFrames(page)).filter((frame) => kindOf(frame) === panel);
        expect(frames.length).toBeGreaterThan(14);
        const faults: string[] = [];
        for (const frame of frames) faults.push(...(await faultsOf(frame, scheme)));
        expect(faults).toEqual([]);
      },
      scaled(120_000),
    );
  });
});

type Kind = "zendesk" | "salesforce";

function kindOf(frame: Frame): Kind | null {
  const { pathname } = new URL(frame.url());
  if (pathname.includes("/app/")) return "zendesk";
  return pathname.includes("/salesforce/") ? "salesforce" : null;
}

async function panelFrames(page: Page): Promise<Frame[]> {
  const cells = await page.locator("iframe").count();
  const loadedFrames = (): Frame[] =>
    page.frames().filter((frame) => frame.url() !== "" && frame.url().startsWith("http") && kindOf(frame));
  while (loadedFrames().length < cells) await page.waitForTimeout(50);
  return loadedFrames();
}

/** Waits for the panel, opens its sections and adds axe. */
async function prepare(frame: Frame): Promise<void> {
  if (kindOf(frame) === "zendesk") await frame.locator("main[data-state]").waitFor();
  else await frame.locator("c-sidelight-panel article").waitFor();
  await frame.locator("h3 button[aria-expanded=false]").evaluateAll((buttons) => {
    for (const button of buttons) (button as unknown as { click(): void }).click();
  });
  await frame.evaluate(axe);
}

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** Switches the host page around the app, which reports it to the app. An app outside a host has no such page. */
async function setHostScheme(frame: Frame, scheme: string): Promise<void> {
  const hostPage = frame.parentFrame();
  if ((await hostPage?.locator("#scheme").count()) === 0)
    return await frame.evaluate(`void (document.documentElement.dataset.scheme = "${scheme}")`);
  if ((await hostPage?.locator("html").getAttribute("data-scheme")) !== scheme)
    await hostPage?.evaluate('document.querySelector("#scheme").click()');
  await frame.locator(`html[data-scheme=${scheme}]`).waitFor({ state: "attached" });
  // Garden's buttons fade from one color to the other.
  await frame.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished)).then(() => {})");
}

async function faultsOf(frame: Frame, scheme: string): Promise<string[]> {
  const state = new URL(frame.url()).search;
  const isSalesforce = kindOf(frame) === "salesforce";
  if (!isSalesforce) await setHostScheme(frame, scheme);
  const target = isSalesforce ? frame.locator("c-sidelight-panel") : frame.locator("body");
  // Lightning has one attribute for the page.
  if (isSalesforce) await frame.evaluate(`document.documentElement.dataset.scheme = "${scheme}"`);
  const overflow = await frame.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  const violations = await target.evaluate(async (element) => {
    const { axe: checker } = globalThis as unknown as {
      axe: { run(element: unknown, options: unknown): Promise<{ violations: Violation[] }> };
    };
    const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    return (await checker.run(element, { runOnly, resultTypes: ["violations"] })).violations;
  });
  const faults = [
    ...violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`)),
    ...(overflow > 0 ? [`${overflow} px wider than its frame`] : []),
  ];
  return faults.map((fault) => `${state}: ${fault}`);
}
