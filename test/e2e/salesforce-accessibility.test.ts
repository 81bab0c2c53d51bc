import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Page } from "playwright-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { devRecords } from "../lab/hosts/salesforce/devApi.ts";
import { openPanel, usePanel } from "../lab/hosts/salesforce/testing.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

describe.skipIf(!hasChromium)("accessibility of the Salesforce panel", () => {
  const { browser, dev, show } = usePanel();
  let sharedPage: Page;
  let page: Page;

  // Most tests share one page: the record changes without a reload.
  beforeAll(async () => {
    ({ page: sharedPage } = await openPanel(browser(), dev(), "rich"));
    await sharedPage.evaluate(axe);
  });
  beforeEach(() => {
    page = sharedPage;
  });

  const panel = () => page.locator("c-sidelight-panel");

  /** Shows another record on the same page and opens all its sections. */
  const showRecord = async (id: string): Promise<void> => {
    await page.evaluate(
      (record) => (globalThis as unknown as EventTarget).dispatchEvent(new CustomEvent("lab:open", { detail: record })),
      id,
    );
    await page.waitForFunction((record) => (globalThis as unknown as { location: URL }).location.search.includes(record), id);
    await openAllSections();
  };
  const openAllSections = async (): Promise<void> => {
    await panel().locator("[aria-busy=false]").waitFor();
    const collapsedToggles = panel().locator("c-sidelight-section .toggle[aria-expanded=false]");
    while ((await collapsedToggles.count()) > 0) await collapsedToggles.first().click();
  };
  const setAppearance = (width: number, scheme: string, dir: string) =>
    page.evaluate(
      (appearance) => {
        const root = (
          globalThis as unknown as {
            document: {
              documentElement: {
                dir: string;
                dataset: object;
                style: Map<string, string> & { setProperty(name: string, value: string): void };
              };
            };
          }
        ).document.documentElement;
        root.dir = appearance.dir;
        Object.assign(root.dataset, { scheme: appearance.scheme });
        root.style.setProperty("--lab-panel-width", `${appearance.width}px`);
      },
      { width, scheme, dir },
    );
  // Takes the element, because under synthetic shadow a selector of the page does not reach into a component.
  const runAxe = (): Promise<Violation[]> =>
    panel().evaluate(async (element) => {
      const { axe: checker } = globalThis as unknown as {
        axe: { run(element: unknown, options: unknown): Promise<{ violations: Violation[] }> };
      };
      const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      return (await checker.run(element, { runOnly, resultTypes: ["violations"] })).violations;
    });
  const messagesOf = (violations: Violation[]) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));

  it.each(devRecords)("$fixture: has no axe violation in light and dark, and no horizontal overflow", async ({ id }) => {
    await showRecord(id);
    for (const [width, scheme] of [
      [320, "light"],
      [256, "dark"],
    ] as const) {
      await setAppearance(width, scheme, "ltr");
      expect(messagesOf(await runAxe())).toEqual([]);
      expect(await overflowing(panel())).toEqual([]);
    }
  });

  // The height of inline text follows the font's ascent and descent. A flat font shows a target that depends on it.
  it.each(["rich", "hostile"])("%s: every target has 24 pixels with a font of small ascent and descent", async (fixture) => {
    await showRecord(devRecords.find((record) => record.fixture === fixture)!.id);
    const families = ["Arial", "Liberation Sans", "DejaVu Sans", "Noto Sans", "Roboto", "Inter"];
    const style = await page.addStyleTag({
      content: `@font-face { font-family: flat; ascent-override: 60%; descent-override: 10%; line-gap-override: 0%; src: ${families.map((family) => `local("${family}")`).join(", ")}; } * { font-family: flat !important; }`,
    });
    const targets = await panel()
      .locator("a, button")
      .evaluateAll((elements) =>
        elements.map((element) => ({ text: element.textContent, height: element.getBoundingClientRect().height })),
      );
    expect(targets.length).toBeGreaterThan(20);
    expect(targets.filter(({ height }) => height < 24)).toEqual([]);
    await style.evaluate((element) => (element as unknown as { remove(): void }).remove());
  });

  it("marks changed values with enough contrast and moves nothing", async () => {
    // The clock of this page is paused, so that the marks do not end before they are counted.
    ({ page } = await show("rich", { now: Date.now() }));
    await page.evaluate(axe);
    await openAllSections();
    const heights = () =>
      panel()
        .locator(".cell, .toggle")
        .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().height));
    const previousHeights = await heights();
    const nextContext = fixtures.rich(Date.now());
    nextContext.sections.account!.data!.owner!.name = "Alan Turing";
    Object.assign(nextContext.sections.support!.data!, { pending: 0, hold: 1 });
    Object.assign(nextContext.sections.support!.data!.tickets[1]!, { status: "solved" });
    Object.assign(nextContext.sections.product!.data!, { sessions30d: 210 });
    dev().api.replyWith(() => Response.json(nextContext));
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await page.clock.runFor(1_000);
    await panel().locator("[data-fact=stage].changed").waitFor();
    expect(await panel().locator(".changed").count()).toBeGreaterThan(3);
    // axe needs timers.
    await page.clock.resume();
    for (const scheme of ["light", "dark"]) {
      await setAppearance(320, scheme, "ltr");
      expect(messagesOf(await runAxe())).toEqual([]);
    }
    expect(await heights()).toEqual(previousHeights);
    await page.clock.fastForward(4_000);
    await panel().locator(".changed").first().waitFor({ state: "detached" });
  });

  it("has no axe violation and no horizontal overflow at 640 pixels and from right to left", async () => {
    await showRecord(devRecords[0]!.id);
    for (const [width, dir] of [
      [640, "ltr"],
      [256, "rtl"],
    ] as const) {
      await setAppearance(width, "light", dir);
      expect(
        await panel()
          .locator(".avatar")
          .evaluate(
            (element, rtl) =>
              element.getBoundingClientRect().x > (element.parentElement?.getBoundingClientRect().x ?? 0) + 40 === rtl,
            dir === "rtl",
          ),
      ).toBe(true);
      expect(messagesOf(await runAxe())).toEqual([]);
      expect(await overflowing(panel())).toEqual([]);
    }
    await setAppearance(320, "light", "ltr");
  });

  it("reserves its height while it loads: nothing moves when the response arrives", async () => {
    const response = Promise.withResolvers<Response | undefined>();
    dev().api.replyWith(() => response.promise);
    const { page: slowPage } = await openPanel(browser(), dev(), "company");
    await slowPage.locator("c-sidelight-panel .skeleton").waitFor();
    const positions = async () =>
      Promise.all(
        ["facts", ".toggle >> nth=1", ".toggle >> nth=4"].map(async (part) => {
          const box = await slowPage
            .locator("c-sidelight-panel")
            .locator(part === "facts" ? ".facts" : part)
            .boundingBox();
          return Math.round(box!.y);
        }),
      );
    const previousPositions = await positions();
    response.resolve(undefined);
    await slowPage.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    const nextPositions = await positions();
    for (const [index, y] of nextPositions.entries())
      expect(Math.abs(y - previousPositions[index]!), `${previousPositions} → ${nextPositions}`).toBeLessThanOrEqual(4);
    await slowPage.close();
  });

  it("fits its first screen into 400 pixels at a width of 320", async () => {
    await showRecord(devRecords.find(({ fixture }) => fixture === "company")!.id);
    const [top, facts] = await Promise.all([panel().boundingBox(), panel().locator(".facts").boundingBox()]);
    expect(facts!.y + facts!.height - top!.y).toBeLessThanOrEqual(400);
  });

  it("moves the keyboard focus in visual order", async () => {
    await showRecord(devRecords.find(({ fixture }) => fixture === "rich")!.id);
    await panel().locator(".refresh").focus();
    await page.keyboard.press("Tab");
    const focusedElement = panel().locator(":focus");
    expect(await focusedElement.textContent()).toContain("3 of 3 sources current");
    await page.keyboard.press("Enter");
    await panel().getByText("Zendesk: Updated", { exact: false }).waitFor();
    const positions: number[] = [];
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press("Tab");
      // Focus scrolls the page, so the position is measured from the top of the page.
      positions.push(
        await panel()
          .locator(":focus")
          .evaluate((element) => element.getBoundingClientRect().y + (globalThis as unknown as { scrollY: number }).scrollY),
      );
    }
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });
});

interface Box {
  tagName: string;
  className: string;
  textContent: string | null;
  shadowRoot: { children: Iterable<Box> } | null;
  children: Iterable<Box>;
  getBoundingClientRect(): { left: number; right: number; width: number };
}

/** Elements that extend beyond the left or right edge of the panel, in its components too. */
async function overflowing(panel: ReturnType<Page["locator"]>): Promise<string[]> {
  return panel.evaluate((root) => {
    const { left, right } = root.getBoundingClientRect();
    const descendants = (element: Box): Box[] =>
      [...(element.shadowRoot ?? element).children].flatMap((child) => [child, ...descendants(child)]);
    const elements = descendants(root as unknown as Box);
    if (elements.length < 10) return ["fewer than ten elements found"];
    const overflowingElements = elements.filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 1 && (box.right > right + 1 || box.left < left - 1);
    });
    return overflowingElements.map(
      ({ tagName, className, textContent }) => `${tagName} ${className} ${textContent?.slice(0, 40)}`,
    );
  });
}
