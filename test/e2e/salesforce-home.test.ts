import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { CustomerRow } from "@sidelight/contracts/customers/customer.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { usePanel } from "../lab/hosts/salesforce/testing.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const row: CustomerRow = {
  ...{ id: "company:a", name: "Halvorsen Freight Inc.", record: "salesforce.account:0015g00000AbCdEAAV", link: null },
  ...{ owner: null, arr: { amount: 184_000, currency: "USD" }, renewalDate: null },
  health: { score: 31, band: "at_risk", since: "2026-11-18T10:00:00.000Z" },
  usage: { trend: "falling", since: null, lastActiveAt: null },
  reasons: [{ reason: "at_risk", since: "2026-11-18T10:00:00.000Z", days: 12 }],
  ...{ pinned: false, computedAt: "2026-11-30T10:00:00.000Z", masked: [] },
};
const hostile: CustomerRow = { ...row, id: "company:b", name: "<img src=x onerror=alert(1)>", record: null, arr: null };

type Reply = { items: CustomerRow[] } | "failed";

describe.skipIf(!hasChromium)("the list of own accounts on a home page", () => {
  const { browser, dev } = usePanel();

  async function open(replies: Record<string, Reply>, { scheme = "light", locale = "en-US", width = 400 } = {}): Promise<Page> {
    const page = await browser().newPage({ viewport: { width, height: 700 }, locale: "en-US" });
    page.setDefaultTimeout(scaled(15_000));
    await page.route("**/apex/getMyAccounts", async (route) => {
      const { reason } = route.request().postDataJSON() as { reason: string };
      const reply = replies[reason] ?? { items: [] };
      if (reply === "failed") return await route.fulfill({ json: { error: { body: { message: '{"code":"network"}' } } } });
      const value = { status: 200, body: JSON.stringify({ ...reply, nextCursor: null }) };
      return await route.fulfill({ json: { value } });
    });
    await page.goto(`${dev().url}?home&scheme=${scheme}&locale=${locale}`);
    await page.getByRole("heading", { name: "My accounts" }).waitFor();
    return page;
  }
  const violations = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe);
    return await page.evaluate("axe.run('c-sidelight-my-accounts').then(({ violations }) => violations.map(({ id }) => id))");
  };

  it("names the accounts with the reason, and opens a task with it", async () => {
    const page = await open({ at_risk: { items: [row, hostile] } });
    await page.getByText("At risk for 12 days").first().waitFor();
    await expect.poll(() => page.getByRole("listitem").first().innerText()).toContain("$184,000");
    expect(await page.locator("img").count()).toBe(0);
    const navigation = page.evaluate(
      () =>
        new Promise((resolve) =>
          (globalThis as unknown as EventTarget).addEventListener("lab:navigate", (e) => resolve((e as CustomEvent).detail)),
        ),
    );
    await page.getByRole("button", { name: "Create task: Halvorsen Freight Inc." }).click();
    expect(await navigation).toMatchObject({
      attributes: { objectApiName: "Task", actionName: "new" },
      state: { defaultFieldValues: "WhatId=0015g00000AbCdEAAV,Subject=At%20risk%20for%2012%20days" },
    });
    await page.close();
  });

  it("says when a list is empty or could not be loaded, and tries again", async () => {
    const page = await open({ renewing: "failed" });
    await page.getByText("None of your accounts is in this list.").waitFor();
    await page.getByRole("button", { name: "Renewing" }).click();
    await page.getByText("Your accounts couldn't be loaded.").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Your accounts couldn't be loaded.").waitFor();
    await page.close();
  });

  it("is accessible and fits, in light and dark, from left and from right", async () => {
    for (const scheme of ["light", "dark"])
      for (const locale of ["en-US", "ar"]) {
        const page = await open({ at_risk: { items: [row, hostile] } }, { scheme, locale, width: 320 });
        await page.getByRole("listitem").first().waitFor();
        expect(await violations(page), `${scheme} ${locale}`).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
        await page.close();
      }
  });
});
