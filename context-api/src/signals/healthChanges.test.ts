import type { EventInput } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { queriesOf } from "../store/queries.ts";
import { saveSyncCheckpoint } from "../store/tables/syncCheckpoints.ts";
import type { Derived } from "./derived.ts";
import { affectsHealth, deriveHealthChange, type HealthObservation, isBackfilling } from "./healthChanges.ts";
import { healthFellType } from "./healthFalls.ts";
import type { HealthState } from "./healthState.ts";
import { appendEvents, eventNumber, settings, ticketEvent } from "./testEvents.ts";

let logs: Logs;
let log: TenantLog;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const hourMs = 3_600_000;
const good: HealthState = { score: 80, band: "good", trend: "steady" };
const bad: HealthState = { score: 20, band: "at_risk", trend: "falling" };
const observation = (health: HealthState | null, overrides: Partial<HealthObservation> = {}): HealthObservation => ({
  customer: "person:p",
  health,
  readPrevious: async () => null,
  ...overrides,
});

/** Derives the health change of the last event that affects health, and commits the result. */
async function observe(events: LoggedEvent[], current: HealthObservation): Promise<EventInput[]> {
  const last = events.filter(affectsHealth).at(-1);
  const result: Derived = last ? await deriveHealthChange(log, last, current, settings) : { events: [], statements: [] };
  await log.commit({ ...result, correlationId: "test" });
  return result.events;
}

const types = (events: EventInput[]) => events.map((e) => e.type);
const healthChanged = "customer.health.changed";

describe("a customer's health", () => {
  const solvedTicket = (id = 1) => ticketEvent({ id, what: "status_changed" });
  const usage = (): EventInput => {
    const event = solvedTicket();
    const data = {
      kind: "usage" as const,
      lastActiveAt: `2026-11-01T00:00:${String(eventNumber() % 60).padStart(2, "0")}Z`,
      days: {},
      funnel: {},
    };
    const origin = { object: "usage", ref: "mixpanel.usage:u", platform: "mixpanel", connection: "mixpanel" };
    return {
      ...event,
      ...origin,
      type: "mixpanel.usage.updated",
      interaction: null,
      record: { ...event.record!, ...origin, data },
    };
  };

  it("is stored at the first observation, and raises an event when band or trend change", async () => {
    log = await logs.newLog();
    expect(await observe(await appendEvents(log, solvedTicket()), observation(good))).toEqual([]);
    expect(await observe(await appendEvents(log, solvedTicket()), observation({ ...good, score: 79 }))).toEqual([]);
    const [event] = await appendEvents(log, usage());
    const watch: HealthState = { score: 50, band: "watch", trend: "steady" };
    expect(await observe([event!], observation(watch))).toMatchObject([
      {
        type: healthChanged,
        ref: "mixpanel.usage:u",
        data: { customer: "person:p", from: good, to: watch, causedBy: event!.event_id },
      },
    ]);
    expect(await observe(await appendEvents(log, usage()), observation(watch))).toEqual([]);
  });

  it("raises no event for a trend that changes with a few points, and one when it changes with enough", async () => {
    log = await logs.newLog();
    const falling = (score: number): HealthState => ({ score, band: "good", trend: "falling" });
    await observe(await appendEvents(log, solvedTicket()), observation(good));
    expect(await observe(await appendEvents(log, solvedTicket()), observation(falling(76)))).toEqual([]);
    expect(types(await observe(await appendEvents(log, solvedTicket()), observation(falling(75))))).toEqual([healthChanged]);
  });

  it("raises an event at the first observation when the previous health is known", async () => {
    log = await logs.newLog();
    let reads = 0;
    const readPrevious = async () => {
      reads += 1;
      return good;
    };
    expect(types(await observe(await appendEvents(log, solvedTicket()), observation(bad, { readPrevious })))).toEqual([
      healthChanged,
    ]);
    expect(await observe(await appendEvents(log, solvedTicket()), observation(bad, { readPrevious }))).toEqual([]);
    expect(reads).toBe(1);
  });

  it("raises one event for several events of a batch with the same result", async () => {
    log = await logs.newLog();
    await observe(await appendEvents(log, solvedTicket()), observation(good));
    expect(types(await observe(await appendEvents(log, solvedTicket(), solvedTicket(2), usage()), observation(bad)))).toEqual([
      healthChanged,
    ]);
  });

  describe("that falls", () => {
    const watch = (score: number): HealthState => ({ score, band: "watch", trend: "steady" });
    /** Observes at an hour after the first observation. */
    async function observeAt(hours: number, health: HealthState): Promise<EventInput[]> {
      const [event] = await appendEvents(log, usage());
      return await observe([{ ...event!, received_at: hours * hourMs }], observation(health));
    }
    const falls = (events: EventInput[]) => events.filter(({ type }) => type === healthFellType);

    it("is reported when the fall lasts for a day, once, with both scores", async () => {
      log = await logs.newLog();
      await observeAt(0, good);
      expect(falls(await observeAt(1, watch(60)))).toEqual([]);
      expect(falls(await observeAt(24, watch(61)))).toEqual([]);
      const [fall, ...otherFalls] = falls(await observeAt(25, bad));
      expect(otherFalls).toEqual([]);
      expect(fall!.data).toMatchObject({
        customer: "person:p",
        from: { score: 80, band: "good" },
        to: { score: 20, band: "at_risk" },
      });
      expect(falls(await observeAt(60, bad))).toEqual([]);
    });

    it("is not reported when it recovers within the day", async () => {
      log = await logs.newLog();
      await observeAt(0, good);
      await observeAt(1, watch(60));
      await observeAt(5, good);
      expect(falls(await observeAt(30, watch(60)))).toEqual([]);
      expect(falls(await observeAt(40, good))).toEqual([]);
    });

    it("is not reported for a few points, even into a lower band, or for many within a band", async () => {
      log = await logs.newLog();
      await observeAt(0, { ...good, score: 70 });
      await observeAt(1, watch(60));
      expect(falls(await observeAt(30, watch(56)))).toEqual([]);
      log = await logs.newLog();
      await observeAt(0, { ...good, score: 95 });
      await observeAt(1, { ...good, score: 66 });
      expect(falls(await observeAt(30, { ...good, score: 66 }))).toEqual([]);
    });
  });

  it("is not computed during the first backfill", async () => {
    log = await logs.newLog();
    expect(await isBackfilling(log)).toBe(false);
    const stream = { connection: "mixpanel", stream: "usage", state: "{}", is_complete: 0, records: 1 };
    const checkpoint = saveSyncCheckpoint(log.store, { ...stream, started_at: 1, updated_at: 1 });
    await log.commit({ statements: [checkpoint], correlationId: "test" });
    expect(await isBackfilling(log)).toBe(true);
  });

  it("raises no event without a score", async () => {
    log = await logs.newLog();
    const unknown: HealthState = { score: null, band: null, trend: null };
    expect(await observe(await appendEvents(log, solvedTicket()), observation(null))).toEqual([]);
    expect(await observe(await appendEvents(log, solvedTicket()), observation(unknown))).toEqual([]);
    expect(await queriesOf(log.store).from("customer_health").selectAll().execute()).toEqual([]);
  });
});
