import type { Clock } from "@sidelight/model/clock.ts";
import type { TenantLog } from "../log/log.ts";
import { countOpenSuggestions } from "../store/tables/identitySuggestions.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type MatchRun, matchTenant } from "./matchTenant.ts";

const firstDelayMs = 10 * 60_000;
const minIntervalMs = 3_600_000;
/** The matching thread may use this part of one processor: 1/20. */
const maxDutyFactor = 20;

export interface MatchingDeps {
  log: TenantLog;
  /** Of the present configuration. */
  automatic(): "suggest" | "link";
  /** Called after a run that linked records. */
  onLinked?: () => Promise<void>;
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, "identityLinks" | "identitySuggestions">;
}

/**
 * Matches a tenant's records ten minutes after the start, and then at most once an hour, when people, companies, decisions or the
 * configuration changed. Runs until the signal is aborted.
 */
export async function runMatching(
  { log, automatic, onLinked, clock, logger, metrics }: MatchingDeps,
  signal: AbortSignal,
): Promise<void> {
  const changes = watchChanges(log);
  let lastMode: "suggest" | "link" | null = null;
  try {
    await clock.sleep(firstDelayMs, signal).catch(() => {});
    while (!signal.aborted) {
      let intervalMs = minIntervalMs;
      if (changes.take() || automatic() !== lastMode) {
        lastMode = automatic();
        const run = await matchTenant({ log, clock, automatic: lastMode, signal });
        await reportRun(log, run, { logger, metrics });
        if (run.links > 0) await onLinked?.();
        intervalMs = Math.max(minIntervalMs, maxDutyFactor * run.durationMs);
      }
      await clock.sleep(intervalMs, signal).catch(() => {});
    }
  } finally {
    changes.stop();
  }
}

/** Notes whether a record changed that matching depends on. What changed before the start is not known, so the first answer is true. */
function watchChanges(log: TenantLog): { take(): boolean; stop(): void } {
  let hasChanged = true;
  const stop = log.onInvalidated(({ changes, isEverything }) => {
    hasChanged ||= isEverything || changes.some(({ kind }) => kind === "person" || kind === "company" || kind === "decision");
  });
  const take = (): boolean => {
    const isChanged = hasChanged;
    hasChanged = false;
    return isChanged;
  };
  return { take, stop };
}

async function reportRun(
  log: TenantLog,
  { people, companies, links, modelVersion, durationMs }: MatchRun,
  { logger, metrics }: Pick<MatchingDeps, "logger" | "metrics">,
): Promise<void> {
  const { tenant } = log;
  metrics.identityLinks.inc({ tenant }, links);
  const open = await countOpenSuggestions(log.store);
  for (const kind of ["person", "company"] as const) metrics.identitySuggestions.set({ tenant, kind }, open[kind]);
  logger.info({ tenant, people, companies, links, modelVersion, durationMs, suggestions: open }, "records matched");
}
