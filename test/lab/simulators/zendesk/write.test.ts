import { afterAll, describe, expect, test } from "vitest";
import { tinyLab, zendeskClient } from "../testing.ts";

const { lab, acme, clock } = await tinyLab({ limits: { zendesk: { ticketUpdatesPerMinute: 1_000 } } });
afterAll(() => lab.close());
const { zendesk, ids } = acme.world;
const api = await zendeskClient(acme);
const tickets = [...zendesk.tickets.values()];
const open = tickets.filter((t) => t.status === "open" || t.status === "pending");
let next = 0;
const fresh = (): number => open[next++ % open.length]!.id;
const put = (id: number, ticket: unknown) => api("PUT", `/api/v2/tickets/${id}`, { ticket });

describe("updating a ticket", () => {
  test("sets fields by number; a name instead of one does nothing", async () => {
    const id = fresh();
    const arr = ids.zendesk.field("account_arr");
    const { status, body, headers } = await put(id, {
      custom_fields: [
        { id: arr, value: 12.5 },
        { id: "account_plan", value: "plan_growth" },
      ],
    });
    expect(status).toBe(200);
    expect(body.ticket.custom_fields.find((f: { id: number }) => f.id === arr).value).toBe("12.5");
    expect(body.ticket.tags).not.toContain("plan_growth");
    expect(headers.get("zendesk-ratelimit-tickets-update")).toMatch(/^total=\d+; remaining=\d+; resets=\d+$/);
    expect(Date.parse(body.ticket.updated_at)).toBe(Math.floor(clock.now() / 1000) * 1000);
  });

  test.each([
    ["health_score", "high"],
    ["account_arr", "a lot"],
    ["renewal_date", "tomorrow"],
    ["account_plan", "plan_unheard_of"],
    ["churn_risk", "maybe"],
    ["order_reference", "nonsense"],
  ])("refuses %s: %s", async (key, value) => {
    const reply = await put(fresh(), { custom_fields: [{ id: ids.zendesk.field(key), value }] });
    expect(reply).toMatchObject({ status: 422, body: { error: "RecordInvalid", details: { base: [{}] } } });
  });

  test("an option of a drop-down is also a tag, and replaces the one before", async () => {
    const id = fresh();
    const field = ids.zendesk.field("account_plan");
    await put(id, { custom_fields: [{ id: field, value: "plan_growth" }] });
    const { body } = await put(id, { custom_fields: [{ id: field, value: "plan_enterprise" }] });
    expect(body.ticket.tags).toContain("plan_enterprise");
    expect(body.ticket.tags).not.toContain("plan_growth");
  });

  test("tags replace all; update_many adds and removes", async () => {
    const id = fresh();
    expect((await put(id, { tags: ["one", "two"] })).body.ticket.tags).toEqual(["one", "two"]);
    const job = await api("PUT", `/api/v2/tickets/update_many?ids=${id}`, {
      ticket: { additional_tags: ["three"], remove_tags: ["one"] },
    });
    expect(job.body.job_status).toMatchObject({ status: "queued", total: 1, results: null });
    expect((await api("GET", job.body.job_status.url)).body.job_status).toMatchObject({
      status: "completed",
      results: [{ id, success: true }],
    });
    expect((await api("GET", `/api/v2/tickets/${id}`)).body.ticket.tags).toEqual(["two", "three"]);
    const closed = tickets.find((t) => t.status === "closed")!.id;
    const mixed = await api("PUT", `/api/v2/tickets/update_many?ids=${id},${closed},999999`, { ticket: { priority: "low" } });
    expect((await api("GET", mixed.body.job_status.url)).body.job_status.results).toMatchObject([
      { id, action: "update", status: "Updated", success: true },
      { id: closed, action: "update", status: "Failed", success: false },
      { id: 999_999, action: "update", status: "Failed", success: false },
    ]);
    const many = Array.from({ length: 101 }, (_, i) => i + 1).join(",");
    expect((await api("PUT", `/api/v2/tickets/update_many?ids=${many}`, { ticket: {} })).status).toBe(400);
  });

  test("safe_update is refused when somebody was faster", async () => {
    const id = fresh();
    const stamp = zendesk.tickets.get(id)!.updated_at;
    expect((await put(id, { safe_update: true, updated_stamp: stamp, priority: "low" })).status).toBe(200);
    expect(await put(id, { safe_update: true, updated_stamp: stamp, priority: "high" })).toMatchObject({
      status: 409,
      body: { error: "UpdateConflict" },
    });
  });

  test("closed tickets stay closed, deleted ones are gone", async () => {
    const closed = tickets.find((t) => t.status === "closed")!;
    expect(await put(closed.id, { tags: ["x"] })).toMatchObject({
      status: 422,
      body: { error: "RecordInvalid", details: { status: [{ description: "Status: closed prevents ticket update" }] } },
    });
    expect((await put(999_999, {})).status).toBe(404);
    expect((await api("PUT", `/api/v2/tickets/${fresh()}`, {})).status).toBe(400);
    expect((await api("PUT", `/api/v2/tickets/${fresh()}`, "{")).status).toBe(400);
    expect((await put(fresh(), { priority: "sky-high" })).status).toBe(422);
    expect((await put(fresh(), { comment: { body: " " } })).status).toBe(422);
  });

  test("comments are kept, private ones too; solving writes the metrics", async () => {
    const id = fresh();
    await put(id, { comment: { body: "internal", public: false } });
    await put(id, { status: "solved", assignee_id: ids.zendesk.agent(1), comment: { body: "Done." } });
    const { comments } = (await api("GET", `/api/v2/tickets/${id}/comments`)).body;
    expect(comments.map((c: { body: string; public: boolean }) => [c.body, c.public])).toContainEqual(["internal", false]);
    const metric = (await api("GET", `/api/v2/tickets/${id}/metrics`)).body.ticket_metric;
    expect(metric.solved_at).not.toBeNull();
    expect(metric.full_resolution_time_in_minutes.calendar).toBeGreaterThan(0);
  });

  test("an update's metadata stands in its audit", async () => {
    const id = fresh();
    await put(id, { comment: { body: "internal", public: false }, metadata: { mark: "m-1" } });
    await put(id, { priority: "low" });
    const { audits, meta } = (await api("GET", `/api/v2/tickets/${id}/audits?page[size]=100`)).body;
    expect(audits.slice(-2)).toMatchObject([
      { ticket_id: id, metadata: { custom: { mark: "m-1" } } },
      { ticket_id: id, metadata: { custom: {} } },
    ]);
    expect(meta.has_more).toBe(false);
    expect((await api("GET", "/api/v2/tickets/999999/audits")).status).toBe(404);
  });

  test("a job may take its time", async () => {
    const slow = await tinyLab({ limits: { zendesk: { jobSeconds: 5 } } });
    const own = await zendeskClient(slow.acme);
    const job = await own("PUT", "/api/v2/tickets/update_many", { tickets: [{ id: fresh(), priority: "low" }] });
    const ask = async () => (await own("GET", job.body.job_status.url)).body.job_status;
    expect(await ask()).toMatchObject({ status: "working", results: null });
    slow.clock.advance(5_000);
    expect(await ask()).toMatchObject({ status: "completed", results: [{ success: true }] });
    await slow.lab.close();
  });

  test("thirty updates of one ticket in ten minutes, then 429", async () => {
    clock.advance(600_000);
    const id = fresh();
    for (let i = 0; i < 30; i++) expect((await put(id, { tags: [`t${i}`] })).status).toBe(200);
    const over = await put(id, { tags: ["x"] });
    expect(over.status).toBe(429);
    expect(Number(over.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await put(fresh(), { tags: ["x"] })).status).toBe(200);
    clock.advance(600_000);
    expect((await put(id, { tags: ["x"] })).status).toBe(200);
  });
});

test("a hundred ticket updates a minute for the whole account, then 429", async () => {
  const small = await tinyLab();
  const own = await zendeskClient(small.acme);
  const some = tickets.filter((t) => t.status !== "closed" && t.status !== "deleted").slice(0, 10);
  const update = (i: number) => own("PUT", `/api/v2/tickets/${some[i % 10]!.id}`, { ticket: { tags: [`t${i}`] } });
  for (let i = 0; i < 100; i++) expect((await update(i)).status).toBe(200);
  const over = await update(100);
  expect(over).toMatchObject({ status: 429, body: { description: expect.stringContaining("ticket updates per minute") } });
  // Other requests are not concerned.
  expect((await own("GET", "/api/v2/users/me")).status).toBe(200);
  small.clock.advance(Number(over.headers.get("retry-after")) * 1_000);
  expect((await update(101)).status).toBe(200);
  await small.lab.close();
});

describe("creating", () => {
  const ticket = { subject: "Made by us", comment: { body: "hello" }, requester_id: ids.zendesk.user(0) };

  test("the same idempotency key makes one ticket; another body with it is refused", async () => {
    const post = (body: unknown) => api("POST", "/api/v2/tickets", { ticket: body }, { "idempotency-key": "k1" });
    const [first, second] = [await post(ticket), await post(ticket)];
    expect(first).toMatchObject({ status: 201, body: { ticket: { status: "new", via: { channel: "api" } } } });
    expect(first.headers.get("x-idempotency-lookup")).toBe("miss");
    expect(second.headers.get("x-idempotency-lookup")).toBe("hit");
    expect(second.body.ticket.id).toBe(first.body.ticket.id);
    expect(await post({ ...ticket, subject: "other" })).toMatchObject({ status: 400, body: { error: "IdempotentRequestError" } });
    clock.advance(2 * 3_600_000 + 1_000);
    const later = await zendeskClient(acme);
    const third = await later("POST", "/api/v2/tickets", { ticket }, { "idempotency-key": "k1" });
    expect(third.body.ticket.id).not.toBe(first.body.ticket.id);
  });

  test("tickets need a description and a requester that exists", async () => {
    const later = await zendeskClient(acme);
    expect((await later("POST", "/api/v2/tickets", { ticket: { subject: "x" } })).status).toBe(422);
    expect((await later("POST", "/api/v2/tickets", { ticket: { ...ticket, requester_id: 5 } })).status).toBe(422);
    const known = await later("POST", "/api/v2/tickets", {
      ticket: { comment: { body: "x" }, requester: { name: "M", email: acme.world.people[0]!.email } },
    });
    expect(known.body.ticket.requester_id).toBe(ids.zendesk.user(0));
  });

  test("users: an address belongs to one; a second one becomes an identity", async () => {
    const later = await zendeskClient(acme);
    const made = await later("POST", "/api/v2/users", { user: { name: "New", email: "new@made.example", external_id: "x-1" } });
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(made.body.user.url);
    expect(await later("POST", "/api/v2/users", { user: { name: "Twin", email: "NEW@made.example" } })).toMatchObject({
      status: 422,
      body: { details: { email: [{ error: "DuplicateValue" }] } },
    });
    expect((await later("POST", "/api/v2/users", { user: { email: "no-name@made.example" } })).status).toBe(422);
    const { id } = made.body.user;
    const changed = await later("PUT", `/api/v2/users/${id}`, {
      user: { email: "second@made.example", user_fields: { analytics_opt_out: true, nope: 1 } },
    });
    expect(changed.body.user).toMatchObject({ email: "new@made.example", user_fields: { analytics_opt_out: true } });
    expect(changed.body.user.user_fields.nope).toBeUndefined();
    expect((await later("GET", `/api/v2/users/${id}/identities`)).body.identities).toHaveLength(2);
    // "The API treats the id as case insensitive."
    const again = await later("POST", "/api/v2/users/create_or_update", { user: { name: "New", external_id: "X-1" } });
    expect(again).toMatchObject({ status: 200, body: { user: { id, external_id: "X-1" } } });
    expect(again.headers.get("location")).toBe(made.body.user.url);
    expect((await later("GET", "/api/v2/users/search?external_id=x-1")).body.users).toHaveLength(1);
  });
});

test("tags are added to a user's own", async () => {
  const later = await zendeskClient(acme);
  const id = ids.zendesk.user(1);
  const add = (tags: unknown) => later("PUT", `/api/v2/users/${id}/tags`, { tags });
  const tags = [...zendesk.users.get(id)!.tags, "one_two", "three"];
  await add(["One two"]);
  expect(await add(["three", "one_two"])).toMatchObject({ status: 200, body: { tags } });
  expect(zendesk.users.get(id)!.tags).toEqual(tags);
  expect((await add(undefined)).status).toBe(400);
  expect((await later("PUT", "/api/v2/users/999999/tags", { tags: ["x"] })).status).toBe(404);
});

describe("the plan's limits", () => {
  test("headers count down; over it 429 with Retry-After, and the minute's turn helps", async () => {
    const small = await tinyLab({ limits: { zendesk: { requestsPerMinute: 3, exportsPerMinute: 1 } } });
    const own = await zendeskClient(small.acme);
    const first = await own("GET", "/api/v2/users/me");
    expect(first.headers.get("x-rate-limit")).toBe("3");
    expect(first.headers.get("ratelimit-remaining")).toBe("2");
    expect(Number(first.headers.get("ratelimit-reset"))).toBeGreaterThan(0);
    await own("GET", "/api/v2/users/me");
    await own("GET", "/api/v2/users/me");
    const over = await own("GET", "/api/v2/users/me");
    expect(over).toMatchObject({ status: 429, body: { error: "APIRateLimitExceeded" } });
    small.clock.advance(Number(over.headers.get("retry-after")) * 1_000);
    expect((await own("GET", "/api/v2/incremental/tickets/cursor?start_time=1")).status).toBe(200);
    const exported = await own("GET", "/api/v2/incremental/tickets/cursor?start_time=1");
    expect(exported).toMatchObject({ status: 429, body: { description: expect.stringContaining("incremental") } });
    small.lab.reset();
    expect((await own("GET", "/api/v2/incremental/tickets/cursor?start_time=1")).status).toBe(200);
    await small.lab.close();
  });
});
