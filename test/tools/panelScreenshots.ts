import type { Browser, Page } from "playwright-core";

interface Pages {
  zendesk: string;
  salesforce: string;
  gallery: string;
}

/** Cells of the gallery, by their caption. */
const zendeskStates = ["rich", "staleAndDown", "ambiguous", "consentWithheld"];
const salesforceStates = ["company", "staleAndDown", "ambiguous", "consentWithheld"];

/**
 * Takes the pictures of docs/panels.md, docs/install-zendesk.md and docs/install-salesforce.md.
 * @param out the folder, with a slash at its end
 */
export async function takePanelScreenshots(pages: Pages, browser: Browser, out: string): Promise<void> {
  await takeHostPages(pages, browser, out);
  await takeStates(pages.gallery, browser, out);
}

/** States of both panels, from the gallery. */
export async function takeStates(gallery: string, browser: Browser, out: string): Promise<void> {
  await takeGallery(browser, gallery, "zendesk", zendeskStates, `${out}panel-zendesk.png`);
  await takeGallery(browser, gallery, "salesforce", salesforceStates, `${out}panel-salesforce.png`);
  const dark = `${gallery}?scheme=dark&locale=ar-EG`;
  await takeGallery(browser, dark, "zendesk", zendeskStates, `${out}panel-dark-arabic.png`);
}

/** Both panels beside their records. */
async function takeHostPages(pages: Pages, browser: Browser, out: string): Promise<void> {
  const settled = "3 of 3 sources current";
  await onPage(browser, pages.zendesk, 1100, async (page) => {
    await page.frameLocator(".frames iframe:not([hidden])").getByText(settled).first().waitFor();
    await page.screenshot({ path: `${out}install-zendesk.png` });
  });
  await onPage(browser, pages.salesforce, 1100, async (page) => {
    await page.getByText(settled).first().waitFor();
    await page.screenshot({ path: `${out}install-salesforce.png` });
  });
}

async function takeGallery(
  browser: Browser,
  url: string,
  section: string,
  captions: readonly string[],
  path: string,
): Promise<void> {
  await onPage(browser, url, 1440, async (page) => {
    await page.evaluate(`(() => {
      const names = ${JSON.stringify(captions)};
      for (const figure of document.querySelectorAll("figure")) {
        const isShown = figure.closest("section").getAttribute("aria-labelledby") === ${JSON.stringify(section)};
        if (!isShown || !names.includes(figure.querySelector("figcaption").textContent)) figure.remove();
      }
      for (const frame of document.querySelectorAll("iframe")) frame.style.height = "520px";
    })()`);
    await page.setViewportSize({ width: 1440, height: 1300 });
    await page.waitForTimeout(4_000);
    await page.locator(`section[aria-labelledby=${section}] .cells`).screenshot({ path });
  });
}

async function onPage(browser: Browser, url: string, width: number, take: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 720 } });
  page.setDefaultTimeout(60_000);
  await page.goto(url);
  await take(page);
  await page.close();
}
