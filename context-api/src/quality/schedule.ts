import type { Clock } from "@sidelight/model/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Measurements } from "./measurements.ts";
import { dimensionScores, weightedScore } from "./scores.ts";

const firstDelayMs = 10 * 60_000;
const dayMs = 86_400_000;

export interface QualityScheduleDeps {
  tenant: string;
  measurements: Measurements;
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, "quality">;
}

/** Measures a tenant's quality ten minutes after the start and then once a day, until the signal is aborted. */
export async function runQualityMeasurements(
  { tenant, measurements, clock, logger, metrics }: QualityScheduleDeps,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(firstDelayMs, signal).catch(() => {});
  while (!signal.aborted) {
    const { totals } = await measurements.measure(signal);
    const scores = dimensionScores(totals);
    for (const [dimension, score] of Object.entries({ ...scores, all: weightedScore(scores) }))
      if (score !== null) metrics.quality.set({ tenant, dimension }, score);
    logger.info({ tenant, records: totals.records }, "quality measured");
    await clock.sleep(dayMs, signal).catch(() => {});
  }
}
