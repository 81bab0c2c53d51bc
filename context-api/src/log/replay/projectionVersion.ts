import type { Clock } from "@sidelight/model/clock.ts";
import { findProjectionVersion } from "../../store/tables/tenants.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { TenantLog } from "../log.ts";
import { projectionVersion } from "../projections/version.ts";
import type { WriterClient } from "../writer/client.ts";

export interface ProjectionVersionDeps {
  log: Pick<TenantLog, "tenant" | "store">;
  writer: Pick<WriterClient, "send">;
  clock: Clock;
  logger: Logger;
  /** Of this process's leadership. */
  epoch: number | null;
}

/**
 * Rebuilds the projections of a tenant when another release made them. Until that is done, readers see the previous ones.
 * Returns when the signal is aborted.
 */
export async function keepProjectionVersion(deps: ProjectionVersionDeps, signal: AbortSignal): Promise<void> {
  const storedVersion = await findProjectionVersion(deps.log.store);
  if (storedVersion !== projectionVersion) await rebuildProjections(deps, storedVersion);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

async function rebuildProjections(
  { log: { tenant }, writer, clock, logger, epoch }: ProjectionVersionDeps,
  storedVersion: number | null,
): Promise<void> {
  const versions = { tenant, storedVersion, projectionVersion };
  logger.info(versions, "another release made the projections; rebuilding them from the log");
  const startedAt = clock.monotonic();
  await writer.send({ kind: "rebuild", tenant, epoch });
  logger.info({ ...versions, ms: Math.round(clock.monotonic() - startedAt) }, "the projections are rebuilt");
}
