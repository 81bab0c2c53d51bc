import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { controlRoles, lineOf, readAloud, type Spoken } from "../../harness/readAloud.ts";
import { panelOf, sectionIn } from "../../harness/salesforcePanel.ts";
import { appFrame, sectionOf, state, useZendeskPanel } from "../../harness/zendeskPanel.ts";
import { usePanel } from "../../lab/hosts/salesforce/testing.ts";
import type { Opened } from "../../lab/hosts/zendesk/testing.ts";

// Both panels as a screen reader reads them from top to bottom: the browser's accessibility tree, without looking at the page.
const now = Date.parse("2026-11-21T09:30:00Z");

/** What makes a reading unusable: a control without a name, two buttons with one name, not one message about the state. */
function faultsOf(spoken: readonly Spoken[]): string[] {
  const buttons = spoken.filter(({ role }) => role === "button").map(({ name }) => name);
  const messages = spoken.filter(({ role }) => role === "status");
  return [
    ...spoken.filter(({ role, name }) => controlRoles.has(role) && name === "").map((node) => `no name: ${lineOf(node)}`),
    ...buttons.filter((name, index) => buttons.indexOf(name) !== index).map((name) => `two buttons: ${name}`),
    ...(messages.length === 1 ? [] : [`messages: ${messages.map(lineOf).join(" | ")}`]),
    ...spoken.filter(({ role }) => role === "alert").map((node) => `interrupts: ${lineOf(node)}`),
  ];
}

/** The lines are read in this order, with others between them. */
function expectReading(spoken: readonly Spoken[], expected: readonly (string | RegExp)[]): void {
  const lines = spoken.map(lineOf);
  let from = 0;
  for (const line of expected) {
    const index = lines.findIndex((text, at) => at >= from && (typeof line === "string" ? text === line : line.test(text)));
    expect(index, `${String(line)} is read after ${lines[from - 1] ?? "the start"}, in:\n${lines.join("\n")}`).not.toBe(-1);
    from = index + 1;
  }
  expect(faultsOf(spoken)).toEqual([]);
}

describe.skipIf(!hasChromium)("17: a screen reader reads the Zendesk app", () => {
  const { show } = useZendeskPanel();
  const read = ({ page, ...app }: Opened) => readAloud(page, appFrame({ page, ...app }));

  it("of a customer: who, the facts with their labels, what can be done, then the sections and their states", async () => {
    const page = await show("rich");
    await state(page, "ready");
    await page.app.getByRole("button", { name: /^Usage rising/ }).waitFor();
    expectReading(await read(page), [
      "main: Customer context",
      "heading 2: Ada Lovelace",
      "text: Lovelace Analytics",
      "text: hidden by your role",
      "button: Wrong customer?",
      "button: 3 of 3 sources current, collapsed",
      "region: Key facts",
      "button: ARR: €1,234,000, collapsed",
      "button: Renewal: Mar 13, 2027, collapsed",
      "text: Other open",
      "text: 3",
      "text: CSAT 90 d",
      "text: 92%",
      "group: Actions",
      "button: Refresh",
      "button: Insert summary, collapsed",
      "button: Follow-up, collapsed",
      "button: Open, collapsed",
      /^button: Health 83 · Good .*, expanded$/,
      /^text: Health 83 of 100, Good/,
      /^button: Usage rising: 126 sessions in 15 d, 74 in the 15 d before , 13 points up . Show the evidence in Product$/,
      /^button: Account 2 open opportunities Salesforce · Updated 4 min ago, collapsed$/,
      /^button: Support .* Zendesk · Updated 1 min ago, collapsed$/,
      /^button: Product 200 sessions in 30 d · rising Mixpanel · Updated 1 h ago, collapsed$/,
      /^button: Timeline .*, collapsed$/,
      "status: Ada Lovelace. 3 of 3 sources current.",
    ]);
  });

  it("of an ambiguous match: what tells the candidates apart before the button that chooses each, and no number", async () => {
    const page = await show("ambiguous");
    await page.app.getByRole("button", { name: "Choose Ada King" }).waitFor();
    const spoken = await read(page);
    expectReading(spoken, [
      "text: 2 possible matches",
      "heading 2: Who is it?",
      "list: Possible customers",
      "heading 3: Ada Lovelace",
      "text: Lovelace Analytics",
      "button: Choose Ada Lovelace",
      "heading 3: Ada King",
      "text: King & Noel Ltd",
      "button: Choose Ada King",
      "button: Insert summary, collapsed, unavailable",
      "text: Choose a customer first",
      "status: 2 possible matches",
    ]);
    expect(spoken.map(lineOf).join()).not.toMatch(/€|ARR|83/);
  });

  it("of an outage: what failed at the top and in its section, where each Retry says what it retries", async () => {
    const page = await show("oneDown");
    await sectionOf(page, "product").getByRole("button", { name: "Copy request id" }).waitFor();
    await sectionOf(page, "product").getByText("Dashboards").waitFor();
    expectReading(await read(page), [
      "button: 2 of 3 sources current, collapsed",
      "text: Mixpanel is unavailable. Last good data 7:55 AM",
      "button: Retry",
      /^button: Product .*Mixpanel · Unavailable · 1 h, expanded$/,
      "text: Mixpanel is unavailable. Last good data 7:55 AM",
      "text: Salesforce and Zendesk are up to date.",
      "button: Retry: Product",
      "button: Copy request id",
      "status: Ada Lovelace. 2 of 3 sources current.",
    ]);
  });

  it("of a form: its title, each field with its label, what is required, and how to leave", async () => {
    const page = await show("withNotes");
    await state(page, "ready");
    await page.app.getByRole("button", { name: "Follow-up", exact: true }).click();
    await page.app.getByLabel("What to do").waitFor();
    expectReading(await read(page), [
      "button: Follow-up, expanded",
      "region: Follow-up",
      "heading 3: Follow-up",
      "textbox: What to do, required",
      /^Date: Due date/,
      /: (Create in|Owner)/,
      "textbox: Details",
      "button: Create follow-up",
      "button: Cancel",
      /^status: Ada Lovelace\./,
    ]);
  });
});

describe.skipIf(!hasChromium)("17: a screen reader reads the Salesforce panel", () => {
  const { show } = usePanel();
  /** From the panel on: the rest of the page is the platform's. */
  const read = (page: Page) =>
    readAloud(page, page.mainFrame(), ({ role, name }) => role === "article" && name === "Customer context");

  it("of a customer: who, the facts with their labels, what can be done, then the sections and their states", async () => {
    const { page } = await show("rich", { now });
    await panelOf(page)
      .getByRole("button", { name: /^Usage rising/ })
      .waitFor();
    await panelOf(page).getByRole("button", { name: "New task" }).waitFor();
    expectReading(await read(page), [
      "heading 2: Ada Lovelace",
      "text: Lovelace Analytics",
      "button: Refresh",
      "button: Wrong customer?",
      "button: 3 of 3 sources current, collapsed",
      "DescriptionList: Key facts",
      "text: ARR",
      "text: €1,234,000",
      "button: ARR: Where this comes from, collapsed",
      "text: Open tickets",
      "text: 4",
      "button: Notes, collapsed",
      "button: Follow-up, collapsed",
      "button: New task",
      /^button: Health Updated 4 min ago, expanded$/,
      /^text: Health 83 of 100, Good/,
      "button: Usage rising: 126 sessions in 15 d, 74 in the 15 d before",
      "text: 13 points up",
      /^button: Support Updated 1 min ago .*, collapsed$/,
      /^button: Product Updated 1 h ago .*, collapsed$/,
      /^button: Account Updated 4 min ago .*, collapsed$/,
      /^button: Timeline .*, collapsed$/,
      "status: Ada Lovelace. 3 of 3 sources current.",
    ]);
  });

  it("of an ambiguous match: what tells the candidates apart before the button that chooses each, and no number", async () => {
    const { page } = await show("ambiguous", { now });
    await page.getByRole("button", { name: "Choose Ada King" }).waitFor();
    const spoken = await read(page);
    expectReading(spoken, [
      "text: 2 possible matches",
      "heading 2: Who is it?",
      "list: Possible customers",
      "text: Ada Lovelace",
      "text: Lovelace Analytics",
      "button: Choose Ada Lovelace",
      "text: Ada King",
      "text: King & Noel Ltd",
      "button: Choose Ada King",
      "status: 2 possible matches",
    ]);
    expect(spoken.map(lineOf).join()).not.toMatch(/€|ARR|83/);
  });

  it("of an outage: what failed at the top and in its section, where each Retry says what it retries", async () => {
    const { page } = await show("oneDown", { now });
    await sectionIn(page, "product").getByText("Dashboards").waitFor();
    expectReading(await read(page), [
      "button: 2 of 3 sources current, collapsed",
      "text: Mixpanel is unavailable. Last good data 7:55 AM",
      "button: Retry",
      /^button: Product Unavailable · 1 h.*, expanded$/,
      "text: Mixpanel is unavailable. Last good data 7:55 AM",
      "text: Salesforce and Zendesk are up to date.",
      "button: Retry: Product",
      "button: Copy request id",
      "status: Ada Lovelace. 2 of 3 sources current.",
    ]);
  });

  it("of a form: each field with its label, and how to leave", async () => {
    const { page } = await show("withNotes", { now });
    await panelOf(page).getByRole("button", { name: "Follow-up" }).click();
    await panelOf(page).getByLabel("What to do").waitFor();
    expectReading(await read(page), [
      "button: Follow-up, expanded",
      "region: Follow-up",
      /^textbox: What to do/,
      /^Date: Due date/,
      /: Owner/,
      "textbox: Details",
      "button: Create follow-up",
      "button: Cancel",
      /^status: Ada Lovelace\./,
    ]);
  });
});
