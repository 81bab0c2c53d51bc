import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { layoutShift } from "../harness/panelPage.ts";
import { problemReply, usePanel } from "../lab/hosts/salesforce/testing.ts";

describe.skipIf(!hasChromium)("the Salesforce panel in a record page", () => {
  const { dev, show } = usePanel();

  const panelOf = (page: Page) => page.locator("c-sidelight-panel");
  const focusedElement = (page: Page) => page.locator("c-sidelight-panel :focus");
  const section = (page: Page, name: string) => page.locator(`c-sidelight-section[data-section=${name}]`);

  it("shows the customer, six facts and the sections of an account page with one call", async () => {
    const { page, calls, consoleErrors } = await show("company");
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    await expect
      .poll(() => page.locator("[data-fact] .value").allTextContents())
      .toEqual([
        "€1,234,000",
        expect.stringMatching(/\d{4}$/),
        // The page shows the account's type and owner itself, so the sessions take their place.
        "200",
        "4",
        "92%",
        "3 h ago",
      ]);
    const names = () =>
      page
        .locator("c-sidelight-section")
        .evaluateAll((elements) => elements.map((element) => element.getAttribute("data-section")));
    await expect.poll(names).toEqual(["health", "support", "product", "account", "timeline"]);
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

  it("keeps old values during a refresh, then shows the cooldown", async () => {
    const { page, calls } = await show("company");
    const button = panelOf(page).getByRole("button", { name: "Refresh" });
    await button.waitFor();
    const response = Promise.withResolvers<Response | undefined>();
    dev().api.replyWith(() => response.promise);
    await button.click();
    await section(page, "support").getByText("Updating…").waitFor();
    await expect.poll(() => page.locator("[data-fact=arr] .value").textContent()).toBe("€1,234,000");
    response.resolve(undefined);
    await panelOf(page)
      .getByRole("button", { name: /Refresh in \d+ s/ })
      .waitFor();
    await expect.poll(() => focusedElement(page).getAttribute("class")).toContain("refresh");
    expect(calls).toEqual(["getContext", "refresh"]);
  });

  it.each(["en-US", "ar-EG"])("draws gains and losses of the health score on opposite sides in %s", async (locale) => {
    const { page } = await show("atRisk", { query: `&locale=${locale}` });
    const bars = section(page, "health").locator(".bar");
    // In a narrow column the points say the same, and the bars are not shown.
    await bars.first().waitFor({ state: "attached" });
    const directions = () =>
      bars.evaluateAll((elements) => elements.map((element) => /\b(up|down)\b/.exec(element.className)?.[0]));
    await expect.poll(directions).toEqual(["down", "down", "up"]);
  });

  it.each([
    ["with earlier scores", 320],
    ["with earlier scores", 440],
    ["without earlier scores", 320],
    ["without earlier scores", 440],
  ] as const)("leaves no empty line below health %s at %i pixels", async (scores, width) => {
    const context = fixtures.company(Date.now());
    if (scores === "without earlier scores") delete context.sections.health!.data!.history;
    dev().api.replyWith(({ url }) => (url.includes("/v1/context/") ? Response.json(context) : undefined));
    const { page } = await show("company", { width });
    // Loaded after the content of sections.
    await page.locator("c-sidelight-actions").getByRole("button", { name: "Follow-up" }).waitFor();
    const body = section(page, "health").locator(".body");
    const largestGap = async () => {
      const parts = await body.locator(".score, .title, li, p:not(.visually-hidden)").all();
      const boxes = await Promise.all([...parts, body].map(async (part) => (await part.boundingBox())!));
      const end = boxes.pop()!;
      return Math.max(...boxes.map(({ y, height }, index) => (boxes[index + 1]?.y ?? end.y + end.height) - y - height));
    };
    // Less than a line, which has 18 pixels.
    await expect.poll(largestGap).toBeLessThanOrEqual(15);
    expect(await layoutShift(page.mainFrame())).toBeLessThanOrEqual(0.05);
  });

  it("shows the provenance of a fact", async () => {
    const { page } = await show("company");
    await page.locator("[data-fact=arr]").getByRole("button").click();
    const provenance = page.locator("c-sidelight-facts c-sidelight-provenance");
    await provenance.getByText("Last checked").waitFor();
    await expect.poll(() => provenance.textContent()).toContain("salesforce.account:");
  });

  it("shows an error with Try again and the request id", async () => {
    dev().api.replyWith(() => problemReply(500, "internal"));
    const { page } = await show("company");
    await page.getByText(/^Sidelight failed/).waitFor();
    await expect.poll(() => page.locator("code").textContent()).toMatch(/^req_dev_/);
    dev().api.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
  });
});
