import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { rawStatement } from "../store/statement.ts";
import { findConsumerOffset, saveConsumerOffset } from "../store/tables/consumerOffsets.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Consumer, runConsumer } from "./consumer.ts";
import type { LoggedEvent } from "./listEvents.ts";
import type { TenantLog } from "./log.ts";
import { type Logs, openLogs } from "./testLogs.ts";
import { StoreLostError } from "./writer/errors.ts";

let logs: Logs;
let log: TenantLog;
let stopping: AbortController;
const logger = { error: vi.fn(), warn: vi.fn() } as unknown as Logger;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());
beforeEach(async () => {
  log = await logs.newLog();
  stopping = new AbortController();
  vi.clearAllMocks();
});

const event = (id: string, object = "ticket") => ({
  type: `zendesk.${object}.triggered`,
  timestamp: 1,
  platform: "zendesk",
  connection: "zendesk",
  object,
  ref: `zendesk.${object}:1`,
  subject: `zendesk.${object}:1`,
  sourceIds: [id],
  sourceEventId: null,
  record: null,
  interaction: null,
  data: {},
  isEcho: false,
});
const append = (...events: ReturnType<typeof event>[]) => log.commit({ events, correlationId: "test" });
/** Starts at the beginning of the log, unlike a new consumer. */
const startAtZero = () => log.commit({ statements: [saveConsumerOffset(log.store, "test", 0, 1)], correlationId: "test" });

function run(handle: Consumer["handle"], options: Partial<Consumer> = {}) {
  const clock = manualClock(1_000);
  const end = runConsumer({ name: "test", batch: 2, ...options, handle }, { log, clock, logger }, stopping.signal);
  return {
    clock,
    async stop() {
      stopping.abort();
      await end;
    },
  };
}
const sequencesOf = (events: LoggedEvent[]) => events.map((e) => e.sequence);

describe("runConsumer", () => {
  it("does not handle events again whose commit was durable when the writer ended before it confirmed it", async () => {
    await startAtZero();
    await append(event("1"), event("2"));
    const { commit } = log;
    let isLost = true;
    log.commit = async (input) => {
      const result = await commit(input);
      if (input.correlationId !== "test" || !isLost) return result;
      isLost = false;
      throw new StoreLostError("the writer thread has ended");
    };
    const handledSequences: number[] = [];
    const { clock, stop } = run(async (events) => {
      handledSequences.push(...sequencesOf(events));
      return { events: [], statements: [] };
    });
    await until("the lost confirmation", () => !isLost);
    await until("the wait", () => clock.sleepers > 0);
    clock.advance(2_000);
    await append(event("3"));
    await until("the next event", () => handledSequences.includes(3));
    await stop();
    expect([handledSequences, vi.mocked(logger.error).mock.calls]).toEqual([[1, 2, 3], []]);
  });

  it("handles every event once, in batches, and commits the offset with the results", async () => {
    await startAtZero();
    await append(event("1"), event("2"), event("3"));
    const batches: number[][] = [];
    const { stop } = run(async (events) => {
      batches.push(sequencesOf(events));
      return { events: [], statements: [] };
    });
    await until("three events", () => batches.flat().length === 3);
    await append(event("4"));
    await until("the fourth event", () => batches.flat().length === 4);
    await until("the offset", async () => (await findConsumerOffset(log.store, "test")) === 4);
    await stop();
    expect(batches).toEqual([[1, 2], [3], [4]]);
  });

  it("starts a new consumer at the head", async () => {
    await append(event("1"));
    const sequences: number[] = [];
    const { stop } = run(async (events) => {
      sequences.push(...sequencesOf(events));
      return { events: [], statements: [] };
    });
    await append(event("2"));
    await until("the second event", () => sequences.length > 0);
    await stop();
    expect(sequences).toEqual([2]);
  });

  it("does not skip the events of a new consumer whose first commit failed", async () => {
    let attempts = 0;
    const sequences: number[] = [];
    const { clock, stop } = run(async (events) => {
      attempts += 1;
      if (attempts === 1) throw new StoreLostError("the connection ended");
      sequences.push(...sequencesOf(events));
      return { events: [], statements: [] };
    });
    await until("the stored start", async () => (await findConsumerOffset(log.store, "test")) === 0);
    await append(event("1"));
    await until("the failure", () => attempts === 1 && clock.sleepers > 0);
    clock.advance(2_000);
    await until("the event", () => sequences.length > 0);
    await stop();
    expect(sequences).toEqual([1]);
  });

  it("starts as soon as a lost store answers again", async () => {
    const { commit } = log;
    let isLost = true;
    log.commit = async (input) => {
      if (input.correlationId === "test" && isLost) throw new StoreLostError("the database does not answer");
      return await commit(input);
    };
    const sequences: number[] = [];
    const { clock, stop } = run(async (events) => {
      sequences.push(...sequencesOf(events));
      return { events: [], statements: [] };
    });
    await until("the wait", () => clock.sleepers > 0);
    isLost = false;
    clock.advance(2_000);
    await until("the stored start", async () => (await findConsumerOffset(log.store, "test")) === 0);
    await append(event("1"));
    await until("the event", () => sequences.length > 0);
    await stop();
    expect(sequences).toEqual([1]);
  });

  it("handles fewer events at a time while large batches fail, and more again afterwards", async () => {
    await startAtZero();
    await append(...Array.from({ length: 200 }, (_, i) => event(`${i}`)));
    const sizes: number[] = [];
    const { clock, stop } = run(
      async (events) => {
        sizes.push(events.length);
        if (events.length > 10 && sizes.length < 4) throw new StoreLostError("another process leads the tenant");
        return { events: [], statements: [] };
      },
      { batch: 100 },
    );
    const ended = until("the last event", async () => (await findConsumerOffset(log.store, "test")) === 200);
    while (!(await Promise.race([ended.then(() => true), new Promise((resolve) => setImmediate(resolve))]))) clock.advance(2_000);
    await stop();
    expect(sizes).toEqual([32, 16, 8, 16, 32, 64, 80]);
  });

  it("warns once when it has failed five times because the store is lost", async () => {
    await startAtZero();
    await append(event("1"));
    let attempts = 0;
    const { clock, stop } = run(async () => {
      attempts += 1;
      throw new StoreLostError("the connection ended");
    });
    for (let i = 1; i <= 7; i++) {
      await until("an attempt", () => attempts === i && clock.sleepers > 0);
      clock.advance(2_000);
    }
    await stop();
    expect([vi.mocked(logger.warn).mock.calls.length, vi.mocked(logger.error).mock.calls]).toEqual([1, []]);
  });

  it("handles only events of its objects", async () => {
    await startAtZero();
    await append(event("1", "user"), event("2"), event("3", "user"));
    const sequences: number[] = [];
    const { stop } = run(
      async (events) => {
        sequences.push(...sequencesOf(events));
        return { events: [], statements: [] };
      },
      { objects: ["ticket"] },
    );
    await until("the ticket event", () => sequences.length > 0);
    await stop();
    expect(sequences).toEqual([2]);
  });

  it("handles a batch again, and calls onCommitted once, when its commit failed", async () => {
    await startAtZero();
    await append(event("1"));
    let attempts = 0;
    const onCommitted = vi.fn();
    const { clock, stop } = run(async () => {
      attempts += 1;
      const statements = attempts === 1 ? [rawStatement("insert into no_such_table values (1)", [])] : [];
      return { events: [], statements, onCommitted };
    });
    await until("a sleeping consumer", () => attempts === 1 && clock.sleepers > 0);
    expect(await findConsumerOffset(log.store, "test")).toBe(0);
    expect(onCommitted).not.toHaveBeenCalled();
    clock.advance(2_000);
    await until("the second attempt", () => onCommitted.mock.calls.length > 0);
    await stop();
    expect([attempts, onCommitted.mock.calls.length]).toEqual([2, 1]);
    expect(await findConsumerOffset(log.store, "test")).toBe(1);
  });
});
