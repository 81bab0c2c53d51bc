import type { Context } from "@sidelight/contracts/context/context.ts";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import { describe, expect, it } from "vitest";
import { expandAll, state, useZendeskPanel } from "../harness/zendeskPanel.ts";
import { ticketOf } from "../lab/hosts/zendesk/fixtureApi.ts";
import { violations } from "../lab/hosts/zendesk/testing.ts";

// The Zendesk app as an agent uses it.
const { dev, show, openPage, clock, setClock } = useZendeskPanel();

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
    await expect.poll(() => page.app.locator("[role=status]").textContent()).toBe("Ada Lovelace. 3 of 3 sources current.");
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
      return (await page.app.locator("[role=status]").textContent()) === "Account, Support und Produkt aktualisiert";
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
    await expect.poll(() => page.page.getByLabel("Comment type").inputValue()).toBe("publicReply");
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
