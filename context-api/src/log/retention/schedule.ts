import type { Clock } from "@sidelight/model/clock.ts";
import { type AlertInput, closeAlert, openAlert } from "../../store/tables/alerts.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { TenantLog } from "../log.ts";
import type { WriterClient } from "../writer/client.ts";
import { RetentionRefusedError } from "./clockCheck.ts";

const dayMs = 86_400_000;
const retryMs = 3_600_000;

export interface RetentionDeps {
  log: TenantLog;
  retention: { historyDays: number; quarantineDays: number };
  writer: WriterClient;
  clock: Clock;
  logger: Logger;
  /** True prunes although the clock is far from the events. */
  acceptClock: boolean;
  /** Of the tenant's leader; null when one process uses the store. */
  epoch: number | null;
}

/** Prunes a tenant's history at the start and then once a day, until the signal is aborted. */
export async function runRetention(deps: RetentionDeps, signal: AbortSignal): Promise<void> {
  const { log, clock, logger } = deps;
  const { tenant } = log;
  while (!signal.aborted) {
    let waitMs = dayMs;
    try {
      const events = await prune(deps);
      if (events > 0) logger.info({ tenant, events }, "history pruned");
      await commitAlert(log, closeAlert(log.store, alert, clock.now()));
    } catch (error) {
      waitMs = retryMs;
      if (!(error instanceof RetentionRefusedError))
        logger.error({ err: error, tenant }, "history could not be pruned; the next attempt is in an hour");
      else {
        logger.error({ err: error, tenant }, "history is not pruned");
        const openStatement = openAlert(log.store, { ...alert, severity: "warning", message: error.message }, clock.now());
        await commitAlert(log, openStatement).catch((err: unknown) =>
          logger.error({ err, tenant }, "an alert could not be stored"),
        );
      }
    }
    await clock.sleep(waitMs, signal).catch(() => {});
  }
}

const alert = { kind: "retention_refused", connection: "", subject: "" } satisfies Partial<AlertInput>;

const commitAlert = (log: TenantLog, statement: ReturnType<typeof closeAlert>) =>
  log.commit({ statements: [statement], correlationId: "retention" });

/** @returns how many events lost their payload @throws {RetentionRefusedError} */
async function prune({ log: { tenant }, retention, writer, clock, acceptClock, epoch }: RetentionDeps): Promise<number> {
  const now = clock.now();
  const historyMs = retention.historyDays * dayMs;
  const { appended } = await writer.send({
    kind: "prune",
    tenant,
    cutoff: now - historyMs,
    epoch,
    quarantineCutoff: now - retention.quarantineDays * dayMs,
    now,
    maxGapMs: acceptClock ? null : Math.max(dayMs, Math.min(30 * dayMs, historyMs / 2)),
  });
  return appended;
}
