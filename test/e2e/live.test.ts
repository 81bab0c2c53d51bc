import { hasChromium } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { findSubject, openPanels, type Panels, type Subject } from "../harness/panels.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
let panels: Panels;
let subject: Subject;

beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness();
  subject = await findSubject(harness);
  panels = await openPanels(harness, subject);
});
afterAll(async () => {
  await panels?.close();
  await harness?.close();
});
afterEach(() => panels.closePages());

let tickets = 880_000;
/** Sends a new ticket of the customer, as Zendesk would. */
async function newTicket(text: string): Promise<void> {
  const { requesterId } = subject;
  const event = ticketEvent("created", { id: ++tickets, requesterId, updatedAt: harness.clock.now(), subject: text });
  const response = await sendZendesk(harness, event);
  expect(response.text).toContain('"accepted":1');
}

describe.skipIf(!hasChromium)("an open Zendesk panel", () => {
  it("shows a new ticket without a further read, marks it for a moment and announces it once", async () => {
    const { app, page, contextRequests, complaints } = await panels.openTicket();
    await app.locator('[data-section="support"] h3 button').click();
    const requestCount = contextRequests.length;
    expect(requestCount).toBeGreaterThan(0);
    const status = app.locator("[role=status]");
    await newTicket("The invoice is wrong");
    await app.locator(".item.changed", { hasText: "The invoice is wrong" }).waitFor();
    await app.locator(".fact.changed", { hasText: "Other open" }).waitFor();
    await expect.poll(() => status.textContent()).toBe("Support updated: 1 new ticket");
    expect(await app.getByText("Updating…").count()).toBe(0);
    await page.clock.runFor(4_000);
    await expect.poll(() => app.locator(".changed").count()).toBe(0);
    expect(await app.getByText("The invoice is wrong").count()).toBe(1);
    expect(await status.textContent()).toBe("Support updated: 1 new ticket");
    expect(contextRequests.length).toBe(requestCount);
    expect(complaints).toEqual([]);
  });

  it("marks without motion when the user prefers reduced motion", async () => {
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

  it("is recorded as having shown the event", async () => {
    await panels.openTicket();
    const { requesterId } = subject;
    const response = await sendZendesk(
      harness,
      ticketEvent("created", { id: ++tickets, requesterId, updatedAt: harness.clock.now(), subject: "Seen" }),
    );
    await until("the panel view", async () => {
      const { body } = await harness.request(`/v1/events/${response.body.eventIds[0]}`);
      return body.trace.some((step: { stage: string; panel?: string }) => step.stage === "seen" && step.panel === "zendesk");
    });
  });
});

describe.skipIf(!hasChromium)("an open Salesforce panel", () => {
  it("reads once when its window gets the focus, and not before", async () => {
    const { page, panel, support, contextRequests, complaints } = await panels.openContact();
    const requestCount = contextRequests.length;
    await newTicket("Focus");
    await page.clock.runFor(1_100);
    expect(contextRequests.length).toBe(requestCount);
    expect(await support.getByText("Focus").count()).toBe(0);
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await support.locator("li.changed", { hasText: "Focus" }).waitFor();
    await panel.locator("[data-fact=open_tickets].changed").waitFor();
    await expect.poll(() => panel.locator("[role=status]").textContent()).toBe("Support updated: 1 new ticket");
    expect(await panel.getByText("Updating…").count()).toBe(0);
    await page.clock.runFor(4_000);
    await expect.poll(() => panel.locator(".changed").count()).toBe(0);
    expect(contextRequests.length).toBe(requestCount + 1);
    expect(complaints).toEqual([]);
  });

  it("reads within ten seconds without any input", async () => {
    const { page, support, contextRequests, complaints } = await panels.openContact();
    const requestCount = contextRequests.length;
    await newTicket("Polled");
    await page.clock.runFor(10_500);
    await support.locator("li.changed", { hasText: "Polled" }).waitFor();
    expect(contextRequests.length).toBe(requestCount + 1);
    expect(complaints).toEqual([]);
  });

  it("reads nothing while it is hidden, and at once when it is visible again", async () => {
    const { page, panel, support, contextRequests } = await panels.openContact();
    await panel.evaluate((element) => {
      (element as unknown as { style: { display: string } }).style.display = "none";
    });
    // The browser notifies observers with its next frame, the panel's before this later one.
    await panel.evaluate((element) => {
      type Observer = new (callback: (entries: { isIntersecting: boolean }[]) => void) => { observe(element: unknown): void };
      const { IntersectionObserver } = globalThis as unknown as { IntersectionObserver: Observer };
      return new Promise<void>((resolve) => {
        new IntersectionObserver(([entry]) => entry?.isIntersecting || resolve()).observe(element);
      });
    });
    const requestCount = contextRequests.length;
    await newTicket("Hidden");
    await page.clock.runFor(120_000);
    expect(contextRequests.length).toBe(requestCount);
    await panel.evaluate((element) => {
      (element as unknown as { style: { display: string } }).style.display = "";
    });
    await support.locator("li.changed", { hasText: "Hidden" }).waitFor();
  });
});
