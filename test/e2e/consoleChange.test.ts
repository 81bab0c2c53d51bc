import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { appearances, type ConsolePages, openConsolePages, overflow, violations } from "../harness/consolePages.ts";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
let consolePages: ConsolePages;
let config: ConfigTree;
let firstVersion: string;
let eventIds: string[];

const tickets = {
  ...{ id: "tickets", on: "zendesk.ticket.created", to: "mixpanel", do: "track", about: "company" },
  ...{ with: "ticketEvent", owner: "Support operations", criticality: "high" },
};
const right = '{ "distinctId": ref, "event": "Ticket", "properties": {} }';
const wrong = '{ "distinctId": ref, "event": $number(event.source.objectId), "properties": {} }';

const status = async (): Promise<{ version: string }> => (await harness.request("/v1/config")).body;
const states = async (): Promise<string[]> =>
  (await harness.request("/v1/deliveries")).body.items.map((delivery: { state: string }) => delivery.state);

let receivedEvents = 0;
/** Zendesk reports another ticket of the simulator as new. @returns the id of the event */
async function receiveTicket(): Promise<string> {
  const ticket = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()][receivedEvents++]!;
  harness.clock.advance(1_000);
  const event = ticketEvent("created", { id: ticket.id, requesterId: ticket.requester_id!, updatedAt: harness.clock.now() });
  return (await sendZendesk(harness, event)).body.eventIds[0]!;
}

/** Writes the transformer into the file, and lets the process read it. */
async function useTransformer(expression: string): Promise<void> {
  const { version } = await status();
  config.tenants.acme.routing = { routes: [tickets], transforms: { ticketEvent: expression } };
  await writeFile(join(harness.directory, "sidelight.yaml"), stringify(config));
  await advanceUntil(harness.clock, 500, "the configuration", async () => (await status()).version !== version);
}

beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness({
    configure: (tree) => {
      tree.tenants.acme.routing = { routes: [tickets], transforms: { ticketEvent: right } };
      config = parse(stringify(tree));
    },
  });
  consolePages = await openConsolePages(harness);
  firstVersion = (await status()).version;
  await useTransformer(wrong);
  eventIds = [await receiveTicket()];
  await advanceUntil(harness.clock, 50, "the dead letter", async () => (await states())[0] === "dead_letter");
});
afterAll(async () => {
  await consolePages?.close();
  await harness?.close();
});
afterEach(() => consolePages?.closePages());

describe.skipIf(!hasChromium)("the pages of routes, connections, alerts and configuration", () => {
  it("are accessible and fit, light and dark, wide and narrow", async () => {
    await advanceUntil(harness.clock, 5_000, "the alert", async () => {
      return (await harness.request("/v1/alerts?state=open")).body.items.length > 0;
    });
    const paths = ["routes", "connections", "connections/zendesk", "alerts", "configuration", `configuration/${firstVersion}`];
    for (const options of appearances) {
      const page = await consolePages.open("routes", options);
      for (const path of paths) {
        await page.goto(`${consolePages.url}/console#/${path}`);
        await page.locator(".table, .card, .row, .difference").first().waitFor();
        if (path === "alerts")
          await page
            .getByRole("link", { name: /^Details/ })
            .first()
            .click();
        expect(await violations(page), path).toEqual([]);
        expect(await overflow(page), path).toBe(0);
      }
    }
  });

  it("show the routes as a diagram and a table, whose arrows lead to deliveries", async () => {
    const page = await consolePages.open("routes");
    const row = page.getByRole("row", { name: /^tickets/ });
    await row.getByText("Owner: Support operations · criticality high").waitFor();
    await row.getByRole("link", { name: "Route does not fit" }).waitFor();
    const arrow = page.getByRole("link", { name: /tickets high criticality 0 delivered · 1 failed to Mixpanel, Failing/ });
    await arrow.focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("location.hash")).toBe("#/deliveries?route=tickets");
    await page.getByRole("cell", { name: /The mapping does not fit the action track/ }).waitFor();
  });

  it("try the routes with an event, and send nothing", async () => {
    const page = await consolePages.open("routes");
    await page.getByLabel("Id of an event, or ref of an object").fill(eventIds[0]!);
    await page.getByRole("button", { name: "Try", exact: true }).click();
    await page.getByText("Nothing was sent.").waitFor();
    await page.getByRole("row", { name: /^tickets zendesk.ticket.created mixpanel/ }).waitFor();
    expect(await states()).toEqual(["dead_letter"]);
  });

  it("roll a wrong transformer back after a preview: the next event is right", async () => {
    const page = await consolePages.open("configuration");
    const wrongVersion = (await status()).version;
    await page.getByRole("row", { name: new RegExp(`^${wrongVersion} .* Active$`) }).waitFor();
    await page.getByRole("link", { name: firstVersion }).click();
    await page.getByRole("button", { name: "Roll back to this version…" }).click();
    const preview = page.getByRole("region", { name: `Roll back to ${firstVersion}?` });
    await expect
      .poll(() => preview.locator(".line-added").allInnerTexts())
      .toEqual([expect.stringContaining('"event": "Ticket"')]);
    await preview.getByLabel("Reason (optional, for the audit)").fill("Mixpanel refuses the events");
    await preview.getByRole("button", { name: "Roll back" }).click();
    await page.getByText(`${firstVersion} is active.`).waitFor();
    expect((await status()).version).toBe(firstVersion);
    await receiveTicket();
    await advanceUntil(harness.clock, 50, "the delivery", async () => (await states())[0] === "done");
    await page.getByRole("link", { name: "← All versions" }).click();
    await page
      .getByRole("row", { name: new RegExp(`^${firstVersion} .* Rollback Key .*“Mixpanel refuses the events” Active$`) })
      .waitFor();
  });

  it("pause and resume a connection, with a question before", async () => {
    const page = await consolePages.open("connections/mixpanel");
    await page.getByRole("button", { name: "Pause… mixpanel" }).click();
    await page.getByRole("region", { name: "Pause mixpanel?" }).getByRole("button", { name: "Pause" }).click();
    await page.getByText("Nothing is pulled or delivered.").waitFor();
    await page.getByRole("button", { name: "Resume mixpanel" }).click();
    await page.getByRole("button", { name: "Probe mixpanel" }).waitFor();
  });

  it("acknowledge and mute an alert, which leads to where a person acts", async () => {
    const page = await consolePages.open("alerts");
    const alert = page.locator(".alert", { hasText: "Dead letter" }).first();
    await alert.getByRole("button", { name: /^Acknowledge/ }).click();
    await alert.getByText("Acknowledged", { exact: true }).waitFor();
    await alert.getByLabel(/^Mute/).selectOption({ label: "for an hour" });
    await alert.getByRole("button", { name: /^Unmute/ }).click();
    await alert.getByLabel(/^Mute/).waitFor();
    await alert.getByRole("link", { name: "Dead letters" }).click();
    await page.getByRole("heading", { name: "Deliveries" }).waitFor();
  });
});
