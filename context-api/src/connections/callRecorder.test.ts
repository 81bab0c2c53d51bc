import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { CommitInput } from "../log/log.ts";
import { StoreLostError, WriteFailedError } from "../log/writer/errors.ts";
import { listCallRows } from "../store/tables/calls.ts";
import { loadCallTotals } from "../store/tables/callTotals.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import { openTestTables, type TestTables } from "../store/testTables.ts";
import type { LoggedCall } from "../telemetry/callLog.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createCallRecorder } from "./callRecorder.ts";
import { runCallRetention } from "./callRetention.ts";

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const start = 1_764_500_400_000;
const dayMs = 86_400_000;
const call = (changes: Partial<LoggedCall> = {}): LoggedCall => ({
  ...{ at: start, connection: "zd", platform: "zendesk", route: "GET /x", status: 200, ms: 5, bytes: 7, priority: "sync" },
  ...{ cause: "read", customerTier: null, requestId: null },
  ...changes,
});

let tenants = 0;
let lostCalls: number;
let store: TenantStore;
let append: ReturnType<typeof vi.fn<(input: CommitInput) => Promise<never>>>;
let clock: ReturnType<typeof manualClock>;
const logger = createLogger("silent");
const logOf = () => ({ tenant: store.tenant, store, append });
const open = () => createCallRecorder({ log: logOf(), clock, logger, onLost: (calls) => (lostCalls += calls) });
const storedRow = (limit = 100_000) => listCallRows(store, { limit, below: null });

beforeEach(() => {
  store = tables.forTenant(`recorder-${++tenants}`);
  clock = manualClock(start);
  lostCalls = 0;
  append = vi.fn(async ({ statements = [] }: CommitInput) => {
    for (const statement of statements) await tables.execute(store.tenant, statement);
    return {} as never;
  });
});

describe("the recorder of calls", () => {
  it("writes the calls of a second with one append, in their order, and their totals", async () => {
    const recorder = open();
    for (const status of [200, 201, 429, 0, 503]) recorder.add(call({ status }));
    recorder.add(call({ cause: "route:r1", customerTier: "high", requestId: "req-1" }));
    expect(append).not.toHaveBeenCalled();
    clock.advance(1_000);
    await until("the append", async () => (await storedRow()).length === 6);
    expect(append).toHaveBeenCalledTimes(1);
    expect((await storedRow()).map((row) => row.status)).toEqual([200, 503, 0, 429, 201, 200]);
    const totals = await loadCallTotals(store, { from: start, to: start + 1 });
    expect(totals.map((t) => [t.status_class, t.cause, t.customer_tier, t.calls, t.ms, t.bytes]).sort()).toEqual([
      ["2xx", "read", "", 2, 10, 14],
      ["2xx", "route:r1", "high", 1, 5, 7],
      ["429", "read", "", 1, 5, 7],
      ["5xx", "read", "", 1, 5, 7],
      ["none", "read", "", 1, 5, 7],
    ]);
  });

  it("keeps the newest calls while the store is lost, and writes them when it is back", async () => {
    append.mockRejectedValueOnce(new StoreLostError("the store is lost"));
    const recorder = open();
    for (let i = 0; i < 12_000; i++) recorder.add(call({ status: i < 1_000 ? 500 : 200 }));
    await recorder.flush();
    expect(await storedRow()).toEqual([]);
    await recorder.flush();
    const statuses = new Set((await storedRow()).map((row) => row.status));
    expect([(await storedRow()).length + lostCalls, statuses]).toEqual([12_000, new Set([200])]);
    expect(lostCalls).toBeGreaterThan(0);
  });

  it("counts calls as lost that the store refuses, and goes on with the next ones", async () => {
    append.mockRejectedValueOnce(new WriteFailedError("refused"));
    const recorder = open();
    recorder.add(call());
    await recorder.flush();
    recorder.add(call());
    await recorder.flush();
    expect([(await storedRow()).length, lostCalls]).toEqual([1, 1]);
  });
});

describe("the retention of calls", () => {
  const retain = async (retention: { callDays: number; maxCalls: number }) => {
    const stopping = new AbortController();
    const run = runCallRetention({ log: logOf() as never, retention, clock, logger }, stopping.signal);
    await until("the end of a run", () => clock.sleepers > 0);
    stopping.abort();
    await run;
  };

  it("deletes by age, and the oldest hours above the maximum", async () => {
    const recorder = open();
    const atInstant = [start - 8 * dayMs, start - 7_200_000, start - 7_200_000, start - 3_600_000, start, start];
    for (const instant of atInstant) recorder.add(call({ at: instant }));
    await recorder.flush();
    await retain({ callDays: 7, maxCalls: 100 });
    expect((await storedRow()).map((row) => row.at)).toEqual(atInstant.slice(1).reverse());
    await retain({ callDays: 7, maxCalls: 4 });
    expect((await storedRow()).map((row) => row.at)).toEqual(atInstant.slice(3).reverse());
    await retain({ callDays: 7, maxCalls: 1 });
    expect((await storedRow()).map((row) => row.at)).toEqual([start, start]);
  });

  it("deletes more than one commit may delete, in several", async () => {
    const recorder = open();
    for (let i = 0; i < 6_000; i++) recorder.add(call({ at: start - 9 * dayMs }));
    recorder.add(call());
    await recorder.flush();
    await retain({ callDays: 7, maxCalls: 100 });
    expect((await storedRow()).length).toBe(1);
  });

  it("deletes nothing when the clock is before the newest calls", async () => {
    const recorder = open();
    recorder.add(call({ at: start - 6 * dayMs }));
    recorder.add(call({ at: start + 2 * dayMs }));
    await recorder.flush();
    await retain({ callDays: 1, maxCalls: 1 });
    expect((await storedRow()).length).toBe(2);
  });
});
