import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { effectsOf } from "../lab/control/effects.ts";

const right = '{ "distinctId": "t-" & event.source.objectId, "event": "Ticket Created" }';
/** Fails for some events only: the check of the configuration would find one that always fails. */
const wrong =
  '{ "distinctId": "t-" & event.source.objectId, "event": event.interaction.priority = "low" ? $number("7") : "Ticket Created" }';
const route = (transform: string) => ({
  transforms: { toEvent: transform },
  routes: [{ id: "tracked", on: "zendesk.ticket.created", to: "mixpanel", do: "track", with: "toEvent" }],
});
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.routing = route(right);
    },
  });
});
afterAll(() => harness.close());

let tickets = 940_000;
async function createTickets(count: number): Promise<void> {
  const requesterId = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()][0]!.requester_id;
  for (let i = 0; i < count; i++) {
    const ticket = { id: ++tickets, requesterId, updatedAt: harness.clock.now(), priority: "LOW", subject: "Hello" };
    await sendZendesk(harness, ticketEvent("created", ticket));
  }
}
interface Delivery {
  id: string;
  state: string;
  message: string | null;
  config: string;
}
const deliveries = async (state: string): Promise<Delivery[]> =>
  (await harness.request(`/v1/deliveries?limit=100&state=${state}`)).body.items;
const untilCount = (state: string, count: number): Promise<void> =>
  advanceUntil(harness.clock, 50, `${count} deliveries ${state}`, async () => (await deliveries(state)).length === count);
const trackedCount = (): number =>
  ((effectsOf({ acme: harness.lab.tenants["acme"]!.world }, "mixpanel") as Record<string, unknown[]>)["event"] ?? []).length;
const retryAll = async () =>
  (await harness.request("/v1/deliveries/retry", { method: "POST", body: { cause: "misconfigured" } })).body;
const activeVersion = async (): Promise<string> => (await harness.request("/v1/config")).body.version;

async function useRouting(change: (routing: ConfigTree) => void): Promise<void> {
  const file = join(harness.directory, "sidelight.yaml");
  const config = parse(await readFile(file, "utf8"));
  change(config.tenants.acme.routing);
  await writeFile(file, stringify(config));
  await harness.runtime.reload();
}

describe("dead letters of a wrong transformer", () => {
  it("are delivered by a retry after a rollback, all with one request", async () => {
    const good = await activeVersion();
    await useRouting((routing) => {
      routing.transforms.toEvent = wrong;
    });
    await createTickets(37);
    await untilCount("dead_letter", 37);
    // While the transformer is wrong, a retry changes nothing and says so.
    expect(await retryAll()).toEqual({ retried: 0, kept: 37 });
    expect(trackedCount()).toBe(0);

    await harness.request("/v1/config/rollback", { method: "POST", body: { version: good } });
    expect(await retryAll()).toEqual({ retried: 37 });
    await untilCount("done", 37);
    expect(trackedCount()).toBe(37);
    expect((await deliveries("done")).every(({ config }) => config === good)).toBe(true);
  });

  it("stay when the route does not take their events any more, and say why", async () => {
    await useRouting((routing) => {
      routing.transforms.toEvent = `${wrong} `;
    });
    await createTickets(2);
    await untilCount("dead_letter", 2);
    await useRouting((routing) => {
      routing.routes[0].when = "event.interaction.priority = 'urgent'";
    });
    expect(await retryAll()).toEqual({ retried: 0, kept: 2 });
    const [deadLetter] = await deliveries("dead_letter");
    expect(deadLetter!.message).toBe("The active route does not take this event. Nothing was sent.");
  });

  it("stay without a route, because they have nothing to send", async () => {
    await useRouting((routing) => {
      routing.routes = [];
    });
    expect(await retryAll()).toEqual({ retried: 0, kept: 2 });
    expect((await deliveries("dead_letter"))[0]!.message).toContain("The route is not active any more");
  });
});
