import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { FrameLocator, Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { untranslatedWords, wordsIn } from "../harness/panelWords.ts";
import { panelOf } from "../harness/salesforcePanel.ts";
import { useZendeskPanel } from "../harness/zendeskPanel.ts";
import { usePanel } from "../lab/hosts/salesforce/testing.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const pseudo = "en-XA";
// Strings of the hostile ones look like texts of a panel.
const names = (Object.keys(fixtures) as (keyof typeof fixtures)[]).filter((name) => !name.startsWith("hostile"));

/** The panel in Salesforce asks once more for what is pending, and gets the complete answer. */
const answersOf = (name: (typeof names)[number]) => [fixtures[name](now), fixtures.rich(now)];

/** Opens sections, forms and menus, and those inside them. Of those that close each other, the last one stays open. */
async function openEverything(root: Locator | FrameLocator): Promise<void> {
  const closed = root.locator('button[aria-expanded="false"]:not([aria-disabled="true"]), details:not([open]) > summary');
  for (let round = 0; round < 3; round += 1)
    await closed.evaluateAll((elements) => {
      for (const element of elements) (element as unknown as { click(): void }).click();
    });
}

describe.skipIf(!hasChromium)("every text of the Zendesk panel comes from the catalogue", () => {
  const { show } = useZendeskPanel();

  it.each(names)("%s", async (name) => {
    const { app } = await show(name, { locale: pseudo, bare: true });
    await app.locator("[data-state]:not([data-state=loading])").first().waitFor();
    await app.getByText("[", { exact: false }).first().waitFor();
    await openEverything(app);
    await expect.poll(async () => untranslatedWords(await wordsIn(app.locator("body")), answersOf(name))).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("every text of the Salesforce panel comes from the catalogue", () => {
  const { show } = usePanel();
  const panelIn = (page: Page) => panelOf(page);

  it.each(names)("%s", async (name) => {
    const { page } = await show(name, { query: `&locale=${pseudo}` });
    await page.getByText("[", { exact: false }).first().waitFor();
    await openEverything(panelIn(page));
    await expect.poll(async () => untranslatedWords(await wordsIn(panelIn(page)), answersOf(name))).toEqual([]);
  });
});
