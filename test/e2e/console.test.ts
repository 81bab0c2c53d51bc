import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import type { Identity } from "@sidelight/contracts/identity/identity.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { appearances, type ConsolePages, openConsolePages, overflow, signIn, violations } from "../harness/consolePages.ts";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
let consolePages: ConsolePages;
/** Two customers of the world that are one person, as the matching would suggest them. */
let suggestions: Suggestion[];

beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness();
  consolePages = await openConsolePages(harness);
  const customers = await Promise.all(
    harness.lab.tenants["acme"]!.examples.ambiguous.slice(0, 2).map(
      async (ref) => (await harness.context(ref)).body.match.candidates,
    ),
  );
  suggestions = await Promise.all(customers.map((candidates, index) => suggestionOf(`s${index}`, candidates)));
});
afterAll(async () => {
  await consolePages?.close();
  await harness?.close();
});
afterEach(() => consolePages?.closePages());

async function suggestionOf(id: string, [left, right]: { id: string; label: string }[]): Promise<Suggestion> {
  const side = async (customer: { id: string; label: string } | undefined, company: string) => {
    const identity: Identity = (await harness.request(`/v1/identity/${customer?.id}`)).body;
    const [member] = identity.members.filter(({ facts }) => facts.some((fact) => fact.label === "name"));
    const name = member?.facts.find(({ label }) => label === "name")?.value ?? "";
    return {
      id: customer?.id ?? "",
      label: customer?.label ?? "",
      members: [
        {
          ref: member?.ref ?? "",
          label: customer?.label ?? "",
          facts: [
            { label: "name", value: name },
            { label: "phone", value: "+44 20 7946 0958" },
            { label: "company", value: company },
          ],
        },
      ],
    };
  };
  return {
    ...{
      id,
      kind: "person",
      state: "open",
      decision: null,
      confidence: 0.96,
      modelVersion: "shipped-1",
      since: "2026-11-20T10:00:00.000Z",
    },
    reasons: [{ rule: "phone", text: "One phone number", records: [], values: [{ label: "phone", value: "+44 20 7946 0958" }] }],
    left: await side(left, "Acme"),
    right: await side(right, "Acme Holding"),
    masked: [],
  };
}

/** The console, signed in. The queue contains `suggestions` until they are decided; everything else is the API. */
const open = (options: BrowserContextOptions = {}): Promise<Page> =>
  consolePages.open("identity", options, (page) =>
    page.route("**/v1/identity/candidates?*", (route) => route.fulfill({ json: { items: suggestions, nextCursor: null } })),
  );

const merged = async (): Promise<boolean[]> =>
  await Promise.all(
    suggestions.map(async ({ left, right }) => {
      const [a, b] = await Promise.all([left, right].map(({ id }) => harness.context(id)));
      return a?.body.customer?.id === b?.body.customer?.id;
    }),
  );

describe.skipIf(!hasChromium)("the console", () => {
  it("runs no code and shows no style but its own, and is never in a frame or a cache", async () => {
    const { headers } = await fetch(`${consolePages.url}/console`);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers.get("cache-control")).toBe("no-store");
    expect((await fetch(`${consolePages.url}/console/assets/..%2findex.html`)).status).toBe(404);
  });

  it("takes the key of an operator only", async () => {
    const page = await consolePages.newPage();
    await page.goto(`${consolePages.url}/console#/identity`);
    await signIn(page, harness.keys["acme"]!.agent);
    await page.getByText("This key has another role.").waitFor();
    await signIn(page, "slk_acme_nokey");
    await page.getByText("This key is unknown, expired or revoked.").waitFor();
  });

  it("is accessible and fits, light and dark, wide and narrow", async () => {
    for (const options of appearances) {
      const page = await open(options);
      for (const view of ["To review", "History", "Duplicates", "Strikes"]) {
        await page.getByRole("link", { name: view }).click();
        await page.locator(".row, .table, .state h2").first().waitFor();
        if (view === "To review") await page.locator(".row-title").first().click();
        expect(await violations(page), view).toEqual([]);
        expect(await overflow(page), view).toBe(0);
      }
    }
  });
});

describe.skipIf(!hasChromium)("the page of customers", () => {
  beforeAll(async () => {
    await advanceUntil(harness.clock, 60, "the rows of the companies", async () => {
      return (await harness.request("/v1/customers")).body.items.length > 5;
    });
  });

  it("is accessible and fits, light and dark, wide and narrow", async () => {
    for (const options of appearances) {
      const page = await consolePages.open("customers", options);
      for (const view of ["At risk", "Renewing", "Gone quiet", "All"]) {
        await page.getByRole("link", { name: view, exact: true }).click();
        await page.locator(".table, .state h2").first().waitFor();
        expect(await violations(page), view).toEqual([]);
        expect(await overflow(page), view).toBe(0);
      }
    }
  });

  it("lists companies with their reason, and those of a filter", async () => {
    const page = await consolePages.open("customers/renewing");
    const rows = page.locator(".table tbody tr");
    await rows.first().waitFor();
    for (const text of await rows.allInnerTexts()) expect(text).toMatch(/Renew(s|al)/);
    await page.goto(`${consolePages.url}/console#/customers/all`);
    await page.getByLabel("Product use").selectOption("inactive");
    await page.locator(".table tbody tr, .state h2").first().waitFor();
    await expect.poll(async () => (await rows.allInnerTexts()).filter((text) => !text.includes("None in 30 days"))).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("the review of a suggestion", () => {
  it("shows both sides with what agrees and what differs", async () => {
    const page = await open();
    await page.locator(".row-title").first().click();
    const table = page.getByRole("table");
    await table.getByRole("row", { name: /Phone .* Agrees/ }).waitFor();
    await table.getByRole("row", { name: /Company Acme Acme Holding.*Differs/ }).waitFor();
    await expect.poll(() => page.locator(".reasons").textContent()).toContain("Very likely (96 %), scored by model shipped-1");
  });

  it("is accepted, dismissed and undone by keys", async () => {
    const page = await open();
    await page.locator(".row-title").first().focus();
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    await page.getByText("Accepted 1 suggestion.").waitFor();
    expect(await merged()).toEqual([true, false]);
    await page.keyboard.press("u");
    await page.getByText("Undone.").waitFor();
    expect(await merged()).toEqual([false, false]);
  });

  it("is accepted with the name that a person chose, which says what will be shown", async () => {
    const [{ left, right }] = suggestions as [Suggestion];
    const names = [left, right].map(({ members }) => members[0]?.facts[0]?.value ?? "");
    expect(names[0]).not.toBe(names[1]);
    const page = await open();
    await page.locator(".row-title").first().click();
    const choice = page.getByRole("group", { name: "Shown after the merge" });
    await choice.getByText("The rules of the configuration choose which values are shown.").waitFor();
    for (const [index, { members }] of [left, right].entries()) {
      await choice.getByLabel("Name").selectOption(members[0]?.ref ?? "");
      await choice.getByText(`The customer is shown with the name “${names[index]}”`).waitFor();
    }
    await page.getByRole("button", { name: "Accept: same person" }).click();
    await page.getByText("Accepted 1 suggestion.").waitFor();
    expect((await harness.context(left.id)).body.customer?.name).toBe(names[1]);
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await page.getByText("Undone.").waitFor();
    expect(await merged()).toEqual([false, false]);
  });

  it("is accepted in a batch, and the batch is undone in the history", async () => {
    const page = await open();
    await page.locator(".check-all input").check();
    await page.getByRole("button", { name: "Accept selected" }).click();
    const preview = page.getByRole("region", { name: "Accept 2 suggestions?" });
    await expect.poll(() => preview.getByRole("row").count()).toBe(3);
    expect(await merged()).toEqual([false, false]);
    await preview.getByRole("button", { name: "Accept 2 suggestions" }).click();
    await page.getByText("Accepted 2 suggestions.").waitFor();
    expect(await merged()).toEqual([true, true]);
    await page.getByRole("link", { name: "History" }).click();
    const boxes = page.getByRole("checkbox", { name: /^Select Merged/ });
    await boxes.first().waitFor();
    for (const box of await boxes.all()) await box.check();
    await page.getByRole("button", { name: "Undo selected" }).click();
    await page.getByText("Undone: 2 decisions.").waitFor();
    expect(await merged()).toEqual([false, false]);
  });

  it("of the matching is dismissed for good, until that is undone", async () => {
    const page = await consolePages.open("identity");
    const first = page.locator(".row").first();
    await first.waitFor({ timeout: 30_000 });
    const id = await first.getAttribute("data-id");
    await first.locator(".row-title").click();
    await page.keyboard.press("d");
    await page.getByText("Dismissed 1 suggestion.").waitFor();
    await page.getByRole("link", { name: "History" }).click();
    await page.getByRole("cell", { name: "Kept apart" }).first().waitFor();
    await page.getByRole("link", { name: "To review" }).click();
    await page.locator(".row, .state h2").first().waitFor();
    expect(await page.locator(`[data-id="${id}"]`).count()).toBe(0);
    await page.getByRole("link", { name: "History" }).click();
    await page
      .getByRole("checkbox", { name: /^Select Kept apart/ })
      .first()
      .check();
    await page.getByRole("button", { name: "Undo selected" }).click();
    await page.getByText("Undone: 1 decision.").waitFor();
    await page.getByRole("link", { name: "To review" }).click();
    await page.locator(`[data-id="${id}"]`).waitFor();
  });

  it("that the API refuses stays in the list, with the reason", async () => {
    const page = await open();
    await page.route("**/v1/identity/merge", (route) =>
      route.fulfill({
        status: 409,
        contentType: "application/problem+json",
        json: { type: "", title: "Conflict", status: 409, code: "conflict", detail: "These records changed.", requestId: "r-1" },
      }),
    );
    await page.locator(".row-title").first().click();
    await page.keyboard.press("a");
    await page.getByRole("alert").getByText("These records changed.").waitFor();
    await expect.poll(() => page.locator(".row").count()).toBe(2);
  });
});
