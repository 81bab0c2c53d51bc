import type { Browser, BrowserContext, Frame, Page } from "playwright-core";
import { type Conditions, frameNow, observer, throttle, waitUntilSettled } from "./observe.ts";
import { createSamples, type Samples } from "./samples.ts";

const timeoutMs = 60_000;

/** Opens tickets in the lab's Zendesk page, as an agent does, and measures each frame of the app. */
export async function measureZendesk(
  browser: Browser,
  pageUrl: string,
  ticketIds: readonly string[],
  conditions: Conditions,
): Promise<Samples> {
  const samples = createSamples();
  const [first, ...otherIds] = ticketIds;
  if (!first) throw new Error("The lab has no example tickets.");
  const { context, page } = await openPage(browser, conditions);
  try {
    await page.goto(withQuery(pageUrl, { ticket: first }));
    samples.addFrame("first ticket", await settledFrame(page, 1));
    const requesters = [await requesterOf(page)];
    for (const [index, id] of otherIds.entries()) {
      await openTicket(page, id);
      samples.addFrame("next ticket", await settledFrame(page, index + 2));
      requesters.push(await requesterOf(page));
    }
    await revisit(page, samples, ticketIds.length);
    await switchRequester(page, samples, requesters);
    await interact(page, samples);
  } finally {
    await context.close();
  }
  return samples;
}

export const withQuery = (url: string, query: Record<string, string>): string => {
  const address = new URL(url);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return address.toString();
};

export async function openPage(browser: Browser, conditions: Conditions): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 1000 }, locale: "en-US", bypassCSP: true });
  const page = await context.newPage();
  page.setDefaultTimeout(timeoutMs);
  await page.addInitScript({ path: observer });
  await throttle(page, conditions);
  return { context, page };
}

const openTicket = (page: Page, id: string): Promise<unknown> => page.evaluate(`panelBench.openTicket(${JSON.stringify(id)})`);

const appFrames = (page: Page): Frame[] => page.frames().filter((frame) => frame.parentFrame() !== null);

/** The times of the newest frame, once it has settled. */
async function settledFrame(page: Page, count: number) {
  while (appFrames(page).length < count) await page.waitForTimeout(20);
  const frame = appFrames(page).at(-1);
  if (!frame) throw new Error("The page has no frame with the app.");
  return await waitUntilSettled(frame, 1, timeoutMs);
}

/** Goes back to open tabs: their frames are still there. */
async function revisit(page: Page, samples: Samples, count: number): Promise<void> {
  for (let position = 0; position < count; position++) {
    samples.add("revisit", await page.evaluate<number>(`panelBench.revisit(${position})`));
  }
}

const requesterOf = (page: Page): Promise<string> => page.locator("#requester").inputValue();

/** Gives the last ticket, which is on screen, the requesters of the other tickets. */
async function switchRequester(page: Page, samples: Samples, requesters: readonly string[]): Promise<void> {
  const frame = appFrames(page).at(-1);
  if (!frame) return;
  const ownAddress = requesters.at(-1);
  for (const email of new Set(requesters.filter((address) => address !== ownAddress && address !== ""))) {
    const timesBefore = await waitUntilSettled(frame, 1, timeoutMs);
    await page.locator("#requester").fill(email);
    const start = await frameNow(frame);
    await page.locator("#requester").dispatchEvent("change");
    const timesAfter = await waitUntilSettled(frame, timesBefore.shown.length + 1, timeoutMs);
    samples.add("other requester", (timesAfter.shown.at(-1)?.at ?? Number.NaN) - start);
  }
}

/** Opens and closes each section, and the other parts of the panel. */
async function interact(page: Page, samples: Samples): Promise<void> {
  const frame = appFrames(page).at(-1);
  if (!frame) return;
  const buttons = frame.locator("h3 button, .actions > button[aria-expanded], .fact button");
  const count = await buttons.count();
  for (const _round of [1, 2]) {
    for (let index = 0; index < count; index++) await buttons.nth(index).click();
  }
  await page.waitForTimeout(500);
  const { interactions } = await waitUntilSettled(frame, 1, timeoutMs);
  for (const ms of interactions) samples.add("interaction (INP)", ms);
}
