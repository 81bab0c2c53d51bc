import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { setOddItems, setRepeatsCursor } from "../lab/simulators/zendesk/oddities.ts";
import type { ZdUser } from "../lab/world/types.ts";

let harness: Harness;
afterEach(() => harness.close());

const hour = 3_600_000;
const day = 24 * hour;
const world = () => harness.lab.tenants["acme"]!.world;
const zd = () => world().zendesk;
const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const now = () => harness.clock.now();

/** Zendesk is pulled at the default intervals. */
const open = async (options: HarnessOptions = {}) => {
  harness = await openHarness({
    ...options,
    configure(config) {
      for (const { settings } of config.tenants.acme.connections) delete settings.pullEverySeconds;
    },
  });
};

interface StreamView {
  name: string;
  complete: boolean;
  state: string;
  problem: string | null;
  records: number;
  passedOver: { reason: string; count: number }[];
}
async function stream(name: string): Promise<StreamView> {
  const { body } = await harness.request("/v1/connections");
  const connection = body.items.find((c: { platform: string }) => c.platform === "zendesk");
  return connection.streams.find((s: StreamView) => s.name === name);
}
const passedOver = async (name: string) =>
  Object.fromEntries((await stream(name)).passedOver.map(({ reason, count }) => [reason, count]));

const context = async (ref: string, query = "") =>
  (await advanceUntilSettled(harness.clock, harness.context(ref, { query }))).value.body;
const support = async (ref: string) => (await context(ref, "?sections=support")).sections.support!.data!;

/** Lets time pass until something holds, in steps that leave room for the pulls. */
const eventually = (label: string, isTrue: () => Promise<boolean>, stepMs = 60_000) =>
  advanceUntil(harness.clock, stepMs, label, isTrue);

/** An end user with an e-mail address that is not linked to a person elsewhere by a special case. */
function customer(index = 0): ZdUser {
  const users = [...zd().users.values()].filter((u) => u.role === "end-user" && u.active && u.email !== null);
  return users[index]!;
}
const change = (user: ZdUser, values: Partial<ZdUser>) =>
  world().change(() => zd().users.put({ ...zd().users.get(user.id)!, ...values, updated_at: iso(now()) }));
const userRef = (user: { id: number }) => `zendesk.user:${user.id}`;
const isCustomer = async (user: ZdUser) => (await context(userRef(user))).match.state === "resolved";

describe("a page of Zendesk with odd records", () => {
  it("stores the good ones, passes over and shows the odd ones, and completes", async () => {
    await open({ otherTenant: true, pull: false });
    const ticket = { id: 1, status: "open", created_at: iso(now() - day), updated_at: iso(now() - day) };
    const user = { id: 5, role: "end-user", updated_at: iso(now() - day) };
    setOddItems(world(), {
      tickets: [
        null,
        "text",
        {},
        { ...ticket, id: null },
        { ...ticket, status: null },
        { ...ticket, created_at: null },
        { ...ticket, updated_at: "yesterday" },
        {
          ...ticket,
          id: 990_001,
          status: "Awaiting Moderation",
          priority: "BLOCKER",
          requester_id: null,
          organization_id: "",
          subject: null,
        },
        { ...ticket, id: 990_003, requester_id: 990_002, satisfaction_rating: { id: 5, score: null } },
      ],
      users: [
        7,
        { ...user, updated_at: null },
        { ...user, id: 990_002, name: null, email: null, phone: null, role: null, user_fields: null },
      ],
    });
    await harness.restart();
    expect((await stream("tickets")).complete).toBe(true);
    const [pages] = [
      harness.requests("zendesk").filter(({ tenant, path }) => tenant === "acme" && path.includes("/incremental/tickets")).length,
    ];
    expect(await passedOver("tickets")).toEqual({
      "not an object": 2 * pages,
      "invalid id": 2 * pages,
      "invalid status": pages,
      "invalid created_at": pages,
      "invalid updated_at": pages,
    });
    expect(await passedOver("users")).toMatchObject({
      "not an object": expect.any(Number),
      "invalid updated_at": expect.any(Number),
    });
    expect((await context("zendesk.user:990002")).match.state).toBe("resolved");
    expect((await support("zendesk.user:990002")).tickets.map(({ id }) => id)).toEqual(["990003"]);
    const metricsOf = async (tenant: string) => (await harness.request("/metrics", { tenant, role: "admin" })).text;
    expect(await metricsOf("acme")).toMatch(
      new RegExp(
        `sidelight_passed_over_records_total\\{tenant="acme",connection="[a-z-]+",stream="tickets",reason="invalid id"\\} ${2 * pages}\\n`,
      ),
    );
    expect(await metricsOf("globex")).not.toContain('passed_over_records_total{tenant="acme"');
    expect((await context(userRef(customer()))).match.state).toBe("resolved");
  });
});

describe("paging of Zendesk", () => {
  it("does not declare organizations complete while end_of_stream is false", async () => {
    await open({ pull: false, lab: { limits: { zendesk: { exportPageSize: 5 } } } });
    await harness.restart();
    const organizations = [...zd().organizations.values()].slice(0, 12);
    expect(organizations.length).toBe(12);
    world().change(() => {
      for (const [i, organization] of organizations.entries()) {
        zd().organizations.put({ ...organization, name: `Renamed ${i}`, updated_at: iso(now() + i * 2_000) });
      }
    });
    const changes = async () => {
      const { body } = await harness.request("/v1/events?type=zendesk.organization.updated&limit=100");
      return new Set(body.items.map((event: { source: { objectId: string } }) => event.source.objectId)).size;
    };
    await eventually("all of them", async () => (await changes()) === 12, 600_000);
  });

  it("treats a repeated cursor as an error, and neither as the end nor as a reason to go on for ever", async () => {
    await open({ pull: false });
    setRepeatsCursor(world(), true);
    await harness.restart({ wait: false });
    await eventually("an error", async () => (await stream("users"))?.problem !== null, 1_000);
    expect((await stream("users")).problem).toMatch(/repeats/);
    expect((await stream("users")).complete).toBe(false);
    const since = harness.requests("zendesk").length;
    const end = now() + hour;
    await advanceUntil(harness.clock, 20_000, "an hour", () => now() >= end);
    const calls = harness
      .requests("zendesk", since)
      .filter(({ tenant, path }) => tenant === "acme" && path.includes("/incremental/users")).length;
    expect(calls).toBeLessThan(200);
    setRepeatsCursor(world(), false);
    await eventually("the end", async () => (await stream("users")).complete);
  });

  it("asks for a start that Zendesk accepts although its clock is some minutes slow", async () => {
    await open({ pull: false });
    await harness.restart();
    const starts = harness.requests("zendesk").flatMap(({ path, at }) => {
      const start = /start_time=(\d+)/.exec(decodeURIComponent(path))?.[1];
      return start && path.includes("/incremental/") ? [Date.parse(String(at)) - Number(start) * 1000] : [];
    });
    for (const age of starts) expect(age).toBeGreaterThanOrEqual(60_000);
  });
});

describe("versions of a ticket by webhook and by pull", () => {
  it("an event of the same second that happened before the pulled version does not reopen an automatically solved ticket", async () => {
    await open();
    const requester = [...zd().users.values()].find(
      (u) =>
        u.role === "end-user" &&
        zd()
          .tickets.by("requester_id", u.id)
          .some((t) => t.status === "open"),
    )!;
    const ticket = zd()
      .tickets.by("requester_id", requester.id)
      .find((t) => t.status === "open")!;
    const second = Math.floor(now() / 1000) * 1000;
    // The ticket is reopened, and an automation solves it within the same second. Only the pull reports the latter in time.
    world().change(() =>
      zd().tickets.put({ ...ticket, status: "solved", updated_at: iso(second), generated_timestamp: second / 1000 }),
    );
    const statusOf = async () => (await support(userRef(requester))).tickets.find((t) => t.id === String(ticket.id))?.status;
    await eventually("the pull", async () => (await statusOf()) === "solved");
    const late = ticketEvent("status_changed", {
      id: ticket.id,
      requesterId: requester.id,
      updatedAt: second + 200,
      status: "OPEN",
      subject: ticket.subject,
    });
    expect((await sendZendesk(harness, late)).status).toBe(200);
    expect(await statusOf()).toBe("solved");
    // A later event counts.
    const next = ticketEvent("status_changed", {
      id: ticket.id,
      requesterId: requester.id,
      updatedAt: now(),
      status: "PENDING",
      subject: ticket.subject,
    });
    await sendZendesk(harness, next);
    expect(await statusOf()).toBe("pending");
  });

  it("an event that arrives after its ticket was found to be deleted for good does not bring the ticket back", async () => {
    await open();
    const requester = customer();
    const base = { id: 990_200, requesterId: requester.id, subject: "Vanishing" };
    const status = (value: string, updatedAt: number) => ticketEvent("status_changed", { ...base, updatedAt, status: value });
    const tickets = async () => (await support(userRef(requester))).tickets.map(({ id }) => id);
    await sendZendesk(harness, status("OPEN", now() - 60_000));
    expect(await tickets()).toContain("990200");
    // A solved ticket is read again for its metrics. Zendesk no longer has it.
    const [solvedAt, pendingAt] = [now() - 30_000, now() - 20_000];
    await sendZendesk(harness, status("SOLVED", solvedAt));
    await eventually("the deletion", async () => !(await tickets()).includes("990200"), 1_000);
    expect((await sendZendesk(harness, status("PENDING", pendingAt))).status).toBe(200);
    expect(await tickets()).not.toContain("990200");
    await harness.restart();
    expect(await tickets()).not.toContain("990200");
  });

  it("the more precise time decides between two events of the same millisecond", async () => {
    await open();
    const requester = customer();
    const updatedAt = now();
    const instantOf = (status: string, digits: string) => {
      const event = ticketEvent("status_changed", { id: 990_100, requesterId: requester.id, updatedAt, status });
      return { ...event, time: `${new Date(updatedAt).toISOString().slice(0, -1)}${digits}Z` };
    };
    await sendZendesk(harness, instantOf("SOLVED", "900000"));
    await sendZendesk(harness, instantOf("OPEN", "100000"));
    const { tickets } = await support(userRef(requester));
    expect(tickets.find((t) => t.id === "990100")?.status).toBe("solved");
  });
});

describe("the life of a Zendesk user", () => {
  it("suspended: stays a customer. Role changed to agent: is none any more. Changed back: is one again", async () => {
    await open();
    const user = customer();
    change(user, { suspended: true });
    await harness.clock.advance(2 * hour);
    expect(await isCustomer(user)).toBe(true);
    change(user, { role: "agent" });
    await eventually("the role", async () => !(await isCustomer(user)), 600_000);
    change(user, { role: "end-user" });
    await eventually("the role", async () => await isCustomer(user), 600_000);
  });

  it("soft-deleted: is gone by the next pull", async () => {
    await open();
    const user = customer();
    change(user, { active: false });
    await eventually("the deletion", async () => !(await isCustomer(user)), 600_000);
  });

  it("deleted for good: is gone by the next whole list, which is made once a day", async () => {
    await open();
    const user = customer();
    expect(await isCustomer(user)).toBe(true);
    world().change(() => zd().users.remove(user.id));
    await eventually("the list", async () => !(await isCustomer(user)), hour);
  });

  it("deleted for good: is gone when read again by id", async () => {
    await open();
    const user = customer();
    expect(await isCustomer(user)).toBe(true);
    world().change(() => zd().users.remove(user.id));
    harness.clock.advance(31_000);
    await harness.request(`/v1/context/${encodeURIComponent(userRef(user))}/refresh`, { method: "POST" });
    await eventually("the deletion", async () => !(await isCustomer(user)), 20);
  });

  it("an address that moved to another user identifies that one only", async () => {
    await open();
    const [first, second] = [customer(0), customer(1)];
    const address = "moving@moved.example";
    const identity = {
      id: 880_001,
      user_id: first.id,
      type: "email" as const,
      value: address,
      primary: false,
      verified: true,
      created_at: iso(now()),
      updated_at: iso(now()),
    };
    world().change(() => zd().identities.put(identity as never));
    change(first, {});
    const findRecord = async () =>
      (
        await harness.request<{ items: { customer: { id: string } | null }[] }>("/v1/contexts", {
          method: "POST",
          body: { refs: [`email:${address}`] },
        })
      ).body;
    const holder = async () => (await advanceUntilSettled(harness.clock, findRecord())).value.items[0]?.customer?.id ?? null;
    const idOf = async (user: ZdUser) => (await context(userRef(user))).customer!.id;
    const firstId = await idOf(first);
    await eventually("the address", async () => (await holder()) === firstId, 600_000);
    world().change(() => zd().identities.put({ ...identity, user_id: second.id } as never));
    change(first, {});
    change(second, {});
    const secondId = await idOf(second);
    await eventually("the move", async () => (await holder()) === secondId, 600_000);
  });

  it("merged into another one: leads to that one", async () => {
    await open();
    const [loser, winner] = [customer(0), customer(1)];
    const winnerId = (await context(userRef(winner))).customer!.id;
    const template = ticketEvent("created", { id: 1, requesterId: loser.id, updatedAt: now() });
    const merged = {
      ...template,
      type: "zen:event-type/user.merged",
      subject: `zen:user:${loser.id}`,
      detail: {
        id: String(loser.id),
        email: loser.email,
        role: "end-user",
        created_at: iso(now() - day),
        updated_at: iso(now()),
      },
      event: { user_id: String(winner.id) },
    };
    change(loser, { active: false });
    expect((await sendZendesk(harness, merged)).body.accepted).toBe(1);
    expect((await context(userRef(loser))).customer?.id).toBe(winnerId);
    // The pull reports the deletion again.
    harness.clock.advance(2 * hour);
    await eventually("the pull", async () => (await stream("users")).complete, 600_000);
    expect((await context(userRef(loser))).customer?.id).toBe(winnerId);
  });

  it("a deleted organization is gone by the next whole list", async () => {
    await open();
    const organization = [...zd().organizations.values()].at(-1)!;
    const ref = `zendesk.organization:${organization.id}`;
    expect((await context(ref)).match.state).toBe("resolved");
    world().change(() => zd().organizations.remove(organization.id));
    await eventually("the list", async () => (await context(ref)).match.state === "none", hour);
  });
});
