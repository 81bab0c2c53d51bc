import { hasChromium } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { isFocused } from "../../harness/panelPage.ts";
import { factOf, panelOf, sectionIn } from "../../harness/salesforcePanel.ts";
import { problemReply, usePanel } from "../../lab/hosts/salesforce/testing.ts";
import { revealedEmail } from "../../lab/hosts/zendesk/fixtureActions.ts";

// The acceptance scenarios of docs/panels.md in which a rep does something, or cannot, in the Salesforce panel.
const now = Date.parse("2026-11-21T09:30:00Z");

describe.skipIf(!hasChromium)("the Salesforce panel", () => {
  const { dev, show } = usePanel();
  const actionsOf = (page: Page) => page.locator("c-sidelight-actions");
  const noteField = (page: Page) => actionsOf(page).getByLabel("New note");
  const openNotes = (page: Page) => actionsOf(page).getByRole("button", { name: "Notes" }).click();

  it("7: ambiguous: candidates and what tells them apart, no numbers; choosing loads, change undoes, writes wait", async () => {
    const { page } = await show("ambiguous");
    await page.getByText("2 possible matches").first().waitFor();
    const candidates = page.getByRole("list", { name: "Possible customers" }).getByRole("listitem");
    await expect.poll(() => candidates.count()).toBe(2);
    await expect.poll(() => candidates.first().textContent()).toContain("Lovelace Analytics");
    await expect.poll(() => candidates.last().textContent()).toContain("King & Noel Ltd");
    expect(await page.locator("[data-fact], c-sidelight-section, c-sidelight-actions").count()).toBe(0);
    await page.getByRole("button", { name: "Choose Ada Lovelace" }).click();
    await page.getByRole("heading", { level: 2, name: "Ada Lovelace" }).waitFor();
    await factOf(page, "arr").getByText("€1,234,000").waitFor();
    await actionsOf(page).getByRole("button", { name: "Follow-up" }).waitFor();
    await page.getByRole("button", { name: "change" }).click();
    await page.getByRole("button", { name: "Choose Ada King" }).waitFor();
    expect(await page.locator("[data-fact], c-sidelight-actions").count()).toBe(0);
    await page.getByRole("combobox", { name: "Example record" }).selectOption({ label: "Contact: sameName" });
    const buttons = page.getByRole("button", { name: /^Choose Ada Lovelace/ });
    await expect.poll(async () => new Set(await buttons.allTextContents()).size).toBe(2);
  });

  it("10: PII mask: the address is masked; Reveal asks for a reason, counts down and hides after a minute", async () => {
    const { page } = await show("withNotes", { now });
    await page.locator("c-sidelight-header").getByText("•••@lovelace.example (hidden by your role)").waitFor();
    await actionsOf(page).getByRole("button", { name: "Reveal" }).click();
    const form = actionsOf(page).getByRole("region", { name: "Reveal hidden values" });
    await form.getByRole("button", { name: "Reveal" }).click();
    await form.getByRole("alert").waitFor();
    expect(dev().api.actions.taken).toEqual([]);
    await form.getByLabel("Reason").fill("Call back");
    await form.getByRole("button", { name: "Reveal" }).click();
    await page.locator("c-sidelight-header").getByText(revealedEmail).waitFor();
    await actionsOf(page).getByText("Visible for 60 s").waitFor();
    expect(dev().api.actions.taken).toMatchObject([{ name: "reveal", body: { reason: "Call back" } }]);
    await page.clock.runFor(5_000);
    await actionsOf(page).getByText("Visible for 55 s").waitFor();
    expect(await panelOf(page).locator("[role=status]").first().textContent()).not.toContain("Visible");
    await page.clock.runFor(60_000);
    await page.locator("c-sidelight-header").getByText("•••@lovelace.example").waitFor();
    expect(await panelOf(page).innerHTML()).not.toContain(revealedEmail);
    // Without the right there is no Reveal, and no value in the page.
    await page.getByRole("combobox", { name: "Example record" }).selectOption({ label: "Contact: rich" });
    await until("the other record", async () => (await actionsOf(page).getByRole("button", { name: "Reveal" }).count()) === 0);
    expect(await panelOf(page).innerHTML()).not.toContain(revealedEmail);
  });

  it("20: Salesforce parity: the page's Refresh, console subtabs, a prefilled Task and a link to a ticket", async () => {
    const { page, calls, consoleErrors } = await show("rich");
    await actionsOf(page).getByRole("button", { name: "New task" }).waitFor();
    await page.evaluate(`addEventListener("lab:navigate", ({ detail }) => { globalThis.opened = detail; })`);
    await actionsOf(page).getByRole("button", { name: "New task" }).click();
    expect(await page.evaluate("globalThis.opened")).toMatchObject({
      type: "standard__objectPage",
      attributes: { objectApiName: "Task", actionName: "new" },
      state: { defaultFieldValues: expect.stringMatching(/^Subject=Follow-up,ActivityDate=\d{4}-\d{2}-\d{2},WhoId=003/) },
    });
    await page.locator("[data-refresh]").click();
    await panelOf(page)
      .getByRole("button", { name: /Refresh in/ })
      .waitFor();
    expect(calls.filter((name) => name === "refresh")).toHaveLength(1);
    await sectionIn(page, "account").getByRole("button").first().click();
    await sectionIn(page, "support").getByRole("button").first().click();
    const ticket = sectionIn(page, "support").getByRole("link", { name: /Export fails/ });
    await expect.poll(() => ticket.getAttribute("target")).toBe("_blank");
    await expect.poll(() => ticket.getAttribute("rel")).toContain("noopener");
    const record = sectionIn(page, "account").getByRole("link", { name: "Expansion: 40 seats" });
    expect(await record.getAttribute("target")).toBeNull();
    await record.click();
    await page.waitForURL(/objectApiName=Opportunity/);
    expect(consoleErrors).toEqual([]);
  });

  it("21: session expiry: the note says so and keeps its draft, also after a reload", async () => {
    const { page } = await show("withNotes");
    await openNotes(page);
    await noteField(page).fill("Asked for a discount");
    dev().api.replyWith((request) =>
      request.url.endsWith("/v1/actions/note") ? problemReply(401, "unauthenticated") : undefined,
    );
    await actionsOf(page).getByRole("button", { name: "Add note" }).click();
    await actionsOf(page).getByRole("alert").getByText("What you wrote here is kept.").waitFor();
    await expect.poll(() => noteField(page).inputValue()).toBe("Asked for a discount");
    await expect.poll(() => isFocused(actionsOf(page).getByRole("button", { name: "Add note" }))).toBe(true);
    dev().api.clear();
    await page.reload();
    await openNotes(page);
    await expect.poll(() => noteField(page).inputValue()).toBe("Asked for a discount");
  });

  it("22: rate limit: a countdown, then it reads by itself", async () => {
    dev().api.replyWith(() => problemReply(429, "rate_limited", { "retry-after": "20" }));
    const { page, calls } = await show("company", { now });
    await page.getByText("Trying again in 20 s.").waitFor();
    await page.clock.runFor(10_000);
    await page.getByText(/Trying again in (10|9) s\./).waitFor();
    expect(calls).toHaveLength(1);
    dev().api.clear();
    await page.clock.runFor(11_000);
    await page.getByRole("heading", { level: 2, name: "Lovelace Analytics" }).waitFor();
  });

  it("23: misconfiguration: an administrator reads what to repair, a rep a neutral line", async () => {
    dev().api.replyWith(() => problemReply(401, "unauthenticated"));
    const { page } = await show("company");
    await page.getByText("Ask your administrator to finish the installation.").waitFor();
    expect(await panelOf(page).textContent()).not.toMatch(/ApiKey|credential/i);
    await page.goto(`${page.url()}&admin=1`);
    await page.getByText(/enter the API key as the authentication parameter ApiKey/).waitFor();
  });
});
