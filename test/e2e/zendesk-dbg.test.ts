import { it } from "vitest";
import { startDev } from "../lab/hosts/zendesk/dev.ts";
import { open } from "../lab/hosts/zendesk/testing.ts";
import { problem } from "../lab/hosts/zendesk/fixture-api.ts";
import { launch } from "../support/browser.ts";
import { buildZendeskApp } from "../../apps/zendesk/tools/build.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
it("x", async () => {
  await buildZendeskApp();
  const [dev, browser] = await Promise.all([startDev(0, () => now), launch()]);
  const page = await open(browser, dev, "rich", { frozenAt: now });
  await page.app.locator('[data-state="ready"]').first().waitFor();
  dev.api.intercept((request) => (request.method === "POST" ? problem("rate_limited") : undefined));
  await page.app.getByRole("button", { name: "Refresh" }).click();
  for (let i = 0; i < 6; i++) {
    console.log(i, await page.app.locator(".actions").textContent(), await page.app.locator("html").evaluate(() => Date.now()), dev.api.streams.requests, page.complaints);
    await page.page.clock.runFor(1_000);
    await new Promise((r) => setTimeout(r, 300));
  }
  await browser.close();
  await dev.close();
}, 60000);
