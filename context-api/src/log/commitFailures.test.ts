import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rawStatement, type Statement } from "../store/statement.ts";
import { findConsumerOffset, saveConsumerOffset } from "../store/tables/consumerOffsets.ts";
import type { TenantLog } from "./log.ts";
import { type Logs, openLogs } from "./testLogs.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

describe("a statement in the middle of a commit fails", () => {
  const offsetOf = (log: TenantLog, consumer: string) => findConsumerOffset(log.store, consumer);
  const missingTable = rawStatement("insert into no_such_table values (1)", []);
  const missingValue = ({ tenant }: TenantLog) =>
    rawStatement(
      `insert into consumer_offsets (tenant, consumer, sequence, updated_at) values ('${tenant}', 'broken', null, 0)`,
      [],
    );
  /** The reason itself, not that later statements of the transaction were refused because of it. */
  const isFirstError = { missingTable: /^(42P01|SQLITE_ERROR)$/, missingValue: /^(23502|SQLITE_CONSTRAINT)/ };
  const causeOf = (outcome: PromiseSettledResult<unknown> | undefined): string =>
    outcome?.status === "rejected" ? outcome.reason.cause.code : "none";

  const consumer = fc.constantFrom("a", "b");
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("save" as const), consumer, sequence: fc.integer({ min: 1, max: 9 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("remove" as const), consumer }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("missingTable" as const, "missingValue" as const) }) },
  );
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

  function statementOf(log: TenantLog, s: Step): Statement {
    if (s.kind === "save") return saveConsumerOffset(log.store, s.consumer, s.sequence, 0);
    if (s.kind === "remove")
      return rawStatement(`delete from consumer_offsets where tenant = '${log.tenant}' and consumer = '${s.consumer}'`, []);
    return s.kind === "missingTable" ? missingTable : missingValue(log);
  }

  /** How many rows each statement of a request changes, when all are executed in order. */
  function applySteps(offsets: Map<string, number>, steps: readonly Step[]): number[] {
    return steps.map((s) => {
      if (s.kind === "remove") return offsets.delete(s.consumer) ? 1 : 0;
      if (s.kind === "save") offsets.set(s.consumer, s.sequence);
      return 1;
    });
  }

  it("refuses that request with the first error, and counts the changes of the others in their order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 6 }), async (requests) => {
        const log = await logs.newLog();
        const outcomes = await Promise.allSettled(
          requests.map((steps) => log.commit({ statements: steps.map((s) => statementOf(log, s)), correlationId: "test" })),
        );
        const offsets = new Map<string, number>();
        for (const [i, steps] of requests.entries()) {
          const failure = steps.map(({ kind }) => kind).find((kind) => kind === "missingTable" || kind === "missingValue");
          if (failure) expect(causeOf(outcomes[i])).toMatch(isFirstError[failure]);
          else expect(outcomes[i]).toMatchObject({ status: "fulfilled", value: { changes: applySteps(offsets, steps) } });
        }
        for (const name of ["a", "b"]) expect(await offsetOf(log, name)).toBe(offsets.get(name) ?? null);
      }),
      { numRuns: 60 },
    );
  });

  it("writes nothing of a request with more statements than are sent together", async () => {
    const log = await logs.newLog();
    const statements = Array.from({ length: 1_200 }, (_, i) => saveConsumerOffset(log.store, `c${i}`, i + 1, 0));
    const broken = statements.with(700, missingValue(log));
    const [refused, stored] = await Promise.allSettled([
      log.commit({ statements: broken, correlationId: "test" }),
      log.commit({ statements: statements.slice(0, 600), correlationId: "test" }),
    ]);
    expect(causeOf(refused)).toMatch(isFirstError.missingValue);
    expect(stored).toMatchObject({ status: "fulfilled", value: { changes: Array(600).fill(1) } });
    expect([await offsetOf(log, "c599"), await offsetOf(log, "c600")]).toEqual([600, null]);
  });
});
