import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Frame, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { appFrame, state, useZendeskPanel } from "../../harness/zendeskPanel.ts";
import { usePanel } from "../../lab/hosts/salesforce/testing.ts";

// One person, one keyboard: each panel from its first control to its last, without a pointer.

/** What has the focus: its words, its state, and whether a person sees it. */
interface Focus {
  text: string;
  expanded: string | null;
  isVisible: boolean;
  isBody: boolean;
}

/** Runs in the page. Looks into components and frames of its own. */
const readFocus = `(() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  const label = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent ?? "";
  return {
    text: label.trim().replace(/\\s+/g, " "),
    expanded: element.getAttribute("aria-expanded"),
    // The browser draws the ring of a part of a date field, such as its calendar, inside the field.
    isVisible: (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none" || element.type === "date",
    isBody: element === document.body,
  };
})()`;

/** Keys of one person at one document. Each step checks that the focus is somewhere, and is seen. */
function keyboardAt(page: Page, target: Page | Frame) {
  const focus = (): Promise<Focus> => target.evaluate<Focus>(readFocus);
  async function press(key: string): Promise<Focus> {
    await page.keyboard.press(key);
    await expect.poll(async () => (await focus()).isBody, { message: `the focus after ${key}` }).toBe(false);
    // Rings of Garden's controls fade in.
    await expect.poll(async () => (await focus()).isVisible, { message: `a visible focus after ${key}` }).toBe(true);
    return await focus();
  }
  return {
    focus,
    press,
    type: (text: string) => page.keyboard.type(text),
    /** Tabs forwards to the control with these words. @throws if it is not among the next 80 */
    async reach(words: string | RegExp, key = "Tab"): Promise<Focus> {
      const passed: string[] = [];
      for (let count = 0; count < 80; count++) {
        const now = await press(key);
        if (typeof words === "string" ? now.text === words : words.test(now.text)) return now;
        passed.push(now.text);
      }
      throw new Error(`Tab does not reach ${String(words)}: ${passed.join(" | ")}`);
    },
  };
}

describe.skipIf(!hasChromium)("by keyboard alone", () => {
  const { dev, show, setClock } = useZendeskPanel();
  const salesforce = usePanel();

  it("17: keyboard: an agent uses everything of the Zendesk app", async () => {
    setClock(Date.now);
    const page = await show("withNotes", { frozenAt: null });
    await state(page, "ready");
    const keys = keyboardAt(page.page, appFrame(page));
    const actions = () => dev().api.actions.taken;
    await page.app.locator("h2").first().focus();
    // Pin, reveal.
    await keys.reach("Reveal");
    await keys.press("Enter");
    await keys.type("Call back");
    await page.page.keyboard.press("Enter");
    await expect.poll(() => actions().map(({ name }) => name)).toEqual(["reveal"]);
    await keys.reach(/^Pin this customer/, "Shift+Tab").catch(() => keys.reach(/^Pin this customer/));
    await keys.press("Space");
    await expect.poll(() => actions().map(({ name }) => name)).toEqual(["reveal", "pin"]);
    // Wrong customer: opens, and Escape gives the focus back.
    await keys.reach("Wrong customer?");
    await keys.press("Enter");
    await page.app.getByRole("region", { name: "Wrong customer?" }).getByText("Could also be").waitFor();
    await keys.press("Escape");
    expect((await keys.focus()).text).toBe("Wrong customer?");
    // Insert.
    await keys.reach("Insert summary");
    await keys.press("Enter");
    await keys.reach("Insert");
    await keys.press("Enter");
    await page.app.getByText("Inserted as an internal note").waitFor();
    await keys.press("Escape");
    await expect.poll(async () => (await keys.focus()).text).toBe("Insert summary");
    // Follow-up.
    await keys.reach("Follow-up");
    await keys.press("Enter");
    await page.app.getByRole("region", { name: "Follow-up" }).waitFor();
    await expect.poll(async () => (await keys.focus()).text).toBe("What to do");
    await keys.type("Call about the renewal");
    await keys.reach("Create follow-up");
    await keys.press("Enter");
    await expect.poll(() => actions().map(({ name }) => name)).toEqual(["reveal", "pin", "insert", "follow-up"]);
    // Each section opens.
    for (const name of ["Health", "Account", "Support", "Product", "Timeline", "Notes"]) {
      const section = await keys.reach(new RegExp(`^${name}`));
      if (section.expanded === "false") expect((await keys.press("Enter")).expanded, name).toBe("true");
    }
    // A note. Its form loads with the section.
    await page.app.getByLabel("New note").waitFor();
    await keys.reach("New note");
    await keys.type("Call before noon");
    await keys.reach("Add note");
    await keys.press("Enter");
    await page.app.getByText("Note added").waitFor();
    expect(actions().map(({ name }) => name)).toEqual(["reveal", "pin", "insert", "follow-up", "note"]);
    // No trap: the focus leaves the app at its end, and comes back.
    await leaves(page.page, appFrame(page));
    expect(page.complaints).toEqual([]);
  });

  it("17: keyboard: an agent chooses a candidate, and copies the id of a failure in the Zendesk app", async () => {
    const page = await show("ambiguous");
    // The candidates load after the heading.
    await page.app.getByRole("button", { name: "Choose Ada King" }).waitFor();
    const keys = keyboardAt(page.page, appFrame(page));
    await page.app.locator("h2").first().focus();
    await keys.reach("Choose Ada King");
    await keys.reach("Choose Ada Lovelace", "Shift+Tab");
    await keys.press("Enter");
    await page.app.getByText("Chosen by you").first().waitFor();
    await expect.poll(async () => (await keys.focus()).text).toBe("Ada Lovelace");
    await keys.reach("change");
    const failed = await show("internal", { frozenAt: null });
    await state(failed, "error");
    const failedKeys = keyboardAt(failed.page, appFrame(failed));
    await failed.app.locator("h2").first().focus();
    await failedKeys.reach("Try again");
    await failedKeys.reach(/Copy request id/i);
    await failedKeys.press("Enter");
    await failed.app.getByText("Copied").first().waitFor();
  });

  it("17: keyboard: a rep uses everything of the Salesforce panel", async () => {
    const { page, consoleErrors } = await salesforce.show("withNotes");
    const taken = () => salesforce.dev().api.actions.taken.map(({ name }) => name);
    await page.locator("c-sidelight-actions").getByRole("button", { name: "Notes" }).waitFor();
    const keys = keyboardAt(page, page);
    await page.locator("c-sidelight-header h2").focus();
    await keys.reach("Wrong customer?");
    await keys.press("Enter");
    await page.getByText("Could also be").waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(async () => (await keys.focus()).text).toBe("Wrong customer?");
    await keys.reach("Notes");
    await keys.press("Enter");
    await expect.poll(async () => (await keys.focus()).text).toContain("New note");
    await keys.type("Call before noon");
    await keys.reach("Add note");
    await keys.press("Enter");
    await expect.poll(taken).toEqual(["note"]);
    await keys.press("Escape");
    await expect.poll(async () => (await keys.focus()).text).toBe("Notes");
    await keys.reach("Follow-up");
    await keys.press("Enter");
    await expect.poll(async () => (await keys.focus()).text).toContain("What to do");
    await keys.type("Call about the renewal");
    await keys.reach("Create follow-up");
    await keys.press("Enter");
    await expect.poll(taken).toEqual(["note", "follow-up"]);
    await keys.reach(/^Pin this customer/, "Shift+Tab").catch(() => keys.reach(/^Pin this customer/));
    await keys.press("Space");
    await expect.poll(taken).toEqual(["note", "follow-up", "pin"]);
    await keys.reach("Reveal");
    await keys.press("Enter");
    await expect.poll(async () => (await keys.focus()).text).toContain("Reason");
    await keys.type("Call back");
    await keys.reach("Reveal");
    await keys.press("Enter");
    await expect.poll(taken).toEqual(["note", "follow-up", "pin", "reveal"]);
    for (const name of ["Health", "Support", "Product", "Account", "Timeline"]) {
      const section = await keys.reach(new RegExp(`^${name}`));
      if (section.expanded === "false") expect((await keys.press("Enter")).expanded, name).toBe("true");
    }
    expect(consoleErrors).toEqual([]);
  });

  it("17: keyboard: a rep chooses a candidate in the Salesforce panel", async () => {
    const { page } = await salesforce.show("ambiguous");
    await page.getByText("2 possible matches").first().waitFor();
    const keys = keyboardAt(page, page);
    await page.locator("c-sidelight-notice h2").focus();
    await keys.reach("Choose Ada Lovelace");
    await keys.press("Enter");
    await page.getByRole("heading", { level: 2, name: "Ada Lovelace" }).waitFor();
    await expect.poll(async () => (await keys.focus()).text).toBe("Ada Lovelace");
    await keys.reach("change");
  });
});

/** Tabs until the document has no focus any more. @throws if 80 steps do not lead out */
async function leaves(page: Page, frame: Frame): Promise<void> {
  for (let count = 0; count < 80; count++) {
    await page.keyboard.press("Tab");
    if (!(await frame.evaluate<boolean>("document.hasFocus()"))) return;
  }
  throw new Error("The focus does not leave the app.");
}
