import { findConsumerOffset } from "@sidelight/context-api/store/tables/consumerOffsets.ts";
import type { RouteOutcome } from "@sidelight/contracts/events/event.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { putTicket } from "../harness/zendeskTicket.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { effectsOf } from "../lab/control/effects.ts";

// Zendesk sends several events for one update, in any order, and each contains the whole ticket.

const ownUser = "360000000001";
const track = (id: string, overrides: object) => ({
  ...{ id, to: "mixpanel", do: "track" },
  with: `{ "distinctId": "watcher", "event": "${id}", "properties": { "ref": ref, "status": record.status } }`,
  ...overrides,
});

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    configure(config) {
      const zendesk = config.tenants.acme.connections.find(({ id }: { id: string }) => id === "zendesk");
      zendesk.webhooks[0].ownUserId = ownUser;
      config.tenants.acme.routing = {
        routes: [
          track("solved", { on: "zendesk.ticket.status_changed", when: 'record.status = "solved"' }),
          track("created", { on: "zendesk.ticket.created" }),
          track("comment", { on: "zendesk.ticket.comment_added" }),
          track("assigned", { on: "zendesk.ticket.agent_assignment_changed" }),
          {
            ...{ id: "new-user", on: "generic.event.signed_up", to: "zendesk", do: "create-user" },
            with: '{ "email": "new.user@signed-up.test", "name": "New User" }',
          },
          track("identity", { on: "zendesk.user.identity_created", with: '{ "distinctId": "watcher", "event": "identity" }' }),
          track("renamed", { on: "zendesk.user.name_changed", with: '{ "distinctId": "watcher", "event": "renamed" }' }),
        ],
      };
    },
  });
});
afterAll(() => harness.close());

const world = () => harness.lab.tenants["acme"]!.world;
const requesterId = () => String(world().ids.zendesk.user(world().people.find(({ zendesk }) => zendesk)!.index));

/** Statuses of the tickets that a route tracked, by route. */
const tracked = (id: number | string): Record<string, unknown[]> => {
  const events = (effectsOf({ acme: world() }, "mixpanel")["event"] ?? []).map(({ fields }) => ({
    name: String(fields["event"]),
    ...((fields["properties"] ?? fields) as { ref?: string; status?: string }),
  }));
  const ofObject = events.filter(({ ref }) => ref?.endsWith(`:${id}`));
  return Object.fromEntries(
    [...Map.groupBy(ofObject, ({ name }) => name)].map(([name, all]) => [name, all.map((e) => e.status)]),
  );
};

async function routed(): Promise<void> {
  const { log } = harness.runtime.tenants.get("acme")!.tenant;
  await advanceUntil(harness.clock, 20, "the events to be routed", async () => {
    const offset = (await findConsumerOffset(log.store, "routing")) ?? 0;
    return offset >= log.head() && (await harness.request("/v1/deliveries?state=waiting")).body.items.length === 0;
  });
}

/** Sends an event of a ticket. @returns its id */
async function send(change: string, id: number, detail: object, event: object = {}): Promise<string> {
  const ticket = { id, requesterId: requesterId(), updatedAt: harness.clock.now(), ...detail };
  const { body } = await sendZendesk(harness, ticketEvent(change, ticket, event));
  await routed();
  return body.eventIds[0]!;
}

const comment = { comment: { id: "1", body: "Done.", is_public: true, author: { id: "5", is_staff: true, name: "Agent" } } };

async function outcomes(eventId: string): Promise<Record<string, string>> {
  const { body } = await harness.request(`/v1/events/${eventId}`);
  return Object.fromEntries((body.routes as RouteOutcome[]).map(({ route, outcome }) => [route ?? "all", outcome]));
}

describe("an agent who solves a ticket with a comment and takes it over", () => {
  it("causes three messages with one version of the ticket, and each is routed once", async () => {
    await send("created", 910_001, {});
    harness.clock.advance(60_000);
    const solvedTicket = { status: "SOLVED", updatedAt: harness.clock.now() };
    await send("comment_added", 910_001, solvedTicket, comment);
    const solved = await send("status_changed", 910_001, solvedTicket, { current: "SOLVED", previous: "NEW" });
    await send("agent_assignment_changed", 910_001, solvedTicket, { current: "5", previous: "0" });
    expect(tracked(910_001)).toEqual({ created: ["new"], comment: ["solved"], solved: ["solved"], assigned: ["solved"] });
    expect(await outcomes(solved)).toEqual({ solved: "done" });
  });
});

describe("a customer whose replies reopen a solved ticket", () => {
  it("is a churn risk from the second time on", async () => {
    await send("created", 910_006, {});
    const risks = async () =>
      (await harness.request("/v1/events?type=customer.churn_risk.raised")).body.items.filter(
        ({ data }: { data: { ticket: string } }) => data.ticket === "zendesk.ticket:910006",
      );
    for (const expected of [0, 1]) {
      harness.clock.advance(60_000);
      const solvedTicket = { status: "SOLVED", updatedAt: harness.clock.now() };
      await send("status_changed", 910_006, solvedTicket, { current: "SOLVED", previous: "OPEN" });
      harness.clock.advance(60_000);
      const reopened = { status: "OPEN", updatedAt: harness.clock.now() };
      await send("comment_added", 910_006, reopened, { comment: { ...comment.comment, author: { id: "9", is_staff: false } } });
      await send("status_changed", 910_006, reopened, { current: "OPEN", previous: "SOLVED" });
      expect(await risks()).toHaveLength(expected);
    }
    expect((await risks())[0].data).toMatchObject({ cause: "reopened" });
  });
});

describe("messages that arrive out of order", () => {
  it("are routed with the version that they contain", async () => {
    await send("created", 910_002, {});
    const start = harness.clock.now();
    harness.clock.advance(60_000);
    await send("status_changed", 910_002, { status: "SOLVED", updatedAt: start + 30_000 }, { current: "SOLVED" });
    const pending = await send(
      "status_changed",
      910_002,
      { status: "PENDING", updatedAt: start + 10_000 },
      { current: "PENDING" },
    );
    expect(tracked(910_002)).toEqual({ created: ["new"], solved: ["solved"] });
    expect(await outcomes(pending)).toEqual({ solved: "condition_false" });
  });

  it("include the creation after the first comment", async () => {
    const createdAt = harness.clock.now();
    await send("comment_added", 910_003, { status: "OPEN", updatedAt: createdAt + 2_000 }, comment);
    await send("created", 910_003, { updatedAt: createdAt });
    expect(tracked(910_003)).toEqual({ comment: ["open"], created: ["new"] });
  });

  it("include a person's change whose version an echo of our own write brought", async () => {
    await send("created", 910_004, {});
    harness.clock.advance(60_000);
    const solvedTicket = { status: "SOLVED", updatedAt: harness.clock.now() };
    const own = { ...solvedTicket, actor_id: ownUser };
    const echo = await send("custom_field_changed", 910_004, own, { current: { value: "7" }, custom_field: { id: "1" } });
    await send("status_changed", 910_004, solvedTicket, { current: "SOLVED" });
    expect(await outcomes(echo)).toEqual({ all: "echo" });
    expect(tracked(910_004)).toEqual({ created: ["new"], solved: ["solved"] });
  });
});

describe("a message about what a pull found before", () => {
  it("is not routed again", async () => {
    const id = putTicket(harness, Number(requesterId()), { status: "new" });
    await advanceUntil(harness.clock, 30_000, "the pull", () => tracked(id)["created"] !== undefined);
    await routed();
    const { tickets } = world().zendesk;
    harness.clock.advance(60_000);
    const changedAt = harness.clock.now();
    const stamps = {
      updated_at: `${new Date(changedAt).toISOString().slice(0, 19)}Z`,
      generated_timestamp: Math.floor(changedAt / 1000),
    };
    world().change(() => tickets.put({ ...tickets.get(id)!, status: "solved", ...stamps }));
    await advanceUntil(harness.clock, 30_000, "the pull", () => tracked(id)["solved"] !== undefined);
    const createdLate = await send("created", id, { updatedAt: changedAt - 60_000 });
    const solvedLate = await send("status_changed", id, { status: "SOLVED", updatedAt: changedAt }, { current: "SOLVED" });
    expect(tracked(id)).toEqual({ created: ["new"], solved: ["solved"] });
    expect([await outcomes(createdLate), await outcomes(solvedLate)]).toEqual([
      { all: "already_known" },
      { all: "already_known" },
    ]);
  });
});

describe("the message about an identity of a user", () => {
  it("is an echo when a delivery created the user with it, and is routed when a person adds one later", async () => {
    const at = new Date(harness.clock.now()).toISOString();
    const customer = { ref: `zendesk.user:${requesterId()}` };
    await sendGeneric(harness, { type: "signed_up", at, customer });
    await routed();
    const user = String([...world().zendesk.users.values()].find(({ email }) => email === "new.user@signed-up.test")!.id);
    const report = async () => {
      const event = ticketEvent(
        "identity_created",
        { id: user, requesterId: user, updatedAt: harness.clock.now() },
        { identity: { id: "1" } },
      );
      const type = { type: "zen:event-type:user.identity_created", subject: `zen:user:${user}` };
      const { body } = await sendZendesk(harness, { ...event, ...type });
      await routed();
      return await outcomes(body.eventIds[0]!);
    };
    expect(await report()).toEqual({ all: "echo" });
    harness.clock.advance(120_000);
    expect(await report()).toEqual({ identity: "done" });
  });
});

describe("a message whose kind of change no pull reports", () => {
  it("is routed although it contains no record", async () => {
    const user = requesterId();
    const { body } = await sendZendesk(harness, {
      ...ticketEvent(
        "name_changed",
        { id: user, requesterId: user, updatedAt: harness.clock.now() },
        { current: "Ada", previous: "A" },
      ),
      ...{ type: "zen:event-type:user.name_changed", subject: `zen:user:${user}` },
    });
    await routed();
    expect(await outcomes(body.eventIds[0]!)).toEqual({ renamed: "done" });
  });
});
