import type { Tenant } from "../context/tenant.ts";
import { deleteMeasurements, findMeasurement, saveMeasurement } from "../store/tables/qualityMeasurements.ts";
import { assessmentRules, measureQuality } from "./measure.ts";
import type { QualityTotals } from "./totals.ts";

/** A measurement of all customers. Instants are epoch ms. */
export interface Measurement {
  measuredAt: number;
  totals: QualityTotals;
}

/** The measurements of a tenant. */
export interface Measurements {
  /** The newest one. It is made now if there is none, or if the last one is a quarter of an hour old and took less than two seconds. */
  current(): Promise<Measurement>;
  /** The newest one that is at least a week older than another. */
  weekBefore(measurement: Measurement): Promise<Measurement | null>;
  /** Makes one now. */
  measure(signal?: AbortSignal): Promise<Measurement>;
}

const maxAgeMs = 15 * 60_000;
const quickMs = 2_000;
const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
/** One measurement of each day is enough for comparisons. */
const keptDays = 400;

export function createMeasurements(tenant: Pick<Tenant, "log" | "connections" | "clock">): Measurements {
  const { log, clock } = tenant;
  let running: Promise<Measurement> | null = null;

  return {
    async current() {
      const now = clock.now();
      const last = await findMeasurement(log.store, now);
      if (last && (now - last.measured_at < maxAgeMs || last.duration_ms > quickMs)) return toMeasurement(last);
      running ??= measure().finally(() => {
        running = null;
      });
      return await running;
    },
    async weekBefore({ measuredAt }) {
      const row = await findMeasurement(log.store, measuredAt - weekMs);
      return row && toMeasurement(row);
    },
    measure,
  };

  async function measure(signal?: AbortSignal): Promise<Measurement> {
    const measuredAt = clock.now();
    const startedAt = performance.now();
    const totals = await measureQuality(log, assessmentRules(tenant.connections, measuredAt), signal);
    const row = {
      measured_at: measuredAt,
      duration_ms: Math.round(performance.now() - startedAt),
      totals: JSON.stringify(totals),
    };
    const startOfDay = measuredAt - (measuredAt % dayMs);
    const statements = [
      deleteMeasurements(log.store, startOfDay, startOfDay + dayMs),
      deleteMeasurements(log.store, 0, measuredAt - keptDays * dayMs),
      saveMeasurement(log.store, row),
    ];
    await log.append({ statements, correlationId: "quality" });
    return { measuredAt, totals };
  }
}

const toMeasurement = ({ measured_at, totals }: { measured_at: number; totals: string }): Measurement => ({
  measuredAt: measured_at,
  totals: JSON.parse(totals) as QualityTotals,
});
