import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LabBench, labBench, salesforceOf, workbench } from "../../../../../test/support/actionBench.ts";
import { standIn } from "../../../../../test/support/standIn.ts";
import { salesforce } from "../index.ts";

let bench: LabBench;
const open = async (limits: object = {}) => {
  bench = await labBench(salesforce, salesforceOf, { limits: { salesforce: limits } });
};
beforeEach(() => open());
afterEach(() => bench.close());

const ids = () => bench.acme.world.ids.salesforce;
const account = (n = 0): string => ids().account(n);
const rowsOf = (object: "Account" | "Task" | "Case" | "Lead") => bench.acme.world.salesforce.tables[object];
const task = (more: object = {}) => ({
  input: { ownerId: ids().user(0), whatId: account(), subject: "Call Ada", dueDate: "2026-11-27", ...more },
});
const routes = () => bench.calls.map((call) => call.route.replace("/services/data/{version}", ""));
const [query, upsertTasks, update] = [
  "GET /queryAll",
  "PATCH /composite/sobjects/Task/Sidelight_External_Id__c",
  "PATCH /composite/sobjects",
];
const writing = "/services/data/v67.0/composite";

describe("create-task", () => {
  it("makes a task that carries the effect's id, and no second one", async () => {
    const effect = { id: "dlv-1", ...task({ description: "She is angry.", priority: "High", status: "Not Started" }) };
    const [made] = await bench.perform("create-task", [effect]);
    const row = [...rowsOf("Task").values()].find((r) => r["Sidelight_External_Id__c"] === "dlv-1")!;
    expect(made).toEqual({ state: "done", ref: `salesforce.task:${row.Id}`, wrote: true });
    expect(row).toMatchObject({
      ...{ OwnerId: ids().user(0), WhatId: account(), AccountId: account(), Subject: "Call Ada", Description: "She is angry." },
      ...{ ActivityDate: "2026-11-27", Priority: "High", Status: "Not Started" },
    });
    // Whoever works on it meanwhile isn't undone.
    bench.acme.world.change(() => rowsOf("Task").put({ ...row, Status: "Completed" }));
    expect(await bench.perform("create-task", [effect])).toEqual([{ ...made, wrote: false }]);
    expect(rowsOf("Task").get(row.Id)!["Status"]).toBe("Completed");
    expect(bench.effects()["Task"]).toMatchObject([{ created: true, writes: 1 }]);
  });

  it("makes two hundred by two calls", async () => {
    const effects = Array.from({ length: 200 }, (_, i) => ({
      id: `0193f8e2-7a31-7c52-9d0e-${String(i).padStart(12, "0")}`,
      ...task(),
    }));
    const outcomes = await bench.perform("create-task", effects);
    expect(outcomes.every((o) => o.state === "done" && o.wrote)).toBe(true);
    expect(routes().slice(1)).toEqual([query, upsertTasks]);
    // A batch of which some are there makes the others only.
    const [there, missing] = await bench.perform("create-task", [effects[7]!, { id: "dlv-new", ...task() }]);
    expect([there, missing]).toMatchObject([
      { ref: outcomes[7]!.state === "done" && outcomes[7]!.ref, wrote: false },
      { wrote: true },
    ]);
    expect(bench.effects()["Task"]).toHaveLength(201);
  });

  it.each(["reset", "timeout", "malformed", "error"] as const)("makes one when the answer was lost: %s", async (kind) => {
    const effect = { id: `dlv-${kind}`, ...task() };
    bench.breakWith({ kind, after: true, path: writing });
    expect(await bench.perform("create-task", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.mend();
    expect(await bench.perform("create-task", [effect])).toMatchObject([{ state: "done", wrote: false }]);
    expect(bench.effects()["Task"]).toMatchObject([{ created: true, writes: 1 }]);
  });

  it("makes one when the first attempt arrives in the middle of the second", async () => {
    const effect = { id: "dlv-late", ...task() };
    bench.onCall = ({ route }) => {
      if (!route.endsWith("/queryAll")) return;
      bench.onCall = null;
      const { world } = bench.acme;
      const [any] = rowsOf("Task").values();
      world.change(() => rowsOf("Task").put({ ...any!, Id: "00T000000000001AAA", Sidelight_External_Id__c: "dlv-late" }));
    };
    expect(await bench.perform("create-task", [effect])).toMatchObject([{ state: "done" }]);
    expect([...rowsOf("Task").values()].filter((r) => r["Sidelight_External_Id__c"] === "dlv-late")).toHaveLength(1);
  });

  it("isn't made again when somebody has deleted it", async () => {
    const effect = { id: "dlv-gone", ...task() };
    await bench.perform("create-task", [effect]);
    const row = [...rowsOf("Task").values()].find((r) => r["Sidelight_External_Id__c"] === "dlv-gone")!;
    bench.acme.world.change(() => rowsOf("Task").put({ ...row, IsDeleted: true }));
    expect(await bench.perform("create-task", [effect])).toMatchObject([{ state: "done", wrote: false }]);
  });

  it("needs a user for its owner", async () => {
    const outcomes = await bench.perform("create-task", [
      { id: "q1", ...task({ ownerId: ids().queue(0) }) },
      { id: "q2", ...task({ ownerId: ids().queue(0), fallbackOwnerId: ids().user(1) }) },
      { id: "q3", ...task({ ownerId: null }) },
    ]);
    expect(outcomes).toMatchObject([{ cause: "misconfigured", isRetryable: false }, { state: "done" }, { state: "done" }]);
    const ownerOf = (id: string) => [...rowsOf("Task").values()].find((r) => r["Sidelight_External_Id__c"] === id)?.["OwnerId"];
    expect([ownerOf("q2"), ownerOf("q3")]).toEqual([ids().user(1), ids().integrationUser]);
  });

  it("tells each what became of it, whatever the others are", async () => {
    const outcomes = await bench.perform("create-task", [
      task({ subject: "x".repeat(400) }),
      task({ whatId: "salesforce.account:001000000000000AAA" }),
      task({ fields: { No_Such_Field__c: 1 } }),
      // Salesforce can't read it, and refuses all of them for it.
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
  const risk = (id: string, more: object = {}) => ({ id, ...task({ unlessOpenSince: weekAgo(), ...more }) });
  const rowOf = (id: string) => [...rowsOf("Task").values()].find((r) => r["Sidelight_External_Id__c"] === id);

  it("makes one, and names it to whoever would make another", async () => {
    const [made] = await bench.perform("create-task", [risk("dlv-1")]);
    expect(await bench.perform("create-task", [risk("dlv-2", { whatId: `salesforce.account:${account()}` })])).toEqual([
      { ...made, wrote: false },
    ]);
    expect(bench.effects()["Task"]).toHaveLength(1);
  });

  it("makes one of several at the same moment", async () => {
    const outcomes = await bench.perform("create-task", [
      risk("dlv-1"),
      risk("dlv-2", { unlessOpenSince: weekAgo(bench.clock.now() - 1) }),
      risk("dlv-3", { whatId: account(1) }),
      { id: "dlv-4", ...task() },
    ]);
    expect(outcomes).toMatchObject([{ wrote: true }, { wrote: false }, { wrote: true }, { wrote: true }]);
    expect(outcomes[1]).toEqual({ ...outcomes[0], wrote: false });
    expect(bench.effects()["Task"]).toHaveLength(3);
  });

  it("makes the next where the first can't be made", async () => {
    const outcomes = await bench.perform("create-task", [
      risk("dlv-1", { fields: { Nope__c: 1 } }),
      risk("dlv-2"),
      risk("dlv-3"),
    ]);
    expect(outcomes).toMatchObject([{ cause: "misconfigured" }, { wrote: true }, { wrote: false }]);
  });

  it.each<[string, (row: NonNullable<ReturnType<typeof rowOf>>) => object, object]>([
    ["is closed", (row) => ({ ...row, Status: "Completed", IsClosed: true }), {}],
    ["is of another subject", (row) => row, { subject: "Call Grace" }],
    ["is older", (row) => ({ ...row, CreatedDate: new Date(bench.clock.now() - 8 * day).toISOString() }), {}],
    ["is a person's own", (row) => ({ ...row, Sidelight_External_Id__c: null }), {}],
    ["is at another account", (row) => ({ ...row, WhatId: account(1), AccountId: account(1) }), {}],
  ])("makes another where that one %s", async (_, change, more) => {
    await bench.perform("create-task", [risk("dlv-1")]);
    bench.acme.world.change(() => rowsOf("Task").put(change(rowOf("dlv-1")!) as never));
    expect(await bench.perform("create-task", [risk("dlv-2", more)])).toMatchObject([{ wrote: true }]);
  });

  it("looks for many by one query", async () => {
    const effects = Array.from({ length: 200 }, (_, i) => risk(`dlv-${i}`, { whatId: account(i % 12) }));
    const outcomes = await bench.perform("create-task", effects);
    expect(outcomes.filter((o) => o.state === "done" && o.wrote)).toHaveLength(12);
    expect(routes().slice(1)).toEqual([query, "GET /query", upsertTasks]);
  });
});

describe("create-case", () => {
  it("makes a case once, for a user or a queue", async () => {
    const input = {
      accountId: `salesforce.account:${account()}`,
      subject: "Printer",
      ownerId: ids().queue(0),
      priority: "High",
      origin: "Web",
    };
    const effect = { id: "dlv-case", input };
    const [made] = await bench.perform("create-case", [effect]);
    expect(made).toMatchObject({ state: "done", wrote: true, ref: expect.stringMatching(/^salesforce\.case:500/) });
    expect(await bench.perform("create-case", [effect])).toEqual([{ ...made, wrote: false }]);
    expect(bench.effects()["Case"]).toMatchObject([
      { created: true, writes: 1, fields: { AccountId: account(), Subject: "Printer", OwnerId: ids().queue(0), Origin: "Web" } },
    ]);
  });
});

describe("set-fields", () => {
  const set = (object: string, id: string, fields: object) => ({ input: { object, id, fields } });

  it("sets fields of records of several kinds by one call", async () => {
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

  it("takes two hundred by one call", async () => {
    const effects = Array.from({ length: 200 }, (_, i) => set("account", account(i % 12), { Next_Step__c: `n${i}` }));
    const outcomes = await bench.perform("set-fields", effects);
    expect(outcomes.every((o) => o.state === "done")).toBe(true);
    expect(routes().slice(1)).toEqual([update]);
    // Of several for one record the newest counts.
    expect(rowsOf("Account").get(account(199 % 12))!["Next_Step__c"]).toBe("n199");
  });

  it("may be repeated when the answer was lost", async () => {
    const effect = { id: "set", ...set("account", account(), { Next_Step__c: "Call" }) };
    bench.breakWith({ kind: "timeout", after: true, path: writing });
    expect(await bench.perform("set-fields", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.mend();
    expect(await bench.perform("set-fields", [effect])).toMatchObject([{ state: "done" }]);
    expect(rowsOf("Account").get(account())!["Next_Step__c"]).toBe("Call");
  });

  it("tells each what became of it", async () => {
    const gone = account(2);
    bench.acme.world.change(() => rowsOf("Account").put({ ...rowsOf("Account").get(gone)!, IsDeleted: true }));
    const outcomes = await bench.perform("set-fields", [
      set("account", account(0), { Nope__c: 1 }),
      set("account", account(1), { ARR__c: "lots" }),
      set("account", gone, { Next_Step__c: "x" }),
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

  it("doesn't change a lead that has become a contact", async () => {
    const [lead] = [...rowsOf("Lead").values()];
    bench.acme.world.change(() => rowsOf("Lead").put({ ...lead!, IsConverted: true }));
    expect(await bench.perform("set-fields", [set("lead", lead!.Id, { Status: "Working" })])).toMatchObject([
      { cause: "conflict", isRetryable: false },
    ]);
  });

  it.each([
    ["UNABLE_TO_LOCK_ROW", { cause: "unavailable", isRetryable: true, retryAt: null }],
    ["DUPLICATES_DETECTED", { cause: "rejected", isRetryable: false }],
    ["FIELD_CUSTOM_VALIDATION_EXCEPTION", { cause: "rejected", isRetryable: false }],
    ["INSUFFICIENT_ACCESS_OR_READONLY", { cause: "invalid_credentials", isRetryable: false }],
    ["REQUEST_LIMIT_EXCEEDED", { cause: "rate_limited", isRetryable: true, retryAt: expect.any(Number) }],
  ])("knows a record's %s for what it is", async (statusCode, outcome) => {
    const body = [{ success: false, errors: [{ statusCode, message: "Ada Lovelace is there already", fields: [] }] }];
    await withStandIn({ status: 200, body }, async (own) => {
      const [told] = await own.perform("set-fields", [set("account", account(), { Next_Step__c: "x" })]);
      expect(told).toMatchObject(outcome);
      expect(JSON.stringify(told)).not.toContain("Ada");
    });
  });
});

/** A Salesforce that answers every call but the sign-in in one way. */
async function withStandIn(
  answer: { status: number; body: unknown },
  work: (own: ReturnType<typeof workbench>) => Promise<void>,
) {
  const server = await standIn(({ url }) => (url.includes("/oauth2/") ? { status: 200, body: { access_token: "t" } } : answer));
  const own = workbench(salesforce, { url: server.url, auth: { clientId: "c", clientSecret: "s" } }, { s: "x" });
  await work(own);
  await own.close();
  await server.close();
}

describe("the org as a whole", () => {
  const effect = () => ({ input: { object: "account", id: account(), fields: { Next_Step__c: "x" } } });

  it("without Sidelight's package lacks the field", async () => {
    await withStandIn({ status: 400, body: [{ errorCode: "INVALID_FIELD", message: "No such column" }] }, async (own) => {
      expect(await own.perform("create-task", [task()])).toMatchObject([
        { cause: "misconfigured", isRetryable: false, message: expect.stringContaining("Sidelight_External_Id__c") },
      ]);
    });
  });

  it("over its daily quota is asked again after a quarter of an hour", async () => {
    await bench.close();
    await open({ dailyRequests: 1 });
    await bench.perform("set-fields", [effect()]);
    expect(await bench.perform("set-fields", [effect()])).toMatchObject([
      { cause: "rate_limited", isRetryable: true, retryAt: bench.clock.now() + 900_000 },
    ]);
  });

  it("whose session has ended is signed in to once more", async () => {
    await bench.perform("set-fields", [effect()]);
    bench.clock.advance(20 * 60_000);
    expect(await bench.perform("set-fields", [effect()])).toMatchObject([{ state: "done" }]);
    bench.breakWith({ kind: "expired_token", path: writing });
    expect(await bench.perform("set-fields", [effect()])).toMatchObject([{ cause: "invalid_credentials", isRetryable: true }]);
  });

  it("that is down is told for each effect", async () => {
    bench.breakWith({ kind: "error", status: 503, path: writing });
    expect(await bench.perform("set-fields", [effect(), effect()])).toMatchObject([
      { cause: "unavailable", isRetryable: true },
      { cause: "unavailable", isRetryable: true },
    ]);
  });
});
