import { createIdentifiers } from "@sidelight/model/identifiers/identifiers.ts";
import { standIn } from "@sidelight/test-support/standIn.ts";
import { setTicketFields } from "@sidelight/zendesk/actions/setTicketFields.ts";
import { createClient } from "@sidelight/zendesk/client.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LabActionBench, openActionBench, openLabActionBench, zendeskSettings } from "../../harness/actionBench.ts";

let bench: LabActionBench;
const open = async (limits: object = {}) => {
  bench = await openLabActionBench(zendesk, zendeskSettings, { limits: { zendesk: limits } });
};
beforeEach(() => open());
afterEach(() => bench.close());

const field = (key: string): number => bench.acme.world.ids.zendesk.field(key);
const tickets = (...statuses: string[]) =>
  [...bench.acme.world.zendesk.tickets.values()].filter((t) => statuses.includes(t.status));
const working = () => tickets("open", "pending", "new", "hold");
const set = (ticket: string | number, ...fields: [string, unknown][]) => ({
  input: { ticket, fields: fields.map(([key, value]) => ({ id: field(key), value })) },
});
const fieldOf = (ticket: number, key: string) =>
  bench.acme.world.zendesk.tickets.get(ticket)!.custom_fields.find((f) => f.id === field(key))?.value;
const writes = (): string[] => bench.requests().filter((r) => r.startsWith("PUT"));

describe("set-ticket-fields", () => {
  it("sets the fields of one ticket with a single call and changes nothing else", async () => {
    const { id, tags, subject } = working()[0]!;
    const [outcome] = await bench.perform("set-ticket-fields", [
      set(`zendesk.ticket:${id}`, ["account_arr", 12.5], ["churn_risk", true], ["renewal_date", "2027-05-01"]),
    ]);
    expect(outcome).toEqual({ state: "done", ref: `zendesk.ticket:${id}`, hasWritten: true });
    expect([fieldOf(id, "account_arr"), fieldOf(id, "churn_risk"), fieldOf(id, "renewal_date")]).toEqual([
      "12.5",
      true,
      "2027-05-01",
    ]);
    expect(bench.acme.world.zendesk.tickets.get(id)).toMatchObject({ tags, subject });
    expect(bench.requests()).toEqual(["GET /api/v2/ticket_fields", `PUT /api/v2/tickets/${id}`]);
    expect(Object.keys(bench.effects()["ticket"]![0]!.fields)).toEqual(["custom_fields"]);
    // The call log contains no ticket id.
    expect(bench.calls.map((call) => call.route)).toContain("PUT /api/v2/tickets/{id}");
  });

  it("sets the fields of many tickets with one job and returns an outcome for each", async () => {
    const [invalid, unknown, ...valid] = working();
    const closedTicket = tickets("closed")[0]!;
    const inputs = [
      ...valid.map(({ id }) => set(id, ["account_arr", 7])),
      set(closedTicket.id, ["account_arr", 7]),
      set(999_999, ["account_arr", 7]),
      set(invalid!.id, ["account_arr", "a lot"]),
      { input: { ticket: unknown!.id, fields: [{ id: 4711, value: "x" }] } },
    ];
    const outcomes = await bench.perform("set-ticket-fields", inputs);
    expect(outcomes.slice(0, valid.length)).toEqual(
      valid.map(({ id }) => ({ state: "done", ref: `zendesk.ticket:${id}`, hasWritten: true })),
    );
    expect(outcomes.slice(valid.length)).toMatchObject([
      { cause: "conflict", isRetryable: false },
      { cause: "not_found", isRetryable: false },
      { cause: "misconfigured", isRetryable: false, message: expect.stringContaining(String(field("account_arr"))) },
      { cause: "misconfigured", message: "Zendesk has no ticket field 4711." },
    ]);
    // Tickets whose reason is prose only are updated alone.
    expect(writes()).toHaveLength(3);
    expect(bench.requests().filter((r) => r.includes("job_statuses"))).toHaveLength(1);
    expect(bench.effects()["ticket"]).toHaveLength(valid.length);
    expect(JSON.stringify(outcomes)).not.toContain("a lot");
  });

  it("writes the newest value of each field of a ticket", async () => {
    const { id } = working()[0]!;
    const outcomes = await bench.perform("set-ticket-fields", [
      set(id, ["account_arr", 1], ["health_score", 10]),
      set(`zendesk.ticket:${id}`, ["account_arr", 2]),
    ]);
    expect(outcomes.map((o) => o.state)).toEqual(["done", "done"]);
    expect([fieldOf(id, "account_arr"), fieldOf(id, "health_score")]).toEqual(["2", "10"]);
    expect(writes()).toEqual([`PUT /api/v2/tickets/${id}`]);
  });

  it.each(["reset", "timeout", "malformed", "error"] as const)("can be retried when the response was lost: %s", async (kind) => {
    const { id } = working()[0]!;
    const effect = { id: "lost", ...set(id, ["account_plan", "plan_growth"]) };
    bench.addFault({ kind, processed: true, path: "/api/v2/tickets/" });
    expect(await bench.perform("set-ticket-fields", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.clearFaults();
    const { tags } = bench.acme.world.zendesk.tickets.get(id)!;
    expect(tags).toContain("plan_growth");
    expect(await bench.perform("set-ticket-fields", [effect])).toMatchObject([{ state: "done" }]);
    expect(bench.acme.world.zendesk.tickets.get(id)!.tags).toEqual(tags);
  });

  it("can be retried when a job's response was lost", async () => {
    const effects = working()
      .slice(0, 2)
      .map(({ id }) => set(id, ["account_arr", 3]));
    bench.addFault({ kind: "reset", processed: true, path: "/api/v2/tickets/update_many" });
    expect(await bench.perform("set-ticket-fields", effects)).toMatchObject(
      effects.map(() => ({ cause: "unavailable", isRetryable: true })),
    );
    bench.clearFaults();
    expect(await bench.perform("set-ticket-fields", effects)).toMatchObject(effects.map(() => ({ state: "done" })));
  });

  it.each([
    [
      { kind: "error", status: 409 },
      { cause: "conflict", isRetryable: true },
    ],
    [
      { kind: "error", status: 403 },
      { cause: "invalid_credentials", isRetryable: false },
    ],
    [
      { kind: "error", status: 400 },
      { cause: "rejected", isRetryable: false },
    ],
    [
      { kind: "error", status: 503 },
      { cause: "unavailable", isRetryable: true, retryAt: expect.any(Number) },
    ],
    [{ kind: "rate_limit" }, { cause: "rate_limited", isRetryable: true, retryAt: expect.any(Number) }],
    [{ kind: "expired_token" }, { cause: "invalid_credentials", isRetryable: true }],
  ] as const)("returns the cause of the failure: %o", async (fault, outcome) => {
    bench.addFault({ ...fault, path: "/api/v2/tickets/" });
    expect(await bench.perform("set-ticket-fields", [set(working()[0]!.id, ["account_arr", 1])])).toMatchObject([outcome]);
  });

  it("polls a job and fails when it takes too long", async () => {
    await bench.close();
    await open({ jobSeconds: 20 });
    const pause = async (ms: number) => void bench.clock.advance(ms);
    const perform = async () => {
      const { settings, secrets } = zendeskSettings(bench.acme);
      const client = createClient(zendesk.options.parse(settings), {
        ...{ tenant: "acme", connection: "zendesk", timeZone: "UTC", onCall() {}, quotaLeft: () => 1, onQuota() {}, onDate() {} },
        ...{ now: bench.clock.now, monotonic: bench.clock.monotonic, platformNow: bench.clock.now },
        identifiers: createIdentifiers({ defaultCountry: null, freeMailDomains: [] }),
        ...{ secret: async () => secrets.zendesk, acquire: async () => {} },
      });
      const action = setTicketFields(client, bench.clock, pause);
      const [a, b] = working().map(({ id }) => ({
        id: `slow-${id}`,
        at: 0,
        input: action.input.parse(set(id, ["account_arr", 1]).input),
      }));
      const outcomes = await action.perform([a!, b!], { priority: "webhook", signal: new AbortController().signal });
      await client.close();
      return outcomes;
    };
    expect(await perform()).toMatchObject([{ state: "done" }, { state: "done" }]);
    const polls = bench.requests().filter((r) => r.includes("job_statuses")).length;
    expect(polls).toBeGreaterThan(3);
    expect(polls).toBeLessThan(10);
    await bench.close();
    await open({ jobSeconds: 3_600 });
    expect(await perform()).toMatchObject([
      { cause: "unavailable", isRetryable: true },
      { cause: "unavailable", isRetryable: true },
    ]);
  });
});

describe("rate limits of ticket updates", () => {
  it("are read from every response", async () => {
    await bench.perform("set-ticket-fields", [set(working()[0]!.id, ["account_arr", 1])]);
    expect(bench.rateLimiter.left()["updates"]).toMatchObject({ limit: 100, remaining: 99 });
  });

  it("of the account delay updates and no other calls", async () => {
    await bench.close();
    await open({ ticketUpdatesPerMinute: 2 });
    const [a, b, c] = working();
    for (const { id } of [a!, b!]) {
      expect(await bench.perform("set-ticket-fields", [set(id, ["account_arr", 1])])).toMatchObject([{ state: "done" }]);
    }
    expect(bench.rateLimiter.left()).toMatchObject({ updates: { remaining: 0 }, core: { remaining: expect.any(Number) } });
    expect(bench.rateLimiter.left()["core"]!.remaining).toBeGreaterThan(300);
    const previouslySlept = bench.clock.slept;
    expect(await bench.perform("set-ticket-fields", [set(c!.id, ["account_arr", 1])])).toMatchObject([{ state: "done" }]);
    // The update waited for the next minute and got no 429.
    expect(bench.clock.slept).toBeGreaterThan(previouslySlept);
    expect(bench.lab.requests.list({}).some((r) => r.status === 429)).toBe(false);
  });

  it("of one ticket do not affect other tickets", async () => {
    await bench.close();
    await open({ updatesPerTicket: 1 });
    const [a, b] = working();
    const update = (id: number, n: number) => bench.perform("set-ticket-fields", [set(id, ["account_arr", n])]);
    await update(a!.id, 1);
    const now = bench.clock.now();
    expect(await update(a!.id, 2)).toMatchObject([{ cause: "rate_limited", isRetryable: true, retryAt: now + 600_000 }]);
    expect(bench.rateLimiter.left()["updates"]!.remaining).toBeGreaterThan(0);
    expect(await update(b!.id, 1)).toMatchObject([{ state: "done" }]);
  });

  it("of the account's requests delay calls instead of having them refused", async () => {
    await bench.close();
    await open({ requestsPerMinute: 2 });
    for (const { id } of working().slice(0, 3))
      expect(await bench.perform("set-ticket-fields", [set(id, ["account_arr", 1])])).toMatchObject([{ state: "done" }]);
    expect(bench.lab.requests.list({}).some((r) => r.status === 429)).toBe(false);
  });

  it("that another client of the account has used up are reported with the time of the next attempt", async () => {
    bench.addFault({ kind: "rate_limit", path: "/api/v2/tickets" });
    expect(await bench.perform("set-ticket-fields", [set(working()[0]!.id, ["account_arr", 1])])).toMatchObject([
      { cause: "rate_limited", isRetryable: true, retryAt: expect.any(Number) },
    ]);
  });
});

describe("add-internal-note", () => {
  const comments = (ticket: number) => bench.acme.world.zendesk.comments.by("ticket_id", ticket);

  it("adds a private comment once", async () => {
    const { id } = working()[0]!;
    const effect = { id: "note-1", input: { ticket: id, body: "Renewal in May." } };
    const ref = `zendesk.ticket:${id}`;
    expect(await bench.perform("add-internal-note", [effect])).toEqual([{ state: "done", ref, hasWritten: true }]);
    expect(await bench.perform("add-internal-note", [effect])).toEqual([{ state: "done", ref, hasWritten: false }]);
    expect(comments(id)).toMatchObject([{ body: "Renewal in May.", public: false }]);
    // A note with the same text and another id is a new note.
    await bench.perform("add-internal-note", [{ ...effect, id: "note-2" }]);
    expect(comments(id)).toHaveLength(2);
  });

  it.each(["reset", "timeout", "malformed", "error"] as const)("adds it once when the response was lost: %s", async (kind) => {
    const { id } = working()[0]!;
    const effect = { id: `note-${kind}`, input: { ticket: id, html: "<p>Renewal in May.</p>" } };
    let isBroken = false;
    bench.onCall = ({ route }) => {
      // Only the write fails.
      if (!isBroken && route.endsWith("/audits")) bench.addFault({ kind, processed: true, path: `/api/v2/tickets/${id}` });
      isBroken ||= route.endsWith("/audits");
    };
    expect(await bench.perform("add-internal-note", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.clearFaults();
    expect(await bench.perform("add-internal-note", [effect])).toMatchObject([{ state: "done", hasWritten: false }]);
    expect(comments(id)).toHaveLength(1);
  });

  it("finds its note among hundreds of audits", async () => {
    await bench.close();
    await open({ updatesPerTicket: 1_000, ticketUpdatesPerMinute: 10_000 });
    const { id } = working()[0]!;
    const effect = { id: "note-far", input: { ticket: id, body: "x" } };
    await bench.perform("add-internal-note", [effect]);
    const action = bench.connector.actions!["set-ticket-fields"]!;
    for (let n = 0; n < 120; n++) {
      bench.clock.advance(1_000);
      const input = action.input.parse(set(id, ["account_arr", n]).input);
      await action.perform([{ id: `n-${n}`, at: 0, input }], { priority: "webhook", signal: new AbortController().signal });
    }
    const later = { id: "note-later", input: { ticket: id, body: "y" } };
    await bench.perform("add-internal-note", [later]);
    expect(await bench.perform("add-internal-note", [later])).toMatchObject([{ hasWritten: false }]);
    expect(comments(id)).toHaveLength(2);
  });

  it("fails when the ticket is changed at the same time, and succeeds on retry", async () => {
    const { id } = working()[0]!;
    const effect = { id: "note-late", input: { ticket: id, body: "x" } };
    bench.onCall = ({ route }) => {
      if (!route.endsWith("/audits")) return;
      bench.onCall = null;
      bench.clock.advance(2_000);
      const { world } = bench.acme;
      const updated_at = new Date(bench.clock.now()).toISOString();
      world.change(() => world.zendesk.tickets.put({ ...world.zendesk.tickets.get(id)!, updated_at }));
    };
    expect(await bench.perform("add-internal-note", [effect])).toMatchObject([{ cause: "conflict", isRetryable: true }]);
    expect(comments(id)).toHaveLength(0);
    expect(await bench.perform("add-internal-note", [effect])).toMatchObject([{ state: "done", hasWritten: true }]);
  });

  it("fails for a closed ticket and for one that does not exist", async () => {
    const note = (ticket: number) => ({ input: { ticket, body: "x" } });
    expect(await bench.perform("add-internal-note", [note(tickets("closed")[0]!.id)])).toMatchObject([
      { cause: "conflict", isRetryable: false },
    ]);
    expect(await bench.perform("add-internal-note", [note(999_999)])).toMatchObject([{ cause: "not_found" }]);
  });
});

it("requests write access only when something is written", async () => {
  const server = await standIn(({ url }) =>
    url === "/oauth/tokens"
      ? { status: 200, body: { access_token: "t" } }
      : { status: 200, body: { ticket_fields: [{ id: 1 }], users: [], ticket: {} } },
  );
  const settings = { url: server.url, auth: { clientId: "c", clientSecret: "s" } };
  const otherBench = openActionBench(zendesk, settings, { s: "x" });
  const scopes = () => server.requests.filter((r) => r.url === "/oauth/tokens").map((r) => JSON.parse(r.body).scope);
  await otherBench.connector.check({ priority: "interactive", signal: new AbortController().signal });
  expect(scopes()).toEqual(["read"]);
  await otherBench.perform("set-ticket-fields", [{ input: { ticket: 5, fields: [{ id: 1, value: "x" }] } }]);
  expect(scopes()).toEqual(["read", "tickets:write users:write"]);
  await otherBench.close();
  await server.close();
});
