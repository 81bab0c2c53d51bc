import { hasChromium } from "@sidelight/test-support/browser.ts";
import { afterAll, describe, expect, it } from "vitest";
import { expandAll, state, useZendeskPanel } from "../harness/zendeskPanel.ts";
import { problem, type Scenario, scenarios } from "../lab/hosts/zendesk/fixtureApi.ts";
import { address, type Opened, type OpenOptions, open, overflow, violations } from "../lab/hosts/zendesk/testing.ts";

// The Zendesk app when the customer is in doubt, when something fails, and in every state.
const { dev, browser, show, setClock } = useZendeskPanel();

describe.skipIf(!hasChromium)("an ambiguous match", () => {
  it("shows candidates and no numbers, loads the chosen one, and can be undone", async () => {
    const page = await show("ambiguous");
    await page.app.getByText("2 possible matches").first().waitFor();
    expect(await page.app.locator(".facts").count()).toBe(0);
    expect(await page.app.getByRole("button", { name: "Insert summary" }).isDisabled()).toBe(true);
    await page.app.getByRole("button", { name: "Choose Ada Lovelace" }).click();
    await page.app.getByText("Chosen by you").first().waitFor();
    expect(await page.app.locator(":focus").textContent()).toBe("Ada Lovelace");
    expect(dev().api.requests.at(-1)).toBe("GET /v1/context/person:4Vd1kqz0T2mWbR7yXn3u5A");
    await page.app.getByRole("button", { name: "change" }).click();
    await page.app.getByRole("button", { name: "Choose Ada King" }).waitFor();
    expect(dev().api.requests).toHaveLength(2);
  });
});

describe.skipIf(!hasChromium)("a customer that may be wrong", () => {
  const part = ({ app }: Opened) => app.getByRole("region", { name: "Wrong customer?" });

  it("is explained, with others to choose and what can be undone", async () => {
    const page = await show("rich");
    await page.app.getByRole("button", { name: "Wrong customer?" }).click();
    await part(page).getByText("Both records have one e-mail address").waitFor();
    for (const name of ["Not this person", "Always use Ada King", "Undo"])
      expect(await part(page).getByRole("button", { name }).getAttribute("aria-disabled"), name).toBe("false");
    expect(await part(page).textContent()).toContain("Kept apart by a person, Nov 20, 2026");
    await page.page.keyboard.press("Escape");
    await part(page).waitFor({ state: "detached" });
  });

  it("cannot be changed without the right, and the reason is visible", async () => {
    const page = await show("forbiddenSection");
    await page.app.getByRole("button", { name: "Wrong customer?" }).click();
    const reject = part(page).getByRole("button", { name: "Not this person" });
    await part(page).getByRole("button", { name: "Always use Ada King" }).waitFor();
    expect(await reject.getAttribute("aria-disabled")).toBe("true");
    await reject.click({ force: true });
    expect(await part(page).textContent()).toContain("Your role may not correct customers.");
    expect(dev().api.requests.filter((request) => request.startsWith("POST"))).toEqual([]);
  });

  it.each([
    { width: 320, scheme: "light" },
    { width: 256, scheme: "dark", locale: "ar-EG" },
    { width: 320, scheme: "light", locale: "en-XA" },
  ] as const)("is corrected accessibly at $width px, $scheme", async (variant) => {
    setClock(Date.now);
    const page = await show("rich", { ...variant, bare: true, frozenAt: null });
    await page.app.locator(".chip .link").click();
    await page.app.locator(".identity-others button").first().waitFor();
    expect(await overflow(page.page)).toBe(0);
    expect(await violations(page.page)).toEqual([]);
    expect(page.complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("a failure", () => {
  it("stays in its section, and Retry keeps the focus", async () => {
    const page = await show("oneDown");
    const product = page.app.locator('[data-section="product"]');
    await product.getByText("Mixpanel is unavailable. Last good data 7:55 AM").waitFor();
    await page.app.getByText("2 of 3 sources current").first().waitFor();
    const retry = product.getByRole("button", { name: "Retry" });
    await retry.focus();
    await retry.press("Enter");
    await expect.poll(() => dev().api.requests.at(-1)).toContain("?sections=product");
    await product.getByRole("button", { name: "Retry" }).waitFor();
    expect(await retry.evaluate((button) => button === (button.ownerDocument as { activeElement?: unknown }).activeElement)).toBe(
      true,
    );
    expect(await product.textContent()).not.toContain("Updated");
  });

  it("of a refresh, rate limited, counts down and keeps the values", async () => {
    const page = await show("rich");
    await state(page, "ready");
    dev().api.intercept((request) => (request.method === "POST" ? problem("rate_limited") : undefined));
    await page.app.getByRole("button", { name: "Refresh" }).click();
    await page.app.getByRole("button", { name: "Refresh in 24 s" }).waitFor();
    // The stream's first events arrived in between, and the countdown starts at the last drawing.
    await page.page.clock.runFor(4_500);
    await page.app.getByRole("button", { name: "Refresh in 20 s" }).waitFor();
    await page.page.clock.runFor(21_000);
    await page.app.getByRole("button", { name: "Refresh", exact: true }).waitFor();
    expect(await page.app.getByText("€1,234,000").count()).toBeGreaterThan(0);
  });

  it("of the network is shown, and ends with it", async () => {
    const page = await show("rich");
    await state(page, "ready");
    await page.context.setOffline(true);
    await page.app.getByText("You're offline – showing data from 9:29 AM").waitFor();
    expect(await page.app.getByRole("button", { name: "Insert summary" }).isDisabled()).toBe(true);
    await page.context.setOffline(false);
    await page.app.getByText("You're offline").waitFor({ state: "detached" });
  });

  it("of permission leaves no value of the customer in the page", async () => {
    const page = await show("forbidden");
    await page.app.getByText("Your administrator can grant access.").waitFor();
    expect(await page.app.locator("html").innerHTML()).not.toContain("Lovelace");
  });
});

describe.skipIf(!hasChromium)("every state", () => {
  const panelStates: Partial<Record<Scenario, string>> = {
    loading: "loading",
    ambiguous: "ambiguous",
    sameName: "ambiguous",
    none: "none",
    nonePartial: "none",
  };
  const failureStates: Partial<Record<Scenario, string>> = {
    forbidden: "forbidden",
    rate_limited: "rate_limited",
    internal: "error",
    unauthenticated: "unconfigured",
  };

  const variants: OpenOptions[] = [
    { bare: true, width: 320, scheme: "light" },
    { bare: true, width: 256, scheme: "dark", locale: "ar-EG" },
  ];
  // One page per variant: a new browser context for each state would take longer than the checks.
  const pages = new Map<OpenOptions, Opened>();
  const pageFor = async (scenario: Scenario, variant: OpenOptions): Promise<Opened> => {
    const existing = pages.get(variant);
    if (existing) await existing.page.goto(address(dev(), scenario, variant));
    const page = existing ?? (await open(browser(), dev(), scenario, variant));
    pages.set(variant, page);
    return page;
  };
  afterAll(() => Promise.all([...pages.values()].map(({ context }) => context.close())));

  it.each(scenarios.map(({ scenario }) => scenario))("%s is accessible and fits, narrow and mirrored too", async (scenario) => {
    // axe uses timers, so the page's clock runs here.
    setClock(Date.now);
    const expected = panelStates[scenario] ?? failureStates[scenario] ?? "ready";
    await Promise.all(
      variants.map(async (variant) => {
        const page = await pageFor(scenario, variant);
        await state(page, expected);
        await expandAll(page);
        expect(await overflow(page.page)).toBe(0);
        expect(await violations(page.page)).toEqual([]);
        expect(page.complaints).toEqual([]);
      }),
    );
  });
});
