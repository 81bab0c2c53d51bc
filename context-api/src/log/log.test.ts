import type { RecordInput } from "@sidelight/model/records.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queriesOf } from "../store/queries.ts";
import { rawStatement, toStatement } from "../store/statement.ts";
import { openReader } from "./reader.ts";
import { projectionDigest } from "./replay/digest.ts";
import { type Logs, openLogs } from "./testLogs.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

interface Version {
  id: number;
  changedAt: number;
  name: string;
  email: string | null;
  deleted: boolean;
}

const user = ({ id, changedAt, name, email, deleted }: Version, observedAt = changedAt): RecordInput => ({
  ref: `zendesk.user:${id}`,
  platform: "zendesk",
  connection: "zendesk",
  object: "user",
  subject: `zendesk.user:${id}`,
  changedAt,
  observedAt,
  identifiers: email ? [{ kind: "email", value: email }] : [],
  edges: [],
  deleted,
  data: { kind: "person", name, emails: email ? [email] : [], phones: [], title: null, optedOut: false },
});

const version: fc.Arbitrary<Version> = fc.record({
  id: fc.integer({ min: 1, max: 4 }),
  changedAt: fc.integer({ min: 1, max: 12 }),
  name: fc.constantFrom("Ada", "Grace", "Mary"),
  email: fc.constantFrom(null, "a@x.example", "b@x.example"),
  deleted: fc.boolean(),
});
/** A source has one version of a record at a time. */
const versions = fc
  .array(version, { maxLength: 25 })
  .map((versionsInOrder) =>
    versionsInOrder.map((v) => versionsInOrder.find((w) => w.id === v.id && w.changedAt === v.changedAt)!),
  );

describe("the log", () => {
  it("keeps the newest version of each record in any order of arrival, and rebuilds to the same digest", async () => {
    await fc.assert(
      fc.asyncProperty(versions, async (versionsInOrder) => {
        const log = await logs.newLog();
        for (const v of versionsInOrder) await log.commit({ records: [user(v)], correlationId: "test" });
        for (const id of new Set(versionsInOrder.map((v) => v.id))) {
          const newest = versionsInOrder.filter((v) => v.id === id).sort((a, b) => b.changedAt - a.changedAt)[0]!;
          const [record] = await openReader(log).records([log.key(`zendesk.user:${id}`)]);
          if (newest.deleted) expect(record).toBeUndefined();
          else expect(record?.data).toMatchObject({ name: newest.name });
        }
        const digest = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(digest);
        const sequences = await queriesOf(log.store).from("events").select("sequence").orderBy("sequence").execute();
        expect(sequences.map((s) => s.sequence)).toEqual(sequences.map((_, i) => i + 1));
      }),
      { numRuns: 30 },
    );
  });

  it("appends nothing for an unchanged record and moves its observation", async () => {
    const log = await logs.newLog();
    const v = { id: 1, changedAt: 5, name: "Ada", email: "a@x.example", deleted: false };
    expect((await log.commit({ records: [user(v, 10)], correlationId: "test" })).appended).toBe(1);
    expect((await log.commit({ records: [user(v, 20)], correlationId: "test" })).appended).toBe(0);
    const [record] = await openReader(log).records([log.key("zendesk.user:1")]);
    expect([record?.observedAt, log.head()]).toEqual([20, 1]);
  });

  it("makes concurrent commits durable and refuses only the failing one", async () => {
    const log = await logs.newLog();
    const failingStatement = rawStatement("insert into no_such_table values (1)", []);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) =>
        log.commit({
          records: [user({ id: 100 + i, changedAt: 1, name: "Ada", email: null, deleted: false })],
          statements: i === 17 ? [failingStatement] : [],
          correlationId: "test",
        }),
      ),
    );
    expect(outcomes.flatMap((o, i) => (o.status === "rejected" ? [i] : []))).toEqual([17]);
    const records = await openReader(log).records(Array.from({ length: 60 }, (_, i) => log.key(`zendesk.user:${100 + i}`)));
    expect(records).toHaveLength(59);
    expect(log.head()).toBe(59);
  });

  it("stores a text that contains NUL, which PostgreSQL refuses", async () => {
    const log = await logs.newLog();
    const message = { connection: "zendesk", platform: "zendesk", webhook: "events", reason: "unreadable", request: "{}" };
    await log.append({ quarantine: [{ id: "q1", detail: "a\0b", ...message }], correlationId: "te\0st" });
    const rows = await queriesOf(log.store).from("quarantine").select("detail").where("detail", "=", "a\0b").execute();
    expect(rows).toHaveLength(1);
  });

  it("does not open a payload that was copied to another row", async () => {
    const log = await logs.newLog();
    await log.commit({
      records: [user({ id: 1, changedAt: 1, name: "Ada", email: null, deleted: false })],
      correlationId: "test",
    });
    await log.commit({
      records: [user({ id: 1, changedAt: 2, name: "Grace", email: null, deleted: false })],
      correlationId: "test",
    });
    const rows = await queriesOf(log.store).from("records").select(["from_seq", "payload"]).orderBy("from_seq").execute();
    const copyPayload = toStatement(
      queriesOf(log.store).updateTable("records").set({ payload: rows[0]!.payload }).where("from_seq", "=", 2),
    );
    await log.commit({ statements: [copyPayload], correlationId: "test" });
    await expect(openReader(log).records([log.key("zendesk.user:1")])).rejects.toThrow();
  });
});
