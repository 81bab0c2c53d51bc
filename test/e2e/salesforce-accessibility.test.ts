import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Page } from "playwright-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { axeFaults, widerThanPanel } from "../harness/salesforcePanel.ts";
import { devRecords, failedRecords } from "../lab/hosts/salesforce/devApi.ts";
import { openPanel, usePanel } from "../lab/hosts/salesforce/testing.ts";

describe.skipIf(!hasChromium)("accessibility of the Salesforce panel", () => {
  const { browser, dev, show } = usePanel();
  let sharedPage: Page;
  let page: Page;

  // Most tests share one page: the record changes without a reload.
  beforeAll(async () => {
    ({ page: sharedPage } = await openPanel(browser(), dev(), "rich"));
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
    // A panel with a notice in place of the customer has no section.
    await panel().locator("c-sidelight-section .toggle, c-sidelight-notice").first().waitFor();
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
  // The gallery checks the accessibility of every state; a page that is offline has an address of its own.
  const records = [...devRecords, ...failedRecords.filter(({ fixture }) => fixture !== "offline" && fixture !== "loading")];
  it.each(records)("$fixture: is no wider than its panel", async ({ id }) => {
    await showRecord(id);
    for (const [width, scheme] of [
      [320, "light"],
      [256, "dark"],
    ] as const) {
      await setAppearance(width, scheme, "ltr");
      expect(await widerThanPanel(page)).toEqual([]);
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
    await expect.poll(() => panel().locator(".changed").count()).toBeGreaterThan(3);
    // axe needs timers.
    await page.clock.resume();
    for (const scheme of ["light", "dark"]) {
      await setAppearance(320, scheme, "ltr");
      expect(await axeFaults(page)).toEqual([]);
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
      expect(await axeFaults(page)).toEqual([]);
      expect(await widerThanPanel(page)).toEqual([]);
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
});
