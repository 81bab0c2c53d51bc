import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { problemReply, usePanel } from "../lab/hosts/salesforce/testing.ts";

describe.skipIf(!hasChromium)("error states of the Salesforce panel", () => {
  const { dev, show } = usePanel();
  const panelOf = (page: Page) => page.locator("c-sidelight-panel");

  it("403: shows who can grant access and no customer data", async () => {
    dev().api.replyWith(() => problemReply(403, "forbidden"));
    const { page } = await show("company");
    await page.getByText("Your administrator can grant access.").waitFor();
    expect(await panelOf(page).textContent()).not.toContain("Lovelace");
  });

  it("401: shows setup steps to users with the setup permission, a neutral message to others", async () => {
    dev().api.replyWith(() => problemReply(401, "unauthenticated"));
    const { page } = await show("company");
    await page.getByText("Ask your administrator to finish the installation.").waitFor();
    await page.goto(`${page.url()}&admin=1`);
    await page.getByText(/enter the API key as the authentication parameter ApiKey/).waitFor();
  });

  it("429: shows a countdown and retries when it ends", async () => {
    dev().api.replyWith(() => problemReply(429, "rate_limited", { "retry-after": "20" }));
    const { page } = await show("company", { now: Date.now() });
    await page.getByText(/Trying again in (20|19) s/).waitFor();
    dev().api.clear();
    await page.clock.runFor(21_000);
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
  });

  it("500: shows an error with Try again and the request id", async () => {
    dev().api.replyWith(() => problemReply(500, "internal"));
    const { page } = await show("company");
    await page.getByText(/^Sidelight failed/).waitFor();
    expect(await page.locator("code").textContent()).toMatch(/^req_dev_/);
    dev().api.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
  });

  it("offline: keeps the values and shows their time", async () => {
    const { page } = await show("company");
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    await page.context().setOffline(true);
    await page.getByText(/You're offline – showing data from/).waitFor();
    expect(await page.locator("[data-fact=arr] .value").textContent()).toBe("€1,234,000");
    await page.context().setOffline(false);
    await page.getByText(/You're offline/).waitFor({ state: "hidden" });
  });
});
