import type { Context } from "@sidelight/contracts/context/context.ts";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import { describe, expect, it } from "vitest";
import { expandAll, state, useZendeskPanel, waitUntilReady } from "../harness/zendeskPanel.ts";
import { ticketOf } from "../lab/hosts/zendesk/fixtureApi.ts";
import { violations } from "../lab/hosts/zendesk/testing.ts";

// The Zendesk app as an agent uses it.
const { dev, show, openPage, clock, setClock } = useZendeskPanel();

/** A latch that delays answers until it is opened. */
function createLatch() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe.skipIf(!hasChromium)("the Zendesk app in an agent's ticket view", () => {
  it("shows the customer beside the ticket, without console errors", async () => {
    const page = await show("rich");
    await page.app.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
    const text = await page.app.locator("main").textContent();
    for (const value of [
      "€1,234,000",
      "Mar 13, 2027",
      "92%",
      "3 h ago",
      "3 of 3 sources current",
      "Matched by email",
      "Usage rising: 126 sessions in 15 d, 74 in the 15 d before",
    ]) {
      expect(text).toContain(value);
    }
    expect(await page.app.locator("[role=status]").textContent()).toBe("Ada Lovelace. 3 of 3 sources current.");
    expect(dev().api.requests).toEqual([`GET /v1/context/zendesk.ticket:${ticketOf("rich")}`]);
    expect(page.complaints).toEqual([]);
  });

  it("has the name, the facts, the actions and the score in the first 400 pixels", async () => {
    const page = await show("rich");
    await state(page, "ready");
    const box = await page.app.locator('[data-section="health"]').boundingBox();
    const frame = await page.page.locator(".frames iframe").boundingBox();
    expect(box!.y + box!.height - frame!.y).toBeLessThanOrEqual(400);
  });

  it("never shows the API key to the browser", async () => {
    const page = await openPage("loading");
    const bodies: Promise<string>[] = [];
    // A stream has no end, so only its request is checked.
    page.page.on("response", (response) => {
      if (!response.url().endsWith("/stream")) bodies.push(response.text().catch(() => ""));
    });
    page.page.on("request", (request) => bodies.push(Promise.resolve(JSON.stringify(request.headers()))));
    await page.page.goto(`${dev().url}host/?ticket=${ticketOf("rich")}`);
    await state(page, "ready");
    expect(bodies.length).toBeGreaterThan(5);
    expect((await Promise.all(bodies)).join()).not.toContain("fixture-key");
  });

  it("shows hostile text as text", async () => {
    const page = await show("hostile");
    await page.app.getByRole("heading", { name: "<img src=x onerror=", level: 2 }).waitFor();
    await expandAll(page);
    expect(await page.app.locator("img, script:not([src])").count()).toBe(0);
    const links = await page.app
      .locator("a")
      .evaluateAll((anchors) => anchors.map((a) => (a as unknown as { href: string }).href));
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(link).toMatch(/^https?:/);
    expect(await page.page.title()).not.toContain("owned");
    expect(page.complaints).toEqual([]);
  });

  it("shows an explanation outside a host", async () => {
    const page = await show("loading");
    const explanation = page.page.getByRole("heading", { name: "Open Sidelight in Zendesk or Salesforce" });
    await page.page.goto(`${dev().url}host/app/index.html`);
    await explanation.waitFor();
    // The address of a host that does not answer.
    await page.page.goto(`${dev().url}host/app/index.html?origin=https%3A%2F%2Facme.zendesk.com&app_guid=1`);
    await page.page.clock.runFor(5_000);
    await explanation.waitFor();
  });

  it("follows the theme live", async () => {
    const page = await show("rich");
    await state(page, "ready");
    const background = () =>
      page.app.locator("html").evaluate((html) => {
        const view = (
          html.ownerDocument as unknown as { defaultView: { getComputedStyle(e: unknown): { backgroundColor: string } } }
        ).defaultView;
        return view.getComputedStyle(html).backgroundColor;
      });
    expect(await background()).toBe("rgb(255, 255, 255)");
    await page.page.getByRole("button", { name: "Dark" }).click();
    await page.app.locator("html[data-scheme=dark]").waitFor({ state: "attached" });
    expect(await background()).toBe("rgb(21, 26, 30)");
  });

  it("speaks German", async () => {
    const page = await show("rich", { locale: "de-DE" });
    await page.app.getByText("3 von 3 Quellen aktuell", { exact: true }).waitFor();
    expect(await page.app.locator("main").textContent()).toContain("1.234.000\u00a0€");
    expect(await page.app.locator("html").getAttribute("lang")).toBe("de-DE");
  });
});

describe.skipIf(!hasChromium)("waiting", () => {
  it("draws placeholders after 200 ms, and nothing moves when the values arrive", async () => {
    const latch = createLatch();
    dev().api.intercept(() => latch.opened.then(() => undefined) as never);
    const page = await show("rich", { bare: true });
    await state(page, "loading");
    const skeletons = page.app.locator(".skeleton");
    expect(await skeletons.count()).toBe(0);
    const offsets = () =>
      page.app
        .locator("[data-section], .facts, .actions")
        .evaluateAll((elements) => elements.map((e) => (e as unknown as { offsetTop: number }).offsetTop));
    const initialOffsets = await offsets();
    await page.page.clock.runFor(250);
    await skeletons.first().waitFor();
    expect(await offsets()).toEqual(initialOffsets);
    latch.open();
    await state(page, "ready");
    expect(await offsets()).toEqual(initialOffsets);
  });

  it("fills in a late section and moves nothing else", async () => {
    const page = await show("pending");
    await state(page, "ready");
    const product = page.app.locator('[data-section="product"]');
    expect(await product.getAttribute("data-state")).toBe("pending");
    const top = await product.boundingBox();
    await page.page.clock.runFor(1_300);
    await page.app.locator('[data-section="product"][data-state="ok"]').waitFor();
    expect((await product.boundingBox())?.y).toBe(top?.y);
    expect(dev().api.requests.at(-1)).toContain("deadline=7000");
  });

  it("lets ages grow without an update", async () => {
    const page = await show("rich");
    await page.app.getByText("Zendesk · Updated 1 min ago").waitFor();
    await page.page.clock.fastForward(10 * 60_000);
    await page.app.getByText("Zendesk · Updated 11 min ago").waitFor();
    await page.page.clock.fastForward(10 * 60_000);
    await page.app.getByText("Zendesk · Stale · 21 min").waitFor();
    expect(await page.app.locator("[role=status]").textContent()).toBe("Ada Lovelace. 3 of 3 sources current.");
  });
});

/** The rich customer after several changes. */
function changedContext(): Context {
  const context = fixtures.rich(clock());
  const { support, account, health, product } = context.sections;
  const [first] = support!.data!.tickets;
  support!.data!.tickets = [
    { ...first!, id: "5200", subject: "The invoice is wrong", priority: "urgent" as const },
    ...support!.data!.tickets,
  ].slice(0, 5);
  Object.assign(support!.data!, { new: 2, highestPriority: "urgent" });
  account!.data!.owner!.name = "Alan Turing";
  Object.assign(health!.data!, { score: 55, band: "watch" });
  Object.assign(product!.data!, { sessions30d: 300, trend: "falling" });
  product!.data!.features[0]!.share = 0.5;
  return context;
}
const sendSections = (context: Context) => {
  for (const [name, section] of Object.entries(context.sections)) dev().api.streams.send("section", { name, section });
};

describe.skipIf(!hasChromium)("a change", () => {
  it.each(["light", "dark"] as const)("is marked with enough contrast in %s, and moves nothing", async (scheme) => {
    // One instant for all answers: their times would change with the minute.
    const start = Date.now();
    setClock(() => start);
    const page = await show("rich", { scheme, frozenAt: null });
    await state(page, "ready");
    await expandAll(page);
    await until("the stream", () => dev().api.streams.requests.some((request) => request.startsWith("GET")));
    const offsets = () =>
      page.app
        .locator(".fact, h3")
        .evaluateAll((elements) => elements.map((e) => (e as unknown as { offsetTop: number }).offsetTop));
    const initialOffsets = await offsets();
    sendSections({
      ...changedContext(),
      sections: { support: changedContext().sections.support, health: changedContext().sections.health },
    });
    await page.app.locator(".item.changed").waitFor();
    expect(await offsets()).toEqual(initialOffsets);
    sendSections(changedContext());
    await page.app.locator(".fact.changed", { hasText: "Alan Turing" }).waitFor();
    expect(await violations(page.page)).toEqual([]);
    expect(page.complaints).toEqual([]);
  });

  it("of several sections is announced in one sentence, in the agent's language", async () => {
    const page = await show("rich", { locale: "de-DE" });
    await page.app.getByText("3 von 3 Quellen aktuell", { exact: true }).waitFor();
    await until("the stream", () => dev().api.streams.requests.some((request) => request.startsWith("GET")));
    await until("the announcement", async () => {
      sendSections(changedContext());
      await page.page.clock.runFor(500);
      return (await page.app.locator("[role=status]").textContent()) === "Konto, Support und Produkt aktualisiert";
    });
  });

  it("arrives by polling when streams are refused", async () => {
    dev().api.streams.refuse();
    const page = await show("rich");
    await state(page, "ready");
    dev().api.intercept(() => Response.json(changedContext()));
    await page.page.clock.runFor(12_000);
    await page.app.locator(".fact.changed", { hasText: "Alan Turing" }).waitFor();
    expect(dev().api.requests).toHaveLength(2);
    expect(await page.app.getByText("Updating…").count()).toBe(0);
  });
});

describe.skipIf(!hasChromium)("a different requester", () => {
  it("replaces everything, and a late answer for the former one never shows", async () => {
    const latch = createLatch();
    dev().api.intercept((request) => (request.method === "GET" ? (latch.opened.then(() => undefined) as never) : undefined));
    const page = await show("atRisk");
    await state(page, "loading");
    await page.page.getByLabel("Requester", { exact: true }).fill("grace@example.com");
    await page.page.getByLabel("Requester", { exact: true }).press("Tab");
    await waitUntilReady(page);
    expect(dev().api.requests).toContain("POST /v1/contexts");
    expect(dev().api.requests.join()).not.toContain("grace");
    const response = page.page.waitForResponse((response) => response.url().endsWith("/request"));
    latch.open();
    await response;
    expect(await page.app.locator('[data-section="health"]').textContent()).toContain("83 · Good");
  });

  it("of a new ticket is awaited", async () => {
    const page = await show("rich", { location: "new_ticket_sidebar" });
    await page.app.getByRole("heading", { name: "Choose a requester to see context" }).waitFor();
    expect(dev().api.requests).toEqual([]);
    await page.page.getByLabel("Requester", { exact: true }).fill("ada@lovelace.example");
    await page.page.getByLabel("Requester", { exact: true }).press("Tab");
    await waitUntilReady(page);
  });
});

describe.skipIf(!hasChromium)("many tabs", () => {
  it("read only for the visible one, and not again while its values are fresh", async () => {
    const page = await show("rich");
    await state(page, "ready");
    await page.page.locator("#ticket").selectOption(String(ticketOf("atRisk")));
    await page.app.getByText("39 · At risk").waitFor();
    await page.page.getByRole("tab", { name: /rich/ }).click();
    await page.app.getByText("83 · Good").waitFor();
    expect(dev().api.requests).toHaveLength(2);
  });
});

describe.skipIf(!hasChromium)("insert summary", () => {
  it("previews, then writes an internal note and sends nothing", async () => {
    const page = await show("hostile");
    await state(page, "ready");
    await page.app.getByRole("button", { name: "Insert summary" }).click();
    await page.app.getByRole("region", { name: "Insert as internal note" }).getByText("ARR: €1,234,000").waitFor();
    await page.app.getByRole("button", { name: "Insert", exact: true }).click();
    await page.app.getByText("Inserted as an internal note").waitFor();
    const editor = page.page.getByRole("textbox", { name: "Comment" });
    expect(await editor.textContent()).toContain(`<img src=x onerror="document.title='owned'">`);
    expect(await editor.locator("img").count()).toBe(0);
    expect(await page.page.getByLabel("Comment type").inputValue()).toBe("internalNote");
  });
});

describe.skipIf(!hasChromium)("insert summary into a draft", () => {
  const editorOf = ({ page }: Awaited<ReturnType<typeof show>>) => page.getByRole("textbox", { name: "Comment" });

  it("of a public reply leaves out internal values, warns and keeps its type and the focus", async () => {
    const page = await show("rich");
    await state(page, "ready");
    await editorOf(page).fill("Dear Ada");
    await page.app.getByRole("button", { name: "Insert summary" }).click();
    await page.app.getByText("Internal values such as ARR and health are left out.").waitFor();
    await page.app.getByRole("button", { name: "Insert", exact: true }).click();
    await page.app.locator(".insert [role=status]").waitFor();
    expect(await editorOf(page).textContent()).toContain("Dear Ada");
    expect(await editorOf(page).textContent()).not.toContain("1,234,000");
    expect(await page.page.getByLabel("Comment type").inputValue()).toBe("publicReply");
    expect(await page.app.locator(":focus").textContent()).toBe("Insert");
    await page.app.getByRole("button", { name: "Close" }).click();
    expect(await page.app.locator(":focus").textContent()).toContain("Insert summary");
  });

  it("that becomes a public reply afterwards alerts the agent", async () => {
    const page = await show("rich");
    await state(page, "ready");
    await page.app.getByRole("button", { name: "Insert summary" }).click();
    await page.app.getByRole("button", { name: "Insert", exact: true }).click();
    await page.app.getByText("Inserted as an internal note").waitFor();
    await page.page.getByLabel("Comment type").selectOption("publicReply");
    await page.app.locator(".insert [role=alert]").waitFor();
  });
});

describe.skipIf(!hasChromium)("by keyboard", () => {
  it("a health driver leads to its evidence", async () => {
    const page = await show("rich");
    const driver = page.app.getByRole("button", { name: /Usage rising/ });
    await driver.focus();
    await driver.press("Enter");
    const heading = page.app.locator("#section-product");
    await page.app.locator('#section-product[aria-expanded="true"]').waitFor();
    expect(
      await heading.evaluate((button) => button === (button.ownerDocument as { activeElement?: unknown }).activeElement),
    ).toBe(true);
    await heading.press("Enter");
    expect(await heading.getAttribute("aria-expanded")).toBe("false");
  });

  it("the menu opens, closes on Escape and returns the focus", async () => {
    const page = await show("rich");
    const menu = page.app.getByRole("button", { name: "Open", exact: true });
    await menu.press("Enter");
    await page.app
      .getByRole("link", { name: /Account in Salesforce/ })
      .first()
      .waitFor();
    await page.page.keyboard.press("Escape");
    expect(await menu.getAttribute("aria-expanded")).toBe("false");
  });
});

describe.skipIf(!hasChromium)("the host", () => {
  it("handles messages of its app's frame only", async () => {
    const page = await show("rich");
    await state(page, "ready");
    await page.page.evaluate(`(() => {
      const guid = new URL(document.querySelector("iframe").src).searchParams.get("app_guid");
      const message = { id: 99, request: "set", params: { "comment.type": "internalNote" }, appGuid: guid };
      window.postMessage(JSON.stringify(message), location.origin);
      return new Promise((done) => { window.addEventListener("message", done, { once: true }); });
    })()`);
    expect(await page.page.getByLabel("Comment type").inputValue()).toBe("publicReply");
  });

  it("refuses domains outside the manifest", async () => {
    const answer = await fetch(`${dev().url}host/request`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ url: "https://evil.example/", secure: true }),
    });
    expect(await answer.json()).toMatchObject({ status: 403 });
  });
});
