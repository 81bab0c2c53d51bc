import { salesforce } from "@sidelight/salesforce/index.ts";
import { standIn } from "@sidelight/test-support/standIn.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LabActionBench, openActionBench, openLabActionBench, salesforceSettings } from "../../harness/actionBench.ts";
import { ANCHOR } from "../../lab/simulators/testing.ts";

let bench: LabActionBench;
const open = async (limits: object = {}) => {
  bench = await openLabActionBench(salesforce, salesforceSettings, { limits: { salesforce: limits } });
};
beforeEach(() => open());
afterEach(() => bench.close());

const ids = () => bench.acme.world.ids.salesforce;
const account = (n = 0): string => ids().account(n);
const rowsOf = (object: "Account" | "Task" | "Case" | "Lead" | "Contact") => bench.acme.world.salesforce.tables[object];
const task = (overrides: object = {}) => ({
  input: { ownerId: ids().user(0), whatId: account(), subject: "Call Ada", dueDate: "2026-11-27", ...overrides },
});
const routes = () => bench.calls.map((call) => call.route.replace("/services/data/{version}", ""));
const [query, upsertTasks, update] = [
  "GET /queryAll",
  "PATCH /composite/sobjects/Task/Sidelight_External_Id__c",
  "PATCH /composite/sobjects",
];
const writing = "/services/data/v67.0/composite";

describe("create-task", () => {
  it("creates one task with the effect's id as external id", async () => {
    const effect = { id: "dlv-1", ...task({ description: "She is angry.", priority: "High", status: "Not Started" }) };
    const [outcome] = await bench.perform("create-task", [effect]);
    const row = [...rowsOf("Task").values()].find((r) => r["Sidelight_External_Id__c"] === "dlv-1")!;
    expect(outcome).toEqual({ state: "done", ref: `salesforce.task:${row.Id}`, hasWritten: true });
    expect(row).toMatchObject({
      ...{ OwnerId: ids().user(0), WhatId: account(), AccountId: account(), Subject: "Call Ada", Description: "She is angry." },
      ...{ ActivityDate: "2026-11-27", Priority: "High", Status: "Not Started" },
    });
    // A person's change of the task is kept.
    bench.acme.world.change(() => rowsOf("Task").put({ ...row, Status: "Completed" }));
    expect(await bench.perform("create-task", [effect])).toEqual([{ ...outcome, hasWritten: false }]);
    expect(rowsOf("Task").get(row.Id)!["Status"]).toBe("Completed");
    expect(bench.effects()["Task"]).toMatchObject([{ created: true, writes: 1 }]);
  });

  it("creates 200 tasks with two calls", async () => {
    const effects = Array.from({ length: 200 }, (_, i) => ({
      id: `0193f8e2-7a31-7c52-9d0e-${String(i).padStart(12, "0")}`,
      ...task(),
    }));
    const outcomes = await bench.perform("create-task", effects);
    expect(outcomes.every((o) => o.state === "done" && o.hasWritten)).toBe(true);
    expect(routes().slice(1)).toEqual([query, upsertTasks]);
    // Only missing records of a batch are created.
    const [existing, created] = await bench.perform("create-task", [effects[7]!, { id: "dlv-new", ...task() }]);
    expect([existing, created]).toMatchObject([
      { ref: outcomes[7]!.state === "done" && outcomes[7]!.ref, hasWritten: false },
      { hasWritten: true },
    ]);
    expect(bench.effects()["Task"]).toHaveLength(201);
  });

  it.each(["reset", "timeout", "malformed", "error"] as const)(
    "creates one record when the response was lost: %s",
    async (kind) => {
      const effect = { id: `dlv-${kind}`, ...task() };
      bench.addFault({ kind, processed: true, path: writing });
      expect(await bench.perform("create-task", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
      bench.clearFaults();
      expect(await bench.perform("create-task", [effect])).toMatchObject([{ state: "done", hasWritten: false }]);
      expect(bench.effects()["Task"]).toMatchObject([{ created: true, writes: 1 }]);
    },
  );

  it("creates one record when the first attempt arrives during the second", async () => {
    const effect = { id: "dlv-late", ...task() };
    bench.onCall = ({ route }) => {
      if (!route.endsWith("/queryAll")) return;
      bench.onCall = null;
      const { world } = bench.acme;
      const [anyTask] = rowsOf("Task").values();
      world.change(() => rowsOf("Task").put({ ...anyTask!, Id: "00T000000000001AAA", Sidelight_External_Id__c: "dlv-late" }));
    };
    expect(await bench.perform("create-task", [effect])).toMatchObject([{ state: "done" }]);
    expect([...rowsOf("Task").values()].filter((r) => r["Sidelight_External_Id__c"] === "dlv-late")).toHaveLength(1);
  });

  it("does not create a deleted task again", async () => {
    const effect = { id: "dlv-gone", ...task() };
    await bench.perform("create-task", [effect]);
    const row = [...rowsOf("Task").values()].find((r) => r["Sidelight_External_Id__c"] === "dlv-gone")!;
    bench.acme.world.change(() => rowsOf("Task").put({ ...row, IsDeleted: true }));
    expect(await bench.perform("create-task", [effect])).toMatchObject([{ state: "done", hasWritten: false }]);
  });

  it("returns an outcome for each effect of a batch", async () => {
    const outcomes = await bench.perform("create-task", [
      task({ subject: "x".repeat(400) }),
      task({ whatId: "salesforce.account:001000000000000AAA" }),
      task({ fields: { No_Such_Field__c: 1 } }),
      // Salesforce cannot read this record and refuses the whole request.
      task({ fields: { Status: 5 } }),
      task({ whatId: ids().user(0) }),
      task(),
    ]);
    expect(outcomes).toMatchObject([
      { state: "done" },
      { cause: "not_found", isRetryable: false },
      { cause: "misconfigured", message: "Salesforce refused the record (INVALID_FIELD)." },
      { cause: "misconfigured", message: "Salesforce refused the record (JSON_PARSER_ERROR)." },
      { cause: "misconfigured", message: "Salesforce refused the record (MALFORMED_ID: WhatId)." },
      { state: "done" },
    ]);
    expect(bench.effects()["Task"]).toHaveLength(2);
  });
});

describe("create-task unless one is open", () => {
  const day = 86_400_000;
  const weekAgo = (now = bench.clock.now()) => new Date(now - 7 * day).toISOString();
  const risk = (id: string, overrides: object = {}) => ({ id, ...task({ unlessOpenSince: weekAgo(), ...overrides }) });
  const rowOf = (id: string) => [...rowsOf("Task").values()].find((r) => r["Sidelight_External_Id__c"] === id);

  it("creates one task and returns its ref for later effects", async () => {
    const [outcome] = await bench.perform("create-task", [risk("dlv-1")]);
    expect(await bench.perform("create-task", [risk("dlv-2", { whatId: `salesforce.account:${account()}` })])).toEqual([
      { ...outcome, hasWritten: false },
    ]);
    expect(bench.effects()["Task"]).toHaveLength(1);
  });

  it("creates one task for several effects of one batch", async () => {
    const outcomes = await bench.perform("create-task", [
      risk("dlv-1"),
      risk("dlv-2", { unlessOpenSince: weekAgo(bench.clock.now() - 1) }),
      risk("dlv-3", { whatId: account(1) }),
      { id: "dlv-4", ...task() },
    ]);
    expect(outcomes).toMatchObject([{ hasWritten: true }, { hasWritten: false }, { hasWritten: true }, { hasWritten: true }]);
    expect(outcomes[1]).toEqual({ ...outcomes[0], hasWritten: false });
    expect(bench.effects()["Task"]).toHaveLength(3);
  });

  it("creates the next task when the first is refused", async () => {
    const outcomes = await bench.perform("create-task", [
      risk("dlv-1", { fields: { Nope__c: 1 } }),
      risk("dlv-2"),
      risk("dlv-3"),
    ]);
    expect(outcomes).toMatchObject([{ cause: "misconfigured" }, { hasWritten: true }, { hasWritten: false }]);
  });

  it.each<[string, (row: NonNullable<ReturnType<typeof rowOf>>) => object, object]>([
    ["is closed", (row) => ({ ...row, Status: "Completed", IsClosed: true }), {}],
    ["has another subject", (row) => row, { subject: "Call Grace" }],
    ["is older", (row) => ({ ...row, CreatedDate: new Date(bench.clock.now() - 8 * day).toISOString() }), {}],
    ["was created by a person", (row) => ({ ...row, Sidelight_External_Id__c: null }), {}],
    ["belongs to another account", (row) => ({ ...row, WhatId: account(1), AccountId: account(1) }), {}],
  ])("creates a task when the existing one %s", async (_, change, overrides) => {
    await bench.perform("create-task", [risk("dlv-1")]);
    bench.acme.world.change(() => rowsOf("Task").put(change(rowOf("dlv-1")!) as never));
    expect(await bench.perform("create-task", [risk("dlv-2", overrides)])).toMatchObject([{ hasWritten: true }]);
  });

  it("searches for many tasks with one query", async () => {
    const effects = Array.from({ length: 200 }, (_, i) => risk(`dlv-${i}`, { whatId: account(i % 12) }));
    const outcomes = await bench.perform("create-task", effects);
    expect(outcomes.filter((o) => o.state === "done" && o.hasWritten)).toHaveLength(12);
    expect(routes().slice(1)).toEqual([query, "GET /query", upsertTasks]);
  });
});

describe("create-case", () => {
  it("creates a case once, owned by a user or a queue", async () => {
    const input = {
      accountId: `salesforce.account:${account()}`,
      subject: "Printer",
      ownerId: ids().queue(0),
      priority: "High",
      origin: "Web",
    };
    const effect = { id: "dlv-case", input };
    const [outcome] = await bench.perform("create-case", [effect]);
    expect(outcome).toMatchObject({ state: "done", hasWritten: true, ref: expect.stringMatching(/^salesforce\.case:500/) });
    expect(await bench.perform("create-case", [effect])).toEqual([{ ...outcome, hasWritten: false }]);
    expect(bench.effects()["Case"]).toMatchObject([
      { created: true, writes: 1, fields: { AccountId: account(), Subject: "Printer", OwnerId: ids().queue(0), Origin: "Web" } },
    ]);
  });
});

describe("set-fields", () => {
  const set = (object: string, id: string, fields: object) => ({ input: { object, id, fields } });

  it("sets fields of several objects with one call", async () => {
    const [lead] = [...rowsOf("Lead").values()];
    const outcomes = await bench.perform("set-fields", [
      set("lead", lead!.Id.slice(0, 15), { Status: "Working" }),
      set("account", account(0), { Next_Step__c: "Call", ARR__c: 5 }),
      set("account", account(1), { Next_Step__c: null }),
      set("account", `salesforce.account:${account(0)}`, { ARR__c: 6 }),
    ]);
    expect(outcomes.map((o) => o.state === "done" && o.ref)).toEqual([
      `salesforce.lead:${lead!.Id}`,
      `salesforce.account:${account(0)}`,
      `salesforce.account:${account(1)}`,
      `salesforce.account:${account(0)}`,
    ]);
    expect(rowsOf("Account").get(account(0))).toMatchObject({ Next_Step__c: "Call", ARR__c: 6 });
    expect(rowsOf("Account").get(account(1))).toMatchObject({ Next_Step__c: null });
    expect(routes().slice(1)).toEqual([update]);
    expect(bench.effects()["Account"]!.map((e) => e.writes)).toEqual([1, 1]);
  });

  it("stores addresses in their canonical form, and leaves other texts as they are", async () => {
    const [lead, contact] = [[...rowsOf("Lead").values()][0]!, [...rowsOf("Contact").values()][0]!];
    await bench.perform("set-fields", [
      set("lead", lead.Id, { Email: " Ann@Made.EXAMPLE ", Company: "Ann@Made.EXAMPLE" }),
      set("contact", contact.Id, { Secondary_Email__c: "Ann.Lee@Made.EXAMPLE" }),
    ]);
    expect(rowsOf("Lead").get(lead.Id)).toMatchObject({ Email: "ann@made.example", Company: "Ann@Made.EXAMPLE" });
    expect(rowsOf("Contact").get(contact.Id)).toMatchObject({ Secondary_Email__c: "ann.lee@made.example" });
  });

  it("sets 200 records with one call", async () => {
    const effects = Array.from({ length: 200 }, (_, i) => set("account", account(i % 12), { Next_Step__c: `n${i}` }));
    const outcomes = await bench.perform("set-fields", effects);
    expect(outcomes.every((o) => o.state === "done")).toBe(true);
    expect(routes().slice(1)).toEqual([update]);
    // The newest effect for a record wins.
    expect(rowsOf("Account").get(account(199 % 12))!["Next_Step__c"]).toBe("n199");
  });

  it("can be retried when the response was lost", async () => {
    const effect = { id: "set", ...set("account", account(), { Next_Step__c: "Call" }) };
    bench.addFault({ kind: "timeout", processed: true, path: writing });
    expect(await bench.perform("set-fields", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.clearFaults();
    expect(await bench.perform("set-fields", [effect])).toMatchObject([{ state: "done" }]);
    expect(rowsOf("Account").get(account())!["Next_Step__c"]).toBe("Call");
  });

  it("returns an outcome for each effect", async () => {
    const deletedAccount = account(2);
    bench.acme.world.change(() => rowsOf("Account").put({ ...rowsOf("Account").get(deletedAccount)!, IsDeleted: true }));
    const outcomes = await bench.perform("set-fields", [
      set("account", account(0), { Nope__c: 1 }),
      set("account", account(1), { ARR__c: "lots" }),
      set("account", deletedAccount, { Next_Step__c: "x" }),
      set("account", "001000000000000AAA", { Next_Step__c: "x" }),
      set("contact", account(3), { Title: "x" }),
      set("account", account(4), { Next_Step__c: "x".repeat(300) }),
      set("account", account(5), { CreatedDate: "2026-01-01T00:00:00Z" }),
      set("account", account(6), { Next_Step__c: "fine" }),
    ]);
    expect(outcomes.map((o) => (o.state === "done" ? "done" : o.cause))).toEqual([
      ...["misconfigured", "misconfigured", "not_found", "not_found", "misconfigured", "rejected", "misconfigured", "done"],
    ]);
    expect(outcomes[1]).toMatchObject({ message: "Salesforce refused the record (JSON_PARSER_ERROR)." });
    expect(outcomes[5]).toMatchObject({ message: "Salesforce refused the record (STRING_TOO_LONG: Next_Step__c)." });
    expect(JSON.stringify(outcomes)).not.toMatch(/lots|xxx/);
    expect(bench.effects()["Account"]).toHaveLength(1);
  });

  it("does not change a converted lead", async () => {
    const [lead] = [...rowsOf("Lead").values()];
    bench.acme.world.change(() => rowsOf("Lead").put({ ...lead!, IsConverted: true }));
    expect(await bench.perform("set-fields", [set("lead", lead!.Id, { Status: "Working" })])).toMatchObject([
      { cause: "conflict", isRetryable: false },
    ]);
  });

  it("saves a record that a duplicate rule only warns about", async () => {
    const [first, second] = [...rowsOf("Lead").values()].filter((lead) => lead["IsConverted"] !== true);
    const outcomes = await bench.perform("set-fields", [set("lead", second!.Id, { Email: String(first!["Email"]) })]);
    expect(outcomes).toMatchObject([{ state: "done" }]);
    expect(rowsOf("Lead").get(second!.Id)!["Email"]).toBe(first!["Email"]);
  });

  it("does not save a record that a duplicate rule blocks", async () => {
    await bench.close();
    await open({ duplicateRules: { Lead: "block" } });
    const [first, second] = [...rowsOf("Lead").values()].filter((lead) => lead["IsConverted"] !== true);
    const outcomes = await bench.perform("set-fields", [set("lead", second!.Id, { Email: String(first!["Email"]) })]);
    expect(outcomes).toMatchObject([
      { cause: "rejected", isRetryable: false, message: expect.stringContaining("DUPLICATES_DETECTED") },
    ]);
  });

  it.each([
    ["UNABLE_TO_LOCK_ROW", { cause: "unavailable", isRetryable: true, retryAt: null }],
    ["DUPLICATES_DETECTED", { cause: "rejected", isRetryable: false }],
    ["FIELD_CUSTOM_VALIDATION_EXCEPTION", { cause: "rejected", isRetryable: false }],
    ["INSUFFICIENT_ACCESS_OR_READONLY", { cause: "invalid_credentials", isRetryable: false }],
    ["STORAGE_LIMIT_EXCEEDED", { cause: "rejected", isRetryable: false }],
    ["QUERY_TIMEOUT", { cause: "unavailable", isRetryable: true }],
    ["REQUEST_LIMIT_EXCEEDED", { cause: "rate_limited", isRetryable: true, retryAt: expect.any(Number) }],
  ])("maps the status code %s of a record to its cause", async (statusCode, outcome) => {
    const body = [{ success: false, errors: [{ statusCode, message: "Ada Lovelace is there already", fields: [] }] }];
    await withStandIn({ status: 200, body }, async (otherBench) => {
      const [result] = await otherBench.perform("set-fields", [set("account", account(), { Next_Step__c: "x" })]);
      expect(result).toMatchObject(outcome);
      expect(JSON.stringify(result)).not.toContain("Ada");
    });
  });
});

/** A server that gives every call except the sign-in the same response. */
async function withStandIn(
  answer: { status: number; body: unknown },
  work: (otherBench: ReturnType<typeof openActionBench>) => Promise<void>,
) {
  const server = await standIn(({ url }) => (url.includes("/oauth2/") ? { status: 200, body: { access_token: "t" } } : answer));
  const otherBench = openActionBench(salesforce, { url: server.url, auth: { clientId: "c", clientSecret: "s" } }, { s: "x" });
  await work(otherBench);
  await otherBench.close();
  await server.close();
}

describe("errors of the org", () => {
  const effect = () => ({ input: { object: "account", id: account(), fields: { Next_Step__c: "x" } } });

  it("returns misconfigured when Sidelight's package is not installed", async () => {
    await withStandIn({ status: 400, body: [{ errorCode: "INVALID_FIELD", message: "No such column" }] }, async (otherBench) => {
      expect(await otherBench.perform("create-task", [task()])).toMatchObject([
        { cause: "misconfigured", isRetryable: false, message: expect.stringContaining("Sidelight_External_Id__c") },
      ]);
    });
  });

  it("returns rate_limited with a retry after 15 minutes when the daily quota is used up", async () => {
    await bench.close();
    await open({ dailyRequests: 1 });
    await bench.perform("set-fields", [effect()]);
    expect(await bench.perform("set-fields", [effect()])).toMatchObject([
      { cause: "rate_limited", isRetryable: true, retryAt: bench.clock.now() + 900_000 },
    ]);
  });

  it("returns rate_limited with a retry after seconds when too many long requests run at the same time", async () => {
    await bench.perform("set-fields", [effect()]);
    bench.addFault({ kind: "error", status: 403, path: writing });
    const [outcome] = await bench.perform("set-fields", [effect()]);
    expect(outcome).toMatchObject({ cause: "rate_limited", isRetryable: true });
    const delayMs = (outcome?.state === "failed" ? (outcome.retryAt ?? 0) : 0) - bench.clock.now();
    expect(delayMs).toBeGreaterThanOrEqual(5_000);
    expect(delayMs).toBeLessThanOrEqual(15_000);
  });

  it("distinguishes the two limits for one record of a collection too", async () => {
    const answer = (message: string) => ({
      status: 200,
      body: [{ success: false, errors: [{ statusCode: "REQUEST_LIMIT_EXCEEDED", message, fields: [] }] }],
    });
    const delayOf = async (message: string): Promise<number> => {
      let delayMs = 0;
      await withStandIn(answer(message), async (otherBench) => {
        const [outcome] = await otherBench.perform("set-fields", [effect()]);
        delayMs = (outcome?.state === "failed" ? (outcome.retryAt ?? 0) : 0) - ANCHOR.getTime();
      });
      return delayMs;
    };
    expect(await delayOf("TotalRequests Limit exceeded.")).toBe(900_000);
    expect(await delayOf("ConcurrentRequests (Concurrent API Requests) Limit exceeded.")).toBeLessThanOrEqual(15_000);
  });

  it("tries a record again that a trigger of the org refused because of a lock", async () => {
    const message = "Rollup: execution of AfterUpdate caused by: System.DmlException: Update failed. UNABLE_TO_LOCK_ROW";
    const errors = [{ statusCode: "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message }];
    await withStandIn({ status: 200, body: [{ success: false, errors }] }, async (otherConnection) => {
      expect(await otherConnection.perform("set-fields", [effect()])).toMatchObject([
        { cause: "unavailable", isRetryable: true },
      ]);
    });
  });

  it("returns misconfigured when the org hides the object from the integration's user", async () => {
    await withStandIn(
      { status: 400, body: [{ errorCode: "INVALID_TYPE", message: "sObject type 'Task' is not supported" }] },
      async (otherConnection) => {
        expect(await otherConnection.perform("create-task", [task()])).toMatchObject([
          { cause: "misconfigured", isRetryable: false, message: expect.stringContaining("no access to Task") },
        ]);
      },
    );
  });

  it("signs in once more when the session has expired", async () => {
    await bench.perform("set-fields", [effect()]);
    bench.clock.advance(20 * 60_000);
    expect(await bench.perform("set-fields", [effect()])).toMatchObject([{ state: "done" }]);
    bench.addFault({ kind: "expired_token", path: writing });
    expect(await bench.perform("set-fields", [effect()])).toMatchObject([{ cause: "invalid_credentials", isRetryable: true }]);
  });

  it("returns unavailable for each effect when the org is down", async () => {
    bench.addFault({ kind: "error", status: 503, path: writing });
    expect(await bench.perform("set-fields", [effect(), effect()])).toMatchObject([
      { cause: "unavailable", isRetryable: true },
      { cause: "unavailable", isRetryable: true },
    ]);
  });
});
