import type { Clock } from "@sidelight/model/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { WriterClient } from "../writer/client.ts";

const dayMs = 86_400_000;

/** Prunes a tenant's history at the start and then once a day, until the signal. */
export async function keepPruned(
  { tenant, retention, writer, clock, logger }: RetentionTools,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const now = clock.now();
      const before = now - retention.historyDays * dayMs;
      const quarantineBefore = now - retention.quarantineDays * dayMs;
      const { appended: events } = await writer.send({ kind: "prune", tenant, before, quarantineBefore, now });
      if (events > 0) logger.info({ tenant, events }, "history pruned");
    } catch (error) {
      logger.error({ err: error, tenant }, "history could not be pruned");
    }
    await clock.sleep(dayMs, signal).catch(() => {});
  }
}

export interface RetentionTools {
  tenant: string;
  retention: { historyDays: number; quarantineDays: number };
  writer: WriterClient;
  clock: Clock;
  logger: Logger;
}
