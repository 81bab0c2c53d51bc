import { followRealTime } from "@sidelight/test-support/advance.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { appearances, type ConsolePages, openConsolePages, overflow, violations } from "../harness/consolePages.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const mapping = (name: string): string => `{ "distinctId": "t-" & event.source.objectId, "event": ${name} }`;
/** Fails for real events: the check of the configuration would find a mapping that always fails. */
const wrong = mapping('event.interaction.priority = "low" ? $number("7") : "Ticket Created"');
let harness: Harness;
let consolePages: ConsolePages;
let stopClock: () => void;
let base: string;

beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.routing = {
        transforms: { toEvent: mapping('"Ticket Created"') },
        routes: [{ id: "tracked", on: "zendesk.ticket.created", to: "mixpanel", do: "track", with: "toEvent" }],
      };
    },
  });
  base = await activeVersion();
  stopClock = followRealTime(harness.clock);
  consolePages = await openConsolePages(harness);
  await createTickets(3);
  await until("the deliveries", async () => (await doneDeliveries()) === 3);
}, scaled(120_000));
afterAll(async () => {
  stopClock?.();
  await consolePages?.close();
  await harness?.close();
});
afterEach(async () => {
  await consolePages?.closePages();
  if (harness && (await activeVersion()) !== base)
    await harness.request("/v1/config/rollback", { method: "POST", body: { version: base } });
});

const activeVersion = async (): Promise<string> => (await harness.request("/v1/config")).body.version;
const doneDeliveries = async (): Promise<number> =>
  (await harness.request("/v1/deliveries?state=done&limit=200")).body.items.length;
let tickets = 970_000;
async function createTickets(count: number): Promise<void> {
  const allTickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()] as unknown as { requester_id: number }[];
  const requesters = [...new Set(allTickets.map(({ requester_id }) => requester_id))];
  for (let i = 0; i < count; i++) {
    const ticket = { id: ++tickets, requesterId: requesters[i % requesters.length]!, updatedAt: harness.clock.now() };
    await sendZendesk(harness, ticketEvent("created", { ...ticket, priority: "LOW", subject: "Hello" }));
  }
}
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

describe.skipIf(!hasChromium)("the console changes the configuration", () => {
  it("without YAML: finds a threshold, tries it, and applies it with a reason", async () => {
    const page = await consolePages.open("configuration");
    await page.getByRole("link", { name: "Edit the configuration" }).click();
    await page.getByLabel("Find a setting").fill("repeat days");
    const field = page.getByLabel("Repeat days");
    await field.fill("many");
    await page.getByText("Enter a number.").waitFor();
    expect(await button(page, "Check").isDisabled()).toBe(true);
    await field.fill("14");
    await button(page, "Try with past events").click();
    await page.getByText("3 events were read. 3 of their deliveries stay the same").waitFor();
    expect(await page.locator("tr", { hasText: "routing.settings.risk.repeatDays" }).innerText()).toMatch(/7\s+14/);
    expect(await activeVersion()).toBe(base);

    await button(page, "Apply…").click();
    await page.getByText("With all events at once.").click();
    expect(await button(page, "Apply to all events").isDisabled()).toBe(true);
    await page.getByLabel("Reason").fill("Fewer alerts for each team");
    await button(page, "Apply to all events").click();
    await until("the new version", async () => (await activeVersion()) !== base);
    await page
      .getByText(await activeVersion())
      .first()
      .waitFor();
    await page.goto(`${consolePages.url}/console#/configuration`);
    await page.getByText("Changed here to").waitFor();
  });

  it("shows every fault of a text with its line, and does not apply it", async () => {
    const page = await consolePages.open("configuration/edit");
    await button(page, "YAML").click();
    const text = page.getByLabel("The tenant's configuration");
    await text.fill((await text.inputValue()).replace("csatDays: ", "csatDay: "));
    await button(page, "Check").click();
    await page.getByText("The change has 1 fault. It cannot be applied.").waitFor();
    expect(await page.locator(".notice-problem").innerText()).toMatch(/Line \d+: csatDay Unrecognized key/);
    expect(await button(page, "Apply…").isDisabled()).toBe(true);
  });

  it("with a part of the events first, and the wrong change is rolled back by itself", async () => {
    const page = await consolePages.open("configuration/edit");
    await button(page, "YAML").click();
    const text = page.getByLabel("The tenant's configuration");
    await text.fill(JSON.stringify({ ...(await parsedText()), routing: await wrongRouting() }));
    await button(page, "Check").click();
    await button(page, "Apply…").click();
    await page.getByLabel("Share of the customers, in %").fill("50");
    await page.getByLabel("Reason").fill("Another name for the event");
    await button(page, "Start with a part of the events").click();
    const row = page.locator("tbody tr").first();
    await row.getByText("Running").waitFor();
    // The leader reads a new canary within seconds.
    await until("the canary takes events", async () => {
      await createTickets(5);
      return (await harness.request("/v1/config/canaries")).body.items[0].outcome.canary.failed > 0;
    });
    await row.getByText("Rolled back", { exact: true }).waitFor({ timeout: scaled(30_000) });
    await row.getByText(/% of its \d+ deliveries failed/).waitFor();
    expect(await activeVersion()).toBe(base);
    await until("the deliveries of the active version", async () => {
      const { items } = (await harness.request("/v1/deliveries?limit=200")).body;
      return items.every(({ state, config }: { state: string; config: string }) => state === "done" && config === base);
    });
  });

  it("is accessible and fits, light and dark, wide and narrow", async () => {
    for (const options of appearances) {
      const page = await consolePages.open("configuration/edit", options);
      await page.getByLabel("Find a setting").fill("days");
      await page.getByLabel("Repeat days").fill("9");
      await button(page, "Try with past events").click();
      await page.getByText("3 events were read").or(page.getByText("events were read")).first().waitFor();
      await button(page, "Apply…").click();
      await page.getByLabel("Reason").waitFor();
      await look(page, "edit", options);
      await page.goto(`${consolePages.url}/console#/configuration/canaries`);
      await page.locator("tbody tr").first().waitFor();
      await look(page, "canaries", options);
      await page.goto(`${consolePages.url}/console#/replays`);
      await page.getByLabel("Target").selectOption("mixpanel");
      await page.getByText("Also what was delivered before").click();
      await button(page, "Preview").click();
      await button(page, "Start the replay").waitFor();
      await look(page, "replays", options);
    }
  });
});

describe.skipIf(!hasChromium)("the console sends past events again", () => {
  it("after a preview, with a rate, and stops on request", async () => {
    const page = await consolePages.open("replays");
    await page.getByText("No replay yet").waitFor();
    await page.getByLabel("Target").selectOption("mixpanel");
    // The clock of the harness is behind that of the browser.
    await page.getByLabel("Events", { exact: true }).selectOption("30");
    await button(page, "Preview").click();
    await page.getByText("Send 0 deliveries?").waitFor();
    expect(await button(page, "Start the replay").isDisabled()).toBe(true);
    await page.getByText("made before", { exact: false }).first().waitFor();

    await page.getByText("Also what was delivered before").click();
    await page.getByLabel("Deliveries a minute, at most").fill("1");
    await button(page, "Preview").click();
    await button(page, "Start the replay").click();
    const row = page.locator("tbody tr").first();
    await row.getByText("1 sent").waitFor();
    await row.getByRole("button", { name: "Stop" }).click();
    await row.getByText("Stopped").waitFor();
    expect((await harness.request("/v1/events/replays")).body.items[0]).toMatchObject({
      state: "stopped",
      counts: { deliveries: 1 },
    });
  });
});

async function look(page: Page, name: string, options: object): Promise<void> {
  // A color that fades has no contrast of its own.
  await expect.poll(() => page.evaluate("document.getAnimations().length")).toBe(0);
  expect(await violations(page), `${name} ${JSON.stringify(options)}`).toEqual([]);
  expect(await overflow(page), name).toBe(0);
}
// JSON is YAML, too.
async function parsedText(): Promise<Record<string, unknown>> {
  return structuredClone(harness.runtime.tenants.get("acme")!.tenant.config) as unknown as Record<string, unknown>;
}
async function wrongRouting(): Promise<object> {
  const { routing } = await parsedText();
  return { ...(routing as object), transforms: { toEvent: wrong } };
}
