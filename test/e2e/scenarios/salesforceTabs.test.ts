import { hasChromium } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import { describe, expect, it } from "vitest";
import { createLatch } from "../../harness/panelPage.ts";
import { devRecords } from "../../lab/hosts/salesforce/devApi.ts";
import { usePanel } from "../../lab/hosts/salesforce/testing.ts";

// Scenarios 14 and 20 in a console, where each record has a subtab of its own and stays loaded.
const now = Date.parse("2026-11-21T09:30:00Z");

describe.skipIf(!hasChromium)("subtabs of a console", () => {
  const { dev, show } = usePanel();

  it("14: many tabs: only the visible subtab calls Apex, and one that returns shows its data at once with true ages", async () => {
    const { page, consoleErrors } = await show("company", { now, query: "&console=1" });
    const company = devRecords.find(({ fixture }) => fixture === "company")!;
    const others = devRecords.filter(({ fixture }) => fixture !== "company").slice(0, 9);
    const readIds: string[] = [];
    page.on("request", (request) => {
      if (/\/apex\/get(Context|Sections)$/.test(request.url())) readIds.push(JSON.parse(request.postData() ?? "{}").recordId);
    });
    const panelIn = (id: string) => page.locator(`[data-subtab="${id}"] c-sidelight-panel`);
    await panelIn(company.id).getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    for (const { id } of others) {
      await page.evaluate(`window.dispatchEvent(new CustomEvent("lab:open", { detail: ${JSON.stringify(id)} }))`);
      await panelIn(id).locator("[aria-busy=false] h2").first().waitFor();
    }
    const subtabs = page.getByRole("list", { name: "Subtabs" }).getByRole("button");
    await until("ten subtabs", async () => (await subtabs.count()) === 10);
    // The answer that the last subtab had on its way is here before the time starts.
    const last = others.at(-1)!.id;
    await panelIn(last).locator("[aria-busy=false]").first().waitFor();
    readIds.length = 0;
    for (let minute = 1; minute <= 11; minute++) {
      // The next minute begins after the answer, which would be late otherwise.
      const response = page.waitForResponse(/\/apex\/getContext$/);
      await page.clock.fastForward(60_000);
      await (await response).finished();
      await page.clock.runFor(50);
    }
    expect(new Set(readIds)).toEqual(new Set([last]));

    const latch = createLatch();
    dev().api.replyWith(() => latch.opened.then(() => undefined));
    readIds.length = 0;
    await subtabs.first().click();
    const panel = panelIn(company.id);
    await panel.locator("[data-fact=arr]").getByText("€1,234,000").waitFor();
    await panel.getByRole("button", { name: "3 of 3 sources current" }).click();
    await panel.getByText("Zendesk: Updated 12 min ago").waitFor();
    await page.clock.runFor(1_100);
    await until("the read of the subtab", async () => readIds.includes(company.id));
    // The subtab that is hidden now reads no more.
    latch.open();
    readIds.length = 0;
    await page.clock.runFor(30_000);
    await until("polls", async () => readIds.length > 0);
    expect(new Set(readIds)).toEqual(new Set([company.id]));
    expect(consoleErrors).toEqual([]);
  });

  it("20: a record of the panel opens in a subtab of its own, and the former one stays as it was left", async () => {
    const { page, consoleErrors } = await show("rich", { query: "&console=1" });
    const account = page.locator("c-sidelight-section[data-section=account]");
    await account.getByRole("button").first().click();
    await account.getByRole("link", { name: "Expansion: 40 seats" }).click();
    const subtabs = page.getByRole("list", { name: "Subtabs" }).getByRole("button");
    await until("two subtabs", async () => (await subtabs.count()) === 2);
    await page.locator('[data-subtab^="006"]:not([hidden]) h2').waitFor();
    expect(await page.locator("c-sidelight-panel").count()).toBe(2);
    await subtabs.first().click();
    const former = page.locator('[data-subtab^="003"]:not([hidden])');
    await former.locator("c-sidelight-section[data-section=account] .toggle[aria-expanded=true]").waitFor();
    expect(consoleErrors).toEqual([]);
  });
});
