import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildZendeskApp } from "../../apps/zendesk/tools/build.ts";
import { buildPage, testPageDist } from "../lab/hosts/salesforce/testing.ts";
import { type DevServer, startDev } from "../lab/hosts/zendesk/dev.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type Panel = "zendesk" | "salesforce";
const panels: readonly Panel[] = ["zendesk", "salesforce"];

/** Every state of both panels: 2 panels × light and dark × 320 and 256 px × both directions. */
describe.skipIf(!hasChromium)("the gallery of both panels", () => {
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

  describe.each([
    { direction: "ltr", locale: "en-US" },
    { direction: "rtl", locale: "ar-EG" },
  ])("$direction, in $locale", ({ direction, locale }) => {
    let page: Page;
    let cells: Record<Panel, Cell[]>;

    // One page for all runs of a direction: theme and width change without a reload.
    beforeAll(async () => {
      page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, locale, timezoneId: "UTC" });
      await page.goto(`${dev.url}?eager&locale=${locale}`);
      cells = await cellsOf(page);
      for (const panel of panels) for (const cell of cells[panel]) await prepare(cell, panel);
    }, scaled(180_000));
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
        expect(cells[panel].length).toBeGreaterThan(30);
        await page.evaluate(setAppearance, { scheme, width });
        const faults: string[] = [];
        for (const cell of cells[panel]) faults.push(...(await faultsOf(cell, { panel, scheme, direction })));
        expect(faults).toEqual([]);
      },
      scaled(120_000),
    );
  });
});

/** A state in the gallery, by its caption. */
interface Cell {
  caption: string;
  frame: Frame;
}

/** The states, once each figure of the gallery has its panel. */
async function cellsOf(page: Page): Promise<Record<Panel, Cell[]>> {
  const framesOf = (path: RegExp): Frame[] => page.frames().filter((frame) => path.test(frame.url()));
  const find = () => ({ zendesk: framesOf(/\/app\/|\/panels\/zendesk\//), salesforce: framesOf(/\/salesforce\//) });
  const count = await page.locator("iframe").count();
  await until("a panel in each figure", () => {
    const { zendesk, salesforce } = find();
    return zendesk.length + salesforce.length === count;
  });
  const withCaption = async (frame: Frame): Promise<Cell> => {
    const figure = frame.parentFrame()?.parentFrame() ? frame.parentFrame()! : frame;
    return { frame, caption: (await (await figure.frameElement()).getAttribute("title")) ?? "" };
  };
  const { zendesk, salesforce } = find();
  return {
    zendesk: await Promise.all(zendesk.map(withCaption)),
    salesforce: await Promise.all(salesforce.map(withCaption)),
  };
}

/** Waits for what the panel shows first, opens its sections with what loads then, and adds axe. */
async function prepare({ caption, frame }: Cell, panel: Panel): Promise<void> {
  const isEndless = caption === "loading";
  if (panel === "zendesk") await frame.locator(isEndless ? "main" : 'main[data-state]:not([data-state="loading"])').waitFor();
  else
    await frame
      .locator(isEndless ? "c-sidelight-panel article" : "c-sidelight-panel [aria-busy=false]")
      .first()
      .waitFor();
  await frame.locator("h3 button[aria-expanded=false]").evaluateAll((buttons) => {
    for (const button of buttons) (button as unknown as { click(): void }).click();
  });
  const unfilled = frame.locator('[data-section][data-state="ok"] .section-body:empty');
  await until("the content of sections", async () => (await unfilled.count()) === 0);
  await frame.evaluate(axe);
}

/** Changes all figures at once: Zendesk's page reports it to the app, Lightning has an attribute. Runs in the page. */
const setAppearance = ({ scheme, width }: { scheme: string; width: number }): void => {
  interface Document {
    documentElement: { dataset: Record<string, string> };
    querySelector(selector: string): { click(): void } | null;
    querySelectorAll(selector: string): Iterable<{ style: { width: string }; contentDocument: Document | null }>;
  }
  const { document } = globalThis as unknown as { document: Document };
  for (const { style, contentDocument } of document.querySelectorAll("iframe")) {
    style.width = `${width}px`;
    if (!contentDocument) continue;
    const { dataset } = contentDocument.documentElement;
    const button = contentDocument.querySelector("#scheme");
    if (!button) dataset["scheme"] = scheme;
    else if (dataset["scheme"] !== scheme) button.click();
  }
};

const rules = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

interface Appearance {
  panel: Panel;
  scheme: string;
  direction: string;
}

async function faultsOf({ caption, frame }: Cell, { panel, scheme, direction }: Appearance): Promise<string[]> {
  const root = panel === "salesforce" ? "c-sidelight-panel" : "body";
  // An app outside a host has the theme of its address.
  if (caption === "not in a host") await frame.evaluate(`void (document.documentElement.dataset.scheme = "${scheme}")`);
  await frame.locator(`html[data-scheme=${scheme}]`).waitFor({ state: "attached" });
  // Takes the element, because under synthetic shadow a selector of the page does not reach into a component.
  const { violations, overflow, shownDirection } = await frame.locator(root).evaluate(inspect, rules);
  return [
    ...violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`)),
    ...(overflow > 0 ? [`${overflow} px wider than its frame`] : []),
    // Outside a host there is no language to follow.
    ...(shownDirection === direction || caption === "not in a host" ? [] : [`its direction is ${shownDirection}`]),
  ].map((fault) => `${caption}: ${fault}`);
}

/** Runs in the page. */
const inspect = async (element: unknown, runOnly: object) => {
  const {
    axe: checker,
    document,
    getComputedStyle,
  } = globalThis as unknown as {
    axe: { run(element: unknown, options: unknown): Promise<{ violations: Violation[] }> };
    document: {
      documentElement: { scrollWidth: number; clientWidth: number };
      getAnimations(): { finished: Promise<unknown> }[];
    };
    getComputedStyle(element: unknown): { direction: string };
  };
  const root = document.documentElement;
  // Garden's buttons fade from one color to the other.
  await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  const { violations } = await checker.run(element, { runOnly, resultTypes: ["violations"] });
  return { violations, overflow: root.scrollWidth - root.clientWidth, shownDirection: getComputedStyle(root).direction };
};
