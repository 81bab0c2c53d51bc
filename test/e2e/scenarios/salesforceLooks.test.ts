import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { backgroundOf, clippedTexts } from "../../harness/panelPage.ts";
import { axeFaults, expandSections, factOf, panelOf, sectionIn, widerThanPanel } from "../../harness/salesforcePanel.ts";
import { usePanel } from "../../lab/hosts/salesforce/testing.ts";

// The acceptance scenarios of docs/panels.md about theme, language and text, in the Salesforce panel.
describe.skipIf(!hasChromium)("the Salesforce panel", () => {
  const { show } = usePanel();
  const isFilled = (page: Page) => panelOf(page).locator("[aria-busy=false]").first().waitFor();

  it("17: keyboard and screen reader: the focus moves in the visual order, sections toggle, one sentence sums up the load", async () => {
    const { page } = await show("rich");
    await isFilled(page);
    await panelOf(page).locator(".refresh").focus();
    await expect
      .poll(async () => {
        await page.keyboard.press("Tab");
        return await panelOf(page).locator(":focus").textContent();
      })
      .toContain("3 of 3 sources current");
    await page.keyboard.press("Enter");
    await panelOf(page).getByText("Zendesk: Updated", { exact: false }).waitFor();
    const positions: number[] = [];
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press("Tab");
      // Focus scrolls the page, so the position is measured from the top of the page.
      positions.push(
        await panelOf(page)
          .locator(":focus")
          .evaluate((element) => element.getBoundingClientRect().y + (globalThis as unknown as { scrollY: number }).scrollY),
      );
    }
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    const driver = sectionIn(page, "health").getByRole("button", { name: /Usage rising/ });
    await driver.press("Enter");
    const toggle = sectionIn(page, "product").locator(".toggle[aria-expanded=true]:focus");
    await toggle.waitFor();
    await page.keyboard.press("Enter");
    await sectionIn(page, "product").locator(".toggle[aria-expanded=false]").waitFor();
    await expect
      .poll(() => panelOf(page).locator("article > [role=status]").textContent())
      .toBe("Ada Lovelace. 3 of 3 sources current.");
    expect(await panelOf(page).locator("[role=alert]").count()).toBe(0);
  });

  it("18: theme, zoom, motion: dark applies live with its contrast, 256 px need no sideways scroll, nothing shimmers", async () => {
    const { page } = await show("rich", { width: 256 });
    await isFilled(page);
    const surface = panelOf(page).locator("article");
    const light = await backgroundOf(surface);
    await page.getByRole("button", { name: "Dark" }).click();
    await page.locator("html[data-scheme=dark]").waitFor({ state: "attached" });
    expect(await backgroundOf(surface)).not.toBe(light);
    await expandSections(page);
    expect(await axeFaults(page)).toEqual([]);
    expect(await widerThanPanel(page)).toEqual([]);
    const loading = await show("loading");
    await loading.page.emulateMedia({ reducedMotion: "reduce" });
    await panelOf(loading.page).locator(".skeleton").first().waitFor();
    expect(await runningAnimations(loading.page)).toBe(0);
  });

  it("19: language: German amounts and dates, Arabic mirrored with whole amounts, and a longer language cuts nothing essential", async () => {
    const { page } = await show("rich", { query: "&locale=de-DE" });
    await page.getByText("3 von 3 Quellen aktuell").first().waitFor();
    await factOf(page, "arr").getByText("1.234.000\u00a0€").waitFor();
    await expect.poll(() => factOf(page, "renewal").textContent()).toMatch(/\d{1,2}\. \p{L}+\.? \d{4}|\d{1,2}\.\d{1,2}\.\d{4}/u);
    const { page: arabic } = await show("arabicCustomer", { query: "&locale=ar-EG" });
    await isFilled(arabic);
    const box = async (selector: string) => (await panelOf(arabic).locator(selector).first().boundingBox())!;
    const [avatar, header] = await Promise.all([box(".avatar"), box("header")]);
    expect(avatar.x - header.x).toBeGreaterThan(header.width / 2);
    const amount = await factOf(arabic, "arr").locator(".value").textContent();
    expect(amount?.replace(/[\u200e\u200f\u061c\u2066-\u2069]/g, "")).toMatch(/^[\d٠-٩٬,.]+\s?€$/);
    const { page: longer } = await show("rich", { query: "&locale=en-XA" });
    await longer.getByText(/⟦|\[/).first().waitFor();
    await expandSections(longer);
    expect(await widerThanPanel(longer)).toEqual([]);
    const essential = "h2, .value, .title, .actions button, dd:not(.detail)";
    expect(await panelOf(longer).locator(essential).evaluateAll(clippedTexts)).toEqual([]);
  });

  it.each(["hostile", "hostileCandidates", "hostileNotes", "hostileTimeline", "hostileProblem"])(
    "24: hostile strings are text: %s",
    async (fixture) => {
      const { page, consoleErrors } = await show(fixture);
      await isFilled(page);
      if (fixture === "hostileNotes") await page.locator("c-sidelight-actions").getByRole("button", { name: "Notes" }).click();
      // Candidates are shown without sections.
      if (fixture !== "hostileCandidates") await expandSections(page);
      await expect.poll(async () => (await panelOf(page).locator("*").allTextContents()).join()).toContain("<img src=x");
      expect(await panelOf(page).locator("img, script, iframe").count()).toBe(0);
      expect(await page.title()).not.toContain("owned");
      const protocols = await panelOf(page)
        .locator("a")
        .evaluateAll((anchors) => anchors.map((anchor) => (anchor as unknown as URL).protocol));
      for (const protocol of protocols) expect(protocol).toMatch(/^https?:$/);
      expect(await widerThanPanel(page)).toEqual([]);
      expect(consoleErrors).toEqual([]);
    },
  );
});

const runningAnimations = (page: Page) =>
  page.evaluate<number>("document.getAnimations().filter(({ effect }) => effect.getComputedTiming().duration > 1).length");
