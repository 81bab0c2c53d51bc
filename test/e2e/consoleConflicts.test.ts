import { hasChromium } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { appearances, type ConsolePages, openConsolePages, overflow, violations } from "../harness/consolePages.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { type FieldPerson, fieldPeople, jobTitleOf, putJobTitle, settleFields, titleOf } from "../harness/sharedFields.ts";

let harness: Harness;
let consolePages: ConsolePages;
let people: FieldPerson[];

const jobTitle = {
  ...{ kind: "person", owner: "salesforce", direction: "two-way", rule: "manual", enabled: true },
  platforms: { salesforce: "Title", zendesk: "job_title", mixpanel: "role" },
};

beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness({
    webhooks: true,
    configure: (config) => {
      config.tenants.acme.fields = { jobTitle, phone: { preset: "phone" } };
    },
  });
  consolePages = await openConsolePages(harness);
  people = await fieldPeople(harness, 6);
  await settleFields(harness);
  for (const [i, { user }] of people.entries()) putJobTitle(harness, user, `Desk Title ${i}`);
  await settleFields(harness);
}, scaled(120_000));
afterAll(async () => {
  await consolePages?.close();
  await harness?.close();
});
afterEach(() => consolePages?.closePages());

const openConflicts = async () => (await harness.request("/v1/conflicts?state=open")).body.items as { customerName: string }[];
const row = (page: Page, { person }: FieldPerson) => page.locator(".row", { hasText: `${person.first} ${person.last}` }).first();

describe.skipIf(!hasChromium)("the page of conflicts", () => {
  it("is accessible and fits, light and dark, wide and narrow", async () => {
    for (const options of appearances) {
      const page = await consolePages.open("conflicts", options);
      await page.locator(".row-title").first().click();
      for (const view of ["To decide", "History", "Fields"]) {
        await page.getByRole("link", { name: view }).click();
        await page.locator(".row, .table, .card, .state h2").first().waitFor();
        if (view === "To decide") await page.locator(".check-all input").check();
        if (view === "To decide") await page.getByRole("button", { name: "Decide selected" }).click();
        expect(await violations(page), view).toEqual([]);
        expect(await overflow(page), view).toBe(0);
      }
    }
  });

  it("shows the values side by side, and writes the one that a person chose", async () => {
    const [person] = people as [FieldPerson];
    const title = titleOf(harness, person) as string;
    const page = await consolePages.open("conflicts");
    const conflict = row(page, person);
    await conflict.locator(".row-title").click();
    await conflict.getByText(`Last agreed: “${title}”.`).waitFor();
    await expect.poll(() => conflict.getByRole("button", { name: "Decide" }).isDisabled()).toBe(true);
    await conflict.getByRole("radio", { name: /Zendesk/ }).check();
    await conflict.getByText("Writes “Desk Title 0” to Salesforce and Mixpanel.").waitFor();
    await conflict.getByLabel("Reason").fill("She was promoted.");
    await conflict.getByRole("button", { name: "Decide" }).click();
    await page.getByText("It is written to Salesforce and Mixpanel.").waitFor();
    await settleFields(harness);
    expect(titleOf(harness, person)).toBe("Desk Title 0");
    await page.getByRole("link", { name: "History" }).click();
    await page.getByRole("row", { name: /“Desk Title 0” Zendesk .*She was promoted/ }).waitFor();
  });

  it("is used with keys: the next conflict, a value, the decision", async () => {
    const { length } = await openConflicts();
    const page = await consolePages.open("conflicts");
    await page.locator(".row-title").first().focus();
    await page.keyboard.press("j");
    await page.keyboard.press("2");
    await page.keyboard.press("Enter");
    await page.getByText(/It is written to Salesforce/).waitFor();
    expect(await openConflicts()).toHaveLength(length - 1);
  });

  it("takes a letter in a text field for text", async () => {
    const page = await consolePages.open("conflicts");
    await page.locator(".row-title").first().click();
    await page.getByLabel("Reason").fill("");
    await page.getByLabel("Reason").pressSequentially("jkx 12");
    await expect.poll(() => page.getByLabel("Reason").inputValue()).toBe("jkx 12");
    expect(await page.locator(".row [type=checkbox]:checked, .row [type=radio]:checked").count()).toBe(0);
  });

  it("decides several by one rule, after a preview of the writes", async () => {
    const { length } = await openConflicts();
    const page = await consolePages.open("conflicts");
    await page.locator(".check-all input").check();
    await page.getByRole("button", { name: "Decide selected" }).click();
    const preview = page.getByRole("region", { name: `Decide ${length} conflicts` });
    await preview.getByLabel("Take").selectOption({ label: "The value of Zendesk" });
    await expect.poll(() => preview.getByRole("row").count()).toBe(length + 1);
    await preview
      .getByRole("cell", { name: /Salesforce \(now .*\) and Mixpanel/ })
      .first()
      .waitFor();
    await preview.getByLabel("Take").selectOption({ label: "The value of the owner" });
    await preview.getByRole("button", { name: `Decide ${length} conflicts` }).click();
    await page.getByText(`Decided ${length} conflicts.`).waitFor();
    await page.getByRole("heading", { name: "No conflict waits" }).waitFor();
    await settleFields(harness);
    for (const person of people.slice(2)) expect(jobTitleOf(harness, person)).toBe(titleOf(harness, person));
  });

  it("shows the fields with what to do next", async () => {
    const page = await consolePages.open("conflicts/fields");
    await page.locator(".card", { hasText: "Job title" }).getByText("On", { exact: true }).waitFor();
    await page.locator(".card", { hasText: "Phone" }).getByText("Run sidelight config check").waitFor();
  });

  it("keeps a conflict that the API refuses to decide, with the reason", async () => {
    const [, , person] = people as [FieldPerson, FieldPerson, FieldPerson];
    putJobTitle(harness, person.user, "Another Title");
    await settleFields(harness);
    const page = await consolePages.open("conflicts");
    await page.route("**/resolve", (route) =>
      route.fulfill({
        ...{ status: 409, contentType: "application/problem+json" },
        json: { type: "", title: "Conflict", status: 409, code: "conflict", detail: "It is resolved.", requestId: "r-1" },
      }),
    );
    await page.locator(".row-title").first().click();
    await page.getByRole("radio", { name: /Zendesk/ }).check();
    await page.getByRole("button", { name: "Decide", exact: true }).click();
    await page.getByRole("alert").getByText("It is resolved.").waitFor();
    await expect.poll(() => page.locator(".row").count()).toBe(1);
  });
});

describe.skipIf(!hasChromium)("the page of data quality", () => {
  it("is accessible and fits, light and dark, wide and narrow", async () => {
    for (const options of appearances) {
      const page = await consolePages.open("quality", options);
      await page.getByRole("heading", { name: "Problems" }).waitFor();
      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
    }
  });

  it("shows the scores, what to do, and leads there", async () => {
    const { body } = await harness.request("/v1/quality");
    const page = await consolePages.open("quality");
    await page.locator(".score-main strong").getByText(String(body.score), { exact: true }).waitFor();
    await page.getByText("There is no earlier measurement yet.").waitFor();
    await page.getByText(body.problems[0].nextAction).first().waitFor();
    await page.getByRole("link", { name: "Fields and their owners" }).first().click();
    await page.locator(".card").first().waitFor();
  });

  it("says why it could not be loaded, and tries again", async () => {
    let isDown = true;
    const page = await consolePages.open("quality", {}, (newPage) =>
      newPage.route("**/v1/quality", (route) => (isDown ? route.abort() : route.continue())),
    );
    await page.getByText("Sidelight cannot be reached.").waitFor();
    isDown = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Problems" }).waitFor();
  });
});
