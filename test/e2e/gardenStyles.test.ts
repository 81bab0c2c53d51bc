import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gardenSamples } from "../../apps/zendesk/tools/garden/build.ts";

// The app has small substitutes of what Garden uses (apps/zendesk/src/slim, tools/slimGarden.ts): it has to look the same with both.
describe.skipIf(!hasChromium)("Garden's components in the app", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  /** Of each component in each theme, at rest and while it has the focus and the pointer. */
  async function stylesWith({ isSlim }: { isSlim: boolean }): Promise<string[]> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.setContent("<!doctype html><body></body>");
    await page.addScriptTag({ content: await gardenSamples({ isSlim }), type: "module" });
    const controls = page.locator("main :is(button, input, select, textarea)");
    await controls.last().waitFor();
    const styles = await computedStyles(page, "main *");
    await page.addStyleTag({ content: "* { transition: none !important; }" });
    for (const control of await controls.all()) {
      await control.evaluate((element) => (element as unknown as { focus(): void }).focus());
      await control.hover({ force: true });
      styles.push(...(await computedStyles(page, ":focus")));
    }
    expect(complaints).toEqual([]);
    await page.close();
    return styles;
  }

  it("have the styles that they have with the libraries themselves", async () => {
    const expectedStyles = await stylesWith({ isSlim: false });
    expect(expectedStyles.length).toBeGreaterThan(100);
    expect(await stylesWith({ isSlim: true })).toEqual(expectedStyles);
  });
});

/** Each element with the declarations that differ from those of an element without styles. */
const computedStyles = (page: Page, selector: string): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll("${selector}")].map((element) => {
    const plain = document.body.appendChild(document.createElement(element.localName));
    const plainStyle = getComputedStyle(plain);
    const style = getComputedStyle(element);
    const changes = [...style].filter((name) => style[name] !== plainStyle[name]).map((name) => name + ": " + style[name]);
    plain.remove();
    return element.localName + " { " + changes.join("; ") + " }";
  })`);
