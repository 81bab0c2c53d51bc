import type { Clock } from "@sidelight/model/clock.ts";
import type { TenantLog } from "../../log/log.ts";
import { addPanelCounts, type PanelCountRow, sumPanelCounts } from "../../store/tables/panelCounts.ts";
import { createDelayedFlush } from "./delayedFlush.ts";

// What panels showed, in buckets of five minutes. Counts only: no customer, no person.

const bucketMs = 5 * 60_000;
/** Counts are stored this long after the first of them. A crash loses at most these. */
const flushMs = 5_000;
/** Upper bounds of the first paint, ms. */
export const paintBounds = [250, 500, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000] as const;
/** Slower ones. */
const slowest = "slower";

/** What one panel showed. */
export interface PanelOutcome {
  match: "resolved" | "ambiguous" | "none" | "failed";
  /** Platforms whose values are older than their limit. */
  stale: readonly string[];
}

export interface PanelCounts {
  count(outcome: PanelOutcome): void;
  /** @param ms from the start of the panel to the first values that a person sees */
  countPaint(ms: number): void;
  /** Of all processes, since an instant, epoch ms. */
  since(instant: number): Promise<PanelSums>;
  /** Stores what is counted so far. */
  flush(): Promise<void>;
}

export interface PanelSums {
  answers: number;
  /** Answers with at least one stale section. */
  stale: number;
  staleByPlatform: Record<string, number>;
  ambiguous: number;
  unmatched: number;
  failed: number;
  /** Panels that reported their first paint, by its upper bound in ms; Infinity for slower ones. */
  paints: [boundMs: number, count: number][];
}

interface PanelCountsDeps {
  log: Pick<TenantLog, "store" | "append">;
  clock: Pick<Clock, "now" | "sleep">;
}

/** Counts in memory and adds to the counts of all processes. A store that is lost delays them. */
export function createPanelCounts({ log, clock }: PanelCountsDeps): PanelCounts {
  let pending = new Map<string, PanelCountRow>();
  const schedule = createDelayedFlush({ clock, delayMs: flushMs, hasPending: () => pending.size > 0, flush });

  function add(kind: string, label = ""): void {
    const bucket_at = Math.floor(clock.now() / bucketMs) * bucketMs;
    const name = `${bucket_at} ${kind} ${label}`;
    const row = pending.get(name) ?? { bucket_at, kind, label, count: 0 };
    row.count += 1;
    pending.set(name, row);
    schedule();
  }

  async function flush(): Promise<void> {
    if (pending.size === 0) return;
    const rows = pending;
    pending = new Map();
    try {
      await log.append({ statements: [addPanelCounts(log.store, [...rows.values()])], correlationId: "panels" });
    } catch (error) {
      for (const [name, row] of rows) {
        const present = pending.get(name);
        pending.set(name, present ? { ...row, count: row.count + present.count } : row);
      }
      throw error;
    }
  }

  return {
    count({ match, stale }) {
      add("answers");
      if (match === "ambiguous") add("ambiguous");
      if (match === "none") add("unmatched");
      if (match === "failed") add("failed");
      if (stale.length > 0) add("stale");
      for (const platform of new Set(stale)) add("stale", platform);
    },
    countPaint(ms) {
      const boundary = paintBounds.find((limit) => ms <= limit);
      add("paint", String(boundary ?? slowest));
    },
    async since(instant) {
      const bucket = Math.floor(instant / bucketMs) * bucketMs;
      const storedRows = await sumPanelCounts(log.store, bucket);
      return sumsOf([...storedRows, ...[...pending.values()].filter(({ bucket_at }) => bucket_at >= bucket)]);
    },
    flush,
  };
}

export function sumsOf(rows: readonly Pick<PanelCountRow, "kind" | "label" | "count">[]): PanelSums {
  const sums: PanelSums = { answers: 0, stale: 0, staleByPlatform: {}, ambiguous: 0, unmatched: 0, failed: 0, paints: [] };
  const paints = new Map<number, number>();
  for (const { kind, label, count } of rows) {
    if (kind === "paint") {
      const boundary = label === slowest ? Number.POSITIVE_INFINITY : Number(label);
      paints.set(boundary, (paints.get(boundary) ?? 0) + count);
    } else if (kind === "stale" && label !== "") sums.staleByPlatform[label] = (sums.staleByPlatform[label] ?? 0) + count;
    else if (isSum(kind)) sums[kind] += count;
  }
  sums.paints = [...paints].sort(([a], [b]) => a - b);
  return sums;
}

const sumKinds = ["answers", "stale", "ambiguous", "unmatched", "failed"] as const;
const isSum = (kind: string): kind is (typeof sumKinds)[number] => (sumKinds as readonly string[]).includes(kind);

/** The bound below which this share of the panels painted, ms; null when it is slower than all bounds or nothing was reported. */
export function paintQuantile(paints: PanelSums["paints"], share: number): number | null {
  const total = paints.reduce((sum, [, count]) => sum + count, 0);
  let seenIds = 0;
  for (const [boundary, count] of paints) {
    seenIds += count;
    if (total > 0 && seenIds >= total * share) return Number.isFinite(boundary) ? boundary : null;
  }
  return null;
}
