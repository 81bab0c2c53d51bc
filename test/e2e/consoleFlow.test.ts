import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { appearances, type ConsolePages, openConsolePages, overflow, violations } from "../harness/consolePages.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
let consolePages: ConsolePages;
let eventId: string;

interface ListedDelivery {
  id: string;
  state: string;
  route: string;
}

const deliveries = async (query: string): Promise<ListedDelivery[]> =>
  (await harness.request(`/v1/deliveries?limit=1000&${query}`)).body.items;

const ticketRoute = (id: string, event: string) => ({
  ...{ id, on: "zendesk.ticket.created", to: "mixpanel", do: "track", about: "company" },
  with: `{ "distinctId": ref, "event": "${event}", "properties": {} }`,
});

/** Zendesk reports tickets of the simulator as new. @returns the id of the last event */
async function receiveTickets(count: number): Promise<string> {
  const tickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()].slice(0, count);
  let last = "";
  for (const { id, requester_id } of tickets) {
    harness.clock.advance(1_000);
    const ticket = { id, requesterId: requester_id!, updatedAt: harness.clock.now() };
    last = (await sendZendesk(harness, ticketEvent("created", ticket))).body.eventIds[0]!;
  }
  return last;
}

beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.routing = { routes: [ticketRoute("tickets", "Ticket"), ticketRoute("more-tickets", "Another ticket")] };
    },
  });
  consolePages = await openConsolePages(harness);
  harness.lab.faults.add({ platform: "mixpanel", kind: "error", status: 400, rate: 1, path: "/import", seed: 1 });
  eventId = await receiveTickets(4);
  await advanceUntil(harness.clock, 50, "the dead letters", async () => (await deliveries("state=dead_letter")).length === 8);
  harness.lab.faults.clear();
});
afterAll(async () => {
  await consolePages?.close();
  await harness?.close();
});
afterEach(() => consolePages?.closePages());

describe.skipIf(!hasChromium)("the pages of events, deliveries, quarantine and audit", () => {
  it("are accessible and fit, light and dark, wide and narrow", async () => {
    const { id } = (await deliveries("state=dead_letter"))[0]!;
    const paths = ["events", `events/${eventId}`, "deliveries", `deliveries/${id}`, "quarantine", "audit"];
    for (const options of appearances) {
      const page = await consolePages.open("audit", options);
      for (const path of paths) {
        await page.goto(`${consolePages.url}/console#/${path}`);
        await page.locator(".table, .facts, .state h2").first().waitFor();
        if (path === "deliveries") await page.getByRole("button", { name: /^Retry all 8/ }).click();
        if (path === "deliveries") await page.getByRole("button", { name: "Retry 8 dead letters" }).waitFor();
        expect(await violations(page), path).toEqual([]);
        expect(await overflow(page), path).toBe(0);
      }
    }
  });

  it("show an event with every stage and route, and lead to its failed delivery, which is retried alone", async () => {
    const page = await consolePages.open("events?type=zendesk.ticket.created");
    await page.locator(`a[href="#/events/${eventId}"]`).click();
    const trace = page.getByRole("list").filter({ hasText: "Received" });
    for (const stage of ["Received", "Stored", "Customer matched", "Projected", "Routed", "Delivery ended"])
      await trace.getByText(stage, { exact: true }).first().waitFor();
    const routes = page.getByRole("table");
    await routes.getByRole("row", { name: /^tickets Dead letter/ }).waitFor();
    await routes.getByRole("link", { name: "tickets", exact: true }).click();
    await page.getByText("Refused by the platform").waitFor();
    await page.getByRole("button", { name: "Retry", exact: true }).click();
    await page.getByText("Requeued. It is tried at once.").waitFor();
    await advanceUntil(harness.clock, 50, "the delivery", async () => (await deliveries("state=done")).length === 1);
    await page.getByRole("button", { name: "Reload" }).click();
    await page.getByText("Delivered", { exact: true }).waitFor();
  });

  it("retry all dead letters of a filter after a preview, and show them delivered", async () => {
    const page = await consolePages.open("deliveries");
    await page.getByLabel("Route").selectOption("more-tickets");
    await expect.poll(() => page.evaluate("location.hash")).toBe("#/deliveries?route=more-tickets");
    await page.getByRole("button", { name: /^Retry all 4/ }).click();
    const preview = page.getByRole("region", { name: "Retry 4 dead letters?" });
    await preview.getByRole("row", { name: "Refused by the platform more-tickets mixpanel 4" }).waitFor();
    // The preview changes nothing.
    expect(await deliveries("state=dead_letter")).toHaveLength(7);
    await preview.getByRole("button", { name: "Retry 4 dead letters" }).click();
    await page.getByText("4 dead letters requeued. Each is tried at once.").waitFor();
    await advanceUntil(
      harness.clock,
      50,
      "the deliveries",
      async () => (await deliveries("type=more-tickets&state=done")).length === 4,
    );
    await page.reload();
    await expect.poll(() => page.locator("section[aria-label=Deliveries] tbody .badge-good").count()).toBe(4);
    expect(await page.getByRole("heading", { name: "Dead letters by cause" }).count()).toBe(0);
    expect(await deliveries("state=dead_letter&type=tickets")).toHaveLength(3);
  });

  it("are reached by the menu on a narrow screen, which the keyboard opens, leaves and follows", async () => {
    const page = await consolePages.open("quarantine", { viewport: { width: 320, height: 800 } });
    const menu = page.getByRole("button", { name: "Menu" });
    const link = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Audit" });
    await menu.waitFor();
    expect(await link.isVisible()).toBe(false);
    await menu.press("Enter");
    await link.focus();
    await page.keyboard.press("Escape");
    await link.waitFor({ state: "hidden" });
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Menu");
    await menu.press("Enter");
    await link.press("Enter");
    await page.getByRole("heading", { name: "Audit" }).waitFor();
    await link.waitFor({ state: "hidden" });
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Audit");
  });

  it("say why a list cannot be loaded, and load it again", async () => {
    const page = await consolePages.open("audit", {}, (openedPage) =>
      openedPage.route("**/v1/deliveries?*", (route) => route.abort("connectionrefused"), { times: 1 }),
    );
    await page.goto(`${consolePages.url}/console#/deliveries`);
    await page.getByRole("alert").getByText("Sidelight cannot be reached.").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("section[aria-label=Deliveries] tbody tr").first().waitFor();
  });

  it("load more, and keep filters in the address", async () => {
    const page = await consolePages.open("events");
    const rows = page.locator("tbody tr");
    await expect.poll(() => rows.count()).toBe(50);
    await page.getByRole("button", { name: "Load more" }).click();
    await expect.poll(() => rows.count()).toBe(100);
    await page.getByLabel("Type").fill("zendesk.ticket.created");
    await page.keyboard.press("Enter");
    await expect.poll(() => rows.count()).toBe(4);
    await page.getByLabel("Source").selectOption("salesforce");
    await page.getByText("No event matches the filters").waitFor();
    expect(await page.evaluate("location.hash")).toBe("#/events?source=salesforce&type=zendesk.ticket.created");
  });

  it("release a message after a fix, discard another after a question, and say who did it", async () => {
    const source = zendesk.webhooks["events"]!;
    const { parse } = source;
    source.parse = () => Promise.reject(new Error("a bug of ours"));
    await receiveTickets(2);
    source.parse = parse;
    const page = await consolePages.open("quarantine");
    const rows = page.locator("tbody tr");
    await expect.poll(() => rows.count()).toBe(2);
    await rows
      .first()
      .getByRole("button", { name: /^Release/ })
      .click();
    await page.getByText(/^Released: 1 event stored\./).waitFor();
    await rows
      .first()
      .getByRole("button", { name: /^Discard/ })
      .click();
    const question = page.getByRole("region", { name: "Discard this message for good?" });
    await question.getByRole("button", { name: "Cancel" }).click();
    await rows
      .first()
      .getByRole("button", { name: /^Discard/ })
      .click();
    await question.getByRole("button", { name: "Discard it" }).click();
    await page.getByText("The quarantine is empty").waitFor();
    await page.getByLabel("State").selectOption("discarded");
    await expect.poll(() => rows.count()).toBe(1);
    await page.goto(`${consolePages.url}/console#/audit`);
    for (const text of ["Released a message", "Discarded a message", "Retried dead letters", "Retried a delivery"])
      await page.getByRole("button", { name: text, exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Discarded a message" }).click();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
  });
});
