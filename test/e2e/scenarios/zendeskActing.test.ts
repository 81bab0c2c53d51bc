import { hasChromium } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import { describe, expect, it } from "vitest";
import { isFocused } from "../../harness/panelPage.ts";
import { appFrame, sectionOf, state, useZendeskPanel } from "../../harness/zendeskPanel.ts";
import { revealedEmail } from "../../lab/hosts/zendesk/fixtureActions.ts";
import { problem, ticketOf } from "../../lab/hosts/zendesk/fixtureApi.ts";
import type { Opened } from "../../lab/hosts/zendesk/testing.ts";

// The acceptance scenarios of docs/panels.md in which an agent does something, or cannot, in the Zendesk app.
const { dev, show, setClock } = useZendeskPanel();

const editorOf = ({ page }: Opened) => page.getByRole("textbox", { name: "Comment" });
const commentType = ({ page }: Opened) => page.getByLabel("Comment type");
const insertButton = ({ app }: Opened) => app.getByRole("button", { name: "Insert summary" });
const confirmInsert = ({ app }: Opened) => app.getByRole("button", { name: "Insert", exact: true });
const composer = (page: Opened) => sectionOf(page, "notes").getByLabel("New note");
const openNotes = (page: Opened) =>
  sectionOf(page, "notes")
    .getByRole("button", { name: /^Notes/ })
    .click();

describe.skipIf(!hasChromium)("the Zendesk app", () => {
  it("7: ambiguous: candidates and what tells them apart, no numbers; choosing loads, change undoes, writes wait", async () => {
    const page = await show("ambiguous");
    await page.app.getByText("2 possible matches").first().waitFor();
    const candidates = page.app.getByRole("list", { name: "Possible customers" }).getByRole("listitem");
    await expect.poll(() => candidates.count()).toBe(2);
    await expect.poll(() => candidates.first().textContent()).toContain("Lovelace Analytics");
    await expect.poll(() => candidates.last().textContent()).toContain("King & Noel Ltd");
    expect(await page.app.locator(".facts, [data-section]").count()).toBe(0);
    for (const name of ["Insert summary", "Follow-up"])
      await expect
        .poll(() => page.app.getByRole("button", { name }).getAttribute("aria-disabled"), { message: name })
        .toBe("true");
    await page.app.getByText("Choose a customer first").waitFor();
    await page.app.getByRole("button", { name: "Choose Ada Lovelace" }).click();
    await page.app.getByText("Chosen by you").first().waitFor();
    await expect.poll(() => page.app.locator(":focus").textContent()).toBe("Ada Lovelace");
    expect(dev().api.requests.at(-1)).toBe("GET /v1/context/person:4Vd1kqz0T2mWbR7yXn3u5A");
    expect(await insertButton(page).getAttribute("aria-disabled")).not.toBe("true");
    await page.app.getByRole("button", { name: "change" }).click();
    await page.app.getByRole("button", { name: "Choose Ada King" }).waitFor();
    expect(await page.app.locator(".facts").count()).toBe(0);
    expect(dev().api.requests).toHaveLength(2);
    // Two with one name: the buttons differ, and one fits the ticket's organization.
    const namesakes = await show("sameName");
    const buttons = namesakes.app.getByRole("button", { name: /^Choose Ada Lovelace/ });
    await expect.poll(async () => new Set(await buttons.allTextContents()).size).toBe(2);
    await expect.poll(() => namesakes.app.getByText("Organization of this ticket").count()).toBe(1);
  });

  it("10: PII mask: the address is masked; Reveal asks for a reason, counts down and hides after a minute", async () => {
    const page = await show("withNotes");
    const email = page.app.locator(".email");
    await email.getByText("•••@lovelace.example").waitFor();
    await email.getByText("(hidden by your role)").waitFor();
    await email.getByRole("button", { name: "Reveal" }).click();
    const form = page.app.getByRole("region", { name: "Reveal hidden values" });
    await form.getByRole("button", { name: "Reveal" }).click();
    await form.getByRole("alert").waitFor();
    expect(dev().api.actions.taken).toEqual([]);
    await form.getByLabel("Reason").fill("Call back");
    await form.getByRole("button", { name: "Reveal" }).click();
    await email.getByText(revealedEmail).waitFor();
    await email.getByText("Visible for 60 s").waitFor();
    expect(dev().api.actions.taken).toMatchObject([
      { name: "reveal", body: { pointers: ["/customer/email"], reason: "Call back" } },
    ]);
    await expect
      .poll(async () => {
        await page.page.clock.runFor(1_000);
        return await email.textContent();
      })
      .toMatch(/Visible for 5\d s/);
    expect(await page.app.locator("[role=status]").first().textContent()).not.toContain("Visible");
    await page.page.clock.runFor(60_000);
    await email.getByText("•••@lovelace.example").waitFor();
    expect(await page.app.locator("html").innerHTML()).not.toContain(revealedEmail);
    // Without the right there is no Reveal, and no value in the page or its memory.
    const plain = await show("rich");
    await state(plain, "ready");
    await plain.app.locator(".email").waitFor();
    expect(await plain.app.getByRole("button", { name: /Reveal/ }).count()).toBe(0);
    expect(await plain.app.locator("html").innerHTML()).not.toContain(revealedEmail);
  });

  it("15: insert: a preview, then an internal note at the cursor of an empty draft, and nothing is sent", async () => {
    const page = await show("rich");
    await state(page, "ready");
    await insertButton(page).click();
    const preview = page.app.getByRole("region", { name: "Insert as internal note" });
    await preview.getByText("ARR: €1,234,000").waitFor();
    expect(await editorOf(page).textContent()).toBe("");
    await confirmInsert(page).click();
    await page.app.getByText("Inserted as an internal note").waitFor();
    await expect.poll(() => editorOf(page).textContent()).toContain("ARR: €1,234,000");
    await expect.poll(() => commentType(page).inputValue()).toBe("internalNote");
    await expect.poll(() => page.page.getByRole("button", { name: "Submit as Open" }).isEnabled()).toBe(true);
    expect(await page.page.locator(".messages").textContent()).not.toContain("1,234,000");
    // The note becomes a reply: the agent reads a warning at once.
    await commentType(page).selectOption("publicReply");
    await page.app.locator(".insert [role=alert]").waitFor();
  });

  it("15: insert: at the cursor inside an internal note, and its text stays", async () => {
    const page = await show("rich");
    await state(page, "ready");
    await commentType(page).selectOption("internalNote");
    await editorOf(page).fill("before after");
    await page.page.evaluate(`(() => {
      const text = document.querySelector(".editor").firstChild;
      getSelection().setBaseAndExtent(text, 7, text, 7);
    })()`);
    await insertButton(page).click();
    await confirmInsert(page).click();
    await page.app.getByText("Inserted as an internal note").waitFor();
    await expect.poll(() => editorOf(page).textContent()).toMatch(/^before .*ARR: €1,234,000.*after$/s);
  });

  it("15: insert: a public reply is warned of and gets no internal values, and its type stays", async () => {
    const page = await show("rich");
    await state(page, "ready");
    await editorOf(page).fill("Dear Ada");
    await insertButton(page).click();
    await page.app.getByText("Internal values such as ARR and health are left out.").waitFor();
    await confirmInsert(page).click();
    await page.app.locator(".insert [role=status]").waitFor();
    await expect.poll(() => editorOf(page).textContent()).toContain("Dear Ada");
    expect(await editorOf(page).textContent()).not.toMatch(/1,234,000|Health|83/);
    await expect.poll(() => commentType(page).inputValue()).toBe("publicReply");
    await expect.poll(() => page.app.locator(":focus").textContent()).toBe("Insert");
    await page.app.getByRole("button", { name: "Close" }).click();
    await expect.poll(() => isFocused(insertButton(page))).toBe(true);
  });

  it("15: insert: when the ticket has changed, nothing is inserted and the agent reads why", async () => {
    const page = await show("rich");
    await state(page, "ready");
    await insertButton(page).click();
    await confirmInsert(page).waitFor();
    // The frame is the same, and another ticket is on screen by now.
    await page.page.evaluate(`dispatchEvent(new CustomEvent("lab:ticket", { detail: ${ticketOf("stale")} }))`);
    await confirmInsert(page).click();
    await page.app.getByRole("alert").getByText("The ticket changed. Nothing was inserted.").waitFor();
    expect(await editorOf(page).textContent()).toBe("");
    await expect.poll(() => commentType(page).inputValue()).toBe("publicReply");
  });

  it("21: session expiry: the note says so and keeps its draft, also after a reload", async () => {
    setClock(Date.now);
    const page = await show("withNotes", { frozenAt: null });
    await openNotes(page);
    await composer(page).fill("Asked for a discount");
    dev().api.intercept(() => problem("unauthenticated"));
    await sectionOf(page, "notes").getByRole("button", { name: "Add note" }).click();
    await sectionOf(page, "notes").getByRole("alert").getByText("What you wrote here is kept.").waitFor();
    await expect.poll(() => composer(page).inputValue()).toBe("Asked for a discount");
    dev().api.clear();
    await page.page.reload();
    await openNotes(page);
    await expect.poll(() => composer(page).inputValue()).toBe("Asked for a discount");
  });

  it("22: rate limit: a countdown, then it reads by itself; a refresh that is limited keeps the values", async () => {
    const page = await show("rate_limited");
    await page.app.getByText("Trying again in 24 s.").waitFor();
    await expect.poll(() => page.app.getByRole("button", { name: "Try again" }).getAttribute("aria-disabled")).toBe("true");
    await page.page.clock.runFor(10_000);
    await page.app.getByText(/Trying again in 1[34] s\./).waitFor();
    expect(dev().api.requests).toHaveLength(1);
    dev().api.intercept((request) => (request.method === "GET" ? undefined : problem("rate_limited")));
    await page.page.clock.runFor(16_000);
    await expect.poll(() => dev().api.requests.length).toBe(2);
    const filled = await show("rich");
    await state(filled, "ready");
    await filled.app.getByRole("button", { name: "Refresh" }).click();
    await filled.app.getByRole("button", { name: "Refresh in 24 s" }).waitFor();
    // The stream's first events arrived in between, and the countdown starts at the last drawing.
    await filled.page.clock.runFor(4_500);
    await filled.app.getByRole("button", { name: "Refresh in 20 s" }).waitFor();
    await filled.page.clock.runFor(21_000);
    await filled.app.getByRole("button", { name: "Refresh", exact: true }).waitFor();
    await expect.poll(() => filled.app.getByText("€1,234,000").count()).toBeGreaterThan(0);
  });

  it("23: misconfiguration: an administrator reads what to repair, an agent a neutral line", async () => {
    const agent = await show("unauthenticated");
    await agent.app.getByText("Ask your administrator to finish the installation.").waitFor();
    expect(await agent.app.locator("main").textContent()).not.toMatch(/key|settings/);
    await agent.page.goto(`${agent.page.url()}&role=admin`);
    await until("the help", async () => {
      await agent.page.clock.runFor(250);
      return await agent.app.getByText("The API refused the key in this app's settings.", { exact: false }).isVisible();
    });
    expect(await appFrame(agent).evaluate("document.body.textContent")).toContain("sidelight keys");
  });
});
