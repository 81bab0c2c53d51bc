import type { Clock } from "@sidelight/model/clock.ts";
import type { Shape } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { type AlertInput, closeAlert, openAlert } from "../store/tables/alerts.ts";
import { findPlatformShape, savePlatformShape } from "../store/tables/platformShapes.ts";
import type { Logger } from "../telemetry/logger.ts";
import { driftBetween } from "./drift.ts";

const dayMs = 86_400_000;
/** The first backfill of a new connection goes first. */
const firstCheckDelayMs = 3_600_000;
const retryMs = 3_600_000;

const StoredShape = z.object({
  objects: z.record(z.string(), z.record(z.string(), z.string())),
  mapped: z.array(z.string()),
  version: z.object({ used: z.string(), newest: z.string(), endsSoon: z.boolean() }).nullable(),
});
/** Alerts of these kinds stay open as long as their cause lasts. */
const ongoingKinds = ["mapped_field_gone", "api_version_ending"] as const;

export interface DriftTools {
  log: TenantLog;
  connection: Connection;
  clock: Clock;
  logger: Logger;
}

/** Checks once a day that a platform still has the schema that our mapping expects. */
export async function watchDrift(tools: DriftTools, signal: AbortSignal): Promise<void> {
  const { connection, clock, logger, log } = tools;
  if (!connection.connector.shape) return;
  let hasFailed = false;
  while (!signal.aborted) {
    const storedShape = await loadShape(tools);
    await clock.sleep(hasFailed ? retryMs : delayOf(storedShape?.checkedAt, clock.now()), signal).catch(() => {});
    if (signal.aborted) return;
    try {
      await checkShape(tools, storedShape?.shape ?? null, signal);
      hasFailed = false;
    } catch (error) {
      hasFailed = true;
      logger.warn({ err: error, tenant: log.tenant, connection: connection.id }, "the platform's schema could not be checked");
    }
  }
}

/** A last check in the future was made before the clock was set back. */
function delayOf(checkedAt: number | undefined, now: number): number {
  if (checkedAt === undefined) return firstCheckDelayMs;
  return Math.min(dayMs, Math.max(0, checkedAt + dayMs - now));
}

async function checkShape(
  { log, connection, clock, logger }: DriftTools,
  previous: Shape | null,
  signal: AbortSignal,
): Promise<void> {
  const current = await connection.connector.shape?.({ priority: "sync", signal });
  if (!current) return;
  const alerts = driftBetween(connection.id, previous, current);
  for (const { kind, severity, subject, message } of alerts) {
    const fields = { tenant: log.tenant, connection: connection.id, kind, subject };
    if (severity === "critical") logger.error(fields, message);
    else logger.warn(fields, message);
  }
  const checkedAt = clock.now();
  await log.commit({
    statements: [
      savePlatformShape(log.store, connection.id, current, checkedAt),
      ...alerts.map((alert) => openAlert(log.store, alert, checkedAt)),
      ...endedAlerts(connection.id, previous, current, alerts).map((alert) => closeAlert(log.store, alert, checkedAt)),
    ],
    correlationId: "drift",
  });
}

/** Alerts whose cause has ended. */
function endedAlerts(connection: string, previous: Shape | null, current: Shape, alerts: AlertInput[]) {
  const isOpen = (kind: string, subject: string) => alerts.some((a) => a.kind === kind && a.subject === subject);
  const subjects = [
    ...new Set([...(previous?.mapped ?? []), ...current.mapped, previous?.version?.used ?? "", current.version?.used ?? ""]),
  ];
  return ongoingKinds.flatMap((kind) =>
    subjects.filter((subject) => !isOpen(kind, subject)).map((subject) => ({ kind, connection, subject })),
  );
}

async function loadShape({ log, connection }: DriftTools): Promise<{ shape: Shape; checkedAt: number } | null> {
  const row = await findPlatformShape(log.store, connection.id);
  if (!row) return null;
  const shape = StoredShape.safeParse(row.shape);
  return shape.success ? { shape: shape.data, checkedAt: row.checkedAt } : null;
}
