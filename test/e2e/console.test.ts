import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { serve } from "@hono/node-server";
import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildConsole } from "../../apps/console/tools/build.ts";
import { type Harness, openHarness } from "../harness/harness.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let harness: Harness;
let browser: Browser;
let server: ReturnType<typeof serve>;
let url: string;
/** Two customers of the world that are one person, as the matching would suggest them. */
let suggestions: Suggestion[];
let pages: Page[] = [];

beforeAll(async () => {
  if (!hasChromium) return;
  await buildConsole();
  [harness, browser] = await Promise.all([openHarness(), launch()]);
  await new Promise<void>((resolve) => {
    server = serve({ fetch: harness.app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
      url = `http://127.0.0.1:${port}`;
      resolve();
    });
  });
  const customers = await Promise.all(
    harness.lab.tenants["acme"]!.examples.ambiguous.slice(0, 2).map(
      async (ref) => (await harness.context(ref)).body.match.candidates,
    ),
  );
  suggestions = customers.map((candidates, index) => suggestionOf(`s${index}`, candidates));
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  await harness?.close();
});
afterEach(async () => {
  await Promise.all(pages.map((page) => page.context().close()));
  pages = [];
});

function suggestionOf(id: string, [left, right]: { id: string; label: string }[]): Suggestion {
  const side = (customer: { id: string; label: string } | undefined, company: string) => ({
    id: customer?.id ?? "",
    label: customer?.label ?? "",
    members: [
      {
        ref: "salesforce.contact:0035g00000AbCdEAAV",
        label: customer?.label ?? "",
        facts: [
          { label: "phone", value: "+44 20 7946 0958" },
          { label: "company", value: company },
        ],
      },
    ],
  });
  return {
    ...{ id, kind: "person", state: "open", confidence: 0.96, modelVersion: "shipped-1", since: "2026-11-20T10:00:00.000Z" },
    reasons: [{ rule: "phone", text: "One phone number", records: [], values: [{ label: "phone", value: "+44 20 7946 0958" }] }],
    left: side(left, "Acme"),
    right: side(right, "Acme Holding"),
    masked: [],
  };
}

/** The console, signed in. The queue contains `suggestions` until they are decided; everything else is the API. */
async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await newPage(options);
  await page.route("**/v1/identity/candidates?*", (route) => route.fulfill({ json: { items: suggestions, nextCursor: null } }));
  await page.goto(`${url}/console`);
  await signIn(page, harness.keys["acme"]!.admin);
  return page;
}

async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-US", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  pages.push(page);
  return page;
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const violations = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe);
  return await page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))");
};
const merged = async (): Promise<boolean[]> =>
  await Promise.all(
    suggestions.map(async ({ left, right }) => {
      const [a, b] = await Promise.all([left, right].map(({ id }) => harness.context(id)));
      return a?.body.customer?.id === b?.body.customer?.id;
    }),
  );

describe.skipIf(!hasChromium)("the console", () => {
  it("runs no code and shows no style but its own, and is never in a frame or a cache", async () => {
    const { headers } = await fetch(`${url}/console`);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers.get("cache-control")).toBe("no-store");
    expect((await fetch(`${url}/console/assets/..%2findex.html`)).status).toBe(404);
  });

  it("takes the key of an admin only, and forgets it with the page", async () => {
    const page = await open();
    await page.getByRole("heading", { name: "Identity review" }).waitFor();
    const kept = "JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href])";
    expect(await page.evaluate(kept)).toBe(JSON.stringify(["", {}, {}, `${url}/console`]));
    await page.reload();
    await signIn(page, harness.keys["acme"]!.agent);
    await page.getByText("This key has another role.").waitFor();
    await signIn(page, "slk_acme_nokey");
    await page.getByText("This key is unknown, expired or revoked.").waitFor();
  });

  it("is accessible and fits, light and dark, wide and narrow", async () => {
    for (const options of [{ colorScheme: "light" }, { colorScheme: "dark", viewport: { width: 320, height: 800 } }] as const) {
      const page = await open(options);
      for (const view of ["To review", "History", "Strikes"]) {
        await page.getByRole("button", { name: view }).click();
        await page.locator(".row, .table, .state h2").first().waitFor();
        if (view === "To review") await page.locator(".row-title").first().click();
        expect(await violations(page), view).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), view).toBe(0);
      }
    }
  });
});

describe.skipIf(!hasChromium)("the review of a suggestion", () => {
  it("shows both sides with what agrees and what differs", async () => {
    const page = await open();
    await page.locator(".row-title").first().click();
    const table = page.getByRole("table");
    await table.getByRole("row", { name: /Phone .* Agrees/ }).waitFor();
    await table.getByRole("row", { name: /Company Acme Acme Holding.*Differs/ }).waitFor();
    expect(await page.locator(".reasons").textContent()).toContain("Very likely (96 %), scored by model shipped-1");
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

  it("is accepted in a batch, and the batch is undone in the history", async () => {
    const page = await open();
    await page.locator(".check-all input").check();
    await page.getByRole("button", { name: "Accept selected" }).click();
    await page.getByText("Accepted 2 suggestions.").waitFor();
    expect(await merged()).toEqual([true, true]);
    await page.getByRole("button", { name: "History" }).click();
    const boxes = page.getByRole("checkbox", { name: /^Select Merged/ });
    await boxes.first().waitFor();
    for (const box of await boxes.all()) await box.check();
    await page.getByRole("button", { name: "Undo selected" }).click();
    await page.getByText("Undone: 2 decisions.").waitFor();
    expect(await merged()).toEqual([false, false]);
  });

  it("of the matching is dismissed for good, until that is undone", async () => {
    const page = await newPage();
    await page.goto(`${url}/console`);
    await signIn(page, harness.keys["acme"]!.admin);
    const first = page.locator(".row").first();
    await first.waitFor({ timeout: 30_000 });
    const id = await first.getAttribute("data-id");
    await first.locator(".row-title").click();
    await page.keyboard.press("d");
    await page.getByText("Dismissed 1 suggestion.").waitFor();
    await page.getByRole("button", { name: "History" }).click();
    await page.getByRole("cell", { name: "Kept apart" }).first().waitFor();
    await page.getByRole("button", { name: "To review" }).click();
    await page.locator(".row, .state h2").first().waitFor();
    expect(await page.locator(`[data-id="${id}"]`).count()).toBe(0);
    await page.getByRole("button", { name: "History" }).click();
    await page
      .getByRole("checkbox", { name: /^Select Kept apart/ })
      .first()
      .check();
    await page.getByRole("button", { name: "Undo selected" }).click();
    await page.getByText("Undone: 1 decision.").waitFor();
    await page.getByRole("button", { name: "To review" }).click();
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
    expect(await page.locator(".row").count()).toBe(2);
  });
});
