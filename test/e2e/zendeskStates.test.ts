import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { afterAll, describe, expect, it } from "vitest";
import { expandAll, state, useZendeskPanel } from "../harness/zendeskPanel.ts";
import { type Scenario, scenarios } from "../lab/hosts/zendesk/fixtureApi.ts";
import { address, type Opened, type OpenOptions, open, overflow, violations } from "../lab/hosts/zendesk/testing.ts";

// The Zendesk app when the customer is in doubt, when something fails, and in every state.
const { dev, browser, show, setClock } = useZendeskPanel();

describe.skipIf(!hasChromium)("a customer that may be wrong", () => {
  const part = ({ app }: Opened) => app.getByRole("region", { name: "Wrong customer?" });

  it("is explained, with others to choose and what can be undone", async () => {
    const page = await show("rich");
    await page.app.getByRole("button", { name: "Wrong customer?" }).click();
    await part(page).getByText("Both records have one e-mail address").waitFor();
    for (const name of ["Not this person", "Always use Ada King", "Undo"])
      await expect
        .poll(() => part(page).getByRole("button", { name }).getAttribute("aria-disabled"), { message: name })
        .toBe("false");
    await expect.poll(() => part(page).textContent()).toContain("Kept apart by a person, Nov 20, 2026");
    await page.page.keyboard.press("Escape");
    await part(page).waitFor({ state: "detached" });
  });

  it("cannot be changed without the right, and the reason is visible", async () => {
    const page = await show("forbiddenSection");
    await page.app.getByRole("button", { name: "Wrong customer?" }).click();
    const reject = part(page).getByRole("button", { name: "Not this person" });
    await part(page).getByRole("button", { name: "Always use Ada King" }).waitFor();
    await expect.poll(() => reject.getAttribute("aria-disabled")).toBe("true");
    await reject.click({ force: true });
    await expect
      .poll(() => part(page).textContent())
      .toContain("Your role doesn't allow it. Your administrator can grant access.");
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

describe.skipIf(!hasChromium)("an answer that the panel cannot draw", () => {
  it("shows a notice with Reload in the person's language instead of an empty frame", async () => {
    const broken = { ...fixtures.rich(Date.now()), customer: { name: "Ada", email: "a@b.example", company: null } };
    dev().api.intercept((request) => (request.url.includes("/v1/context/") ? Response.json(broken) : undefined));
    const { app } = await show("rich", { locale: "de-DE" });
    await app.getByRole("alert").getByText("Dieses Panel funktioniert nicht mehr").waitFor();
    dev().api.clear();
    await app.getByRole("button", { name: "Neu laden" }).click();
    await app.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
  });
});

describe.skipIf(!hasChromium)("every state", () => {
  const panelStates: Partial<Record<Scenario, string>> = {
    loading: "loading",
    ambiguous: "ambiguous",
    sameName: "ambiguous",
    hostileCandidates: "ambiguous",
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

  // Each state in one of the variants. The gallery checks the accessibility of all of them.
  const cases = scenarios.map(({ scenario }, index) => ({ scenario, variant: variants[index % variants.length]! }));
  it.each(cases)("$scenario fits and complains of nothing", async ({ scenario, variant }) => {
    setClock(Date.now);
    const expected = panelStates[scenario] ?? failureStates[scenario] ?? "ready";
    const page = await pageFor(scenario, variant);
    await state(page, expected);
    await expandAll(page);
    expect(await overflow(page.page)).toBe(0);
    expect(page.complaints).toEqual([]);
  });
});
