import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasChromium } from "../support/browser.ts";
import { type House, openHouse } from "../support/house.ts";
import { openPanels, type Panels, type Subject, somebody } from "../support/panels.ts";
import { until } from "../support/until.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

let house: House;
let panels: Panels;
let subject: Subject;

beforeAll(async () => {
  if (!hasChromium) return;
  house = await openHouse();
  subject = await somebody(house);
  panels = await openPanels(house, subject);
}, 90_000);
afterAll(async () => {
  await panels?.close();
  await house?.close();
});
afterEach(() => panels.closePages());

let tickets = 880_000;
/** What Zendesk sends when the customer writes. @returns when it was acknowledged */
async function newTicket(text: string): Promise<number> {
  const { requesterId } = subject;
  const event = ticketEvent("created", { id: ++tickets, requesterId, updatedAt: house.clock.now(), subject: text });
  const sent = await sendZendesk(house, event);
  expect(sent.text).toContain('"accepted":1');
  return performance.now();
}

describe.skipIf(!hasChromium)("an open Zendesk panel", { timeout: 30_000 }, () => {
  it("shows a new ticket within a second, marks it for a moment and says so once", async () => {
    const { app, page, asked, complaints } = await panels.openTicket();
    await app.locator('[data-section="support"] h3 button').click();
    const before = asked.length;
    expect(before).toBeGreaterThan(0);
    const status = app.locator("[role=status]");
    const since = await newTicket("The invoice is wrong");
    await app.locator(".item.changed", { hasText: "The invoice is wrong" }).waitFor();
    expect(performance.now() - since).toBeLessThan(1_000);
    await app.locator(".fact.changed", { hasText: "Open tickets" }).waitFor();
    await expect.poll(() => status.textContent()).toBe("Support updated: 1 new ticket");
    expect(await app.getByText("Updating…").count()).toBe(0);
    await page.clock.runFor(4_000);
    await expect.poll(() => app.locator(".changed").count()).toBe(0);
    expect(await app.getByText("The invoice is wrong").count()).toBe(1);
    expect(await status.textContent()).toBe("Support updated: 1 new ticket");
    expect(asked.length).toBe(before);
    expect(complaints).toEqual([]);
  });

  it("marks without motion where none is wanted", async () => {
    const { app } = await panels.openTicket({ reducedMotion: "reduce" });
    await newTicket("Still");
    const fact = app.locator(".fact.changed").first();
    await fact.waitFor();
    const style = await fact.evaluate((element) => {
      const { transitionDuration, animationName, boxShadow } = (
        globalThis as unknown as { getComputedStyle(e: unknown): Record<string, string> }
      ).getComputedStyle(element);
      return { transitionDuration, animationName, boxShadow };
    });
    expect(style).toEqual({ transitionDuration: "0s", animationName: "none", boxShadow: expect.stringContaining("px") });
  });

  it("is remembered as having shown the event", async () => {
    await panels.openTicket();
    const { requesterId } = subject;
    const sent = await sendZendesk(
      house,
      ticketEvent("created", { id: ++tickets, requesterId, updatedAt: house.clock.now(), subject: "Seen" }),
    );
    await until("the panel to have seen it", async () => {
      const { body } = await house.ask(`/v1/events/${sent.body.eventIds[0]}`);
      return body.story.some((step: { stage: string; panel?: string }) => step.stage === "seen" && step.panel === "zendesk");
    });
  });
});

describe.skipIf(!hasChromium)("an open Salesforce panel", { timeout: 30_000 }, () => {
  it("shows a new ticket within a second of the focus, and nothing while nothing happens", async () => {
    const { page, panel, support, asked, complaints } = await panels.openContact();
    const before = asked.length;
    await newTicket("Focus");
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await support.getByText("Focus").count()).toBe(0);
    const since = performance.now();
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await support.locator("li.changed", { hasText: "Focus" }).waitFor();
    expect(performance.now() - since).toBeLessThan(1_000);
    await panel.locator("[data-fact=open_tickets].changed").waitFor();
    await expect.poll(() => panel.locator("[role=status]").textContent()).toBe("Support updated: 1 new ticket");
    expect(await panel.getByText("Updating…").count()).toBe(0);
    await page.clock.runFor(4_000);
    await expect.poll(() => panel.locator(".changed").count()).toBe(0);
    expect(asked.length).toBe(before + 1);
    expect(complaints).toEqual([]);
  });

  it("shows it within half a minute when nobody touches anything", async () => {
    const { page, support, asked, complaints } = await panels.openContact();
    const before = asked.length;
    await newTicket("By itself");
    await page.clock.runFor(25_500);
    await support.locator("li.changed", { hasText: "By itself" }).waitFor();
    expect(asked.length).toBe(before + 1);
    expect(complaints).toEqual([]);
  });

  it("asks nothing while it is hidden, and at once when it is back", async () => {
    const { page, panel, support, asked } = await panels.openContact();
    await panel.evaluate((element) => {
      (element as unknown as { style: { display: string } }).style.display = "none";
    });
    // The browser tells of it with the next frame.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = asked.length;
    await newTicket("Hidden");
    await page.clock.runFor(120_000);
    expect(asked.length).toBe(before);
    await panel.evaluate((element) => {
      (element as unknown as { style: { display: string } }).style.display = "";
    });
    await support.locator("li.changed", { hasText: "Hidden" }).waitFor();
  });
});
