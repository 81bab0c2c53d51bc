import type { EventInput, RecordInput, StoredRecord } from "@sidelight/model/records.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queriesOf } from "../store/queries.ts";
import { toStatement } from "../store/statement.ts";
import type { TenantLog } from "./log.ts";
import { openReader } from "./reader.ts";
import { projectionDigest } from "./replay/digest.ts";
import { type Logs, openLogs } from "./testLogs.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

/** A change of a ticket at its source. Several changes may have the same second. */
interface TicketChange {
  ticket: number;
  status: "open" | "pending" | "solved";
  requester: number;
  second: number;
  /** Position in the order of the source, unique. */
  position: number;
}

const history = fc
  .array(
    fc.record({
      ticket: fc.integer({ min: 1, max: 3 }),
      status: fc.constantFrom("open" as const, "pending" as const, "solved" as const),
      requester: fc.integer({ min: 1, max: 2 }),
      pause: fc.integer({ min: 0, max: 1 }),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((steps): TicketChange[] => {
    let second = 1;
    return steps.map(({ pause, ...step }, i) => {
      second += pause;
      return { ...step, second, position: i + 1 };
    });
  });

/** An arrival of the changes: some are lost or repeated, in any order and grouping. */
const arrival = history.chain((changes) =>
  fc.record({
    changes: fc.constant(changes),
    sent: fc
      .array(fc.integer({ min: 0, max: changes.length - 1 }), { maxLength: changes.length * 2 })
      .map((indices) => indices.map((i) => changes[i]!)),
    size: fc.integer({ min: 1, max: 5 }),
  }),
);

function toRecord({ ticket, status, requester, second, position }: TicketChange, isEvent: boolean): RecordInput {
  return {
    ref: `zendesk.ticket:${ticket}`,
    platform: "zendesk",
    connection: "zendesk",
    object: "ticket",
    subject: `zendesk.user:${requester}`,
    changedAt: second * 1000,
    ...(isEvent ? { order: position } : {}),
    observedAt: 1_000,
    identifiers: [],
    edges: [{ rel: "requester", to: `zendesk.user:${requester}` }],
    data: {
      kind: "ticket",
      subject: `change ${position}`,
      status,
      priority: null,
      createdAt: "2026-11-21T00:00:00.000Z",
      updatedAt: null,
      solvedAt: null,
      resolutionMinutes: null,
    },
  };
}

function toEvent(change: TicketChange): EventInput {
  const record = toRecord(change, true);
  return {
    type: "zendesk.ticket.status_changed",
    timestamp: change.position,
    platform: "zendesk",
    connection: "zendesk",
    object: "ticket",
    ref: record.ref,
    subject: record.subject,
    sourceIds: [`event:${change.position}`],
    sourceEventId: String(change.position),
    record,
    interaction: null,
    data: {},
    isEcho: false,
  };
}

async function send(log: TenantLog, changes: TicketChange[], size: number): Promise<void> {
  for (let i = 0; i < changes.length; i += size) {
    await log.commit({ events: changes.slice(i, i + size).map(toEvent), correlationId: "test" });
  }
}

/** The newest version of each ticket, as a pull returns it. */
const latestOf = (changes: TicketChange[]) => [...new Map(changes.map((c) => [c.ticket, c])).values()];

async function currentRecords(log: TenantLog): Promise<Map<string, unknown>> {
  const records = await openReader(log).records([1, 2, 3].map((id) => log.key(`zendesk.ticket:${id}`)));
  return new Map(records.map(({ ref, changedAt, data, edges }) => [ref, { changedAt, data, edges }]));
}

describe("events in any order, some lost or repeated", () => {
  it("are appended once each, and the newest version that arrived is current", async () => {
    await fc.assert(
      fc.asyncProperty(arrival, async ({ sent, size }) => {
        const log = await logs.newLog();
        await send(log, sent, size);
        const distinct = new Set(sent.map((c) => c.position));
        const rows = await queriesOf(log.store).from("events").select("deduplication_key").execute();
        expect(rows.length).toBe(distinct.size);
        expect(new Set(rows.map((r) => r.deduplication_key)).size).toBe(distinct.size);
        const newest = latestOf([...sent].sort((a, b) => a.position - b.position));
        const expected = new Map(newest.map((c) => [`zendesk.ticket:${c.ticket}`, `change ${c.position}`]));
        const current = new Map(
          [...(await currentRecords(log))].map(([ref, r]) => [ref, (r as { data: { subject: string } }).data.subject]),
        );
        expect(current).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("give the same records after a pull as all events in order", async () => {
    await fc.assert(
      fc.asyncProperty(arrival, async ({ changes, sent, size }) => {
        const [orderedLog, shuffledLog] = [await logs.newLog(), await logs.newLog()];
        await send(orderedLog, changes, 1);
        await send(shuffledLog, sent, size);
        await shuffledLog.commit({ records: latestOf(changes).map((c) => toRecord(c, false)), correlationId: "pull" });
        expect(await currentRecords(shuffledLog)).toEqual(await currentRecords(orderedLog));
        for (const log of [orderedLog, shuffledLog]) {
          const digest = await projectionDigest(log);
          await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
          expect(await projectionDigest(log)).toBe(digest);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("can be read as of every sequence: the result equals a rebuild of the log up to it", async () => {
    const tables = ["records", "identifiers", "edges", "members"] as const;
    await fc.assert(
      fc.asyncProperty(arrival, fc.nat(), async ({ sent, size }, cut) => {
        const log = await logs.newLog();
        await send(log, sent, size);
        const sequence = log.head() === 0 ? 0 : cut % (log.head() + 1);
        const pastReader = openReader(log, { at: sequence });
        const keys = [1, 2, 3].map((id) => log.key(`zendesk.ticket:${id}`));
        const past = (await pastReader.records(keys)).map(withoutTimes);
        const expected = await Promise.all(tables.map((table) => rowsAsOf(log, table, sequence)));
        const deletion = toStatement(queriesOf(log.store).deleteFrom("events").where("sequence", ">", sequence));
        await log.commit({ statements: [deletion], correlationId: "test" });
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await Promise.all(tables.map((table) => rowsAsOf(log, table, sequence)))).toEqual(expected);
        const rebuilt = (await openReader(log).records(keys)).map(withoutTimes);
        expect(past).toEqual(rebuilt);
      }),
      { numRuns: 40 },
    );
  });
});

describe("webhooks and reads of the same tickets in any order of arrival", () => {
  /** A read shows the last change before its request. An event shows one change. Instants are ms; stamps are whole seconds. */
  const arrivals = history.chain((changes) => {
    const timedChanges = changes.map((change, i) => ({ ...change, instant: change.second * 1000 + i }));
    // A read and a change of the same ms have no order.
    const isFree = (instant: number): boolean => timedChanges.every((change) => change.instant !== instant);
    const instant = fc.integer({ min: 1_000, max: 20_000 }).filter(isFree);
    const read = fc.record({ kind: fc.constant("read" as const), instant });
    const event = fc.record({ kind: fc.constant("event" as const), index: fc.nat({ max: changes.length - 1 }) });
    return fc.record({
      timed: fc.constant(timedChanges),
      arrived: fc.array(fc.oneof(read, event), { minLength: 1, maxLength: 20 }),
    });
  });

  for (const hasStamp of [true, false]) {
    it(`leave the newest version current, ${hasStamp ? "with modification times of whole seconds" : "without modification times"}`, async () => {
      await fc.assert(
        fc.asyncProperty(arrivals, async ({ timed, arrived }) => {
          const log = await logs.newLog();
          const newest = new Map<string, { position: number }>();
          for (const arrival of arrived) {
            const shownRecord =
              arrival.kind === "event"
                ? timed.slice(arrival.index, arrival.index + 1)
                : latestOf(timed.filter((change) => change.instant < arrival.instant)).map((change) => ({
                    ...change,
                    instant: arrival.instant,
                  }));
            for (const change of shownRecord) {
              const ref = `zendesk.ticket:${change.ticket}`;
              if (change.position > (newest.get(ref)?.position ?? 0)) newest.set(ref, change);
            }
            const records = shownRecord.map((change): RecordInput => {
              const { order: _, ...record } = toRecord(change, false);
              const recordVersion = { ...record, ...(hasStamp ? {} : { changedAt: null }), observedAt: change.instant };
              return arrival.kind === "event" ? { ...recordVersion, order: change.instant } : recordVersion;
            });
            await log.commit({ records, correlationId: "test" });
          }
          const subjects = new Map(
            [...(await currentRecords(log))].map(([ref, r]) => [ref, (r as { data: { subject: string } }).data.subject]),
          );
          expect(subjects).toEqual(new Map([...newest].map(([ref, { position }]) => [ref, `change ${position}`])));
        }),
        { numRuns: 60 },
      );
    });
  }
});

describe("a record that a read showed to be gone", () => {
  const goneAt = 10_000;
  const ticket = (instant: number, isEvent: boolean): RecordInput => {
    const record = toRecord(
      { ticket: 1, status: "open", requester: 1, second: Math.floor(instant / 1000), position: instant },
      false,
    );
    return { ...record, observedAt: isEvent ? 20_000 : instant, ...(isEvent ? { order: instant } : {}) };
  };
  const deletedRecord: RecordInput = { ...ticket(goneAt, false), changedAt: null, deleted: true };
  const isCurrent = async (log: TenantLog) => (await currentRecords(log)).size > 0;

  it("is not brought back by a change that happened before that read, however late it arrives, and is by one after it", async () => {
    const earlier = fc.record({ instant: fc.integer({ min: 1_000, max: goneAt - 1 }), isEvent: fc.boolean() });
    const later = fc.record({ instant: fc.integer({ min: goneAt + 1, max: 19_000 }), isEvent: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(earlier, { minLength: 1, maxLength: 5 }), fc.nat(), later, async (versions, position, next) => {
        const log = await logs.newLog();
        const records = versions.map(({ instant, isEvent }) => ticket(instant, isEvent));
        // A record is only found to be gone after it was stored.
        records.splice(1 + (position % records.length), 0, deletedRecord);
        for (const record of records) await log.commit({ records: [record], correlationId: "test" });
        expect(await isCurrent(log)).toBe(false);
        await log.commit({ records: [ticket(next.instant, next.isEvent)], correlationId: "test" });
        expect(await isCurrent(log)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

const withoutTimes = ({ ref, data, edges, sequence }: StoredRecord) => ({ ref, data, edges, sequence });

/** The rows as of a sequence. Payloads are left out: the digest column represents them. */
async function rowsAsOf(log: TenantLog, table: "records" | "identifiers" | "edges" | "members", sequence: number) {
  const rows = await queriesOf(log.store).from(table).selectAll().where("from_seq", "<=", sequence).execute();
  return rows
    .map((row) => {
      const { payload: _, ...columns } = row as typeof row & { payload?: Buffer };
      return JSON.stringify({
        ...columns,
        to_seq: columns.to_seq !== null && columns.to_seq <= sequence ? columns.to_seq : null,
      });
    })
    .sort();
}
