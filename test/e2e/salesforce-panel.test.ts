import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { usePanel } from "../lab/hosts/salesforce/testing.ts";
import { hasChromium } from "../support/browser.ts";

describe.skipIf(!hasChromium)("the Salesforce panel in a record page", () => {
  const { dev, show } = usePanel();

  const panelOf = (page: Page) => page.locator("c-sidelight-panel");
  const focused = (page: Page) => page.locator("c-sidelight-panel :focus");
  const section = (page: Page, name: string) => page.locator(`c-sidelight-section[data-section=${name}]`);

  it("shows who it is, six facts and the sections in this place's order, with one call", async () => {
    const { page, calls, complaints } = await show("company");
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    expect(await page.locator("[data-fact] .value").allTextContents()).toEqual([
      "€1,234,000",
      expect.stringMatching(/\d{4}$/),
      "Customer",
      "4",
      "92%",
      "3 h ago",
    ]);
    const names = await page
      .locator("c-sidelight-section")
      .evaluateAll((all) => all.map((one) => one.getAttribute("data-section")));
    expect(names).toEqual(["health", "support", "product", "account", "timeline"]);
    expect(calls).toEqual(["getContext"]);
    expect(complaints).toEqual([]);
  });

  it("never lets the key into the browser", async () => {
    const { page } = await show("company");
    const seen: string[] = [];
    page.on("request", (request) => seen.push(JSON.stringify(request.headers())));
    await page.locator("[data-refresh]").click();
    await page.getByRole("button", { name: /Refresh in/ }).waitFor();
    expect(dev().api.requests.some((line) => line.startsWith("POST"))).toBe(true);
    expect(seen.join()).not.toContain("authorization");
    expect(await page.content()).not.toContain("development");
  });

  it("shows hostile texts as text", async () => {
    const { page, complaints } = await show("hostile");
    await panelOf(page).getByRole("heading", { level: 2 }).waitFor();
    for (const name of ["support", "account", "timeline"]) await section(page, name).getByRole("button").first().click();
    expect(await panelOf(page).textContent()).toContain("<img src=x");
    expect(await panelOf(page).locator("img, script, iframe").count()).toBe(0);
    expect(await page.title()).not.toContain("owned");
    const targets = await panelOf(page)
      .locator("a")
      .evaluateAll((all) => all.map((one) => (one as unknown as URL).protocol));
    expect(targets.every((protocol) => protocol === "http:" || protocol === "https:")).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("asks who it is, and takes the choice back", async () => {
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

  it("says where it looked when nobody was found", async () => {
    const { page } = await show("none");
    await page.getByRole("heading", { name: "No customer found" }).waitFor();
    expect(await page.getByRole("list", { name: "Where we looked" }).textContent()).toContain(
      "Salesforce by email: nobody found",
    );
    await panelOf(page).getByRole("button", { name: "Refresh" }).waitFor();
  });

  it("keeps the last good value of a source that is down, and Retry changes only that section", async () => {
    const { page, calls } = await show("oneDown");
    const product = section(page, "product");
    await product.getByText("Mixpanel is unavailable. Last good data", { exact: false }).waitFor();
    expect(await page.getByRole("button", { name: "2 of 3 sources current" }).count()).toBe(1);
    expect(await product.getByText("200 · rising").count()).toBe(1);

    const retry = product.getByRole("button", { name: "Retry" });
    await retry.click();
    await product.getByText("Updating…").waitFor({ state: "hidden" });
    expect(await product.getByText("Unavailable · ").count()).toBe(1);
    expect(await focused(page).getAttribute("class")).toContain("retry");
    expect(calls).toEqual(["getContext", "getSections"]);
    expect(dev().api.requests.at(-1)).toContain("sections=product");

    dev().api.answer(() => Response.json(fixtures.rich(Date.now())));
    await retry.click();
    await product.getByRole("button", { name: "Retry" }).waitFor({ state: "detached" });
    expect(await product.getByText("Updated", { exact: false }).count()).toBe(1);
    expect(await focused(page).getAttribute("class")).toContain("toggle");
  });

  it("asks once more for what was late, and no more than once", async () => {
    const { page, calls } = await show("pending");
    await section(page, "product").getByText("200 sessions", { exact: false }).waitFor();
    expect(calls).toEqual(["getContext", "getSections"]);
  });

  it("keeps old values while refreshing, then waits out the cooldown", async () => {
    const { page, calls } = await show("company");
    const button = panelOf(page).getByRole("button", { name: "Refresh" });
    await button.waitFor();
    const gate = Promise.withResolvers<Response | undefined>();
    dev().api.answer(() => gate.promise);
    await button.click();
    await section(page, "support").getByText("Updating…").waitFor();
    expect(await page.locator("[data-fact=arr] .value").textContent()).toBe("€1,234,000");
    gate.resolve(undefined);
    await panelOf(page)
      .getByRole("button", { name: /Refresh in \d+ s/ })
      .waitFor();
    expect(await focused(page).getAttribute("class")).toContain("refresh");
    expect(calls).toEqual(["getContext", "refresh"]);
  });

  it("drops a late answer for a record that is no longer on screen", async () => {
    const { page } = await show("company");
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    const gate = Promise.withResolvers<Response | undefined>();
    dev().api.answer((request) => (request.url.includes("001DEV") ? gate.promise : undefined));
    await panelOf(page).getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("combobox", { name: "Example record" }).selectOption({ label: "Contact: none" });
    await page.getByRole("heading", { name: "No customer found" }).waitFor();
    const refreshed = page.waitForResponse(/\/apex\/refresh$/);
    gate.resolve(undefined);
    await refreshed;
    expect(await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).count()).toBe(0);
    await page.getByRole("heading", { name: "No customer found" }).waitFor();
  });

  it("lets ages grow by themselves and turns stale in words", async () => {
    // The answer is made by the server's clock, a little later than the page is opened.
    const { page } = await show("company", { at: Date.now() + 20_000 });
    const support = section(page, "support");
    await support.getByText("Updated 1 min ago").waitFor();
    await page.clock.runFor(4 * 60_000);
    await support.getByText("Updated 5 min ago").waitFor();
    await page.clock.runFor(11 * 60_000);
    await support.getByText("Stale · 16 min").waitFor();
    expect(await page.locator("[role=status]").textContent()).toBe("Lovelace Analytics. 3 of 3 sources current.");
  });

  it("follows the page's own Refresh", async () => {
    const { page, calls, complaints } = await show("company");
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    await page.locator("[data-refresh]").click();
    await panelOf(page)
      .getByRole("button", { name: /Refresh in/ })
      .waitFor();
    expect(calls).toEqual(["getContext", "refresh"]);
    expect(complaints).toEqual([]);
  });

  it("opens a record's link as a record and others in a new tab", async () => {
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

  it("leads from a reason to its evidence", async () => {
    const { page } = await show("company");
    await section(page, "health").getByRole("button", { name: "CSAT 92%" }).click();
    await section(page, "support").getByText("11 of 12 good", { exact: false }).waitFor();
    expect(await focused(page).getAttribute("aria-expanded")).toBe("true");
  });

  it("shows where a fact comes from", async () => {
    const { page } = await show("company");
    await page.locator("[data-fact=arr]").getByRole("button").click();
    const provenance = page.locator("c-sidelight-facts c-sidelight-provenance");
    await provenance.getByText("Last checked").waitFor();
    expect(await provenance.textContent()).toContain("salesforce.account:");
  });
});
