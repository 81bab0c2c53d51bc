import { hasChromium } from "@sidelight/test-support/browser.ts";
import { describe, expect, it } from "vitest";
import { backgroundOf, clippedTexts } from "../../harness/panelPage.ts";
import { appFrame, expandAll, sectionOf, state, useZendeskPanel } from "../../harness/zendeskPanel.ts";
import { overflow, violations } from "../../lab/hosts/zendesk/testing.ts";

// The acceptance scenarios of docs/panels.md about theme, language and text, in the Zendesk app.
const { dev, show, setClock } = useZendeskPanel();

describe.skipIf(!hasChromium)("the Zendesk app", () => {
  it("17: keyboard and screen reader: a reason leads to its evidence, menus close, and one sentence sums up the load", async () => {
    const page = await show("rich");
    const driver = page.app.getByRole("button", { name: /Usage rising/ });
    await driver.focus();
    await driver.press("Enter");
    const heading = page.app.locator("#section-product");
    await page.app.locator('#section-product[aria-expanded="true"]:focus').waitFor();
    expect(await heading.evaluate(outlineOf)).not.toBe("none 0px");
    await heading.press("Enter");
    await expect.poll(() => heading.getAttribute("aria-expanded")).toBe("false");
    const menu = page.app.getByRole("button", { name: "Open", exact: true });
    await menu.press("Enter");
    await page.app
      .getByRole("link", { name: /Account in Salesforce/ })
      .first()
      .waitFor();
    await page.page.keyboard.press("Escape");
    await expect.poll(() => menu.getAttribute("aria-expanded")).toBe("false");
    await page.app.locator('[data-action="freshness"], .freshness').first().press("Enter");
    await page.app.getByText("Zendesk: Updated 1 min ago").waitFor();
    const status = page.app.locator("[role=status]");
    await expect.poll(() => status.count()).toBe(1);
    await expect.poll(() => status.textContent()).toBe("Ada Lovelace. 3 of 3 sources current.");
    expect(await page.app.locator("[role=alert]").count()).toBe(0);
  });

  it("18: theme, zoom, motion: dark applies live with its contrast, 256 px need no sideways scroll, nothing shimmers", async () => {
    // axe uses timers.
    setClock(Date.now);
    const page = await show("rich", { frozenAt: null, width: 256 });
    await state(page, "ready");
    const html = page.app.locator("html");
    expect(await backgroundOf(html)).toBe("rgb(255, 255, 255)");
    await page.page.getByRole("button", { name: "Dark" }).click();
    await page.app.locator("html[data-scheme=dark]").waitFor({ state: "attached" });
    expect(await backgroundOf(html)).toBe("rgb(21, 26, 30)");
    await expandAll(page);
    await appFrame(page).evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished)).then(() => {})");
    expect(await violations(page.page)).toEqual([]);
    expect(await overflow(page.page)).toBe(0);
    const still = await show("loading", { frozenAt: null });
    await still.page.emulateMedia({ reducedMotion: "reduce" });
    await still.app.locator(".skeleton").first().waitFor();
    expect(await runningAnimations(still)).toBe(0);
    await still.page.emulateMedia({ reducedMotion: "no-preference" });
    expect(await runningAnimations(still)).toBeGreaterThan(0);
  });

  it("19: language: German amounts and dates, Arabic mirrored with whole amounts, and a longer language cuts nothing essential", async () => {
    const german = await show("rich", { locale: "de-DE" });
    await german.app.getByText("3 von 3 Quellen aktuell", { exact: true }).waitFor();
    const text = (await german.app.locator("main").textContent()) ?? "";
    expect(text).toContain("1.234.000\u00a0€");
    expect(text).toMatch(/13\. März 2027|13\.03\.2027|13\.3\.2027/);
    await expect.poll(() => german.app.locator("html").getAttribute("lang")).toBe("de-DE");
    const arabic = await show("arabicCustomer", { locale: "ar-EG" });
    await state(arabic, "ready");
    await expect.poll(() => arabic.app.locator("html").getAttribute("dir")).toBe("rtl");
    const [avatar, frame] = await Promise.all([arabic.app.locator(".header > :first-child").boundingBox(), frameBox(arabic)]);
    expect(avatar!.x - frame!.x).toBeGreaterThan(frame!.width / 2);
    // The amount is isolated, so that its sign and digits stay together.
    const amount = arabic.app.locator(".fact").first().locator(".fact-text bdi");
    expect((await amount.textContent())?.replace(/[\u200e\u200f\u061c\u2066-\u2069]/g, "")).toMatch(/^[\d٠-٩٬,.]+\s?€$/);
    // A sentence that begins with the name of a source runs from right to left too.
    const down = await show("oneDown", { locale: "ar-EG" });
    const sentences = down.app.locator(".banner bdi, .problem p:first-child bdi");
    await sentences.first().waitFor();
    expect(new Set(await sentences.evaluateAll(directionsOf))).toEqual(new Set(["rtl"]));
    const longer = await show("rich", { locale: "en-XA" });
    await state(longer, "ready");
    await expandAll(longer);
    expect(await overflow(longer.page)).toBe(0);
    const essential = ".fact-text, .name, .section-title, .actions button, .notice *, .banner p, .row dd";
    expect(await longer.app.locator(essential).evaluateAll(clippedTexts)).toEqual([]);
  });

  it("24: hostile strings are text: in the panel, the insert preview, the editor and notes", async () => {
    const page = await show("hostile");
    await page.app.getByRole("heading", { name: "<img src=x onerror=", level: 2 }).waitFor();
    await expandAll(page);
    await page.app.getByRole("button", { name: "Insert summary" }).click();
    const preview = page.app.getByRole("region", { name: "Insert as internal note" });
    await preview.getByText(`<img src=x onerror="document.title='owned'">`).first().waitFor();
    await page.app.getByRole("button", { name: "Insert", exact: true }).click();
    await page.app.getByText("Inserted as an internal note").waitFor();
    const editor = page.page.getByRole("textbox", { name: "Comment" });
    await expect.poll(() => editor.textContent()).toContain(`<img src=x onerror="document.title='owned'">`);
    expect(await editor.locator("img, script").count()).toBe(0);
    expect(await page.app.locator("img, iframe, script:not([src])").count()).toBe(0);
    const anchors = page.app.locator("a");
    await expect.poll(() => anchors.count()).toBeGreaterThan(3);
    const links = await anchors.evaluateAll((all) => all.map((anchor) => (anchor as unknown as { href: string }).href));
    for (const link of links) expect(link).toMatch(/^https?:/);
    // A direction override stays inside the name.
    expect(await sectionOf(page, "account").textContent()).not.toMatch(/\u202e(?![^\u202c\u2069]*[\u202c\u2069])/);
    expect(await overflow(page.page)).toBe(0);
    expect(await page.page.title()).not.toContain("owned");
    expect(await appFrame(page).evaluate("document.title")).not.toContain("owned");
    expect(page.complaints).toEqual([]);
  });

  it.each(["hostileCandidates", "hostileNotes", "hostileTimeline", "hostileProblem"] as const)(
    "24: hostile strings are text: %s",
    async (fixture) => {
      const page = await show(fixture);
      await page.app.locator("main[data-state]:not([data-state=loading])").waitFor();
      await expandAll(page);
      await expect.poll(() => page.app.locator("main").textContent()).toContain("<img src=x onerror=");
      expect(await page.app.locator("img, iframe, script:not([src])").count()).toBe(0);
      expect(await overflow(page.page)).toBe(0);
      expect(dev().api.requests.length).toBeGreaterThan(0);
      expect(page.complaints).toEqual([]);
    },
  );
});

/** Runs in the page. */
const directionsOf = (elements: unknown[]): string[] => {
  const { getComputedStyle } = globalThis as unknown as { getComputedStyle(e: unknown): { direction: string } };
  return elements.map((element) => getComputedStyle(element).direction);
};

const outlineOf = (element: unknown): string => {
  const { getComputedStyle } = globalThis as unknown as {
    getComputedStyle(e: unknown): { outlineStyle: string; outlineWidth: string; boxShadow: string };
  };
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  return boxShadow === "none" ? `${outlineStyle} ${outlineWidth}` : boxShadow;
};

type Shown = Awaited<ReturnType<typeof show>>;
const frameBox = ({ page }: Shown) => page.locator(".frames iframe:not([hidden])").boundingBox();
const runningAnimations = (page: Shown) =>
  appFrame(page).evaluate<number>(
    "document.getAnimations({ subtree: true }).filter(({ effect }) => effect.getComputedTiming().duration > 1).length",
  );
