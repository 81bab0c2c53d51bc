import { findConsumerOffset } from "@sidelight/context-api/store/tables/consumerOffsets.ts";
import type { RouteOutcome } from "@sidelight/contracts/events/event.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const track = (id: string, overrides: object = {}) => ({
  id,
  on: "zendesk.ticket.created",
  to: "mixpanel",
  do: "track",
  with: '{ "distinctId": "watcher", "event": "Ticket" }',
  ...overrides,
});

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    configure(config) {
      config.tenants.acme.routing = {
        routes: [
          track("fires"),
          track("for-support", { purpose: "support" }),
          track("other-priority", { when: 'event.interaction.priority = "low"' }),
          track("for-leads", { when: "$exists(links.salesforce.lead)" }),
          track("switched-off", { enabled: false }),
          track("once", { oncePer: '"ever"' }),
          track("fails", { with: '{ "distinctId": "watcher", "event": $string($number(record.subject)) }' }),
          track("endless", { when: '$length($fromMillis(0, "[Y,99999999-99999999]")) > 0' }),
          {
            ...track("plan", { do: "set-profile" }),
            on: "salesforce.account.updated",
            with: '{ "distinctId": "watcher", "set": { "plan": record.plan } }',
          },
        ],
      };
    },
  });
});
afterAll(() => harness.close());

const ticketIds = () => [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()].map((t) => t as unknown as Ticket);
interface Ticket {
  id: number;
  requester_id: number;
}

async function send(change: string, index: number, requester?: number): Promise<string> {
  harness.clock.advance(60_000);
  const { id, requester_id } = ticketIds()[index]!;
  const ticket = {
    id,
    requesterId: String(requester ?? requester_id),
    updatedAt: harness.clock.now(),
    priority: "URGENT",
    subject: `Help ${index}`,
  };
  const { body } = await sendZendesk(harness, ticketEvent(change, ticket));
  const { log } = harness.runtime.tenants.get("acme")!.tenant;
  await advanceUntil(harness.clock, 20, "the event to be routed", async () => {
    const offset = (await findConsumerOffset(log.store, "routing")) ?? 0;
    return offset >= log.head() && (await harness.request("/v1/deliveries?state=waiting")).body.items.length === 0;
  });
  return body.eventIds[0]!;
}

async function outcomes(eventId: string): Promise<Record<string, string>> {
  const { body } = await harness.request(`/v1/events/${eventId}`);
  return Object.fromEntries((body.routes as RouteOutcome[]).map(({ route, outcome }) => [route ?? "all", outcome]));
}

describe("the trace of an event shows", () => {
  it("for each route of its type a delivery, or why there is none", { timeout: 60_000 }, async () => {
    const first = await send("created", 0);
    expect(await outcomes(first)).toEqual({
      fires: "done",
      "for-support": "done",
      "other-priority": "condition_false",
      "for-leads": "no_link",
      "switched-off": "disabled",
      once: "done",
      fails: "dead_letter",
      endless: "dead_letter",
    });
    const second = await send("created", 1);
    expect(await outcomes(second)).toMatchObject({ fires: "done", once: "duplicate" });
    const { trace, routes } = (await harness.request(`/v1/events/${second}`)).body;
    const details = trace.filter((s: { stage: string }) => s.stage === "not_routed").map((s: { detail: string }) => s.detail);
    expect(details).toContain("once: duplicate. An earlier event made this delivery.");
    expect(routes.find((r: RouteOutcome) => r.route === "endless").detail).toContain("needs more than");
  });

  it("what was true then, after the configuration changed and after a restart", { timeout: 60_000 }, async () => {
    const eventId = await send("created", 2);
    const previousOutcomes = await outcomes(eventId);
    await harness.restart();
    expect(await outcomes(eventId)).toEqual(previousOutcomes);
  });

  it("that an update changed nothing that the route maps", async () => {
    const { Account } = harness.lab.tenants["acme"]!.world.salesforce.tables;
    const [row] = Account.values();
    harness.clock.advance(60_000);
    const stamp = new Date(harness.clock.now()).toISOString().replace("Z", "+0000");
    harness.lab.tenants["acme"]!.world.change(() => Account.put({ ...row!, Next_Step__c: "Call again", SystemModstamp: stamp }));
    const updates = async () => (await harness.request("/v1/events?type=salesforce.account.updated")).body.items;
    await advanceUntil(harness.clock, 30_000, "the pull", async () => (await updates()).length > 0);
    const [event] = await updates();
    await advanceUntil(harness.clock, 100, "the decision", async () => Object.keys(await outcomes(event.eventId)).length > 0);
    expect(await outcomes(event.eventId)).toEqual({ plan: "unchanged" });
  });

  it("that a delivery is withheld because the requester opted out of its purpose, and that others are not", async () => {
    const { people, ids } = harness.lab.tenants["acme"]!.world;
    const person = people.find(
      ({ mixpanel, zendesk, optedOut }) => mixpanel && zendesk && (optedOut.zendesk || optedOut.mixpanel),
    )!;
    const eventId = await send("created", 7, ids.zendesk.user(person.index));
    expect(await outcomes(eventId)).toMatchObject({
      fires: "withheld",
      "for-support": "done",
      "other-priority": "condition_false",
    });
    const { body } = await harness.request(`/v1/events/${eventId}`);
    const withheld = (body.routes as RouteOutcome[]).find(({ route }) => route === "fires")!;
    expect(withheld.detail).toMatch(/analytics.*(Zendesk|Mixpanel)/);
    expect(withheld.deliveryId).not.toBeNull();
    expect(JSON.stringify(body.routes)).not.toContain(person.email);
  });

  it("that imported history is not routed", async () => {
    const { items } = (await harness.request("/v1/events?type=zendesk.ticket.imported&limit=1")).body;
    expect(await outcomes(items[0].eventId)).toEqual({ all: "imported" });
  });
});

describe("a route whose expression exceeds its limits again and again", () => {
  it("is reported by an alert, and the other routes go on", { timeout: 60_000 }, async () => {
    for (const index of [3, 4, 5]) await send("created", index);
    const { items } = (await harness.request("/v1/alerts")).body;
    expect(items).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: "route_expression_limit", subject: "endless", closedAt: null })]),
    );
    expect(await outcomes(await send("created", 6))).toMatchObject({ fires: "done", endless: "dead_letter" });
  });
});
