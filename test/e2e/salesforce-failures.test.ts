import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { problemReply, usePanel } from "../lab/hosts/salesforce/testing.ts";
import { hasChromium } from "../support/browser.ts";

describe.skipIf(!hasChromium)("the Salesforce panel when there is nothing to show", () => {
  const { dev, show } = usePanel();
  const panelOf = (page: Page) => page.locator("c-sidelight-panel");

  it("403: who can grant access, and nothing of the customer", async () => {
    dev().api.answer(() => problemReply(403, "forbidden"));
    const { page } = await show("company");
    await page.getByText("A Sidelight administrator can give your role access.").waitFor();
    expect(await panelOf(page).textContent()).not.toContain("Lovelace");
  });

  it("401: setup help for who may set up, a neutral sentence for everybody else", async () => {
    dev().api.answer(() => problemReply(401, "unauthenticated"));
    const { page } = await show("company");
    await page.getByText("Ask your administrator to finish the installation.").waitFor();
    await page.goto(`${page.url()}&admin=1`);
    await page.getByText(/enter the API key as the authentication parameter ApiKey/).waitFor();
  });

  it("429: a countdown, then by itself", async () => {
    dev().api.answer(() => problemReply(429, "rate_limited", { "retry-after": "20" }));
    const { page } = await show("company", { at: Date.now() });
    await page.getByText(/Trying again in (20|19) s/).waitFor();
    dev().api.clear();
    await page.clock.runFor(21_000);
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
  });

  it("500: an error with Try again and the request id", async () => {
    dev().api.answer(() => problemReply(500, "internal"));
    const { page } = await show("company");
    await page.getByText("Something went wrong on our side.").waitFor();
    expect(await page.locator("code").textContent()).toMatch(/^req_dev_/);
    dev().api.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
  });

  it("keeps what it has when the connection goes, and says from when it is", async () => {
    const { page } = await show("company");
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
    await page.context().setOffline(true);
    await page.getByText(/You're offline – showing data from/).waitFor();
    expect(await page.locator("[data-fact=arr] .value").textContent()).toBe("€1,234,000");
    await page.context().setOffline(false);
    await page.getByText(/You're offline/).waitFor({ state: "hidden" });
  });
});
