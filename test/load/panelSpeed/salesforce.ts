import type { Browser, Page } from "playwright-core";
import { type Conditions, frameNow, waitUntilSettled } from "./observe.ts";
import { createSamples, type Samples } from "./samples.ts";
import { openPage, withQuery } from "./zendesk.ts";

const timeoutMs = 60_000;
const changes = 8;

/**
 * Opens records in the lab's Lightning page. A component has no frame of its own, so the times count from when the page added
 * the component, and for the first page also from the navigation, with the engine and the styles that an org provides.
 */
export async function measureSalesforce(
  browser: Browser,
  pageUrl: string,
  recordIds: readonly string[],
  conditions: Conditions,
): Promise<Samples> {
  const samples = createSamples();
  const [first, ...otherIds] = recordIds;
  if (!first) throw new Error("The lab has no example records.");
  const { context, page } = await openPage(browser, conditions);
  try {
    await page.goto(withQuery(pageUrl, { recordId: first }));
    const frame = page.mainFrame();
    const times = await waitUntilSettled(frame, 1, timeoutMs);
    samples.addFrame("first page, with the page itself", times);
    samples.addFrame("first page, from the component's start", { ...times, paintedAt: null }, times.startedAt ?? 0);
    let shownCount = times.shown.length;
    for (const id of otherIds) shownCount = await openRecord(page, samples, "next record", id, shownCount);
    for (const id of recordIds.slice(0, -1)) shownCount = await openRecord(page, samples, "revisit", id, shownCount);
    await interact(page, samples);
    await measureChanges(page, samples);
  } finally {
    await context.close();
  }
  return samples;
}

/** @returns how many customers the page has shown */
async function openRecord(page: Page, samples: Samples, name: string, id: string, previousCount: number): Promise<number> {
  const frame = page.mainFrame();
  const start = await frameNow(frame);
  await page.evaluate(`window.dispatchEvent(new CustomEvent("lab:open", { detail: ${JSON.stringify(id)} }))`);
  const times = await waitUntilSettled(frame, previousCount + 1, timeoutMs);
  samples.add(`${name}: first useful paint`, (times.shown[previousCount]?.at ?? Number.NaN) - start);
  if (times.settledAt !== null) samples.add(`${name}: settled`, times.settledAt - start);
  return times.shown.length;
}

async function interact(page: Page, samples: Samples): Promise<void> {
  const buttons = page.locator("c-sidelight-section h3 button, c-sidelight-facts button");
  const count = await buttons.count();
  for (const _round of [1, 2]) {
    for (let index = 0; index < count; index++) await buttons.nth(index).click();
  }
  await page.waitForTimeout(500);
  const { interactions } = await waitUntilSettled(page.mainFrame(), 1, timeoutMs);
  for (const ms of interactions) samples.add("interaction (INP)", ms);
}

/** From a new ticket at Zendesk to its mark on the screen, in a panel that is left alone. The tickets do not keep step with the polls. */
async function measureChanges(page: Page, samples: Samples): Promise<void> {
  const change = page.locator("c-sidelight-panel [data-fact=open_tickets].changed");
  for (let count = 0; count < changes; count++) {
    await change.waitFor({ state: "detached" });
    await page.waitForTimeout(1_300 + count * 470);
    const start = await frameNow(page.mainFrame());
    await page.evaluate(`(() => {
      const { searchParams } = new URL(location.href);
      const about = "salesforce." + searchParams.get("objectApiName").toLowerCase() + ":" + searchParams.get("recordId");
      const body = JSON.stringify({ kind: "ticket_created", about });
      return fetch("./scenarios", { method: "POST", headers: { "content-type": "application/json" }, body });
    })()`);
    await change.waitFor();
    samples.add("new ticket: on the screen", (await frameNow(page.mainFrame())) - start);
  }
}
