import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { usePanel } from "../lab/hosts/salesforce/testing.ts";

describe.skipIf(!hasChromium)("the Salesforce panel in a record page", () => {
  const { dev, show } = usePanel();

  const panelOf = (page: Page) => page.locator("c-sidelight-panel");
  const focusedElement = (page: Page) => page.locator("c-sidelight-panel :focus");
  const section = (page: Page, name: string) => page.locator(`c-sidelight-section[data-section=${name}]`);

  it("shows the customer, six facts and the sections of an account page with one call", async () => {
    const { page, calls, consoleErrors } = await show("company");
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    expect(await page.locator("[data-fact] .value").allTextContents()).toEqual([
      "€1,234,000",
      expect.stringMatching(/\d{4}$/),
      // The page shows the account's type and owner itself, so the sessions take their place.
      "200",
      "4",
      "92%",
      "3 h ago",
    ]);
    const names = await page
      .locator("c-sidelight-section")
      .evaluateAll((elements) => elements.map((element) => element.getAttribute("data-section")));
    expect(names).toEqual(["health", "support", "product", "account", "timeline"]);
    expect(calls).toEqual(["getContext"]);
    expect(consoleErrors).toEqual([]);
  });

  it("does not send the API key to the browser", async () => {
    const { page } = await show("company");
    const requestHeaders: string[] = [];
    page.on("request", (request) => requestHeaders.push(JSON.stringify(request.headers())));
    await page.locator("[data-refresh]").click();
    await page.getByRole("button", { name: /Refresh in/ }).waitFor();
    expect(dev().api.requests.some((line) => line.startsWith("POST"))).toBe(true);
    expect(requestHeaders.join()).not.toContain("authorization");
    expect(await page.content()).not.toContain("development");
  });

  it("shows markup in customer data as text", async () => {
    const { page, consoleErrors } = await show("hostile");
    await panelOf(page).getByRole("heading", { level: 2 }).waitFor();
    for (const name of ["support", "account", "timeline"]) await section(page, name).getByRole("button").first().click();
    expect(await panelOf(page).textContent()).toContain("<img src=x");
    expect(await panelOf(page).locator("img, script, iframe").count()).toBe(0);
    expect(await page.title()).not.toContain("owned");
    const targets = await panelOf(page)
      .locator("a")
      .evaluateAll((elements) => elements.map((element) => (element as unknown as URL).protocol));
    expect(targets.every((protocol) => protocol === "http:" || protocol === "https:")).toBe(true);
    expect(consoleErrors).toEqual([]);
  });

  it("loads the chosen candidate and undoes the choice", async () => {
    const { page } = await show("ambiguous");
    await page.getByText("2 possible matches").first().waitFor();
    expect(await page.locator("[data-fact]").count()).toBe(0);
    await page.getByRole("button", { name: "Choose Ada Lovelace" }).click();
    await page.getByRole("heading", { level: 2, name: "Ada Lovelace" }).waitFor();
    expect(await page.locator("[data-fact=arr] .value").textContent()).toBe("€1,234,000");
    await page.getByRole("button", { name: "change" }).click();
    await page.getByRole("button", { name: "Choose Ada King" }).waitFor();
    expect(await page.locator("[data-fact]").count()).toBe(0);
  });

  it("shows where it searched when no customer matches", async () => {
    const { page } = await show("none");
    await page.getByRole("heading", { name: "No customer found" }).waitFor();
    expect(await page.getByRole("list", { name: "Where we looked" }).textContent()).toContain("Salesforce by email: not found");
    await panelOf(page).getByRole("button", { name: "Refresh" }).waitFor();
  });

  it("keeps the last good value of a failed source, and Retry changes only its section", async () => {
    const { page, calls } = await show("oneDown");
    const product = section(page, "product");
    await product.getByText("Mixpanel is unavailable. Last good data", { exact: false }).waitFor();
    expect(await page.getByRole("button", { name: "2 of 3 sources current" }).count()).toBe(1);
    expect(await product.getByText("200 sessions", { exact: false }).count()).toBe(1);

    const retry = product.getByRole("button", { name: "Retry" });
    await retry.click();
    await product.getByText("Updating…").waitFor({ state: "hidden" });
    expect(await product.getByText("Unavailable · ").count()).toBe(1);
    expect(await focusedElement(page).getAttribute("class")).toContain("retry");
    expect(calls).toEqual(["getContext", "getSections"]);
    expect(dev().api.requests.at(-1)).toContain("sections=product");

    dev().api.replyWith(() => Response.json(fixtures.rich(Date.now())));
    await retry.click();
    await product.getByRole("button", { name: "Retry" }).waitFor({ state: "detached" });
    expect(await product.getByText("Updated", { exact: false }).count()).toBe(1);
    expect(await focusedElement(page).getAttribute("class")).toContain("toggle");
  });

  it("requests pending sections exactly once", async () => {
    const { page, calls } = await show("pending");
    await section(page, "product").getByText("200 sessions", { exact: false }).waitFor();
    expect(calls).toEqual(["getContext", "getSections"]);
  });

  it("keeps old values during a refresh, then shows the cooldown", async () => {
    const { page, calls } = await show("company");
    const button = panelOf(page).getByRole("button", { name: "Refresh" });
    await button.waitFor();
    const response = Promise.withResolvers<Response | undefined>();
    dev().api.replyWith(() => response.promise);
    await button.click();
    await section(page, "support").getByText("Updating…").waitFor();
    expect(await page.locator("[data-fact=arr] .value").textContent()).toBe("€1,234,000");
    response.resolve(undefined);
    await panelOf(page)
      .getByRole("button", { name: /Refresh in \d+ s/ })
      .waitFor();
    expect(await focusedElement(page).getAttribute("class")).toContain("refresh");
    expect(calls).toEqual(["getContext", "refresh"]);
  });

  it("drops a late response for a record that is no longer on screen", async () => {
    const { page } = await show("company");
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    const response = Promise.withResolvers<Response | undefined>();
    dev().api.replyWith((request) => (request.url.includes("001DEV") ? response.promise : undefined));
    await panelOf(page).getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("combobox", { name: "Example record" }).selectOption({ label: "Contact: none" });
    await page.getByRole("heading", { name: "No customer found" }).waitFor();
    const refreshResponse = page.waitForResponse(/\/apex\/refresh$/);
    response.resolve(undefined);
    await refreshResponse;
    expect(await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).count()).toBe(0);
    await page.getByRole("heading", { name: "No customer found" }).waitFor();
  });

  it("updates ages without a request and shows when a section becomes stale", async () => {
    // The server's clock makes the response, a little later than the page is opened.
    const { page } = await show("company", { now: Date.now() + 20_000 });
    const support = section(page, "support");
    await support.getByText("Updated 1 min ago").waitFor();
    await page.clock.runFor(4 * 60_000);
    await support.getByText("Updated 5 min ago").waitFor();
    await page.clock.runFor(11 * 60_000);
    await support.getByText("Stale · 16 min").waitFor();
    expect(await page.locator("[role=status]").textContent()).toBe("Lovelace Analytics. 3 of 3 sources current.");
  });

  it("refreshes with the page's Refresh", async () => {
    const { page, calls, consoleErrors } = await show("company");
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    await page.locator("[data-refresh]").click();
    await panelOf(page)
      .getByRole("button", { name: /Refresh in/ })
      .waitFor();
    expect(calls).toEqual(["getContext", "refresh"]);
    expect(consoleErrors).toEqual([]);
  });

  it("opens a link to a record in the org and other links in a new tab", async () => {
    const { page } = await show("rich");
    await section(page, "account").getByRole("button").first().click();
    await section(page, "support").getByRole("button").first().click();
    const ticket = section(page, "support").getByRole("link", { name: /Export fails/ });
    expect(await ticket.getAttribute("target")).toBe("_blank");
    expect(await ticket.getAttribute("rel")).toContain("noopener");
    const record = section(page, "account").getByRole("link", { name: "Expansion: 40 seats" });
    expect(await record.getAttribute("target")).toBeNull();
    await record.click();
    await page.waitForURL(/objectApiName=Opportunity/);
  });

  it("opens the evidence section of a health driver", async () => {
    const { page } = await show("company");
    await section(page, "health").getByRole("button", { name: "CSAT 92%" }).click();
    await section(page, "support").getByText("11 of 12 good", { exact: false }).waitFor();
    expect(await focusedElement(page).getAttribute("aria-expanded")).toBe("true");
  });

  it.each(["en-US", "ar-EG"])("draws gains and losses of the health score on opposite sides in %s", async (locale) => {
    const { page } = await show("atRisk", { query: `&locale=${locale}` });
    const bars = section(page, "health").locator(".bar");
    // In a narrow column the points say the same, and the bars are not shown.
    await bars.first().waitFor({ state: "attached" });
    const classes = await bars.evaluateAll((elements) => elements.map((element) => element.className));
    expect(classes.map((name) => /\b(up|down)\b/.exec(name)?.[0])).toEqual(["down", "down", "up"]);
  });

  it("shows the provenance of a fact", async () => {
    const { page } = await show("company");
    await page.locator("[data-fact=arr]").getByRole("button").click();
    const provenance = page.locator("c-sidelight-facts c-sidelight-provenance");
    await provenance.getByText("Last checked").waitFor();
    expect(await provenance.textContent()).toContain("salesforce.account:");
  });
});
