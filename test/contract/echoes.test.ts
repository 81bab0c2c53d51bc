import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { settleWork } from "../harness/settleWork.ts";
import { putTicket } from "../harness/zendeskTicket.ts";
import { sendZendesk } from "../harness/zendeskWebhook.ts";
import { effectsOf } from "../lab/control/effects.ts";
import { recordPersonsAudit } from "../lab/simulators/zendesk/audits.ts";
import type { Person, SfRow, ZdTicket } from "../lab/world/types.ts";

// Everything that the default routes write comes back: by event subscription, Outbound Message, callout, pull and follow-up fetch.
// A route for each of these events tracks an event in Mixpanel, so that what is routed can be counted.

const watch = (id: string, on: string | string[]) => ({
  id: `watch-${id}`,
  on,
  to: "mixpanel",
  do: "track",
  with: `{ "distinctId": "watcher", "event": "${id}", "properties": { "ref": ref, "type": event.eventType } }`,
});

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    routes: true,
    webhooks: true,
    configure(config) {
      const { routing } = config.tenants.acme;
      routing.settings.case = { when: 'event.interaction.priority = "urgent"' };
      routing.routes = [
        ...(routing.routes ?? []),
        watch("case", "salesforce.case.*"),
        watch("task", "salesforce.task.*"),
        watch("field", "zendesk.ticket.custom_field_changed"),
        watch("ticket", "zendesk.ticket.updated"),
        watch("user", ["zendesk.user.created", "zendesk.user.tags_changed"]),
        watch("lead", ["salesforce.lead.updated", "salesforce.lead.created"]),
        watch("account", "salesforce.account.updated"),
        watch("trigger", "zendesk.ticket.triggered"),
      ];
    },
  });
});
afterAll(() => harness.close());

const world = () => harness.lab.tenants["acme"]!.world;
const effects = (platform: "zendesk" | "salesforce" | "mixpanel", object: string) =>
  effectsOf({ acme: world() }, platform)[object] ?? [];
const routedEffects = (id: string) => effects("mixpanel", "event").filter(({ fields }) => fields["event"] === id);
const events = async (type: string) => (await harness.request(`/v1/events?limit=1000&type=${type}`)).body.items;

const settle = (): Promise<void> => settleWork(harness, "acme", 50);

/** Lets every stream pull again. */
async function pullAll(): Promise<void> {
  harness.clock.advance(20 * 60_000);
  await settle();
}

/** A person with an account, a Zendesk user and a product user. */
function customer(): Person {
  const person = world().people.find(
    (p) =>
      [p.salesforce, p.zendesk, p.mixpanel].every(Boolean) &&
      p.company !== null &&
      p.tags.every((tag) => tag === "everywhere" || tag === "demo"),
  );
  if (!person) throw new Error("no matching person");
  return person;
}

const createTicket = (person: Person, ticket: Partial<ZdTicket>): number =>
  putTicket(harness, world().ids.zendesk.user(person.index), ticket);

/** A person changes a custom field of the ticket. */
function changeField(ticketId: number, field: number, value: string): void {
  const { tickets } = world().zendesk;
  const ticket = tickets.get(ticketId)!;
  const stamp = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
  const custom_fields = [...ticket.custom_fields.filter(({ id }) => id !== field), { id: field, value }];
  world().change(() => tickets.put({ ...ticket, custom_fields, updated_at: stamp }));
}

describe("what the default routes wrote", () => {
  it("comes back as events of all platforms and is not routed, while the changes of people are", async () => {
    await settle();
    const ticketId = createTicket(customer(), { subject: "We want to cancel", priority: "urgent" });
    await settle();
    await pullAll();
    expect(effects("salesforce", "Case")).toHaveLength(1);
    expect((await events("salesforce.case.created")).length).toBeGreaterThan(0);
    expect((await events("zendesk.ticket.custom_field_changed")).length).toBeGreaterThan(0);
    for (const id of ["case", "task", "field", "ticket", "user", "account"]) expect([id, routedEffects(id)]).toEqual([id, []]);

    harness.clock.advance(60_000);
    changeField(ticketId, world().ids.zendesk.field("account_arr"), "77");
    await settle();
    expect(routedEffects("field")).toHaveLength(1);
    const caseId = effects("salesforce", "Case")[0]!.id;
    const row = world().salesforce.tables.Case.get(caseId)! as SfRow;
    world().change(() =>
      world().salesforce.tables.Case.put({
        ...row,
        Priority: "Low",
        SystemModstamp: new Date(harness.clock.now()).toISOString().replace("Z", "+0000"),
        LastModifiedDate: new Date(harness.clock.now()).toISOString().replace("Z", "+0000"),
      }),
    );
    await pullAll();
    expect(routedEffects("case").length).toBeGreaterThan(0);
  });

  it("includes the tag of a user and the status of a lead, and not the tag that a person adds", async () => {
    const { refs } = harness.lab.runScenario({ kind: "onboarding_completed", tenant: "acme", seed: 1 });
    await settle();
    await pullAll();
    const { items } = (await harness.request("/v1/deliveries?limit=1000")).body;
    const tagDelivery = items.find((d: { route: string }) => d.route === "onboarding-to-tag");
    expect([refs.length > 0, tagDelivery?.state]).toEqual([true, "done"]);
    expect((await events("zendesk.user.tags_changed")).length).toBeGreaterThan(0);
    expect([routedEffects("user"), routedEffects("lead")]).toEqual([[], []]);
    const { users } = world().zendesk;
    const user = [...users.values()].find(({ tags }) => tags.includes("onboarded"))!;
    harness.clock.advance(60_000);
    world().change(() => users.put({ ...user, tags: [...user.tags, "vip"] }));
    await settle();
    expect(routedEffects("user")).toHaveLength(1);
  });

  it("shows as an echo in the trace of the event", async () => {
    const [created] = (await events("salesforce.case.created")) as { eventId: string }[];
    const { body } = await harness.request(`/v1/events/${created!.eventId}`);
    expect(JSON.stringify(body)).toMatch(/"echo"|already_known/);
  });
});

describe("the message of a trigger, which names only its ticket", () => {
  const send = (ticketId: number) => sendZendesk(harness, { ticket_id: String(ticketId), attempt: harness.clock.now() });

  it("is routed when a person changed the ticket seconds before or after our write, and not when only we did", async () => {
    const person = customer();
    const ticketId = createTicket(person, { subject: "A question" });
    const requester = world().ids.zendesk.user(person.index);
    const personUpdates = () => {
      const stamp = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
      world().change(() => recordPersonsAudit(world(), ticketId, requester, stamp));
    };
    personUpdates();
    await send(ticketId);
    await settle();
    const fields = effects("zendesk", "ticket").filter(({ id }) => id === String(ticketId));
    expect([fields.length > 0, routedEffects("trigger").length]).toEqual([true, 1]);

    harness.clock.advance(2_000);
    await send(ticketId);
    await settle();
    expect(routedEffects("trigger")).toHaveLength(1);
    await harness.restart();
    await send(ticketId);
    await settle();
    expect(routedEffects("trigger")).toHaveLength(1);

    harness.clock.advance(2_000);
    personUpdates();
    await send(ticketId);
    await settle();
    expect(routedEffects("trigger")).toHaveLength(2);
  });
});
