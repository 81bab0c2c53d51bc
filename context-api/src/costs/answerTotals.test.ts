import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { expect, it } from "vitest";
import type { CommitInput } from "../log/log.ts";
import { sumUsageTotals } from "../store/tables/usageTotals.ts";
import { openTestTables } from "../store/testTables.ts";
import { createAnswerTotals } from "./answerTotals.ts";

it("stores what came since the last time, and keeps it while the store is lost", async () => {
  const tables = await openTestTables();
  try {
    const store = tables.forTenant("acme");
    let isLost = false;
    const log = {
      tenant: "acme",
      store,
      async append({ statements = [] }: CommitInput) {
        if (isLost) throw new Error("lost");
        for (const statement of statements) await tables.execute("acme", statement);
      },
    };
    const answers = new Map([["memory", 5]]);
    const savings = new Map([["memory", 15]]);
    const counters = { totals: () => ({ answers: new Map(answers), saved: new Map(savings) }) };
    const clock = manualClock(Date.UTC(2026, 10, 20, 10, 30));
    const totals = createAnswerTotals({ log: log as never, counters, clock });
    const sums = async () => {
      const rows = await sumUsageTotals(store, { from: 0, to: Date.UTC(2027, 0) });
      return rows.map(({ name, records, events }) => [name, records, events]).sort();
    };
    await totals.flush();
    expect(await sums(), "what was counted before the start is not its own").toEqual([]);
    answers.set("memory", 7);
    savings.set("memory", 21);
    savings.set("not_found", 2);
    isLost = true;
    await expect(totals.flush()).rejects.toThrow("lost");
    isLost = false;
    answers.set("store", 1);
    await totals.flush();
    await totals.flush();
    expect(await sums()).toEqual([
      ["memory", 2, 6],
      ["not_found", 0, 2],
      ["store", 1, 0],
    ]);
  } finally {
    await tables.close();
  }
});
