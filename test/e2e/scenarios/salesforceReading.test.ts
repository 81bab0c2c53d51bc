import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { advanceUntil, createLatch, isFocused, layoutShift } from "../../harness/panelPage.ts";
import { expandSections, factOf, panelOf, sectionIn } from "../../harness/salesforcePanel.ts";
import { problemReply, usePanel } from "../../lab/hosts/salesforce/testing.ts";

// The acceptance scenarios of docs/panels.md that read, in the Salesforce panel. 13 and 15 are about tickets only.
const now = Date.parse("2026-11-21T09:30:00Z");

describe.skipIf(!hasChromium)("the Salesforce panel", () => {
  const { dev, show } = usePanel();
  const showAt = (fixture: string, query = "") => show(fixture, { now, query });
  const nameIsShown = (page: Page, name = "Ada Lovelace") => page.getByRole("heading", { level: 2, name }).waitFor();
  const focusWindow = (page: Page) => page.evaluate("window.dispatchEvent(new Event('focus'))");
  const sectionTexts = (page: Page): Promise<Record<string, string>> =>
    page
      .locator("c-sidelight-section")
      .evaluateAll((sections) =>
        Object.fromEntries(sections.map((section) => [section.getAttribute("data-section"), section.textContent ?? ""])),
      );

  it("1: fast start: the themed outline is there before the answer, one call brings the values, and nothing jumps", async () => {
    const latch = createLatch();
    dev().api.replyWith(() => latch.opened.then(() => undefined));
    const { page, calls, consoleErrors } = await show("company", { now, scheme: "dark", query: "&bare=1" });
    await expect.poll(() => page.locator("html").getAttribute("data-scheme")).toBe("dark");
    await page.clock.runFor(250);
    await panelOf(page).locator(".skeleton").first().waitFor();
    const positions = () =>
      panelOf(page)
        .locator("c-sidelight-facts, c-sidelight-section")
        .evaluateAll((elements) => elements.map((element) => Math.round(element.getBoundingClientRect().y)));
    const initialPositions = await positions();
    latch.open();
    await nameIsShown(page, "Lovelace Analytics");
    await factOf(page, "arr").getByText("€1,234,000").waitFor();
    const filledPositions = await positions();
    for (const [index, y] of filledPositions.entries())
      expect(Math.abs(y - (initialPositions[index] ?? y)), `${initialPositions} → ${filledPositions}`).toBeLessThanOrEqual(4);
    expect(await layoutShift(page.mainFrame())).toBeLessThanOrEqual(0.05);
    expect(calls).toEqual(["getContext"]);
    expect(consoleErrors).toEqual([]);
  });

  it("2: independent sources: while Mixpanel is late the rest is read and used, and Product fills in its place", async () => {
    const latch = createLatch();
    dev().api.replyWith((request) => (request.url.includes("sections=") ? latch.opened.then(() => undefined) : undefined));
    const { page, calls } = await showAt("pending");
    await nameIsShown(page);
    const product = sectionIn(page, "product");
    await product
      .getByText(/Loading…|Updating…/)
      .first()
      .waitFor();
    const top = (await product.boundingBox())?.y;
    await page.clock.runFor(6_000);
    await sectionIn(page, "support").getByRole("button").first().click();
    await sectionIn(page, "support").getByText("Invoice shows the old address").waitFor();
    await sectionIn(page, "support").getByRole("button").first().click();
    latch.open();
    await product.getByText("200 sessions", { exact: false }).waitFor();
    expect((await product.boundingBox())?.y).toBe(top);
    expect(calls).toEqual(["getContext", "getSections"]);
  });

  it("3: one source down: the section names it and the time of its last data, marks the values and offers Retry", async () => {
    const { page } = await showAt("oneDown");
    const product = sectionIn(page, "product");
    await product.getByText("Mixpanel is unavailable. Last good data 7:55 AM").waitFor();
    await page.getByRole("button", { name: "2 of 3 sources current" }).waitFor();
    await expect.poll(() => product.textContent()).toContain("Salesforce and Zendesk are up to date.");
    await expect.poll(() => product.textContent()).toContain("Unavailable · 1 h");
    await expect.poll(() => factOf(page, "last_active").getAttribute("class")).toContain("stale");
    await expect.poll(() => product.getByRole("button", { name: "Retry" }).getAttribute("aria-disabled")).toBe("false");
    await product.getByRole("button", { name: /request id/i }).waitFor();
    await expect.poll(() => page.locator("c-sidelight-banner").textContent()).toContain("Mixpanel is unavailable.");
  });

  it("4: Retry changes its section only, a second failure never says updated, and the focus stays", async () => {
    const { page, calls } = await showAt("oneDown");
    const product = sectionIn(page, "product");
    const retry = product.getByRole("button", { name: "Retry" });
    await retry.waitFor();
    const { product: _, ...others } = await sectionTexts(page);
    dev().api.replyWith((request) => (request.url.includes("sections=product") ? problemReply(503, "overloaded") : undefined));
    for (const attempt of [1, 2]) {
      await retry.press("Enter");
      await expect.poll(() => calls.length).toBe(1 + attempt);
      await product.getByText("Updating…").waitFor({ state: "hidden" });
      expect(dev().api.requests.at(-1)).toContain("sections=product");
      expect(await product.textContent()).not.toContain("Updated");
      await expect.poll(() => isFocused(retry)).toBe(true);
    }
    const { product: __, ...othersAfter } = await sectionTexts(page);
    expect(othersAfter).toEqual(others);
    dev().api.replyWith(() => Response.json(fixtures.rich(now)));
    await retry.press("Enter");
    await retry.waitFor({ state: "detached" });
    await product.getByText("Updated", { exact: false }).waitFor();
    await expect.poll(() => isFocused(product.locator(".toggle"))).toBe(true);
  });

  it("5: stale: the age is shown in words, and grows by itself without a call or an announcement", async () => {
    const { page } = await showAt("stale");
    await sectionIn(page, "account").getByText("Stale · 3 h").waitFor();
    const support = sectionIn(page, "support");
    await support.getByText("Updated 1 min ago").waitFor();
    const status = panelOf(page).locator("[role=status]").first();
    const announced = await status.textContent();
    // A poll that finds nothing new brings the same times.
    await page.clock.fastForward(10 * 60_000);
    await support.getByText("Updated 11 min ago").waitFor();
    await page.clock.fastForward(5 * 60_000);
    await support.getByText("Stale · 16 min").waitFor();
    expect(await status.textContent()).toBe(announced);
    expect(await panelOf(page).getByText("Updating…").count()).toBe(0);
  });

  it("6: offline: the values stay with their time, writes wait with a reason, and a connection brings new values", async () => {
    const { page } = await showAt("withNotes");
    const followUp = page.locator("c-sidelight-actions").getByRole("button", { name: "Follow-up" });
    await followUp.waitFor();
    await page.context().setOffline(true);
    await page.getByText("You're offline – showing data from 9:29 AM").waitFor();
    await factOf(page, "arr").getByText("€1,234,000").waitFor();
    for (const name of ["Follow-up", "New task", "Pin this customer for yourself"])
      expect(await page.locator("c-sidelight-actions").getByRole("button", { name }).getAttribute("aria-disabled"), name).toBe(
        "true",
      );
    await page.locator("c-sidelight-actions").getByText("Not available offline").first().waitFor();
    const next = fixtures.withNotes(now);
    Object.assign(next.sections.account!.data!, { arr: { amount: 99_000, currency: "EUR" } });
    dev().api.replyWith((request) => (request.url.includes("/v1/context/") ? Response.json(next) : undefined));
    await page.context().setOffline(false);
    await page.getByText(/You're offline/).waitFor({ state: "hidden" });
    await advanceUntil(page, "the new value", () => factOf(page, "arr").getByText("€99,000").isVisible());
    await expect.poll(() => followUp.getAttribute("aria-disabled")).toBe("false");
  });

  it("8: no match: says where it looked and what to do, without the color of an error", async () => {
    const { page, calls } = await showAt("none");
    await page.getByRole("heading", { name: "No customer found" }).waitFor();
    await page.getByText("Check the requester's email address or add it in your CRM, then refresh.").waitFor();
    const lines = page.getByRole("list", { name: "Where we looked" }).getByRole("listitem");
    await expect
      .poll(() => lines.allTextContents())
      .toEqual(["Salesforce by email: not found", "Zendesk by email: not found", "Mixpanel by email: not found"]);
    expect(await panelOf(page).locator("[class*=danger], [role=alert]").count()).toBe(0);
    await panelOf(page).getByRole("button", { name: "Refresh" }).click();
    await expect.poll(() => calls).toHaveLength(2);
  });

  it("9: forbidden: says who grants access, and neither page, memory nor network has a value of the customer", async () => {
    const { page } = await showAt("rich");
    await nameIsShown(page);
    const bodies: Promise<string>[] = [];
    page.on("response", (response) => {
      if (response.url().includes("/apex/")) bodies.push(response.text().catch(() => ""));
    });
    dev().api.replyWith(() => problemReply(403, "forbidden"));
    const isRefused = () => page.getByText("Your administrator can grant access.").isVisible();
    await advanceUntil(page, "the refusal", isRefused);
    expect(await panelOf(page).innerHTML()).not.toMatch(/Lovelace|1,234,000|Grace Hopper/);
    // What was remembered before the refusal does not come back.
    const records = page.getByRole("combobox", { name: "Example record" });
    await records.selectOption({ label: "Contact: none" });
    await records.selectOption({ label: "Contact: rich" });
    await advanceUntil(page, "the refusal", isRefused);
    expect(await panelOf(page).innerHTML()).not.toMatch(/Lovelace|1,234,000|Grace Hopper/);
    expect(bodies.length).toBeGreaterThan(0);
    expect((await Promise.all(bodies)).join()).not.toMatch(/Lovelace|1234000|Grace Hopper/);
  });

  it("11: consent withheld: usage is not shown, the score is provisional, and no earlier usage is left", async () => {
    const { page } = await showAt("rich");
    await nameIsShown(page);
    await expandSections(page);
    await page
      .getByText(/Usage rising/)
      .first()
      .waitFor();
    dev().api.replyWith(() => Response.json(fixtures.consentWithheld(now)));
    await page.clock.runFor(1_100);
    await focusWindow(page);
    await page.clock.runFor(1_100);
    await sectionIn(page, "product").getByText("Usage not shown – opted out").first().waitFor();
    await sectionIn(page, "health").getByText("Provisional: usage excluded").first().waitFor();
    await expect.poll(() => sectionIn(page, "health").textContent()).toContain("not counted: opted out");
    const values = /200 sessions|Usage rising|First dashboard|Dashboards|3 h ago/;
    expect(await panelOf(page).innerHTML()).not.toMatch(values);
    // Another record and back: what is remembered has no usage either.
    const records = page.getByRole("combobox", { name: "Example record" });
    await records.selectOption({ label: "Contact: none" });
    await records.selectOption({ label: "Contact: rich" });
    await nameIsShown(page);
    expect(await panelOf(page).innerHTML()).not.toMatch(values);
  });

  it("12: another record: everything is replaced, and a late answer for the former one never shows", async () => {
    const { page } = await showAt("company");
    await nameIsShown(page, "Lovelace Analytics");
    const latch = createLatch();
    dev().api.replyWith((request) => (request.url.includes("001DEV") ? latch.opened.then(() => undefined) : undefined));
    await panelOf(page).getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("combobox", { name: "Example record" }).selectOption({ label: "Contact: none" });
    await page.getByRole("heading", { name: "No customer found" }).waitFor();
    expect(await page.locator("[data-fact], c-sidelight-section").count()).toBe(0);
    const refreshResponse = page.waitForResponse(/\/apex\/refresh$/);
    latch.open();
    await refreshResponse;
    await page.clock.runFor(1_500);
    expect(await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).count()).toBe(0);
    await page.getByRole("heading", { name: "No customer found" }).waitFor();
  });

  it("14: many tabs: a hidden subtab calls nothing, and one that returns shows its age before it reads again", async () => {
    const { page, calls } = await showAt("company");
    await nameIsShown(page, "Lovelace Analytics");
    const setDisplay = (value: string) =>
      panelOf(page).evaluate((element, display) => {
        (element as unknown as { style: { display: string } }).style.display = display;
        // The browser notifies observers with its next frame, the panel's before this later one.
        type Observer = new (callback: (entries: { isIntersecting: boolean }[]) => void) => { observe(element: unknown): void };
        const { IntersectionObserver } = globalThis as unknown as { IntersectionObserver: Observer };
        return new Promise<void>((resolve) => {
          new IntersectionObserver(([entry]) => (entry?.isIntersecting === (display === "") ? resolve() : undefined)).observe(
            element,
          );
        });
      }, value);
    await setDisplay("none");
    await page.clock.runFor(11 * 60_000);
    expect(calls).toEqual(["getContext"]);
    const latch = createLatch();
    dev().api.replyWith(() => latch.opened.then(() => undefined));
    await setDisplay("");
    await factOf(page, "arr").getByText("€1,234,000").waitFor();
    await page.getByRole("button", { name: "3 of 3 sources current" }).click();
    await panelOf(page).getByText("Zendesk: Updated 12 min ago").waitFor();
    await page.clock.runFor(1_100);
    await expect.poll(() => calls).toEqual(["getContext", "getContext"]);
    latch.open();
  });

  it("16: health: band, trend and the three strongest reasons with their numbers, each leading to its evidence", async () => {
    const { page } = await showAt("atRisk");
    const health = sectionIn(page, "health");
    await health.getByText("At risk").first().waitFor();
    await expect.poll(() => health.textContent()).toMatch(/39/);
    await expect.poll(() => health.textContent()).toContain("−30 in 4 weeks");
    for (const [name, section] of [
      [/Renewal 20 days overdue/, "account"],
      [/Usage falling: \d+ sessions in 15 d, \d+ in the 15 d before/, "product"],
      [/CSAT 92%: 12 ratings in 90 d/, "support"],
    ] as const) {
      await health.getByRole("button", { name }).click();
      const toggle = sectionIn(page, section).locator(".toggle");
      await expect.poll(() => toggle.getAttribute("aria-expanded")).toBe("true");
      await expect.poll(() => isFocused(toggle)).toBe(true);
    }
    await expect.poll(() => health.textContent()).toMatch(/[+−]\d/);
  });
});
