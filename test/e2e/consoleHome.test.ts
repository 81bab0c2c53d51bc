import { advanceUntil, followRealTime } from "@sidelight/test-support/advance.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { appearances, type ConsolePages, openConsolePages, overflow, signIn, violations } from "../harness/consolePages.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const deadLetterCount = 37;

let harness: Harness;
let pages: ConsolePages;
let stopClock: () => void = () => {};

beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.routing = {
        routes: [
          {
            ...{ id: "tickets", on: "zendesk.ticket.created", to: "mixpanel", do: "track" },
            with: `{ "distinctId": ref, "event": "Ticket", "properties": {} }`,
          },
        ],
      };
    },
  });
  pages = await openConsolePages(harness);
});
afterAll(async () => {
  await pages?.close();
  await harness?.close();
});
beforeEach(() => {
  if (hasChromium) stopClock = followRealTime(harness.clock);
});
afterEach(async () => {
  stopClock();
  harness?.lab.faults.clear();
  await pages?.closePages();
});

const openHome = async (options = {}): Promise<Page> => {
  const page = await pages.open("overview", options);
  await page.locator(".sentence").waitFor();
  return page;
};
const row = (page: Page, label: string) => page.getByRole("row").filter({ has: page.getByRole("link", { name: label }) });

describe.skipIf(!hasChromium)("signing in to the console", () => {
  it("puts nothing where a script reads it, and survives a reload until the sign-out", async () => {
    const page = await openHome();
    const keptPlan = "JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])";
    expect(await page.evaluate(keptPlan)).toBe(JSON.stringify(["", {}, {}]));
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
    await page.reload();
    await page.locator(".sentence").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out.").waitFor();
    const headers = { cookie: `${cookie!.name}=${cookie!.value}`, origin: pages.url, "sec-fetch-site": "same-origin" };
    expect((await fetch(`${pages.url}/console/session`, { headers })).status).toBe(401);
    await page.reload();
    await page.getByLabel("API key").waitFor();
  });

  it("ends in every window when its session ends", async () => {
    const page = await openHome();
    const otherWindow = await page.context().newPage();
    await otherWindow.goto(`${pages.url}/console#/overview`);
    await otherWindow.locator(".sentence").waitFor();
    await otherWindow.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("Your session has ended. Sign in again.").waitFor({ timeout: 15_000 });
  });

  it("says which buttons another role may not use", async () => {
    const page = await pages.newPage();
    await page.goto(`${pages.url}/console#/overview`);
    await signIn(page, harness.keys["acme"]!.service);
    await page.getByText("Your key may not do this.").waitFor();
    await row(page, "Zendesk").locator("summary").click();
    expect(await page.getByRole("button", { name: "Pause Zendesk" }).isDisabled()).toBe(true);
  });
});

describe.skipIf(!hasChromium)("the first screen", () => {
  it("is accessible and fits, light and dark, wide and narrow", async () => {
    for (const options of appearances) {
      const page = await openHome(options);
      await row(page, "Zendesk").locator("summary").click();
      expect([await violations(page), await overflow(page)]).toEqual([[], 0]);
      await page.keyboard.press("Escape");
      await page.getByLabel("Search").fill(harness.lab.tenants["acme"]!.examples.resolved[0]!);
      await page.keyboard.press("Enter");
      await page.locator(".hit").first().waitFor();
      expect([await violations(page), await overflow(page)]).toEqual([[], 0]);
    }
  });

  it.each([
    ["mixpanel", "Mixpanel"],
    ["salesforce", "Salesforce"],
  ] as const)(
    "says within ten seconds that %s does not answer, what agents still see and what to do, and closes it by itself",
    async (platform, label) => {
      const page = await openHome();
      await row(page, label).getByText("healthy").waitFor();
      harness.lab.faults.add({ platform, kind: "error", status: 503, rate: 1, seed: 1 });
      const brokenPlatform = row(page, label);
      await brokenPlatform.getByText("does not answer").waitFor({ timeout: 10_000 });
      await brokenPlatform.getByText(/Agents still see the stored data, read .* Panels mark it as old/).waitFor();
      await brokenPlatform.getByText("Sidelight recovers on its own").or(brokenPlatform.getByText(/Check/)).first().waitFor();
      await expect.poll(() => page.locator(".sentence").textContent()).toMatch(/^\d of \d platforms healthy;/);
      harness.lab.faults.clear();
      await brokenPlatform.getByRole("button", { name: `Probe ${label}` }).click();
      await page.getByText(new RegExp(`${label}: ${label} answered in \\d+ ms`)).waitFor();
      await brokenPlatform.getByText("healthy").waitFor({ timeout: 15_000 });
      await expect.poll(() => page.locator(".sentence").textContent()).toMatch(/^All \d platforms healthy;/);
    },
  );

  it("pauses a platform and resumes it", async () => {
    const page = await openHome();
    const zendesk = row(page, "Zendesk");
    await zendesk.locator("summary").click();
    await page.getByRole("button", { name: "Pause Zendesk" }).click();
    await zendesk.getByText("paused").first().waitFor();
    await zendesk.getByRole("button", { name: "Resume Zendesk" }).click();
    await page.getByText(/Resumed\. Zendesk answered/).waitFor();
    await zendesk.getByText("healthy").waitFor();
  });

  it(`retries all ${deadLetterCount} dead letters of one cause with one button`, async () => {
    stopClock();
    const ticket = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()][0]!;
    harness.lab.faults.add({ platform: "mixpanel", kind: "error", status: 400, rate: 1, path: "/import", seed: 1 });
    for (let i = 0; i < deadLetterCount; i++)
      await sendZendesk(
        harness,
        ticketEvent("created", { id: 880_000 + i, requesterId: ticket.requester_id, updatedAt: harness.clock.now() }),
      );
    const count = async (state: string): Promise<number> =>
      (await harness.request(`/v1/deliveries?limit=100&state=${state}`)).body.items.length;
    await advanceUntil(
      harness.clock,
      50,
      "the dead letters",
      async () => (await count("dead_letter")) + (await count("blocked")) === deadLetterCount,
    );
    harness.lab.faults.clear();
    stopClock = followRealTime(harness.clock);
    const page = await openHome();
    await page.getByRole("button", { name: /^Retry (all \d+|it)$/ }).click();
    await page.getByText(/tried again\.$/).waitFor();
    await expect.poll(() => count("done"), { timeout: 15_000 }).toBe(deadLetterCount);
    await page.locator("#open-problems + p", { hasText: "None." }).waitFor({ timeout: 15_000 });
  });
});

describe.skipIf(!hasChromium)("the search of the console", () => {
  it("leads from a ticket's number and an address to the customer, and keeps both out of the address", async () => {
    const ref = harness.lab.tenants["acme"]!.examples.resolved.find((example) => example.startsWith("zendesk.ticket"))!;
    const { customer } = (await harness.context(ref)).body;
    const page = await openHome();
    await page.keyboard.press("/");
    for (const query of [ref.split(":")[1]!, customer!.email!]) {
      await page.getByLabel("Search").fill(query);
      await page.keyboard.press("Enter");
      await page.locator(".hit", { hasText: customer!.name! }).first().waitFor();
      expect(page.url()).toBe(`${pages.url}/console#/overview`);
    }
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: customer!.name!, exact: true }).waitFor();
    expect(page.url()).not.toContain(customer!.email!);
    expect(await violations(page)).toEqual([]);
  });
});
