import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { devRecords } from "../lab/hosts/salesforce/dev-api.ts";
import { openPanel, usePanel } from "../lab/hosts/salesforce/testing.ts";
import { hasChromium } from "../support/browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

describe.skipIf(!hasChromium)("the Salesforce panel for everybody", () => {
  const { browser, dev } = usePanel();
  let page: Page;

  // One page for all: what differs is the record, and that changes without a reload.
  beforeAll(async () => {
    ({ page } = await openPanel(browser(), dev(), "rich"));
    await page.evaluate(axe);
  }, 20_000);

  const panel = () => page.locator("c-sidelight-panel");

  /** Another record on the same page, all its sections open. */
  const turnTo = async (id: string): Promise<void> => {
    await page.evaluate(
      (record) => (globalThis as unknown as EventTarget).dispatchEvent(new CustomEvent("lab:open", { detail: record })),
      id,
    );
    await page.waitForFunction((record) => (globalThis as unknown as { location: URL }).location.search.includes(record), id);
    await panel().locator("[aria-busy=false]").waitFor();
    const closed = panel().locator("c-sidelight-section .toggle[aria-expanded=false]");
    while ((await closed.count()) > 0) await closed.first().click();
  };
  const dress = (width: number, scheme: string, dir: string) =>
    page.evaluate(
      (look) => {
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
        root.dir = look.dir;
        Object.assign(root.dataset, { scheme: look.scheme });
        root.style.setProperty("--lab-panel-width", `${look.width}px`);
      },
      { width, scheme, dir },
    );
  // The element itself: under synthetic shadow no selector of the page's reaches into a component.
  const violations = (): Promise<Violation[]> =>
    panel().evaluate(async (element) => {
      const { axe: checker } = globalThis as unknown as {
        axe: { run(where: unknown, how: unknown): Promise<{ violations: Violation[] }> };
      };
      const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      return (await checker.run(element, { runOnly, resultTypes: ["violations"] })).violations;
    });
  const told = (found: Violation[]) =>
    found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));

  it.each(devRecords)(
    "$fixture: axe finds nothing, light and dark, and nothing scrolls sideways",
    async ({ id }) => {
      await turnTo(id);
      for (const [width, scheme] of [
        [320, "light"],
        [256, "dark"],
      ] as const) {
        await dress(width, scheme, "ltr");
        expect(told(await violations())).toEqual([]);
        expect(await overflowing(panel())).toEqual([]);
      }
    },
    15_000,
  );

  it("marks what has changed so that everybody can read it, and moves nothing", async () => {
    await turnTo(devRecords.find(({ fixture }) => fixture === "rich")!.id);
    const places = () =>
      panel()
        .locator(".cell, .toggle")
        .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().height));
    const before = await places();
    const later = fixtures.rich(Date.now());
    later.sections.account!.data!.owner!.name = "Alan Turing";
    Object.assign(later.sections.support!.data!, { pending: 0, hold: 1 });
    Object.assign(later.sections.support!.data!.tickets[1]!, { status: "solved" });
    Object.assign(later.sections.product!.data!, { sessions30d: 210 });
    dev().api.answer(() => Response.json(later));
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await panel().locator("[data-fact=stage].changed").waitFor();
    expect(await panel().locator(".changed").count()).toBeGreaterThan(4);
    for (const scheme of ["light", "dark"]) {
      await dress(320, scheme, "ltr");
      expect(told(await violations())).toEqual([]);
    }
    expect(await places()).toEqual(before);
    await panel().locator(".changed").first().waitFor({ state: "detached" });
  });

  it("holds at 640 pixels and from right to left", async () => {
    await turnTo(devRecords[0]!.id);
    for (const [width, dir] of [
      [640, "ltr"],
      [256, "rtl"],
    ] as const) {
      await dress(width, "light", dir);
      expect(
        await panel()
          .locator(".avatar")
          .evaluate(
            (element, rtl) =>
              element.getBoundingClientRect().x > (element.parentElement?.getBoundingClientRect().x ?? 0) + 40 === rtl,
            dir === "rtl",
          ),
      ).toBe(true);
      expect(told(await violations())).toEqual([]);
      expect(await overflowing(panel())).toEqual([]);
    }
    await dress(320, "light", "ltr");
  });

  it("fills its place from the start: nothing moves when the answer comes", async () => {
    const gate = Promise.withResolvers<Response | undefined>();
    dev().api.answer(() => gate.promise);
    const { page: slow } = await openPanel(browser(), dev(), "company");
    await slow.locator("c-sidelight-panel .skeleton").waitFor();
    const places = async () =>
      Promise.all(
        ["facts", ".toggle >> nth=1", ".toggle >> nth=4"].map(async (part) => {
          const box = await slow
            .locator("c-sidelight-panel")
            .locator(part === "facts" ? ".facts" : part)
            .boundingBox();
          return Math.round(box!.y);
        }),
      );
    const before = await places();
    gate.resolve(undefined);
    await slow.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    const after = await places();
    for (const [index, y] of after.entries()) expect(Math.abs(y - before[index]!), `${before} → ${after}`).toBeLessThanOrEqual(4);
    await slow.close();
  });

  it("has its whole first screen within 400 pixels at 320", async () => {
    await turnTo(devRecords.find(({ fixture }) => fixture === "company")!.id);
    const [top, facts] = await Promise.all([panel().boundingBox(), panel().locator(".facts").boundingBox()]);
    expect(facts!.y + facts!.height - top!.y).toBeLessThanOrEqual(400);
  });

  it("is worked by keyboard alone, in the order of the screen", async () => {
    await turnTo(devRecords.find(({ fixture }) => fixture === "rich")!.id);
    await panel().locator(".refresh").focus();
    await page.keyboard.press("Tab");
    const first = panel().locator(":focus");
    expect(await first.textContent()).toContain("3 of 3 sources current");
    await page.keyboard.press("Enter");
    await panel().getByText("Zendesk: Updated", { exact: false }).waitFor();
    const places: number[] = [];
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press("Tab");
      // Focus scrolls: only the place on the page counts.
      places.push(
        await panel()
          .locator(":focus")
          .evaluate((element) => element.getBoundingClientRect().y + (globalThis as unknown as { scrollY: number }).scrollY),
      );
    }
    expect(places).toEqual([...places].sort((a, b) => a - b));
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

/** Elements that stick out of the panel's sides, inside its components too. */
async function overflowing(panel: ReturnType<Page["locator"]>): Promise<string[]> {
  return panel.evaluate((root) => {
    const { left, right } = root.getBoundingClientRect();
    const inside = (element: Box): Box[] =>
      [...(element.shadowRoot ?? element).children].flatMap((child) => [child, ...inside(child)]);
    const all = inside(root as unknown as Box);
    if (all.length < 10) return ["nothing was looked at"];
    const out = all.filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 1 && (box.right > right + 1 || box.left < left - 1);
    });
    return out.map(({ tagName, className, textContent }) => `${tagName} ${className} ${textContent?.slice(0, 40)}`);
  });
}
