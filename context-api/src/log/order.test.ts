import type { EventInput, RecordInput } from "@sidelight/model/records.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Logs, openLogs } from "../../../test/support/logs.ts";
import type { TenantLog } from "./log.ts";
import { openReader } from "./reader.ts";
import { projectionDigest } from "./replay/digest.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

/** What a source did, in its own order: changes of a few tickets, several within one of its seconds. */
interface Change {
  ticket: number;
  status: "open" | "pending" | "solved";
  requester: number;
  second: number;
  /** Its place in the source's order; no two are the same. */
  at: number;
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
  .map((steps): Change[] => {
    let second = 1;
    return steps.map(({ pause, ...step }, i) => {
      second += pause;
      return { ...step, second, at: i + 1 };
    });
  });

/** How they arrive: which are lost, which come more than once, in what order, and how they are grouped. */
const arrival = history.chain((changes) =>
  fc.record({
    changes: fc.constant(changes),
    sent: fc
      .array(fc.integer({ min: 0, max: changes.length - 1 }), { maxLength: changes.length * 2 })
      .map((indices) => indices.map((i) => changes[i]!)),
    size: fc.integer({ min: 1, max: 5 }),
  }),
);

function toRecord({ ticket, status, requester, second, at }: Change, isEvent: boolean): RecordInput {
  return {
    ref: `zendesk.ticket:${ticket}`,
    platform: "zendesk",
    connection: "zendesk",
    object: "ticket",
    subject: `zendesk.user:${requester}`,
    changedAt: second * 1000,
    ...(isEvent ? { order: at } : {}),
    observedAt: 1_000,
    identifiers: [],
    edges: [{ rel: "requester", to: `zendesk.user:${requester}` }],
    data: {
      kind: "ticket",
      subject: `change ${at}`,
      status,
      priority: null,
      createdAt: "2026-11-21T00:00:00.000Z",
      updatedAt: null,
      solvedAt: null,
      resolutionMinutes: null,
    },
  };
}

function toEvent(change: Change): EventInput {
  const record = toRecord(change, true);
  return {
    type: "zendesk.ticket.status_changed",
    timestamp: change.at,
    platform: "zendesk",
    connection: "zendesk",
    object: "ticket",
    ref: record.ref,
    subject: record.subject,
    sourceIds: [`event:${change.at}`],
    record,
    interaction: null,
    data: {},
    isEcho: false,
  };
}

async function send(log: TenantLog, changes: Change[], size: number): Promise<void> {
  for (let i = 0; i < changes.length; i += size) {
    await log.commit({ events: changes.slice(i, i + size).map(toEvent), correlationId: "test" });
  }
}

/** The newest version of each ticket, as a pull would bring it. */
const latestOf = (changes: Change[]) => [...new Map(changes.map((c) => [c.ticket, c])).values()];

async function held(log: TenantLog): Promise<Map<string, unknown>> {
  const records = await openReader(log).records([1, 2, 3].map((id) => log.key(`zendesk.ticket:${id}`)));
  return new Map(records.map(({ ref, changedAt, data, edges }) => [ref, { changedAt, data, edges }]));
}

describe("events in any order, lost and repeated", () => {
  it("count once each, and the newest of those that came decides", async () => {
    await fc.assert(
      fc.asyncProperty(arrival, async ({ sent, size }) => {
        const log = await logs.newLog();
        await send(log, sent, size);
        const distinct = new Set(sent.map((c) => c.at));
        const rows = await log.store.from("events").select("source_event_id").execute();
        expect(rows.length).toBe(distinct.size);
        expect(new Set(rows.map((r) => r.source_event_id)).size).toBe(distinct.size);
        const newest = latestOf([...sent].sort((a, b) => a.at - b.at));
        const expected = new Map(newest.map((c) => [`zendesk.ticket:${c.ticket}`, `change ${c.at}`]));
        const shown = new Map([...(await held(log))].map(([ref, r]) => [ref, (r as { data: { subject: string } }).data.subject]));
        expect(shown).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("are, after a pull, what the whole sequence in its order would have made", async () => {
    await fc.assert(
      fc.asyncProperty(arrival, async ({ changes, sent, size }) => {
        const [ordered, disordered] = [await logs.newLog(), await logs.newLog()];
        await send(ordered, changes, 1);
        await send(disordered, sent, size);
        await disordered.commit({ records: latestOf(changes).map((c) => toRecord(c, false)), correlationId: "pull" });
        expect(await held(disordered)).toEqual(await held(ordered));
        for (const log of [ordered, disordered]) {
          const before = await projectionDigest(log);
          await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
          expect(await projectionDigest(log)).toBe(before);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("can be looked back at: every moment is what a rebuild of the log up to it gives", async () => {
    const tables = ["records", "identifiers", "edges", "members"] as const;
    await fc.assert(
      fc.asyncProperty(arrival, fc.nat(), async ({ sent, size }, cut) => {
        const log = await logs.newLog();
        await send(log, sent, size);
        const at = log.head() === 0 ? 0 : cut % (log.head() + 1);
        const then = openReader(log, { at });
        const keys = [1, 2, 3].map((id) => log.key(`zendesk.ticket:${id}`));
        const looked = (await then.records(keys)).map(({ ref, data, edges, sequence }) => ({ ref, data, edges, sequence }));
        const expected = await Promise.all(tables.map((table) => rowsUntil(log, table, at)));
        const forget = log.store.statements
          .deleteFrom("events")
          .where("tenant", "=", log.tenant)
          .where("sequence", ">", at)
          .compile();
        await log.commit({ statements: [forget], correlationId: "test" });
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await Promise.all(tables.map((table) => rowsUntil(log, table, at)))).toEqual(expected);
        const rebuilt = (await openReader(log).records(keys)).map(({ ref, data, edges, sequence }) => ({
          ref,
          data,
          edges,
          sequence,
        }));
        expect(looked).toEqual(rebuilt);
      }),
      { numRuns: 40 },
    );
  });
});

/** Rows as they stood at a sequence; sealed payloads are told by their digest. */
async function rowsUntil(log: TenantLog, table: "records" | "identifiers" | "edges" | "members", at: number) {
  const rows = await log.store.from(table).selectAll().where("from_seq", "<=", at).execute();
  return rows
    .map((row) => {
      const { payload: _, ...rest } = row as typeof row & { payload?: Buffer };
      return JSON.stringify({ ...rest, to_seq: rest.to_seq !== null && rest.to_seq <= at ? rest.to_seq : null });
    })
    .sort();
}
