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
  test("sets fields by number, and ignores a name", async () => {
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

  test("makes a drop-down option a tag, and removes the previous one", async () => {
    const id = fresh();
    const field = ids.zendesk.field("account_plan");
    await put(id, { custom_fields: [{ id: field, value: "plan_growth" }] });
    const { body } = await put(id, { custom_fields: [{ id: field, value: "plan_enterprise" }] });
    expect(body.ticket.tags).toContain("plan_enterprise");
    expect(body.ticket.tags).not.toContain("plan_growth");
  });

  test("replaces tags, or adds and removes them with update_many", async () => {
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
    const closedId = tickets.find((t) => t.status === "closed")!.id;
    const mixedReply = await api("PUT", `/api/v2/tickets/update_many?ids=${id},${closedId},999999`, {
      ticket: { priority: "low" },
    });
    expect((await api("GET", mixedReply.body.job_status.url)).body.job_status.results).toMatchObject([
      { id, action: "update", status: "Updated", success: true },
      { id: closedId, action: "update", status: "Failed", success: false },
      { id: 999_999, action: "update", status: "Failed", success: false },
    ]);
    const idList = Array.from({ length: 101 }, (_, i) => i + 1).join(",");
    expect((await api("PUT", `/api/v2/tickets/update_many?ids=${idList}`, { ticket: {} })).status).toBe(400);
  });

  test("refuses safe_update after another update", async () => {
    const id = fresh();
    const stamp = zendesk.tickets.get(id)!.updated_at;
    expect((await put(id, { safe_update: true, updated_stamp: stamp, priority: "low" })).status).toBe(200);
    expect(await put(id, { safe_update: true, updated_stamp: stamp, priority: "high" })).toMatchObject({
      status: 409,
      body: { error: "UpdateConflict" },
    });
  });

  test("refuses closed and deleted tickets", async () => {
    const closedTicket = tickets.find((t) => t.status === "closed")!;
    expect(await put(closedTicket.id, { tags: ["x"] })).toMatchObject({
      status: 422,
      body: { error: "RecordInvalid", details: { status: [{ description: "Status: closed prevents ticket update" }] } },
    });
    expect((await put(999_999, {})).status).toBe(404);
    expect((await api("PUT", `/api/v2/tickets/${fresh()}`, {})).status).toBe(400);
    expect((await api("PUT", `/api/v2/tickets/${fresh()}`, "{")).status).toBe(400);
    expect((await put(fresh(), { priority: "sky-high" })).status).toBe(422);
    expect((await put(fresh(), { comment: { body: " " } })).status).toBe(422);
  });

  test("keeps public and private comments, and writes metrics when solved", async () => {
    const id = fresh();
    await put(id, { comment: { body: "internal", public: false } });
    await put(id, { status: "solved", assignee_id: ids.zendesk.agent(1), comment: { body: "Done." } });
    const { comments } = (await api("GET", `/api/v2/tickets/${id}/comments`)).body;
    expect(comments.map((c: { body: string; public: boolean }) => [c.body, c.public])).toContainEqual(["internal", false]);
    const metric = (await api("GET", `/api/v2/tickets/${id}/metrics`)).body.ticket_metric;
    expect(metric.solved_at).not.toBeNull();
    expect(metric.full_resolution_time_in_minutes.calendar).toBeGreaterThan(0);
  });

  test("stores an update's metadata in its audit", async () => {
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

  test("completes a job after the configured time", async () => {
    const slow = await tinyLab({ limits: { zendesk: { jobSeconds: 5 } } });
    const client = await zendeskClient(slow.acme);
    const job = await client("PUT", "/api/v2/tickets/update_many", { tickets: [{ id: fresh(), priority: "low" }] });
    const ask = async () => (await client("GET", job.body.job_status.url)).body.job_status;
    expect(await ask()).toMatchObject({ status: "working", results: null });
    slow.clock.advance(5_000);
    expect(await ask()).toMatchObject({ status: "completed", results: [{ success: true }] });
    await slow.lab.close();
  });

  test("returns 429 after thirty updates of one ticket in ten minutes", async () => {
    clock.advance(600_000);
    const id = fresh();
    for (let i = 0; i < 30; i++) expect((await put(id, { tags: [`t${i}`] })).status).toBe(200);
    const refusal = await put(id, { tags: ["x"] });
    expect(refusal.status).toBe(429);
    expect(Number(refusal.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await put(fresh(), { tags: ["x"] })).status).toBe(200);
    clock.advance(600_000);
    expect((await put(id, { tags: ["x"] })).status).toBe(200);
  });
});

test("returns 429 after a hundred ticket updates a minute for the account", async () => {
  const small = await tinyLab();
  const client = await zendeskClient(small.acme);
  const openTickets = tickets.filter((t) => t.status !== "closed" && t.status !== "deleted").slice(0, 10);
  const update = (i: number) => client("PUT", `/api/v2/tickets/${openTickets[i % 10]!.id}`, { ticket: { tags: [`t${i}`] } });
  for (let i = 0; i < 100; i++) expect((await update(i)).status).toBe(200);
  const refusal = await update(100);
  expect(refusal).toMatchObject({ status: 429, body: { description: expect.stringContaining("ticket updates per minute") } });
  // Other requests have their own limit.
  expect((await client("GET", "/api/v2/users/me")).status).toBe(200);
  small.clock.advance(Number(refusal.headers.get("retry-after")) * 1_000);
  expect((await update(101)).status).toBe(200);
  await small.lab.close();
});

describe("creating", () => {
  const ticket = { subject: "Made by us", comment: { body: "hello" }, requester_id: ids.zendesk.user(0) };

  test("creates one ticket per idempotency key, and refuses the key with another body", async () => {
    const post = (body: unknown) => api("POST", "/api/v2/tickets", { ticket: body }, { "idempotency-key": "k1" });
    const [first, second] = [await post(ticket), await post(ticket)];
    expect(first).toMatchObject({ status: 201, body: { ticket: { status: "new", via: { channel: "api" } } } });
    expect(first.headers.get("x-idempotency-lookup")).toBe("miss");
    expect(second.headers.get("x-idempotency-lookup")).toBe("hit");
    expect(second.body.ticket.id).toBe(first.body.ticket.id);
    expect(await post({ ...ticket, subject: "other" })).toMatchObject({ status: 400, body: { error: "IdempotentRequestError" } });
    clock.advance(2 * 3_600_000 + 1_000);
    const client = await zendeskClient(acme);
    const third = await client("POST", "/api/v2/tickets", { ticket }, { "idempotency-key": "k1" });
    expect(third.body.ticket.id).not.toBe(first.body.ticket.id);
  });

  test("require a description and an existing requester", async () => {
    const client = await zendeskClient(acme);
    expect((await client("POST", "/api/v2/tickets", { ticket: { subject: "x" } })).status).toBe(422);
    expect((await client("POST", "/api/v2/tickets", { ticket: { ...ticket, requester_id: 5 } })).status).toBe(422);
    const existing = await client("POST", "/api/v2/tickets", {
      ticket: { comment: { body: "x" }, requester: { name: "M", email: acme.world.people[0]!.email } },
    });
    expect(existing.body.ticket.requester_id).toBe(ids.zendesk.user(0));
  });

  test("allow an address for one user, and make a second one an identity", async () => {
    const client = await zendeskClient(acme);
    const created = await client("POST", "/api/v2/users", {
      user: { name: "New", email: "new@made.example", external_id: "x-1" },
    });
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe(created.body.user.url);
    expect(await client("POST", "/api/v2/users", { user: { name: "Twin", email: "NEW@made.example" } })).toMatchObject({
      status: 422,
      body: { details: { email: [{ error: "DuplicateValue" }] } },
    });
    expect((await client("POST", "/api/v2/users", { user: { email: "no-name@made.example" } })).status).toBe(422);
    const { id } = created.body.user;
    const updated = await client("PUT", `/api/v2/users/${id}`, {
      user: { email: "second@made.example", user_fields: { analytics_opt_out: true, nope: 1 } },
    });
    expect(updated.body.user).toMatchObject({ email: "new@made.example", user_fields: { analytics_opt_out: true } });
    expect(updated.body.user.user_fields.nope).toBeUndefined();
    expect((await client("GET", `/api/v2/users/${id}/identities`)).body.identities).toHaveLength(2);
    // "The API treats the id as case insensitive."
    const repeatReply = await client("POST", "/api/v2/users/create_or_update", { user: { name: "New", external_id: "X-1" } });
    expect(repeatReply).toMatchObject({ status: 200, body: { user: { id, external_id: "X-1" } } });
    expect(repeatReply.headers.get("location")).toBe(created.body.user.url);
    expect((await client("GET", "/api/v2/users/search?external_id=x-1")).body.users).toHaveLength(1);
  });
});

test("adds tags to a user's tags", async () => {
  const client = await zendeskClient(acme);
  const id = ids.zendesk.user(1);
  const add = (tags: unknown) => client("PUT", `/api/v2/users/${id}/tags`, { tags });
  const tags = [...zendesk.users.get(id)!.tags, "one_two", "three"];
  await add(["One two"]);
  expect(await add(["three", "one_two"])).toMatchObject({ status: 200, body: { tags } });
  expect(zendesk.users.get(id)!.tags).toEqual(tags);
  expect((await add(undefined)).status).toBe(400);
  expect((await client("PUT", "/api/v2/users/999999/tags", { tags: ["x"] })).status).toBe(404);
});

describe("the plan's limits", () => {
  test("count down in headers, return 429 with Retry-After, and reset each minute", async () => {
    const small = await tinyLab({ limits: { zendesk: { requestsPerMinute: 3, exportsPerMinute: 1 } } });
    const client = await zendeskClient(small.acme);
    const first = await client("GET", "/api/v2/users/me");
    expect(first.headers.get("x-rate-limit")).toBe("3");
    expect(first.headers.get("ratelimit-remaining")).toBe("2");
    expect(Number(first.headers.get("ratelimit-reset"))).toBeGreaterThan(0);
    await client("GET", "/api/v2/users/me");
    await client("GET", "/api/v2/users/me");
    const refusal = await client("GET", "/api/v2/users/me");
    expect(refusal).toMatchObject({ status: 429, body: { error: "APIRateLimitExceeded" } });
    small.clock.advance(Number(refusal.headers.get("retry-after")) * 1_000);
    expect((await client("GET", "/api/v2/incremental/tickets/cursor?start_time=1")).status).toBe(200);
    const exportReply = await client("GET", "/api/v2/incremental/tickets/cursor?start_time=1");
    expect(exportReply).toMatchObject({ status: 429, body: { description: expect.stringContaining("incremental") } });
    small.lab.reset();
    expect((await client("GET", "/api/v2/incremental/tickets/cursor?start_time=1")).status).toBe(200);
    await small.lab.close();
  });
});

describe("creating a ticket field", () => {
  // Earlier tests let tokens expire.
  const fieldApi = async (...request: Parameters<typeof api>) => await (await zendeskClient(acme))(...request);
  const create = (ticket_field: unknown) => fieldApi("POST", "/api/v2/ticket_fields", { ticket_field });

  const setField = (ticket: number, field: unknown) =>
    fieldApi("PUT", `/api/v2/tickets/${ticket}`, { ticket: { custom_fields: [field] } });

  test("adds it to the list and to tickets", async () => {
    const { status, body } = await create({ type: "integer", title: "Health" });
    expect(status).toBe(201);
    const { id } = body.ticket_field;
    const list = await fieldApi("GET", "/api/v2/ticket_fields?page[size]=100");
    expect(list.body.ticket_fields.find((f: { id: number }) => f.id === id)).toMatchObject({ title: "Health", active: true });
    const ticket = fresh();
    expect((await setField(ticket, { id, value: 70 })).status).toBe(200);
    expect((await setField(ticket, { id, value: "high" })).status).toBe(422);
  });

  test.each([[{ type: "integer" }], [{ title: "Health" }], [{ title: "Health", type: "number" }]])(
    "refuses %j",
    async (field) => {
      expect(await create(field)).toMatchObject({ status: 422, body: { error: "RecordInvalid" } });
    },
  );
});
