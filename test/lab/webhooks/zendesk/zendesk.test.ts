import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { zendeskClient } from "../../simulators/testing.ts";
import type { ScenarioKind } from "../../world/mutations/index.ts";
import { openWebhookBench, TARGETS, type WebhookBench } from "../testing.ts";
import { createBreaker, pauseMs } from "./breaker.ts";
import { zendeskVerdict } from "./sender.ts";

let s: WebhookBench;
beforeEach(async () => {
  s = await openWebhookBench();
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
// The documented event types. No others may be sent.
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

async function runScenario(kind: ScenarioKind, seed = 3) {
  const result = s.lab.runScenario({ kind, tenant: "acme", seed });
  await s.advance(200);
  return result;
}

describe("events of a change", () => {
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
    await runScenario(kind);
    expect(names()).toEqual(expect.arrayContaining([...expected]));
    expect(names().length === 0).toBe(expected.length === 0);
    for (const event of events()) (event.subject.startsWith("zen:ticket:") ? TicketEvent : UserEvent).parse(event);
  });

  it("of an angry ticket are urgent, by the customer, without custom fields or addresses", async () => {
    const { refs } = await runScenario("angry_ticket");
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

  it("of a ticket written through the API share a sequence, by the integration user", async () => {
    const zd = await zendeskClient(s.acme);
    const field = s.acme.world.zendesk.fields.find((f) => f.key === "health_score")!;
    const ticket = [...s.acme.world.zendesk.tickets.values()].find((t) => t.status === "open" && t.priority !== "high")!;
    const change = {
      priority: "high",
      custom_fields: [{ id: field.id, value: 71 }],
      comment: { body: "Looked into it.", public: false },
    };
    expect((await zd("PUT", `/api/v2/tickets/${ticket.id}`, { ticket: change })).status).toBe(200);
    await s.advance(200);
    expect(names().sort()).toEqual(["ticket.comment_added", "ticket.custom_field_changed", "ticket.priority_changed"]);
    for (const event of events()) TicketEvent.parse(event);
    const { integrationUser } = s.acme.world.zendesk;
    expect(new Set(events().map(({ detail }) => detail.actor_id))).toEqual(new Set([String(integrationUser)]));
    const sequences = events().map(({ event }) => event.meta.sequence);
    expect(new Set(sequences.map(({ id }) => id)).size).toBe(1);
    expect(sequences.map(({ position, total }) => `${position}/${total}`).sort()).toEqual(["1/3", "2/3", "3/3"]);
    const eventOf = (name: string) => events().find(({ type }) => type.endsWith(name)).event;
    expect(eventOf("priority_changed")).toMatchObject({ current: "HIGH", previous: ticket.priority?.toUpperCase() ?? "" });
    expect(eventOf("custom_field_changed")).toMatchObject({
      custom_field: { id: String(field.id), title: "Health score", type: "integer" },
      previous: { value: "" },
    });
    expect(eventOf("comment_added").comment).toMatchObject({
      body: "Looked into it.",
      is_public: false,
      author: { is_staff: true },
    });
  });

  it("of a changed requester name both users", async () => {
    const zd = await zendeskClient(s.acme);
    const [ticket, secondRequester] = [...s.acme.world.zendesk.tickets.values()].filter((t) => t.status === "open");
    const otherId = [...s.acme.world.zendesk.users.values()].find(
      (u) => u.active && u.id !== ticket!.requester_id && u.id !== secondRequester?.requester_id,
    )!.id;
    await zd("PUT", `/api/v2/tickets/${ticket!.id}`, { ticket: { requester_id: otherId } });
    await s.advance(200);
    expect(events().find(({ type }) => type.endsWith("requester_changed")).event).toMatchObject({
      current: String(otherId),
      previous: String(ticket!.requester_id),
    });
  });

  it("of users and organizations", async () => {
    const zd = await zendeskClient(s.acme);
    const created = await zd("POST", "/api/v2/users", { user: { name: "New One", email: "new.one@example.com" } });
    await zd("PUT", `/api/v2/users/${created.body.user.id}`, { user: { name: "Newer One", email: "second@example.com" } });
    const { world } = s.acme;
    const [organization] = [...world.zendesk.organizations.values()];
    world.change(() => world.zendesk.organizations.put({ ...organization!, name: "Renamed" }));
    await s.advance(200);
    expect(names()).toEqual(["user.created", "user.name_changed", "user.identity_created", "organization.name_changed"]);
    for (const event of events().slice(0, 3)) UserEvent.parse(event);
    OrganizationEvent.parse(events()[3]);
    expect(events()[2].type).toBe("zen:event-type/user.identity_created");
    expect(events()[3].event).toMatchObject({ current: "Renamed", previous: organization!.name });
  });

  it("of a merged user name the winner", async () => {
    const { refs } = await runScenario("user_merged");
    const merged = events().find(({ type }) => type === "zen:event-type/user.merged");
    expect([merged.subject, merged.event.user_id]).toEqual(
      refs.map((ref, i) => (i === 0 ? ref.replace("zendesk.", "zen:") : ref.split(":")[1])),
    );
  });

  it("have unique ids, and increasing times while the clock stays the same", async () => {
    s.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 1 });
    s.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 2 });
    await s.advance(200);
    const [first, second] = events();
    expect(first.id).not.toBe(second.id);
    expect(Date.parse(second.time)).toBeGreaterThan(Date.parse(first.time));
  });

  it("are not sent for the other tenant or for a reset", async () => {
    s.lab.runScenario({ kind: "ticket_created", tenant: "globex", seed: 1 });
    await s.advance(200);
    expect(s.lab.webhooks.list({ tenant: "acme" })).toEqual([]);
    expect(s.lab.webhooks.list({ tenant: "globex" })).toHaveLength(1);
    const previousCount = s.received.length;
    s.lab.reset();
    await s.advance(200);
    expect(s.received.length).toBe(previousCount);
  });
});

describe("a Zendesk request", () => {
  it("is signed over its time and raw bytes, with the displayed secret", async () => {
    await runScenario("ticket_created");
    const { headers, body } = s.to("zendesk")[0]!;
    const { secret } = TARGETS.zendesk;
    const timestamp = headers["x-zendesk-webhook-signature-timestamp"]!;
    expect(second.safeParse(timestamp).success).toBe(true);
    expect(headers["x-zendesk-webhook-signature"]).toBe(
      createHmac("sha256", secret)
        .update(timestamp + body)
        .digest("base64"),
    );
    expect(headers["x-zendesk-account-id"]).toBe(String(JSON.parse(body).account_id));
    expect(headers["x-zendesk-webhook-id"]).toMatch(/^01[0-9A-HJKMNP-TV-Z]{24}$/);
    expect(headers["x-zendesk-webhook-invocation-id"]).toMatch(/^01[0-9A-HJKMNP-TV-Z]{24}$/);
    expect(headers["content-type"]).toMatch(/^application\/json/);
  });

  it("keeps its invocation id over retries, with a new signature each time", async () => {
    let failures = 1;
    s.respondWith(() =>
      failures-- > 0 ? new Response("", { status: 429, headers: { "retry-after": "20" } }) : new Response(""),
    );
    await runScenario("ticket_created");
    await s.advance(25_000);
    const [first, retry] = s.to("zendesk");
    expect(retry!.body).toBe(first!.body);
    const header = (name: string) => [first, retry].map((r) => r!.headers[`x-zendesk-webhook-${name}`]);
    expect(new Set(header("invocation-id")).size).toBe(1);
    expect(new Set(header("signature-timestamp")).size).toBe(2);
    expect(new Set(header("signature")).size).toBe(2);
  });
});

describe("Zendesk retries", () => {
  const tries = async (answer: Parameters<WebhookBench["respondWith"]>[0]) => {
    s.respondWith(answer);
    await runScenario("ticket_created");
    await s.advance(300_000);
    const [entry] = s.lab.webhooks.list({ platform: "zendesk" });
    return { attempts: s.to("zendesk").length, entry: entry! };
  };

  it.each([
    ["a server that never responds", () => "silence" as const, 6],
    ["a server that is unreachable", () => "unreachable" as const, 6],
    ["409", () => new Response("", { status: 409 }), 4],
    ["503 with a short Retry-After", () => new Response("", { status: 503, headers: { "retry-after": "5" } }), 6],
    ["429 with a Retry-After of a minute", () => new Response("", { status: 429, headers: { "retry-after": "60" } }), 1],
    ["503 without Retry-After", () => new Response("", { status: 503 }), 1],
    ["500", () => new Response("", { status: 500 }), 1],
    ["401", () => new Response("", { status: 401 }), 1],
    ["a redirect", () => new Response("", { status: 302, headers: { location: "/elsewhere" } }), 1],
  ])("at %s", async (_, answer, expected) => {
    const { attempts, entry } = await tries(answer);
    expect(attempts).toBe(expected);
    expect(entry).toMatchObject({ state: "failed", attempts: expected, dueAt: null });
    expect(s.webhooks.waiting()).toEqual([]);
  });

  it("until it succeeds, after the requested time", async () => {
    let failures = 2;
    const { attempts, entry } = await tries(() =>
      failures-- > 0 ? new Response("", { status: 503, headers: { "retry-after": "30" } }) : new Response(""),
    );
    expect(attempts).toBe(3);
    expect(entry).toMatchObject({ state: "delivered", status: 200, attempts: 3 });
    const [first, next] = s.to("zendesk");
    expect(next!.at - first!.at).toBeGreaterThanOrEqual(30_000);
    expect(next!.at - first!.at).toBeLessThan(32_000);
  });

  it("only after twelve seconds without a response", async () => {
    s.respondWith(() => "silence");
    await runScenario("ticket_created");
    await s.advance(11_000);
    expect(s.lab.webhooks.list({})[0]).toMatchObject({ status: 0, state: "waiting" });
    await s.advance(4_000);
    expect(s.to("zendesk").length).toBe(2);
  });

  it("Zendesk's circuit breaker", () => {
    const httpDate = { status: 503, headers: new Headers({ "retry-after": "Fri, 20 Nov 2026 15:06:00 GMT" }), text: "" };
    expect(zendeskVerdict(httpDate, { attempts: 1 }, 0)).toBe("failed");
  });
});

describe("Zendesk's breaker", () => {
  it("opens at seven errors in ten, and closes when one request succeeds", () => {
    const breaker = createBreaker();
    for (let i = 0; i < 40; i++) breaker.record(i % 10 < 6, i);
    expect(breaker.openUntil(40)).toBeNull();
    for (let i = 0; i < 40; i++) breaker.record(true, 40 + i);
    const openUntil = breaker.openUntil(80)!;
    expect(openUntil).toBeGreaterThan(80);
    expect(breaker.openUntil(openUntil)).toBeNull();
    breaker.record(true, openUntil);
    expect(breaker.openUntil(openUntil + 1)).toBe(openUntil + pauseMs);
    breaker.record(false, openUntil + pauseMs);
    expect(breaker.openUntil(openUntil + pauseMs + 1)).toBeNull();
  });

  it("opens at a thousand errors in five minutes, whatever their share", () => {
    const breaker = createBreaker();
    for (let i = 0; i < 2_500; i++) breaker.record(i % 5 < 2, i);
    expect(breaker.openUntil(2_500)).not.toBeNull();
    const slow = createBreaker();
    for (let i = 0; i < 2_500; i++) slow.record(i % 5 < 2, i * 1_000);
    expect(slow.openUntil(2_500_000)).toBeNull();
  });

  it("drops new webhooks while it is open", async () => {
    s.respondWith(() => new Response("", { status: 500 }));
    for (let seed = 0; seed < 25; seed++) s.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed });
    await s.advance(500);
    s.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 99 });
    await s.advance(500);
    expect(s.to("zendesk").length).toBeLessThan(26);
    expect(s.lab.webhooks.list({}).at(-1)).toMatchObject({ state: "failed", attempts: 0, status: 0 });
    s.respondWith(() => new Response(""));
    await s.advance(pauseMs);
    s.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 100 });
    await s.advance(500);
    expect(s.lab.webhooks.list({}).at(-1)).toMatchObject({ state: "delivered" });
  });
});
