import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { zendeskClient } from "../../simulators/testing.ts";
import type { Kind } from "../../world/mutations/index.ts";
import { type Sending, sending, TARGETS } from "../testing.ts";
import { createBreaker, pauseMs } from "./breaker.ts";
import { zendeskVerdict } from "./lane.ts";

let s: Sending;
beforeEach(async () => {
  s = await sending();
});
afterEach(() => s.close());

const digits = z.string().regex(/^\d+$/);
const nine = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
const second = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const Meta = z.looseObject({
  sequence: z.strictObject({ id: z.string().regex(/^[0-9A-F]{32}$/), position: z.number().int(), total: z.number().int() }),
});
const envelope = (object: string, detail: z.ZodType) =>
  z.strictObject({
    type: z.string().regex(new RegExp(`^zen:event-type[:/]${object}\\.[a-z_]+$`)),
    account_id: z.number().int().positive(),
    id: z.uuid(),
    time: nine,
    zendesk_event_version: z.string().regex(/^20\d\d-\d\d-\d\d$/),
    subject: z.string().regex(new RegExp(`^zen:${object}:\\d+$`)),
    detail,
    event: z.looseObject({ meta: Meta }),
  });
// The documentation's list, to the letter: what isn't in it isn't sent.
const TicketEvent = envelope(
  "ticket",
  z.strictObject({
    actor_id: digits,
    assignee_id: digits,
    brand_id: digits,
    created_at: second,
    custom_status: digits,
    description: z.string(),
    external_id: z.string(),
    form_id: digits,
    group_id: digits,
    id: digits,
    is_public: z.boolean(),
    organization_id: digits,
    priority: z.enum(["", "LOW", "NORMAL", "HIGH", "URGENT"]),
    requester_id: digits,
    status: z.enum(["NEW", "OPEN", "PENDING", "HOLD", "SOLVED", "CLOSED", "DELETED"]),
    subject: z.string(),
    submitter_id: digits,
    tags: z.array(z.string()),
    type: z.enum(["", "PROBLEM", "INCIDENT", "QUESTION", "TASK"]),
    updated_at: second,
    via: z.strictObject({ channel: z.string().regex(/^[a-z_]+$/) }),
  }),
);
const UserEvent = envelope(
  "user",
  z.strictObject({
    created_at: second,
    default_group_id: digits,
    email: z.string(),
    external_id: z.string(),
    id: digits,
    organization_id: digits,
    role: z.enum(["end-user", "agent", "admin"]),
    updated_at: second,
  }),
);
const OrganizationEvent = envelope(
  "organization",
  z.strictObject({
    created_at: second,
    external_id: z.string(),
    group_id: digits,
    id: digits,
    name: z.string(),
    shared_comments: z.boolean(),
    shared_tickets: z.boolean(),
    updated_at: second,
  }),
);

const events = () => s.to("zendesk").map(({ body }) => JSON.parse(body));
const names = () => events().map(({ type }) => type.slice("zen:event-type:".length));

async function happen(kind: Kind, seed = 3) {
  const told = s.lab.happen({ kind, tenant: "acme", seed });
  await s.pass(200);
  return told;
}

describe("what Zendesk sends of a change", () => {
  it.each([
    ["ticket_created", ["ticket.created"]],
    ["angry_ticket", ["ticket.created"]],
    ["ticket_solved", ["ticket.status_changed"]],
    ["ticket_deleted", ["ticket.soft_deleted"]],
    ["ticket_merged", ["ticket.status_changed", "ticket.tags_changed", "ticket.merged"]],
    ["opted_out", ["user.custom_field_changed"]],
    ["deal_won", []],
    ["usage_stopped", []],
  ] as const)("%s", async (kind, expected) => {
    await happen(kind);
    expect(names()).toEqual(expect.arrayContaining([...expected]));
    expect(names().length === 0).toBe(expected.length === 0);
    for (const event of events()) (event.subject.startsWith("zen:ticket:") ? TicketEvent : UserEvent).parse(event);
  });

  it("of an angry ticket is urgent, by the customer, and holds neither fields nor address", async () => {
    const { refs } = await happen("angry_ticket");
    const [event] = events();
    const user = s.acme.world.zendesk.users.get(Number(event.detail.requester_id))!;
    expect(event).toMatchObject({
      subject: refs[0]!.replace("zendesk.ticket:", "zen:ticket:"),
      detail: {
        priority: "URGENT",
        status: "NEW",
        type: "INCIDENT",
        actor_id: String(user.id),
        assignee_id: "0",
        external_id: "",
      },
    });
    expect(JSON.stringify(event)).not.toContain(user.email);
    expect(JSON.stringify(event)).not.toContain("custom_field");
  });

  it("of a ticket written through the interface is one sequence, by the integration itself", async () => {
    const zd = await zendeskClient(s.acme);
    const field = s.acme.world.zendesk.fields.find((f) => f.key === "health_score")!;
    const ticket = [...s.acme.world.zendesk.tickets.values()].find((t) => t.status === "open" && t.priority !== "high")!;
    const change = {
      priority: "high",
      custom_fields: [{ id: field.id, value: 71 }],
      comment: { body: "Looked into it.", public: false },
    };
    expect((await zd("PUT", `/api/v2/tickets/${ticket.id}`, { ticket: change })).status).toBe(200);
    await s.pass(200);
    expect(names().sort()).toEqual(["ticket.comment_added", "ticket.custom_field_changed", "ticket.priority_changed"]);
    for (const event of events()) TicketEvent.parse(event);
    const { integrationUser } = s.acme.world.zendesk;
    expect(new Set(events().map(({ detail }) => detail.actor_id))).toEqual(new Set([String(integrationUser)]));
    const sequences = events().map(({ event }) => event.meta.sequence);
    expect(new Set(sequences.map(({ id }) => id)).size).toBe(1);
    expect(sequences.map(({ position, total }) => `${position}/${total}`).sort()).toEqual(["1/3", "2/3", "3/3"]);
    const of = (name: string) => events().find(({ type }) => type.endsWith(name)).event;
    expect(of("priority_changed")).toMatchObject({ current: "HIGH", previous: ticket.priority?.toUpperCase() ?? "" });
    expect(of("custom_field_changed")).toMatchObject({
      custom_field: { id: String(field.id), title: "Health score", type: "integer" },
      previous: { value: "" },
    });
    expect(of("comment_added").comment).toMatchObject({ body: "Looked into it.", is_public: false, author: { is_staff: true } });
  });

  it("of a requester who changed names both", async () => {
    const zd = await zendeskClient(s.acme);
    const [ticket, other] = [...s.acme.world.zendesk.tickets.values()].filter((t) => t.status === "open");
    const otherId = [...s.acme.world.zendesk.users.values()].find(
      (u) => u.active && u.id !== ticket!.requester_id && u.id !== other?.requester_id,
    )!.id;
    await zd("PUT", `/api/v2/tickets/${ticket!.id}`, { ticket: { requester_id: otherId } });
    await s.pass(200);
    expect(events().find(({ type }) => type.endsWith("requester_changed")).event).toMatchObject({
      current: String(otherId),
      previous: String(ticket!.requester_id),
    });
  });

  it("of users and organisations", async () => {
    const zd = await zendeskClient(s.acme);
    const made = await zd("POST", "/api/v2/users", { user: { name: "New One", email: "new.one@example.com" } });
    await zd("PUT", `/api/v2/users/${made.body.user.id}`, { user: { name: "Newer One", email: "second@example.com" } });
    const { world } = s.acme;
    const [organization] = [...world.zendesk.organizations.values()];
    world.change(() => world.zendesk.organizations.put({ ...organization!, name: "Renamed" }));
    await s.pass(200);
    expect(names()).toEqual(["user.created", "user.name_changed", "user.identity_created", "organization.name_changed"]);
    for (const event of events().slice(0, 3)) UserEvent.parse(event);
    OrganizationEvent.parse(events()[3]);
    expect(events()[2].type).toBe("zen:event-type/user.identity_created");
    expect(events()[3].event).toMatchObject({ current: "Renamed", previous: organization!.name });
  });

  it("of a merged user says into whom", async () => {
    const { refs } = await happen("user_merged");
    const merged = events().find(({ type }) => type === "zen:event-type/user.merged");
    expect([merged.subject, merged.event.user_id]).toEqual(
      refs.map((ref, i) => (i === 0 ? ref.replace("zendesk.", "zen:") : ref.split(":")[1])),
    );
  });

  it("has an id of its own each time, and times that rise although the clock stands still", async () => {
    s.lab.happen({ kind: "ticket_created", tenant: "acme", seed: 1 });
    s.lab.happen({ kind: "ticket_created", tenant: "acme", seed: 2 });
    await s.pass(200);
    const [first, second] = events();
    expect(first.id).not.toBe(second.id);
    expect(Date.parse(second.time)).toBeGreaterThan(Date.parse(first.time));
  });

  it("is nothing for the other tenant, and nothing for a reset", async () => {
    s.lab.happen({ kind: "ticket_created", tenant: "globex", seed: 1 });
    await s.pass(200);
    expect(s.lab.webhooks.list({ tenant: "acme" })).toEqual([]);
    expect(s.lab.webhooks.list({ tenant: "globex" })).toHaveLength(1);
    const before = s.arrived.length;
    s.lab.reset();
    await s.pass(200);
    expect(s.arrived.length).toBe(before);
  });
});

describe("a Zendesk request", () => {
  it("is signed over its time and its very bytes, with the secret as it is displayed", async () => {
    await happen("ticket_created");
    const { headers, body } = s.to("zendesk")[0]!;
    const { secret } = TARGETS.zendesk;
    const at = headers["x-zendesk-webhook-signature-timestamp"]!;
    expect(second.safeParse(at).success).toBe(true);
    expect(headers["x-zendesk-webhook-signature"]).toBe(
      createHmac("sha256", secret)
        .update(at + body)
        .digest("base64"),
    );
    expect(headers["x-zendesk-account-id"]).toBe(String(JSON.parse(body).account_id));
    expect(headers["x-zendesk-webhook-id"]).toMatch(/^01[0-9A-HJKMNP-TV-Z]{24}$/);
    expect(headers["x-zendesk-webhook-invocation-id"]).toMatch(/^01[0-9A-HJKMNP-TV-Z]{24}$/);
    expect(headers["content-type"]).toMatch(/^application\/json/);
  });

  it("keeps its invocation over retries, and is signed anew each time", async () => {
    let left = 1;
    s.answer(() => (left-- > 0 ? new Response("", { status: 429, headers: { "retry-after": "20" } }) : new Response("")));
    await happen("ticket_created");
    await s.pass(25_000);
    const [first, again] = s.to("zendesk");
    expect(again!.body).toBe(first!.body);
    const header = (name: string) => [first, again].map((r) => r!.headers[`x-zendesk-webhook-${name}`]);
    expect(new Set(header("invocation-id")).size).toBe(1);
    expect(new Set(header("signature-timestamp")).size).toBe(2);
    expect(new Set(header("signature")).size).toBe(2);
  });
});

describe("Zendesk tries again", () => {
  const tries = async (answer: Parameters<Sending["answer"]>[0]) => {
    s.answer(answer);
    await happen("ticket_created");
    await s.pass(300_000);
    const [entry] = s.lab.webhooks.list({ platform: "zendesk" });
    return { made: s.to("zendesk").length, entry: entry! };
  };

  it.each([
    ["a server that never answers", () => "silence" as const, 6],
    ["a server that is down", () => "unreachable" as const, 6],
    ["409", () => new Response("", { status: 409 }), 4],
    ["503 with a short Retry-After", () => new Response("", { status: 503, headers: { "retry-after": "5" } }), 6],
    ["429 with a Retry-After of a minute", () => new Response("", { status: 429, headers: { "retry-after": "60" } }), 1],
    ["503 without Retry-After", () => new Response("", { status: 503 }), 1],
    ["500", () => new Response("", { status: 500 }), 1],
    ["401", () => new Response("", { status: 401 }), 1],
    ["a redirect", () => new Response("", { status: 302, headers: { location: "/elsewhere" } }), 1],
  ])("at %s", async (_, answer, expected) => {
    const { made, entry } = await tries(answer);
    expect(made).toBe(expected);
    expect(entry).toMatchObject({ state: "failed", attempts: expected, dueAt: null });
    expect(s.webhooks.waiting()).toEqual([]);
  });

  it("until it succeeds, after the time it was asked to wait", async () => {
    let left = 2;
    const { made, entry } = await tries(() =>
      left-- > 0 ? new Response("", { status: 503, headers: { "retry-after": "30" } }) : new Response(""),
    );
    expect(made).toBe(3);
    expect(entry).toMatchObject({ state: "delivered", status: 200, attempts: 3 });
    const [first, next] = s.to("zendesk");
    expect(next!.at - first!.at).toBeGreaterThanOrEqual(30_000);
    expect(next!.at - first!.at).toBeLessThan(32_000);
  });

  it("only after twelve seconds without an answer", async () => {
    s.answer(() => "silence");
    await happen("ticket_created");
    await s.pass(11_000);
    expect(s.lab.webhooks.list({})[0]).toMatchObject({ status: 0, state: "waiting" });
    await s.pass(4_000);
    expect(s.to("zendesk").length).toBe(2);
  });

  it("by a rule that knows nothing else", () => {
    const dated = { status: 503, headers: new Headers({ "retry-after": "Fri, 20 Nov 2026 15:06:00 GMT" }), text: "" };
    expect(zendeskVerdict(dated, { attempts: 1 }, 0)).toBe("failed");
  });
});

describe("Zendesk's breaker", () => {
  it("stops at seven errors in ten, and goes on when one request succeeds", () => {
    const breaker = createBreaker();
    for (let i = 0; i < 40; i++) breaker.record(i % 10 < 6, i);
    expect(breaker.openUntil(40)).toBeNull();
    for (let i = 0; i < 40; i++) breaker.record(true, 40 + i);
    const until = breaker.openUntil(80)!;
    expect(until).toBeGreaterThan(80);
    expect(breaker.openUntil(until)).toBeNull();
    breaker.record(true, until);
    expect(breaker.openUntil(until + 1)).toBe(until + pauseMs);
    breaker.record(false, until + pauseMs);
    expect(breaker.openUntil(until + pauseMs + 1)).toBeNull();
  });

  it("stops at a thousand errors in five minutes, whatever their share", () => {
    const breaker = createBreaker();
    for (let i = 0; i < 2_500; i++) breaker.record(i % 5 < 2, i);
    expect(breaker.openUntil(2_500)).not.toBeNull();
    const slow = createBreaker();
    for (let i = 0; i < 2_500; i++) slow.record(i % 5 < 2, i * 1_000);
    expect(slow.openUntil(2_500_000)).toBeNull();
  });

  it("drops what is new while it is open", async () => {
    s.answer(() => new Response("", { status: 500 }));
    for (let seed = 0; seed < 25; seed++) s.lab.happen({ kind: "ticket_created", tenant: "acme", seed });
    await s.pass(500);
    s.lab.happen({ kind: "ticket_created", tenant: "acme", seed: 99 });
    await s.pass(500);
    expect(s.to("zendesk").length).toBeLessThan(26);
    expect(s.lab.webhooks.list({}).at(-1)).toMatchObject({ state: "failed", attempts: 0, status: 0 });
    s.answer(() => new Response(""));
    await s.pass(pauseMs);
    s.lab.happen({ kind: "ticket_created", tenant: "acme", seed: 100 });
    await s.pass(500);
    expect(s.lab.webhooks.list({}).at(-1)).toMatchObject({ state: "delivered" });
  });
});
