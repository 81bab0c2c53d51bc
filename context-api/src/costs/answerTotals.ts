import type { Clock } from "@sidelight/model/clock.ts";
import type { TenantLog } from "../log/log.ts";
import { addUsageTotals, hourOf, type UsageTotal } from "../store/tables/usageTotals.ts";
import type { AnswerCounters, AnswerTotals } from "../telemetry/answerCounters.ts";

const flushMs = 60_000;

export interface AnswerTotalsDeps {
  log: Pick<TenantLog, "tenant" | "store" | "append">;
  counters: Pick<AnswerCounters, "totals">;
  clock: Pick<Clock, "now" | "sleep">;
}

/** Stores how the process answered: which tier, and how many calls to platforms that saved. */
export interface AnswerTotalsWriter {
  /** Stores what was counted since the last time. */
  flush(): Promise<void>;
  /** Flushes each minute until the signal is aborted. A crash loses a minute of counts at most. */
  run(signal: AbortSignal): Promise<void>;
}

export function createAnswerTotals({ log, counters, clock }: AnswerTotalsDeps): AnswerTotalsWriter {
  let storedRow: AnswerTotals = counters.totals(log.tenant);
  let flushing: Promise<void> = Promise.resolve();

  async function store(): Promise<void> {
    const totals = counters.totals(log.tenant);
    const rows = rowsOf(totals, storedRow, hourOf(clock.now()));
    if (rows.length === 0) return;
    await log.append({ statements: [addUsageTotals(log.store, rows)], correlationId: "answer-totals" });
    storedRow = totals;
  }

  const flush = (): Promise<void> => {
    flushing = flushing.then(store, store);
    return flushing;
  };
  return {
    flush,
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(flushMs, signal).catch(() => {});
        // A store that is lost delays them.
        if (!signal.aborted) await flush().catch(() => {});
      }
    },
  };
}

/** What came since earlier totals: a row for each tier that answered, or reason that saved calls. */
export function rowsOf(totals: AnswerTotals, earlier: AnswerTotals, hour: number): UsageTotal[] {
  const names = new Set([...totals.answers.keys(), ...totals.saved.keys()]);
  return [...names].sort().flatMap((name) => {
    const records = (totals.answers.get(name) ?? 0) - (earlier.answers.get(name) ?? 0);
    const events = (totals.saved.get(name) ?? 0) - (earlier.saved.get(name) ?? 0);
    if (records === 0 && events === 0) return [];
    return [{ hour, kind: "answer", connection: "", name, route: "", customer_tier: "", records, events, calls: 0 }];
  });
}
