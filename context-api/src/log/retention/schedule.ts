import type { Clock } from "@sidelight/model/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { WriterClient } from "../writer/client.ts";

const dayMs = 86_400_000;

export interface RetentionDeps {
  tenant: string;
  retention: { historyDays: number; quarantineDays: number };
  writer: WriterClient;
  clock: Clock;
  logger: Logger;
}

/** Prunes a tenant's history at the start and then once a day, until the signal is aborted. */
export async function runRetention(
  { tenant, retention, writer, clock, logger }: RetentionDeps,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const now = clock.now();
      const cutoff = now - retention.historyDays * dayMs;
      const quarantineCutoff = now - retention.quarantineDays * dayMs;
      const { appended: events } = await writer.send({ kind: "prune", tenant, cutoff, quarantineCutoff, now });
      if (events > 0) logger.info({ tenant, events }, "history pruned");
    } catch (error) {
      logger.error({ err: error, tenant }, "history could not be pruned; the next attempt is in a day");
    }
    await clock.sleep(dayMs, signal).catch(() => {});
  }
}
