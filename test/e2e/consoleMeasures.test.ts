import { advanceBy } from "@sidelight/test-support/advance.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { appearances, type ConsolePages, openConsolePages, overflow, violations } from "../harness/consolePages.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
let consolePages: ConsolePages;
beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.costs = {
        currency: "EUR",
        monthlyBudget: 60,
        connections: { zendesk: { plan: "Team", monthlyFee: 49, included: 2, per: 1, prices: [{ price: 3 }] } },
      };
    },
  });
  consolePages = await openConsolePages(harness);
  const requesterId = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()][0]!.requester_id;
  await advanceBy(harness.clock, 20_000, 120_000);
  const late = harness.clock.now() - 45 * 60_000;
  await sendZendesk(harness, ticketEvent("created", { id: 882_001, requesterId, updatedAt: late }));
  await sendZendesk(harness, ticketEvent("created", { id: 882_002, requesterId, updatedAt: harness.clock.now() - 5_000 }));
  await advanceBy(harness.clock, 20_000, 180_000);
}, scaled(120_000));
afterAll(async () => {
  await consolePages?.close();
  await harness?.close();
});
afterEach(() => consolePages?.closePages());

describe.skipIf(!hasChromium)("the pages of freshness and costs", () => {
  it("are accessible and fit, light and dark, wide and narrow", async () => {
    for (const options of appearances) {
      const page = await consolePages.open("freshness", options);
      for (const [path, ready] of [
        ["freshness", "What used most"],
        ["freshness/zendesk/ticket", "Age of facts at their arrival"],
        ["costs", "Saved"],
      ] as const) {
        await page.goto(`${consolePages.url}/console#/${path}`);
        await page.getByRole("heading", { name: ready }).waitFor();
        expect(await violations(page), path).toEqual([]);
        expect(await overflow(page), path).toBe(0);
      }
    }
  });

  it("show what was late and why, and lead from all objectives to one", async () => {
    const page = await consolePages.open("freshness");
    const row = page.locator("tr", { hasText: "Zendesk ticket" });
    await row.getByText("Missed").waitFor();
    expect(await row.textContent()).toMatch(/95 % within 2m, in 7 days.*50 %/);
    await row.getByRole("link").click();
    await page.getByText("2 facts, 50 % young enough").waitFor();
    await page.locator("tr", { hasText: "Webhooks came late" }).first().waitFor();
    await page.locator("tr", { hasText: "up to 1h" }).getByText("1", { exact: true }).waitFor();
  });

  it("show the month against its budget, and another month", async () => {
    const page = await consolePages.open("costs");
    await page.getByText("Above the budget").first().waitFor();
    await page.locator("tr", { hasText: "Zendesk" }).getByText("The forecast is above the plan").waitFor();
    await page.getByText("Pull of tickets").waitFor();
    const report = page.waitForEvent("popup");
    await page.getByRole("link", { name: "Report for printing or mail" }).click();
    await (await report).getByRole("heading", { name: "Costs of acme" }).waitFor();
    await page.getByLabel("Month").selectOption({ index: 6 });
    await page.getByText("Nothing.").first().waitFor();
    expect(page.url()).toMatch(/month=\d{4}-\d{2}/);
  });
});
