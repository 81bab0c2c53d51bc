import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { effectsOf } from "../lab/control/effects.ts";

// Fields of the lab's Zendesk account.
const [arrField, healthField] = [362000000054, 362000000122];
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    otherTenant: true,
    configure: (config) => {
      config.tenants.acme.routing = {
        defaults: true,
        settings: {
          ticketFields: { accountValue: { id: arrField, type: "decimal" }, health: { id: healthField, type: "integer" } },
          risk: { accountAbove: 1_000 },
          case: { when: 'event.interaction.priority = "urgent"' },
        },
      };
    },
  });
});
afterAll(() => harness.close());

const world = () => harness.lab.tenants["acme"]!.world;
const effects = (platform: "zendesk" | "salesforce" | "mixpanel") =>
  effectsOf({ acme: world() }, platform) as Record<string, { id: string; writes: number; fields: Record<string, unknown> }[]>;

interface LoggedEvent {
  eventId: string;
}

interface Delivery {
  route: string;
  state: string;
  cause: string | null;
  message: string | null;
  eventId: string;
}
const deliveries = async (query = "") => (await harness.request(`/v1/deliveries?limit=1000${query}`)).body.items as Delivery[];

/** A customer with a valuable account, a product user and a Zendesk user, who did not opt out. */
async function findCustomer() {
  const tickets = [...world().zendesk.tickets.values()] as unknown as { id: number; requester_id: number; status: string }[];
  for (const ticket of tickets.filter((t) => t.status !== "closed")) {
    const { body } = await harness.context(`zendesk.ticket:${ticket.id}`);
    const { account, product } = body.sections;
    if ((account?.data?.arr?.amount ?? 0) > 1_000 && account?.data?.owner?.kind === "user" && product?.state === "ok") {
      return { id: ticket.id, requesterId: String(ticket.requester_id), context: body };
    }
  }
  throw new Error("the world has no such customer");
}

async function allSettled(eventId: string, count: number): Promise<Delivery[]> {
  let eventDeliveries: Delivery[] = [];
  await advanceUntil(harness.clock, 20, "the deliveries", async () => {
    eventDeliveries = (await deliveries()).filter((d) => d.eventId === eventId);
    return eventDeliveries.length >= count && eventDeliveries.every((d) => d.state !== "waiting");
  });
  return eventDeliveries;
}

describe("a created ticket", () => {
  it("is enriched and becomes a task, a case and a product event once each, as its trace shows", async () => {
    // The simulator has the ticket, as after a customer wrote in.
    const { id, requesterId, context } = await findCustomer();
    const ticket = { id, requesterId, updatedAt: harness.clock.now(), priority: "URGENT", subject: "We want to cancel" };
    const event = ticketEvent("created", ticket);
    const startTime = harness.clock.now();
    const { body } = await sendZendesk(harness, event);
    const eventId = body.eventIds[0]!;
    // Derived events need no passing time.
    const risks = async () => (await harness.request("/v1/events?type=customer.churn_risk.raised")).body.items;
    await until("the risk", async () => (await risks()).length === 1);
    const [riskEvent] = await risks();
    expect(riskEvent).toMatchObject({
      data: { causedBy: eventId, reasons: expect.arrayContaining(["churn_words", "high_priority"]) },
    });
    const eventDeliveries = await allSettled(eventId, 5);
    expect(eventDeliveries.map((d) => [d.route, d.state, d.message]).sort()).toEqual([
      ["support-to-mixpanel-group", "done", null],
      ["support-to-mixpanel-profile", "done", null],
      ["ticket-enrichment", "done", null],
      ["ticket-to-case", "done", null],
      ["ticket-to-mixpanel", "done", null],
    ]);
    expect((await allSettled(riskEvent.eventId, 1)).find((d) => d.route === "churn-risk")).toMatchObject({ state: "done" });
    expect(harness.clock.now() - startTime).toBeLessThan(5_000);

    const { arr, owner } = context.sections.account!.data!;
    const storedTicket = world().zendesk.tickets.get(ticket.id)! as unknown as {
      custom_fields: { id: number; value: unknown }[];
    };
    expect(Number(storedTicket.custom_fields.find((f) => f.id === arrField)?.value)).toBe(arr!.amount);
    const [task] = effects("salesforce")["Task"]!;
    expect(task).toMatchObject({
      writes: 1,
      fields: { OwnerId: owner!.id, Priority: "High", Subject: expect.stringContaining("Churn risk") },
    });
    expect(effects("salesforce")["Case"]).toHaveLength(1);
    const trackedEvents = () =>
      effects("mixpanel")["event"]!.filter(({ fields }) => fields["event"] === "Support Ticket Created");
    expect(trackedEvents()).toHaveLength(1);

    // Repeated events have no further effect.
    await sendZendesk(harness, event);
    await sendZendesk(harness, ticketEvent("created", ticket));
    harness.clock.advance(60_000);
    const { body: later } = await sendZendesk(
      harness,
      ticketEvent("comment_added", { ...ticket, updatedAt: harness.clock.now(), priority: "URGENT" }),
    );
    await advanceUntil(harness.clock, 50, "the comment", async () =>
      (await harness.request("/v1/events?limit=50")).body.items.some((e: LoggedEvent) => e.eventId === later.eventIds[0]),
    );
    expect(effects("salesforce")["Task"]).toHaveLength(1);
    expect(effects("salesforce")["Task"]![0]!.writes).toBe(1);
    expect(trackedEvents()).toHaveLength(1);

    const { trace } = (await harness.request(`/v1/events/${eventId}`)).body;
    const details = trace.filter((s: { stage: string }) => s.stage === "delivered").map((s: { detail: string }) => s.detail);
    expect(details).toContain("ticket-to-case → salesforce: done");
  });
});

describe("deliveries", () => {
  it("can be listed and retried by operators only", async () => {
    expect((await harness.request("/v1/deliveries", { role: "service" })).body.code).toBe("forbidden");
    const [delivery] = await deliveries("&state=done");
    const id = (delivery as unknown as { id: string }).id;
    expect((await harness.request(`/v1/deliveries/${id}/retry`, { method: "POST" })).body.code).toBe("conflict");
    expect((await harness.request("/v1/deliveries/nothing/retry", { method: "POST" })).body.code).toBe("not_found");
    expect((await harness.request("/v1/deliveries/retry", { method: "POST", body: { cause: "misconfigured" } })).body).toEqual({
      retried: 0,
    });
    expect((await harness.request("/v1/deliveries", { tenant: "globex" })).body.items).toEqual([]);
  });
});

describe("a configuration with an invalid route", () => {
  it("is refused with the path of the error", async () => {
    const open = (routes: object[]) =>
      openHarness({
        pull: false,
        configure: (config) => {
          config.tenants.acme.routing = { routes };
        },
      });
    const route = { id: "r", on: "zendesk.ticket.created", to: "zendesk", do: "set-ticket-fields", with: "{}" };
    await expect(open([{ ...route, to: "missing" }])).rejects.toThrow(
      "tenants.acme.routing.routes.0.to: there is no connection missing",
    );
    await expect(open([{ ...route, when: "(" }])).rejects.toThrow("tenants.acme.routing.routes.0.when: invalid JSONata");
    await expect(open([{ ...route, on: "everything" }])).rejects.toThrow("routes.0.on");
  });
});
