import { type Clock, systemClock } from "@sidelight/model/clock.ts";
import type { Action, Outcome } from "@sidelight/platform-kit/action.ts";
import type { QuotaLeft } from "@sidelight/platform-kit/adaptiveBatch.ts";
import { advanceUntil, idle } from "@sidelight/test-support/advance.ts";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { until } from "@sidelight/test-support/until.ts";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createCircuits } from "../connections/circuits.ts";
import type { Connection } from "../connections/connections.ts";
import { listEventsAfter } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { claimDueDeliveries, hasClaims, renewClaim } from "../store/tables/deliveryClaims.ts";
import { createLogger } from "../telemetry/logger.ts";
import { openDeliveries } from "./deliveryQueue.ts";
import { type DeliveryWorkers, queueName, startDeliveryWorkers } from "./workers.ts";

let logs: Logs;
let log: TenantLog;
let startedWorkers: DeliveryWorkers[] = [];
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());
beforeEach(async () => {
  log = await logs.newLog(Date.now);
});
afterEach(async () => {
  await Promise.all(startedWorkers.map((workers) => workers.stop()));
  startedWorkers = [];
});

/** On the embedded store, one process delivers, on PostgreSQL any number. */
const processes = () => (hasClaims(log.store) ? 3 : 1);
const queue = { target: "desk", action: "note" };
const done: Outcome = { state: "done", ref: null, hasWritten: true };

/** A process that delivers. Its target answers each batch after `perform`. */
function startProcess(
  perform: Action<number>["perform"],
  { clock = systemClock, daily = fullQuota }: { clock?: Clock; daily?: QuotaLeft } = {},
): DeliveryWorkers {
  const action: Action<number> = { summary: "", input: z.number(), batch: 3, quota: "daily", sameAs: () => null, perform };
  const workers = startDeliveryWorkers({
    log,
    deliveries: openDeliveries(log),
    creations: null,
    clock,
    connections: [deskWith(action as Action, daily)],
    withdrawalOf: async () => null,
    prefetchConsent: async () => {},
    onFailure: () => "continue",
    logger: createLogger("silent"),
  });
  startedWorkers.push(workers);
  return workers;
}

const fullQuota: QuotaLeft = { limit: 100, remaining: 100, windowMs: 86_400_000 };

/** A connection that has nothing but the action and its quota. */
function deskWith(action: Action, daily: QuotaLeft): Connection {
  const circuits = createCircuits({
    platform: "desk",
    kinds: ["write.note"],
    clock: systemClock,
    options: {},
    onSuccess: () => {},
    onChange: () => {},
  });
  const platform = { name: "desk", label: "Desk", objects: {} };
  const connector = { actions: { note: action }, streams: [], check: async () => {} };
  const rateLimiter = { left: () => ({ daily }) };
  return { id: "desk", platform, circuits, connector, rateLimiter, pausedAt: null } as unknown as Connection;
}

/** Due deliveries whose input is their number: one for each subject in the list, in its order. */
async function addDeliveries(
  subjects: readonly number[],
  nameOf: (subject: number) => string | null = () => null,
): Promise<void> {
  const firstSequence = log.head();
  const events = subjects.map((subject, n) => ({
    type: "zendesk.ticket.updated",
    timestamp: 1,
    platform: "zendesk",
    connection: "zendesk",
    object: "ticket",
    ref: "zendesk.ticket:1",
    subject: `zendesk.user:${subject}`,
    sourceIds: [`${firstSequence}-${n}`],
    sourceEventId: null,
    record: null,
    interaction: null,
    data: {},
    isEcho: false,
  }));
  await log.commit({ events, correlationId: "test" });
  const loggedEvents = await listEventsAfter(log, { after: firstSequence, through: log.head() }, subjects.length);
  const newDeliveries = loggedEvents.map((event, n) => ({
    id: `d${firstSequence + n}`,
    route: "notes",
    ...queue,
    event,
    name: nameOf(subjects[n] ?? 0),
    inputHash: null,
    input: n,
    hops: 0,
    consentSubject: "zendesk.user:1",
    purpose: null,
    state: "waiting" as const,
    cause: null,
    message: null,
    config: "v1",
    joinMs: 0,
    waitsBehindDeadLetter: false,
  }));
  await log.commit({ statements: await openDeliveries(log).insert(newDeliveries, 0), correlationId: "test" });
}

const states = async (): Promise<string[]> => [
  ...new Set((await openDeliveries(log).list({ limit: 1_000 })).map(({ state }) => state)),
];
const allAreDone = async (): Promise<boolean> => (await states()).every((state) => state === "done");

/** Starts all processes, and waits until no delivery is left. @returns the inputs in the order in which they were sent */
async function deliverAll(): Promise<number[]> {
  const sent: number[] = [];
  for (let i = 0; i < processes(); i++)
    startProcess(async (effects) => {
      await new Promise(setImmediate);
      sent.push(...effects.map(({ input }) => input));
      return effects.map(() => done);
    });
  await until("all deliveries to be done", allAreDone);
  return sent;
}

describe("processes that deliver from one store", () => {
  it("send every delivery once, those of one subject in their order", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 60 }), async (subjects) => {
        log = await logs.newLog(Date.now);
        await addDeliveries(subjects);
        const sent = await deliverAll();
        await Promise.all(startedWorkers.map((workers) => workers.stop()));
        startedWorkers = [];
        expect(sent.toSorted((a, b) => a - b)).toEqual(subjects.map((_, n) => n));
        for (const subject of new Set(subjects)) {
          const ofSubject = sent.filter((n) => subjects[n] === subject);
          expect(ofSubject).toEqual(ofSubject.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 6 },
    );
  });

  it("never send an older value of an object after a newer one", async () => {
    const subjects = Array.from({ length: 40 }, (_, n) => n % 8);
    const objectOf = (subject: number) => `object ${subject % 3}`;
    await addDeliveries(subjects, objectOf);
    const sent = await deliverAll();
    for (const object of new Set(subjects.map(objectOf))) {
      const ofObject = sent.filter((n) => objectOf(subjects[n] ?? 0) === object);
      expect(ofObject).toEqual(ofObject.toSorted((a, b) => a - b));
      expect(ofObject.at(-1)).toBe(subjects.findLastIndex((subject) => objectOf(subject) === object));
    }
  });

  it("continue at once with what a stopped process has not sent", async () => {
    await addDeliveries([1, 2, 3, 4, 5, 6]);
    let isSending = false;
    const firstProcess = startProcess(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          isSending = true;
          signal?.addEventListener("abort", () => reject(new Error("stopped")));
        }),
    );
    await until("the first process to send", () => isSending);
    await firstProcess.stop();
    startProcess(async (effects) => effects.map(() => done));
    await until("all deliveries to be done", allAreDone);
  });
});

describe("deliveries that wait, when the clock is set back", () => {
  it("wait as long as before", async () => {
    const [waitMs, stepMs] = [1_800_000, 3_600_000];
    let steppedMs = 0;
    const clock: Clock = { ...systemClock, now: () => systemClock.now() - steppedMs };
    const refuse = (): Outcome => ({
      state: "failed",
      cause: "rate_limited",
      message: "",
      isRetryable: true,
      retryAt: clock.now() + waitMs,
    });
    const workers = startProcess(async (effects) => effects.map(refuse), { clock });
    await addDeliveries([1]);
    workers.wake(new Set([queueName(queue.target, queue.action)]));
    const dueAt = () => openDeliveries(log).nextDue(queue.target, queue.action);
    await until("the delivery to be refused", async () => ((await dueAt()) ?? 0) > clock.now());
    steppedMs = stepMs;
    // Deliveries to a target that refused wait for a while. An operator ends the wait.
    workers.retryNow();
    workers.wake(new Set([queueName(queue.target, queue.action)]));
    await until(
      "the wait to be moved",
      async () => ((await dueAt()) ?? Number.POSITIVE_INFINITY) <= clock.now() + waitMs + 60_000,
    );
  });
});

describe("deliveries, while little of the quota of their calls is left", () => {
  it("share a call each minute, but a full batch and what an operator retries are sent at once", async () => {
    const clock = manualClock(Date.now());
    const batches: number[][] = [];
    const workers = startProcess(
      async (effects) => {
        batches.push(effects.map(({ input }) => input));
        return effects.map(() => done);
      },
      { clock, daily: { ...fullQuota, remaining: 5 } },
    );
    const add = async (subjects: number[]): Promise<void> => {
      await addDeliveries(subjects);
      workers.wake(new Set([queueName(queue.target, queue.action)]));
      await idle(clock);
    };
    const sent = (label: string, count: number) => advanceUntil(clock, 50, label, () => batches.length === count);
    await add([1]);
    await sent("the first", 1);
    await advanceUntil(clock, 50, "its outcome", allAreDone);
    const sentAt = clock.now();
    await add([2]);
    await add([3]);
    await sent("the shared call", 2);
    expect(batches[1]).toHaveLength(2);
    expect(clock.now() - sentAt).toBeGreaterThanOrEqual(55_000);
    await advanceUntil(clock, 50, "its outcome", allAreDone);
    const sharedAt = clock.now();
    await add([4, 5, 6]);
    await sent("the full batch", 3);
    await advanceUntil(clock, 50, "its outcome", allAreDone);
    await add([7]);
    workers.retryNow();
    await sent("the retried one", 4);
    expect(clock.now() - sharedAt).toBeLessThan(30_000);
    expect(batches.map(({ length }) => length)).toEqual([1, 2, 3, 1]);
  });
});

describe.runIf(process.env["SIDELIGHT_STORE"] === "postgres")("a claim of a process that died", () => {
  const claim = { owner: "died", leaseMs: 60_000, now: 1, limit: 100 };

  it("keeps other processes away during its lease, from later deliveries of its subjects too", async () => {
    await addDeliveries([1, 2]);
    await claimDueDeliveries(log.store, queue, claim);
    await addDeliveries([1, 3]);
    const otherClaim = await claimDueDeliveries(log.store, queue, { ...claim, owner: "other" });
    expect(otherClaim.subjects).toEqual(new Set([log.key("zendesk.user:3")]));
  });

  it("is taken over after its lease", async () => {
    await addDeliveries([1, 2]);
    await claimDueDeliveries(log.store, queue, { ...claim, leaseMs: 300 });
    const sent: number[] = [];
    startProcess(async (effects) => {
      sent.push(...effects.map(({ input }) => input));
      return effects.map(() => done);
    });
    await until("the deliveries to be taken over", allAreDone);
    expect(sent.toSorted()).toEqual([0, 1]);
  });

  it("is not renewed any more by a process that wakes up after another one took over", async () => {
    await addDeliveries([1, 2]);
    await claimDueDeliveries(log.store, queue, { ...claim, leaseMs: -1 });
    await claimDueDeliveries(log.store, queue, { ...claim, owner: "other" });
    expect(await renewClaim(log.store, "died", 60_000)).toBe(0);
  });

  it("cannot overwrite the outcome of the process that took over", async () => {
    await addDeliveries([1]);
    const late = await openDeliveries(log, -1).claim({ ...queue, now: 1, limit: 10, sharedLimit: 10 });
    const [delivery] = late.deliveries;
    const deliveries = openDeliveries(log);
    const current = await deliveries.claim({ ...queue, now: 1, limit: 10, sharedLimit: 10 });
    const settle = (row: NonNullable<typeof delivery>, state: string) =>
      log.commit({ statements: [deliveries.settle({ ...row, state })], correlationId: "test" });
    expect(delivery && current.deliveries[0]).toBeDefined();
    if (current.deliveries[0]) await settle(current.deliveries[0], "done");
    if (delivery) await settle(delivery, "dead_letter");
    await Promise.all([late.release(), current.release()]);
    expect(await states()).toEqual(["done"]);
  });

  it("ends when the process stops sending, without waiting for its lease", async () => {
    await addDeliveries([1]);
    const deliveries = openDeliveries(log);
    const first = await deliveries.claim({ ...queue, now: 1, limit: 10, sharedLimit: 10 });
    expect((await deliveries.claim({ ...queue, now: 1, limit: 10, sharedLimit: 10 })).deliveries).toEqual([]);
    await first.release();
    const second = await deliveries.claim({ ...queue, now: 1, limit: 10, sharedLimit: 10 });
    expect(second.deliveries).toHaveLength(1);
    await second.release();
  });
});
