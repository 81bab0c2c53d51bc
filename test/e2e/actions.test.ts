import type { Context } from "@sidelight/contracts/context/context.ts";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { describe, expect, it } from "vitest";
import { useZendeskPanel } from "../harness/zendeskPanel.ts";
import { usePanel } from "../lab/hosts/salesforce/testing.ts";
import { problem } from "../lab/hosts/zendesk/fixtureApi.ts";
import { type Opened, overflow, violations } from "../lab/hosts/zendesk/testing.ts";

// What an agent does from the Zendesk app. The API's side is in test/contract/actions.
const { dev, show, setClock } = useZendeskPanel();

const takenActions = () => dev().api.actions.taken;
const notes = ({ app }: Opened) => app.locator('[data-section="notes"]');
const composer = (page: Opened) => notes(page).getByLabel("New note");
const addNote = (page: Opened) => notes(page).getByRole("button", { name: "Add note" });
const followUp = ({ app }: Opened) => app.getByRole("button", { name: "Follow-up", exact: true });
const followUpForm = ({ app }: Opened) => app.getByRole("region", { name: "Follow-up" });
const isFocused = (element: ReturnType<typeof composer>) =>
  element.evaluate((node) => node === (node.ownerDocument as { activeElement?: unknown }).activeElement);

async function openNotes(page: Opened) {
  await notes(page)
    .getByRole("button", { name: /^Notes/ })
    .click();
  await composer(page).waitFor();
}

describe.skipIf(!hasChromium)("a note", () => {
  it("is added with a key of its own, and its draft is gone", async () => {
    setClock(Date.now);
    const page = await show("withNotes", { frozenAt: null });
    await openNotes(page);
    await composer(page).fill("Call before noon");
    await addNote(page).click();
    await page.app.getByText("Note added").waitFor();
    expect(takenActions()).toMatchObject([
      { name: "note", body: { ref: expect.stringMatching(/^zendesk\.ticket:/), body: "Call before noon" } },
    ]);
    expect(takenActions()[0]?.key).toMatch(/^[0-9a-f]{32}$/);
    expect(await composer(page).inputValue()).toBe("");
    expect(page.complaints).toEqual([]);
  });

  it("keeps its text and the key of its attempt when the API fails", async () => {
    setClock(Date.now);
    const page = await show("withNotes", { frozenAt: null });
    await openNotes(page);
    await composer(page).fill("Call before noon");
    const keys: string[] = [];
    dev().api.intercept((request) => {
      if (!request.url.endsWith("/v1/actions/note")) return undefined;
      keys.push(request.headers.get("idempotency-key") ?? "");
      return problem("overloaded");
    });
    for (const attempt of [1, 2]) {
      await addNote(page).click();
      await expect.poll(() => keys.length).toBe(attempt);
      await notes(page).getByRole("alert").getByText("Sidelight is busy.").waitFor();
    }
    expect(new Set(keys).size).toBe(1);
    await expect.poll(() => composer(page).inputValue()).toBe("Call before noon");
  });
});

/** Complaints of the browser, apart from that about the refused stream. */
const withoutRefusals = ({ complaints }: Opened) => complaints.filter((complaint) => !complaint.includes("503"));

/** Answers with the customer of the fixtures, changed. A stream would bring the fixtures themselves. */
function answerWith(change: (context: Context) => void): void {
  dev().api.streams.refuse();
  dev().api.intercept((request) => {
    const [, ref, sections] = /\/v1\/context\/([^/?]+)\?(?:.*sections=([^&]+))?/.exec(request.url) ?? [];
    if (!ref) return undefined;
    const context: Context = { ...fixtures.withNotes(Date.now()), ref: decodeURIComponent(ref) };
    change(context);
    return Response.json(sections === "notes" ? { ...context, sections: { notes: context.sections.notes } } : context);
  });
}

describe.skipIf(!hasChromium)("a note that is pinned for everybody", () => {
  it.each([
    { pinned: "n2", name: "security questionnaire", key: "Enter", isPressed: "true" },
    { pinned: "", name: "before noon", key: "Space", isPressed: "false" },
  ])("moves, and its control keeps the focus: aria-pressed=$isPressed", async ({ pinned, name, key, isPressed }) => {
    setClock(Date.now);
    let pinnedNotes = ["n1"];
    answerWith(({ sections }) => {
      const items = sections.notes!.data!.items.map((item) => ({ ...item, pinned: pinnedNotes.includes(item.id) }));
      // As the API does: pinned ones first, then the newest.
      sections.notes!.data!.items = items.sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.at.localeCompare(a.at));
    });
    const page = await show("withNotes", { frozenAt: null });
    await openNotes(page);
    const note = notes(page).locator("li", { hasText: name });
    const pin = note.getByRole("button", { name: /^Pin the note/ });
    pinnedNotes = [pinned];
    await pin.press(key);
    await expect.poll(() => pin.getAttribute("aria-pressed")).toBe(isPressed);
    await page.app.getByText(pinned ? "Note pinned" : "Note unpinned").waitFor();
    await expect.poll(() => isFocused(pin)).toBe(true);
    expect(takenActions()).toMatchObject([{ name: "pin", body: { pinned: isPressed === "true", note: pinned || "n1" } }]);
    expect(withoutRefusals(page)).toEqual([]);
  });

  it("says itself why that failed", async () => {
    setClock(Date.now);
    const page = await show("withNotes", { frozenAt: null });
    await openNotes(page);
    dev().api.intercept((request) => (request.url.endsWith("/v1/actions/pin") ? problem("forbidden") : undefined));
    const note = notes(page).locator("li", { hasText: "security questionnaire" });
    await note.getByRole("button", { name: /^Pin the note/ }).click();
    await note.getByRole("alert").getByText("Your role doesn't allow it.").waitFor();
    await expect.poll(() => page.app.getByRole("alert").count()).toBe(1);
  });
});

describe.skipIf(!hasChromium)("a follow-up", () => {
  it("is for the person, or for the assignee of the ticket", async () => {
    setClock(Date.now);
    answerWith(({ ref, sections }) => {
      const [ticket] = sections.support!.data!.tickets;
      Object.assign(ticket!, { id: ref.split(":")[1], assignee: { id: "20", name: "Mia Stone" } });
    });
    const page = await show("withNotes", { frozenAt: null });
    await followUp(page).click();
    const owner = followUpForm(page).getByLabel("Owner");
    await owner.waitFor();
    await expect.poll(() => owner.locator("option").allTextContents()).toEqual(["You", "Mia Stone (assignee)"]);
    await owner.selectOption("Mia Stone (assignee)");
    await followUpForm(page).getByLabel("What to do").fill("Send the report");
    await followUpForm(page).getByRole("button", { name: "Create follow-up" }).click();
    await page.app.getByText("Follow-up sent to Zendesk…").waitFor();
    expect(takenActions()).toMatchObject([{ name: "follow-up", body: { platform: "zendesk", owner: "zendesk.user:20" } }]);
    expect(withoutRefusals(page)).toEqual([]);
  });

  it("says what is missing, is created by keyboard, and its state is read until it is done", async () => {
    setClock(Date.now);
    const page = await show("withNotes", { frozenAt: null });
    await followUp(page).focus();
    await page.page.keyboard.press("Enter");
    await followUpForm(page).waitFor();
    await followUpForm(page).getByRole("button", { name: "Create follow-up" }).click();
    await followUpForm(page).getByRole("alert").getByText("Enter what to do.").waitFor();
    expect(takenActions()).toEqual([]);
    await followUpForm(page).getByLabel("What to do").focus();
    await page.page.keyboard.type("Call about the renewal");
    await page.page.keyboard.press("Escape");
    await followUpForm(page).waitFor({ state: "detached" });
    await expect.poll(() => isFocused(followUp(page))).toBe(true);
    await page.page.keyboard.press("Enter");
    await expect.poll(() => followUpForm(page).getByLabel("What to do").inputValue()).toBe("Call about the renewal");
    await followUpForm(page).getByRole("button", { name: "Create follow-up" }).press("Enter");
    await page.app.getByText("Follow-up sent to Zendesk…").waitFor();
    expect(takenActions()).toMatchObject([
      { name: "follow-up", body: { platform: "zendesk", subject: "Call about the renewal" } },
    ]);
    expect(takenActions()[0]?.body["dueDate"]).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    await page.app.getByText("Follow-up created in Zendesk").waitFor();
    expect(page.complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("a pin", () => {
  it("is pressed once the API has accepted it", async () => {
    setClock(Date.now);
    const page = await show("withNotes", { frozenAt: null });
    const pin = page.app.getByRole("button", { name: /^Pin this customer/ });
    await expect.poll(() => pin.getAttribute("aria-disabled")).toBe("false");
    await expect.poll(() => pin.getAttribute("aria-pressed")).toBe("false");
    await pin.click();
    await expect.poll(() => pin.getAttribute("aria-pressed")).toBe("true");
    expect(takenActions()).toMatchObject([{ name: "pin", body: { pinned: true } }]);
  });
});

describe.skipIf(!hasChromium)("the forms of actions", () => {
  it.each([
    { width: 320, scheme: "light" },
    { width: 256, scheme: "dark", locale: "ar-EG" },
    { width: 320, scheme: "light", locale: "en-XA" },
  ] as const)("are accessible at $width px, $scheme $locale", async (variant) => {
    setClock(Date.now);
    const page = await show("withNotes", { ...variant, bare: true, frozenAt: null });
    await page.app.locator("#section-notes").click();
    await page.app.locator(".composer textarea").waitFor();
    await page.app.locator('[data-action="follow-up"]').click();
    await page.app.locator(".action-form").waitFor();
    expect(await overflow(page.page)).toBe(0);
    expect(await violations(page.page)).toEqual([]);
    await page.app.locator('[data-reveal="customer"]').click();
    await page.app.locator('.action-form input[maxlength="500"]').waitFor();
    expect(await overflow(page.page)).toBe(0);
    expect(await violations(page.page)).toEqual([]);
    expect(page.complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("a rep", () => {
  const { dev: salesforce, show: showRecord } = usePanel();
  const actionResult = { action: "note", id: "act_1", at: "2026-11-21T09:30:00Z", note: "note_1" };

  it("adds a note in Salesforce, through Apex", async () => {
    const { page, calls, consoleErrors } = await showRecord("withNotes");
    const bodies: unknown[] = [];
    const actions = page.locator("c-sidelight-actions");
    await actions.getByRole("button", { name: "Notes" }).click();
    await actions.getByLabel("New note").fill("Call before noon");
    salesforce().api.replyWith((request) => {
      if (!request.url.endsWith("/v1/actions/note")) return undefined;
      return request.json().then((body) => {
        bodies.push(body);
        return Response.json(actionResult);
      });
    });
    await actions.getByRole("button", { name: "Add note" }).click();
    await actions.getByText("Note added").waitFor();
    await expect.poll(() => actions.getByLabel("New note").inputValue()).toBe("");
    expect(bodies).toEqual([{ ref: expect.stringMatching(/^salesforce\.contact:/), body: "Call before noon" }]);
    expect(calls.filter((name) => name === "take")).toHaveLength(1);
    expect(consoleErrors).toEqual([]);
  });
});
