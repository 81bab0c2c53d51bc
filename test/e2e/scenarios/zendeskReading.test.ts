import type { Context } from "@sidelight/contracts/context/context.ts";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import { describe, expect, it } from "vitest";
import { createLatch, isFocused, layoutShift } from "../../harness/panelPage.ts";
import { appFrame, expandAll, sectionOf, state, useZendeskPanel, waitUntilReady } from "../../harness/zendeskPanel.ts";
import { problem, scenarios, ticketOf } from "../../lab/hosts/zendesk/fixtureApi.ts";
import type { Opened } from "../../lab/hosts/zendesk/testing.ts";

// The acceptance scenarios of docs/panels.md that read, in the Zendesk app. The number of a test is that of its scenario.
const { dev, show, clock } = useZendeskPanel();

const main = ({ app }: Opened) => app.locator("main");
const lastRequest = () => dev().api.requests.at(-1);
const streamIsOpen = () => until("the stream", () => dev().api.streams.requests.some((request) => request.startsWith("GET")));
const answerLate = (opened: Promise<void>) => dev().api.intercept(() => opened.then(() => undefined) as never);
/** The rows of sections and their summaries, by section. */
const sectionTexts = ({ app }: Opened): Promise<Record<string, string>> =>
  app
    .locator("[data-section]")
    .evaluateAll((sections) =>
      Object.fromEntries(sections.map((section) => [section.getAttribute("data-section") ?? "", section.innerHTML])),
    );

describe.skipIf(!hasChromium)("the Zendesk app", () => {
  it("1: fast start: the themed outline is there before the answer, one call brings the values, and nothing jumps", async () => {
    const latch = createLatch();
    answerLate(latch.opened);
    const page = await show("rich", { bare: true, scheme: "dark" });
    await state(page, "loading");
    await expect.poll(() => page.app.locator("html").getAttribute("data-scheme")).toBe("dark");
    const skeletons = page.app.locator(".skeleton");
    expect(await skeletons.count()).toBe(0);
    const offsets = () =>
      page.app
        .locator("[data-section], .facts, .actions")
        .evaluateAll((elements) => elements.map((element) => (element as unknown as { offsetTop: number }).offsetTop));
    const initialOffsets = await offsets();
    await page.page.clock.runFor(250);
    await skeletons.first().waitFor();
    expect(await offsets()).toEqual(initialOffsets);
    latch.open();
    await page.app.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
    await page.app.locator(".fact", { hasText: "€1,234,000" }).waitFor();
    expect(await offsets()).toEqual(initialOffsets);
    expect(await layoutShift(appFrame(page))).toBeLessThanOrEqual(0.05);
    expect(dev().api.requests).toEqual([`GET /v1/context/zendesk.ticket:${ticketOf("rich")}`]);
    expect(page.complaints).toEqual([]);
  });

  it("2: independent sources: while Mixpanel is late the rest is read and used, and Product fills in its place", async () => {
    const latch = createLatch();
    dev().api.intercept((request) =>
      request.url.includes("sections=product") ? (latch.opened.then(() => undefined) as never) : undefined,
    );
    const page = await show("pending");
    await state(page, "ready");
    const product = sectionOf(page, "product");
    await expect.poll(() => product.getAttribute("data-state")).toBe("pending");
    await expect.poll(() => sectionOf(page, "health").textContent()).toContain("Provisional");
    const top = (await product.boundingBox())?.y;
    await page.page.clock.runFor(6_000);
    await expect.poll(lastRequest).toContain("sections=product&deadline=7000");
    await sectionOf(page, "support").getByRole("button").first().click();
    await page.app.getByText("Invoice shows the old address").waitFor();
    await sectionOf(page, "support").getByRole("button").first().click();
    await expect.poll(() => product.getAttribute("data-state")).toBe("pending");
    latch.open();
    await page.app.locator('[data-section="product"][data-state="ok"]').waitFor();
    expect((await product.boundingBox())?.y).toBe(top);
    expect(page.complaints).toEqual([]);
  });

  it("3: one source down: the section names it and the time of its last data, marks the values and offers Retry", async () => {
    const page = await show("oneDown");
    const product = sectionOf(page, "product");
    await product.getByText("Mixpanel is unavailable. Last good data 7:55 AM").waitFor();
    await page.app.getByText("2 of 3 sources current").first().waitFor();
    await product.locator(".section-body.stale").getByText(/200/).first().waitFor();
    await page.app.locator(".fact.stale", { hasText: "Last active" }).waitFor();
    expect(await product.getByRole("button", { name: "Retry" }).getAttribute("aria-disabled")).not.toBe("true");
    await expect.poll(() => product.textContent()).toContain("Salesforce and Zendesk are up to date.");
    await product.getByRole("button", { name: /request id/i }).waitFor();
    await expect.poll(() => page.app.locator(".banner").textContent()).toContain("Mixpanel is unavailable.");
    // The source is named in any state that its values have.
    for (const [fixture, name] of [
      ["staleAndDown", "support"],
      ["currentButDown", "product"],
    ] as const) {
      const other = await show(fixture);
      await state(other, "ready");
      await expandAll(other);
      await sectionOf(other, name)
        .getByText(/is unavailable\. Last good data \d+:\d\d AM/)
        .waitFor();
      await other.app.getByText("2 of 3 sources current").first().waitFor();
    }
  });

  it("4: Retry changes its section only, a second failure never says updated, and the focus stays", async () => {
    const page = await show("oneDown");
    const product = sectionOf(page, "product");
    const retry = product.getByRole("button", { name: "Retry" });
    await retry.waitFor();
    const { product: _, ...others } = await sectionTexts(page);
    dev().api.intercept((request) => (request.url.includes("sections=product") ? problem("overloaded") : undefined));
    await retry.focus();
    for (const attempt of [1, 2]) {
      await retry.press("Enter");
      await expect.poll(() => dev().api.requests.length).toBe(1 + attempt);
      await product.getByText("Updating…").waitFor({ state: "detached" });
      expect(lastRequest()).toContain("?sections=product");
      expect(await product.textContent()).not.toMatch(/Updated/);
      await expect.poll(() => isFocused(retry)).toBe(true);
    }
    const { product: __, ...othersAfter } = await sectionTexts(page);
    expect(othersAfter).toEqual(others);
    dev().api.intercept(() => Response.json(fixtures.rich(clock())));
    await retry.press("Enter");
    await page.app.locator('[data-section="product"][data-state="ok"]').waitFor();
    await expect.poll(() => isFocused(page.app.locator("#section-product"))).toBe(true);
    await expect.poll(() => product.textContent()).toContain("Updated");
  });

  it("5: stale: the age is shown in words, and grows by itself without a call or an announcement", async () => {
    const page = await show("stale");
    await page.app.getByText("Salesforce · Stale · 3 h").waitFor();
    await page.app.getByText("2 of 3 sources current").first().waitFor();
    await page.app.getByText("Zendesk · Updated 1 min ago").waitFor();
    await streamIsOpen();
    const status = page.app.locator("[role=status]");
    const announced = await status.textContent();
    const { length } = dev().api.requests;
    await page.page.clock.fastForward(10 * 60_000);
    await page.app.getByText("Zendesk · Updated 11 min ago").waitFor();
    await page.page.clock.fastForward(10 * 60_000);
    await page.app.getByText("Zendesk · Stale · 21 min").waitFor();
    expect(await status.textContent()).toBe(announced);
    expect(dev().api.requests).toHaveLength(length);
  });

  it("6: offline: the values stay with their time, writes wait with a reason, and a connection brings new values", async () => {
    const page = await show("withNotes");
    await state(page, "ready");
    await sectionOf(page, "notes")
      .getByRole("button", { name: /^Notes/ })
      .click();
    await page.context.setOffline(true);
    await page.app.getByText("You're offline – showing data from 9:29 AM").waitFor();
    await expect.poll(() => page.app.getByText("€1,234,000").count()).toBeGreaterThan(0);
    for (const name of ["Insert summary", "Follow-up", "Refresh", "Add note"])
      await expect
        .poll(() => page.app.getByRole("button", { name, exact: true }).getAttribute("aria-disabled"), { message: name })
        .toBe("true");
    await expect.poll(() => page.app.getByText("Not available offline").count()).toBeGreaterThan(0);
    const { account } = fixtures.withNotes(clock()).sections;
    account!.data!.owner!.name = "Alan Turing";
    await page.context.setOffline(false);
    await page.app.getByText("You're offline").waitFor({ state: "detached" });
    await until("the new values", async () => {
      dev().api.streams.send("section", { name: "account", section: account });
      await page.page.clock.runFor(500);
      return (await page.app.locator(".fact", { hasText: "Alan Turing" }).count()) > 0;
    });
    expect(await page.app.getByRole("button", { name: "Insert summary" }).getAttribute("aria-disabled")).not.toBe("true");
  });

  it("8: no match: says where it looked and what to do, without the color of an error", async () => {
    const page = await show("none");
    await page.app.getByRole("heading", { name: "No customer found" }).waitFor();
    await page.app.getByText("Check the requester's email address or add it in your CRM, then refresh.").waitFor();
    const lines = page.app.getByRole("list", { name: "Where we looked" }).getByRole("listitem");
    await expect
      .poll(() => lines.allTextContents())
      .toEqual(["Salesforce by email: not found", "Zendesk by email: not found", "Mixpanel by email: not found"]);
    expect(await page.app.locator(".notice-danger, .tone-danger, [role=alert]").count()).toBe(0);
    await page.app.getByRole("button", { name: "Refresh" }).click();
    await expect.poll(() => dev().api.requests.length).toBe(2);
    const late = await show("nonePartial");
    await late.app.getByText("Mixpanel by email: no answer").waitFor();
    await late.app.getByText("Not every source has answered. Try again.").waitFor();
  });

  it("9: forbidden: says who grants access, and neither page, memory nor network has a value of the customer", async () => {
    const page = await show("rich");
    await state(page, "ready");
    const bodies: Promise<string>[] = [];
    page.page.on("response", (response) => void bodies.push(response.text().catch(() => "")));
    dev().api.streams.refuse();
    dev().api.intercept(() => problem("forbidden"));
    await until("the refusal", async () => {
      await page.page.clock.runFor(2_000);
      return await page.app.getByText("Your administrator can grant access.").isVisible();
    });
    // The answer that was remembered before the refusal does not come back with its tab.
    await page.page.locator("#ticket").selectOption(String(ticketOf("forbidden")));
    await page.page.getByRole("tab", { name: /rich/ }).click();
    await page.app.getByText("Your administrator can grant access.").waitFor();
    expect(await page.app.locator("html").innerHTML()).not.toMatch(/Lovelace|1,234,000|Grace Hopper/);
    const texts = (await Promise.all(bodies)).filter((body) => body.includes("responseText"));
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.join()).not.toMatch(/Lovelace Analytics|1234000|Grace Hopper/);
    expect(await page.app.locator("[role=status]").textContent()).not.toContain("Lovelace");
  });

  it("11: consent withheld: usage is not shown, the score is provisional, and no earlier usage is left", async () => {
    dev().api.streams.refuse();
    const page = await show("rich");
    await state(page, "ready");
    await expandAll(page);
    await page.app.getByText("Usage rising", { exact: false }).first().waitFor();
    dev().api.intercept(() => Response.json(fixtures.consentWithheld(clock())));
    const expectWithheld = async (shown: Opened) => {
      await shown.app.locator('[data-section="product"][data-state="consent_withheld"]').waitFor();
      await shown.app.getByText("Usage not shown – opted out").first().waitFor();
      await expect.poll(() => sectionOf(shown, "health").textContent()).toContain("not counted: opted out");
      await expect.poll(() => sectionOf(shown, "health").textContent()).toContain("Provisional: usage excluded");
      await expandAll(shown);
      expect(await main(shown).innerHTML()).not.toMatch(/200 sessions|Usage rising|First dashboard|Dashboards|3 h ago/);
    };
    await page.page.clock.runFor(12_000);
    await expectWithheld(page);
    await page.page.locator("#ticket").selectOption(String(ticketOf("none")));
    await page.page.getByRole("tab", { name: /rich/ }).click();
    await expectWithheld(page);
  });

  it("12: requester change: everything is replaced, and a late answer for the former one never shows", async () => {
    const latch = createLatch();
    dev().api.intercept((request) => (request.method === "GET" ? (latch.opened.then(() => undefined) as never) : undefined));
    const page = await show("atRisk");
    await state(page, "loading");
    const requester = page.page.getByLabel("Requester", { exact: true });
    await requester.fill("grace@example.com");
    await requester.press("Tab");
    await waitUntilReady(page);
    expect(dev().api.requests).toContain("POST /v1/contexts");
    expect(dev().api.requests.join()).not.toContain("grace");
    await appFrame(page).evaluate(`globalThis.seen = []; new MutationObserver(() => seen.push(document.body.textContent))
      .observe(document.body, { childList: true, subtree: true, characterData: true });`);
    const response = page.page.waitForResponse((candidate) => candidate.url().endsWith("/request"));
    latch.open();
    await response;
    await page.page.clock.runFor(1_500);
    await expect.poll(() => sectionOf(page, "health").textContent()).toContain("83 · Good");
    expect(await appFrame(page).evaluate("seen.filter((text) => /39 · At risk/.test(text)).length")).toBe(0);
  });

  it("13: new ticket: asks for a requester, and shows the context when one is chosen, without a reload", async () => {
    const page = await show("rich", { location: "new_ticket_sidebar" });
    await page.app.getByRole("heading", { name: "Choose a requester to see context" }).waitFor();
    expect(dev().api.requests).toEqual([]);
    await appFrame(page).evaluate("globalThis.sameDocument = true");
    const requester = page.page.getByLabel("Requester", { exact: true });
    await requester.fill("ada@lovelace.example");
    await requester.press("Tab");
    await waitUntilReady(page);
    await page.app.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
    expect(await appFrame(page).evaluate("sameDocument")).toBe(true);
    await requester.fill("");
    await requester.press("Tab");
    await until("the question", async () => {
      await page.page.clock.runFor(250);
      return await page.app.getByRole("heading", { name: "Choose a requester to see context" }).isVisible();
    });
  });

  it("14: many tabs: of ten tickets only the visible one calls, and one that returns shows its age before it reads again", async () => {
    dev().api.streams.refuse();
    const page = await show("rich");
    await state(page, "ready");
    const others = scenarios.filter(({ scenario }) => isResolved(scenario)).slice(1, 10);
    for (const { ticket } of others) {
      await page.page.locator("#ticket").selectOption(String(ticket));
      await state(page, "ready");
    }
    await expect.poll(() => page.page.locator(".frames iframe").count()).toBe(10);
    // The frame that is shown now, which was the former one while the last ticket loaded.
    await state(page, "ready");
    const last = others.at(-1)?.ticket;
    dev().api.requests.length = 0;
    await page.page.clock.runFor(11 * 60_000);
    await expect.poll(() => dev().api.requests.length).toBeGreaterThan(0);
    expect(new Set(dev().api.requests.map((request) => /ticket:(\d+)/.exec(request)?.[1]))).toEqual(new Set([String(last)]));
    const latch = createLatch();
    answerLate(latch.opened);
    dev().api.requests.length = 0;
    await page.page.getByRole("tab", { name: /\(rich\)/ }).click();
    await page.app.locator(".fact", { hasText: "€1,234,000" }).waitFor();
    await sectionOf(page, "support").getByText("Updating…").waitFor();
    await page.app.locator("button.freshness").click();
    await page.app.getByText("Zendesk: Updated 12 min ago").waitFor();
    // The last call of the former tab may still arrive.
    const requestsOfTab = () => dev().api.requests.filter((request) => !request.includes(String(last)));
    await expect.poll(requestsOfTab).toEqual([`GET /v1/context/zendesk.ticket:${ticketOf("rich")}`]);
    latch.open();
  });

  it("16: health: band, trend and the three strongest reasons with their numbers, each leading to its evidence", async () => {
    const page = await show("atRisk");
    const health = sectionOf(page, "health");
    await health.getByText("39 · At risk").waitFor();
    await expect.poll(() => health.textContent()).toContain("−30 in 4 weeks");
    const drivers = health.getByRole("button", { name: /points? (up|down)/ });
    await expect.poll(() => drivers.count()).toBe(3);
    const names = await drivers.allTextContents();
    expect(names[0]).toContain("Renewal 20 days overdue");
    for (const name of names) expect(name).toMatch(/[+−]\d/);
    for (const [index, name] of ["account", "product", "support"].entries()) {
      await drivers.nth(index).click();
      const heading = page.app.locator(`#section-${name}[aria-expanded="true"]`);
      await heading.waitFor();
      await expect.poll(() => isFocused(heading)).toBe(true);
    }
  });
});

/** The fixture shows a customer. */
function isResolved(scenario: string): boolean {
  const fixture = (fixtures as Record<string, (now: number) => Context>)[scenario];
  return fixture !== undefined && fixture(0).match.state === "resolved" && fixture(0).customer !== null;
}
