import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effectsOf } from "../lab/control/effects.ts";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

// Fields of the lab's Zendesk account.
const [arrField, healthField] = [362000000054, 362000000122];
let house: House;
beforeAll(async () => {
  house = await openHouse({
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
afterAll(() => house.close());

const world = () => house.lab.tenants["acme"]!.world;
const effects = (platform: "zendesk" | "salesforce" | "mixpanel") =>
  effectsOf({ acme: world() }, platform) as Record<string, { id: string; writes: number; fields: Record<string, unknown> }[]>;

interface Delivery {
  route: string;
  state: string;
  cause: string | null;
  message: string | null;
  eventId: string;
}
const deliveries = async (query = "") => (await house.ask(`/v1/deliveries?limit=1000${query}`)).body.items as Delivery[];

/** Somebody with an account of value, a product user and a Zendesk user, who declined nothing. */
async function customer() {
  const tickets = [...world().zendesk.tickets.values()] as unknown as { id: number; requester_id: number; status: string }[];
  for (const ticket of tickets.filter((t) => t.status !== "closed")) {
    const { body } = await house.context(`zendesk.ticket:${ticket.id}`);
    const { account, product } = body.sections;
    if ((account?.data?.arr?.amount ?? 0) > 1_000 && account?.data?.owner?.kind === "user" && product?.state === "ok") {
      return { id: ticket.id, requesterId: String(ticket.requester_id), context: body };
    }
  }
  throw new Error("nobody like that");
}

async function allSettled(eventId: string, count: number): Promise<Delivery[]> {
  let own: Delivery[] = [];
  await until("the deliveries", async () => {
    house.clock.advance(20);
    own = (await deliveries()).filter((d) => d.eventId === eventId);
    return own.length >= count && own.every((d) => d.state !== "waiting");
  });
  return own;
}

/** Until every event was followed, those that follow from it too, and nothing waits. */
async function quiet(): Promise<void> {
  const { log } = house.runtime.tenants.get("acme")!.tenant;
  let times = 0;
  await until("everything to be over", async () => {
    house.clock.advance(20);
    const places = await log.store.from("checkpoints").select("state").where("connection", "=", "").execute();
    const isFollowed = places.every(({ state }) => (JSON.parse(state) as { sequence: number }).sequence >= log.head());
    times = isFollowed && (await deliveries("&state=waiting")).length === 0 ? times + 1 : 0;
    return times > 3;
  });
}

describe("a ticket that is created", () => {
  it("is enriched, becomes a task, a case and an event of the product user, once each, and its story says so", async () => {
    // The simulator has the ticket, as when somebody wrote in.
    const { id, requesterId, context } = await customer();
    const ticket = { id, requesterId, updatedAt: house.clock.now(), priority: "URGENT", subject: "We want to cancel" };
    const event = ticketEvent("created", ticket);
    const started = house.clock.now();
    const { body } = await sendZendesk(house, event);
    const eventId = body.eventIds[0]!;
    // No time has to pass for what follows from it.
    const risks = async () => (await house.ask("/v1/events?type=customer.churn_risk.raised")).body.items;
    await until("the risk", async () => (await risks()).length === 1);
    const [raised] = await risks();
    expect(raised).toMatchObject({
      data: { causedBy: eventId, reasons: expect.arrayContaining(["churn_words", "high_priority"]) },
    });
    const own = await allSettled(eventId, 5);
    expect(own.map((d) => [d.route, d.state, d.message]).sort()).toEqual([
      ["support-to-mixpanel-group", "done", null],
      ["support-to-mixpanel-profile", "done", null],
      ["ticket-enrichment", "done", null],
      ["ticket-to-case", "done", null],
      ["ticket-to-mixpanel", "done", null],
    ]);
    expect((await allSettled(raised.eventId, 1)).find((d) => d.route === "churn-risk")).toMatchObject({ state: "done" });
    expect(house.clock.now() - started).toBeLessThan(5_000);

    const { arr, owner } = context.sections.account!.data!;
    const stored = world().zendesk.tickets.get(ticket.id)! as unknown as { custom_fields: { id: number; value: unknown }[] };
    expect(Number(stored.custom_fields.find((f) => f.id === arrField)?.value)).toBe(arr!.amount);
    const [task] = effects("salesforce")["Task"]!;
    expect(task).toMatchObject({
      writes: 1,
      fields: { OwnerId: owner!.id, Priority: "High", Subject: expect.stringContaining("Churn risk") },
    });
    expect(effects("salesforce")["Case"]).toHaveLength(1);
    const tracked = () => effects("mixpanel")["event"]!.filter(({ fields }) => fields["event"] === "Support Ticket Created");
    expect(tracked()).toHaveLength(1);

    // The same again, from everywhere: nothing more happens.
    await sendZendesk(house, event);
    await sendZendesk(house, ticketEvent("created", ticket));
    house.clock.advance(60_000);
    const { body: later } = await sendZendesk(
      house,
      ticketEvent("comment_added", { ...ticket, updatedAt: house.clock.now(), priority: "URGENT" }),
    );
    await until("it is routed", async () => {
      house.clock.advance(50);
      return (await house.ask("/v1/events?limit=1")).body.items[0].eventId === later.eventIds[0];
    });
    expect(effects("salesforce")["Task"]).toHaveLength(1);
    expect(effects("salesforce")["Task"]![0]!.writes).toBe(1);
    expect(tracked()).toHaveLength(1);

    const { story } = (await house.ask(`/v1/events/${eventId}`)).body;
    const details = story.filter((s: { stage: string }) => s.stage === "delivered").map((s: { detail: string }) => s.detail);
    expect(details).toContain("ticket-to-case → salesforce: done");
  });

  it("is carried nowhere for somebody who has declined", async () => {
    const tickets = [...world().zendesk.tickets.values()] as unknown as { id: number; requester_id: number; status: string }[];
    let declined: string | null = null;
    for (const ticket of tickets) {
      const { body } = await house.context(`zendesk.ticket:${ticket.id}`);
      if (body.sections.product?.state === "consent_withheld" && body.sections.account?.data?.arr)
        declined = String(ticket.requester_id);
      if (declined) break;
    }
    if (!declined) throw new Error("nobody declined");
    await quiet();
    const before = JSON.stringify([effects("zendesk"), effects("salesforce"), effects("mixpanel")]);
    const { body } = await sendZendesk(
      house,
      ticketEvent("created", { id: 990_001, requesterId: declined, updatedAt: house.clock.now(), priority: "URGENT" }),
    );
    await quiet();
    const own = await allSettled(body.eventIds[0]!, 1);
    expect(new Set(own.map((d) => d.state))).toEqual(new Set(["withheld"]));
    expect(JSON.stringify([effects("zendesk"), effects("salesforce"), effects("mixpanel")])).toBe(before);
  });
});

describe("deliveries", () => {
  it("are an operator's to see and to retry", async () => {
    expect((await house.ask("/v1/deliveries", { role: "service" })).body.code).toBe("forbidden");
    const [done] = await deliveries("&state=done");
    const id = (done as unknown as { id: string }).id;
    expect((await house.ask(`/v1/deliveries/${id}/retry`, { method: "POST" })).body.code).toBe("conflict");
    expect((await house.ask("/v1/deliveries/nothing/retry", { method: "POST" })).body.code).toBe("not_found");
    expect((await house.ask("/v1/deliveries/retry", { method: "POST", body: { cause: "misconfigured" } })).body).toEqual({
      retried: 0,
    });
    expect((await house.ask("/v1/deliveries", { tenant: "globex" })).body.items).toEqual([]);
  });
});

describe("a configuration with a wrong route", () => {
  it("is refused, with its place", async () => {
    const wrong = (routes: object[]) =>
      openHouse({
        pull: false,
        configure: (config) => {
          config.tenants.acme.routing = { routes };
        },
      });
    const route = { id: "r", on: "zendesk.ticket.created", to: "zendesk", do: "set-ticket-fields", with: "{}" };
    await expect(wrong([{ ...route, to: "nobody" }])).rejects.toThrow(
      "tenants.acme.routing.routes.0.to: there is no connection nobody",
    );
    await expect(wrong([{ ...route, when: "(" }])).rejects.toThrow("tenants.acme.routing.routes.0.when: no JSONata");
    await expect(wrong([{ ...route, on: "everything" }])).rejects.toThrow("routes.0.on");
  });
});
