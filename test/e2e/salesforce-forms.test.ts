import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { isFocused } from "../harness/panelPage.ts";
import { axeFaults, panelOf, sectionIn } from "../harness/salesforcePanel.ts";
import { usePanel } from "../lab/hosts/salesforce/testing.ts";

// What a rep does with the forms of the Salesforce panel. Their scenarios by number are in scenarios/salesforceActing.test.ts.
const now = Date.parse("2026-11-21T09:30:00Z");

describe.skipIf(!hasChromium)("the forms of the Salesforce panel", () => {
  const { dev, show } = usePanel();
  const actionsOf = (page: Page) => page.locator("c-sidelight-actions");
  const revealIn = (page: Page, name: string) => sectionIn(page, name).getByRole("button", { name: /: (Reveal hidden|Hide)/ });

  /** A ticket and a note whose numbers are masked. */
  function maskedContext() {
    const context = fixtures.withNotes(now);
    const { support, notes, account } = context.sections;
    support!.data!.tickets![0]!.subject = "Call back at •••55";
    support!.masked = ["/tickets/0/subject"];
    notes!.data!.items![0]!.body = "Direct line •••77";
    notes!.masked = ["/items/0/body"];
    account!.masked = [];
    return context;
  }

  const revealedValues: Record<string, string> = {
    "/sections/support/data/tickets/0/subject": "Call back at +49 30 5550 155",
    "/sections/notes/data/items/0/body": "Direct line +49 30 5550 177",
  };

  /** Answers with the masked context, and reveals what is asked for. */
  const replyMasked = () =>
    dev().api.replyWith(async (request) => {
      if (request.url.includes("/v1/context/")) return Response.json(maskedContext());
      if (!request.url.endsWith("/v1/actions/reveal")) return undefined;
      const { pointers, reason } = (await request.json()) as { pointers: string[]; reason: string };
      reasons.push(reason);
      const values = Object.fromEntries(pointers.map((pointer) => [pointer, revealedValues[pointer]]));
      const hideAt = new Date(now + 60_000).toISOString();
      return Response.json({ action: "reveal", id: "act_1", at: new Date(now).toISOString(), hideAt, values });
    });
  let reasons: string[] = [];

  it("reveals the masked values of one section with a reason, counts down and hides them after a minute", async () => {
    reasons = [];
    replyMasked();
    const { page, consoleErrors } = await show("withNotes", { now });
    await actionsOf(page).getByRole("button", { name: "Follow-up" }).waitFor();
    const support = sectionIn(page, "support");
    await support.getByRole("button").first().click();
    await support.getByText("Call back at •••55").waitFor();
    await revealIn(page, "support").click();
    expect(await revealIn(page, "support").getAttribute("aria-expanded")).toBe("true");
    const form = actionsOf(page).getByRole("region", { name: "Reveal hidden values" });
    expect(await isFocused(form.getByLabel("Reason"))).toBe(true);
    await page.keyboard.press("Escape");
    await form.waitFor({ state: "detached" });
    expect(await isFocused(revealIn(page, "support"))).toBe(true);
    await revealIn(page, "support").press("Enter");
    await form.getByLabel("Reason").fill("Call back");
    await form.getByRole("button", { name: "Reveal" }).click();
    await support.getByText("Call back at +49 30 5550 155").waitFor();
    await support.getByText("Visible for 60 s").waitFor();
    expect(await isFocused(revealIn(page, "support"))).toBe(true);
    expect(reasons).toEqual(["Call back"]);
    expect(await panelOf(page).innerHTML()).not.toContain("5550 177");
    await page.clock.runFor(61_000);
    await support.getByText("Call back at •••55").waitFor();
    expect(await panelOf(page).innerHTML()).not.toContain("5550 155");
    // The reason of an earlier reveal is not sent again.
    await revealIn(page, "support").click();
    await form.getByRole("button", { name: "Reveal" }).click();
    await form.getByRole("alert").getByText("Enter a reason").waitFor();
    expect(reasons).toEqual(["Call back"]);
    expect(consoleErrors).toEqual([]);
  });

  it("reveals the masked values of notes, and hides them at once", async () => {
    reasons = [];
    replyMasked();
    const { page } = await show("withNotes", { now });
    const actions = actionsOf(page);
    await actions.getByRole("button", { name: "Notes" }).click();
    const notes = actions.getByRole("region", { name: "Notes" });
    await notes.getByText("Direct line •••77").waitFor();
    await notes.getByRole("button", { name: "Reveal hidden values" }).click();
    await actions.getByLabel("Reason").fill("Urgent outage");
    await actions.getByLabel("Reason").press("Tab");
    await page.keyboard.press("Enter");
    await notes.getByText("Direct line +49 30 5550 177").waitFor();
    await notes.getByRole("button", { name: "Hide now" }).click();
    await notes.getByText("Direct line •••77").waitFor();
    expect(await panelOf(page).innerHTML()).not.toContain("5550 177");
  });

  it("has no button for hidden values without the right to reveal", async () => {
    const { page } = await show("rich", { now });
    await actionsOf(page).getByRole("button", { name: "Follow-up" }).waitFor();
    await sectionIn(page, "account").getByRole("button").first().click();
    await sectionIn(page, "account").getByText("Expansion: 40 seats").first().waitFor();
    expect(await revealIn(page, "account").count()).toBe(0);
  });

  it("sends a follow-up with the chosen owner and due date", async () => {
    const { page } = await show("withNotes", { now });
    const actions = actionsOf(page);
    await actions.getByRole("button", { name: "Follow-up" }).click();
    const form = actions.getByRole("region", { name: "Follow-up" });
    await form.getByLabel("What to do").fill("Send the offer");
    expect(await form.getByLabel("Due date").inputValue()).toBe("2026-11-22");
    await form.getByLabel("Due date").fill("2026-12-01");
    const owner = form.getByLabel("Owner");
    expect(await owner.locator("option").allTextContents()).toEqual(["You", "Grace Hopper (account owner)"]);
    await owner.selectOption({ label: "Grace Hopper (account owner)" });
    await form.getByRole("button", { name: "Create follow-up" }).click();
    await actions.getByText("Follow-up sent to Salesforce…").waitFor();
    expect(dev().api.actions.taken).toMatchObject([
      {
        name: "follow-up",
        body: {
          platform: "salesforce",
          subject: "Send the offer",
          dueDate: "2026-12-01",
          owner: expect.stringMatching(/^salesforce\.user:005/),
        },
      },
    ]);
  });

  it("pins a note for everybody and keeps the focus on its control", async () => {
    let pinned = ["n1"];
    dev().api.replyWith((request) => {
      if (!request.url.includes("/v1/context/")) return undefined;
      const context = fixtures.withNotes(now);
      const { data } = context.sections.notes!;
      const notes = [...data!.items!, { ...data!.items![0]!, id: "n3", body: "Speaks German." }];
      // Those that are pinned come first.
      const byId = (id: string) => notes.find((note) => note.id === id)!;
      const others = ["n3", "n2"].filter((id) => !pinned.includes(id));
      data!.items = [...pinned, ...others].map((id) => ({ ...byId(id), pinned: pinned.includes(id) }));
      return Response.json(context);
    });
    const { page, consoleErrors } = await show("withNotes", { now });
    const actions = actionsOf(page);
    await actions.getByRole("button", { name: "Notes" }).click();
    const note = actions.getByRole("region", { name: "Notes" }).locator("li", { hasText: "security questionnaire" });
    const pin = note.locator("[data-control=pin]");
    await pin.waitFor();
    expect(await pin.getAttribute("aria-pressed")).toBe("false");
    pinned = ["n2", "n1"];
    await pin.press("Enter");
    await note.getByText("Pinned", { exact: false }).first().waitFor();
    expect(await pin.getAttribute("aria-pressed")).toBe("true");
    expect(await isFocused(pin)).toBe(true);
    expect(dev().api.actions.taken).toMatchObject([{ name: "pin", body: { pinned: true, note: "n2" } }]);
    expect(consoleErrors).toEqual([]);
  });

  it.each(["light", "dark"] as const)("have no faults of accessibility in %s", async (scheme) => {
    replyMasked();
    const { page } = await show("withNotes", { scheme, width: 320 });
    const actions = actionsOf(page);
    await actions.getByRole("button", { name: "Notes" }).click();
    await actions.locator("[data-control=pin]").first().waitFor();
    await actions.getByRole("button", { name: "Reveal hidden values" }).click();
    await actions.getByLabel("Reason").waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await actions.getByRole("button", { name: "Follow-up" }).click();
    await actions.getByLabel("Due date").waitFor();
    expect(await axeFaults(page)).toEqual([]);
  });
});
