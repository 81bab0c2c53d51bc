import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { describe, expect, it } from "vitest";
import { hostileCustomers, hostileEffects, hostileReply } from "../../harness/hostileAnswers.ts";
import { expandSections, panelOf, widerThanPanel } from "../../harness/salesforcePanel.ts";
import { expandAll, sectionOf, state, useZendeskPanel } from "../../harness/zendeskPanel.ts";
import { usePanel } from "../../lab/hosts/salesforce/testing.ts";

// Every text that people, companies and services have written is hostile at once, and everything is open.
const now = Date.parse("2026-11-21T09:30:00Z");
const markup = "<img src=x onerror=";
/** The streams, which would bring the values of the fixtures, are refused. */
const isUnexpected = (complaint: string): boolean => !complaint.includes("status of 503");

describe.skipIf(!hasChromium)("24: hostile strings everywhere in the Zendesk app", () => {
  const { dev, show, clock } = useZendeskPanel();

  it("are text in sections, cards, timeline, notes, provenance, identity and every form", async () => {
    dev().api.streams.refuse();
    dev().api.intercept(hostileReply(fixtures.withNotes(clock())));
    const page = await show("withNotes");
    await state(page, "ready");
    await expandAll(page);
    await sectionOf(page, "orders").getByText(markup).first().waitFor();
    await sectionOf(page, "notes").getByText(markup).first().waitFor();
    await sectionOf(page, "timeline").getByText(markup).first().waitFor();
    const isClean = async (where: string) => expect(await page.app.locator("body").evaluate(hostileEffects), where).toEqual([]);
    await isClean("sections");
    for (const fact of await page.app.locator(".fact button").all()) await fact.click();
    await isClean("provenance");
    await page.app.getByRole("button", { name: "Wrong customer?" }).click();
    await page.app.getByRole("region", { name: "Wrong customer?" }).getByText(markup).first().waitFor();
    await isClean("identity");
    for (const name of ["Insert summary", "Follow-up"]) {
      await page.app.getByRole("button", { name, exact: true }).click();
      await page.app.getByRole("region", { name: name === "Follow-up" ? name : "Insert as internal note" }).waitFor();
      await isClean(name);
    }
    expect(page.complaints.filter(isUnexpected)).toEqual([]);
  });

  it("are text in the candidates of an ambiguous match, and fit", async () => {
    dev().api.streams.refuse();
    dev().api.intercept(hostileReply(fixtures.ambiguous(clock())));
    const page = await show("ambiguous", { width: 256 });
    await state(page, "ambiguous");
    await page.app.getByRole("list", { name: "Possible customers" }).getByText(markup).first().waitFor();
    expect(await page.app.locator("body").evaluate(hostileEffects)).toEqual([]);
    expect(page.complaints.filter(isUnexpected)).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("24: hostile strings everywhere in the Salesforce panel", () => {
  const { browser, dev, show } = usePanel();

  it("are text in sections, cards, timeline, notes, provenance, identity and every form", async () => {
    dev().api.replyWith(hostileReply(fixtures.withNotes(now)));
    const { page, consoleErrors } = await show("withNotes", { now });
    await panelOf(page).locator("[aria-busy=false] h2").waitFor();
    await expandSections(page);
    await panelOf(page).getByText(markup).first().waitFor();
    const isClean = async (where: string) => {
      expect(await panelOf(page).evaluate(hostileEffects), where).toEqual([]);
      expect(await widerThanPanel(page), where).toEqual([]);
    };
    await isClean("sections");
    for (const fact of await page.locator("[data-fact] button").all()) await fact.click();
    await isClean("provenance");
    await page.getByRole("button", { name: "Wrong customer?" }).click();
    await page.getByRole("region", { name: "Wrong customer?" }).getByText(markup).first().waitFor();
    await isClean("identity");
    for (const name of ["Notes", "Follow-up"]) {
      await page.locator("c-sidelight-actions").getByRole("button", { name, exact: true }).click();
      await page
        .locator("c-sidelight-actions")
        .getByLabel(name === "Notes" ? "New note" : "What to do")
        .waitFor();
      await isClean(name);
    }
    expect(consoleErrors).toEqual([]);
  });

  it("are text in the candidates of an ambiguous match, and fit", async () => {
    dev().api.replyWith(hostileReply(fixtures.ambiguous(now)));
    const { page, consoleErrors } = await show("ambiguous", { now, width: 256 });
    await page.getByRole("list", { name: "Possible customers" }).getByText(markup).first().waitFor();
    expect(await panelOf(page).evaluate(hostileEffects)).toEqual([]);
    expect(await widerThanPanel(page)).toEqual([]);
    expect(consoleErrors).toEqual([]);
  });

  it("are text in a rep's own accounts, and fit", async () => {
    const page = await browser().newPage({ viewport: { width: 320, height: 700 }, locale: "en-US" });
    await page.route("**/apex/getMyAccounts", (route) =>
      route.fulfill({ json: { value: { status: 200, body: JSON.stringify(hostileCustomers()) } } }),
    );
    await page.goto(`${dev().url}?home`);
    await page.getByRole("listitem").getByText(markup).first().waitFor();
    await expect.poll(() => page.getByRole("listitem").count()).toBe(3);
    expect(await page.locator("c-sidelight-my-accounts").evaluate(hostileEffects)).toEqual([]);
    await page.close();
  });
});
