import type { Clock } from "@sidelight/model/clock.ts";
import type { Shape } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { type AlertInput, closeAlert, openAlert } from "../store/alerts.ts";
import type { Logger } from "../telemetry/logger.ts";
import { driftBetween } from "./drift.ts";

const dayMs = 86_400_000;
/** A platform that was just connected has the backfill to do first. */
const firstAfterMs = 3_600_000;
const retryMs = 3_600_000;
/** Under this name the shape stands beside the streams' checkpoints. */
const stream = "shape";

const StoredShape = z.object({
  objects: z.record(z.string(), z.record(z.string(), z.string())),
  mapped: z.array(z.string()),
  version: z.object({ used: z.string(), newest: z.string(), endsSoon: z.boolean() }).nullable(),
});
/** Alerts of these kinds last as long as what they tell of. */
const standing = ["mapped_field_gone", "api_version_ending"] as const;

export interface DriftTools {
  log: TenantLog;
  connection: Connection;
  clock: Clock;
  logger: Logger;
}

/** Looks once a day whether a platform still has the form that our mapping expects. */
export async function watchDrift(tools: DriftTools, signal: AbortSignal): Promise<void> {
  const { connection, clock, logger, log } = tools;
  if (!connection.connector.shape) return;
  let failedAt: number | null = null;
  while (!signal.aborted) {
    const known = await lastShape(tools);
    const due = failedAt === null ? (known ? known.at + dayMs : clock.now() + firstAfterMs) : failedAt + retryMs;
    await clock.sleep(Math.max(0, due - clock.now()), signal).catch(() => {});
    if (signal.aborted) return;
    try {
      await look(tools, known?.shape ?? null, signal);
      failedAt = null;
    } catch (error) {
      failedAt = clock.now();
      logger.warn({ err: error, tenant: log.tenant, connection: connection.id }, "the platform's form could not be looked at");
    }
  }
}

async function look({ log, connection, clock, logger }: DriftTools, before: Shape | null, signal: AbortSignal): Promise<void> {
  const now = await connection.connector.shape!({ lane: "sync", signal });
  const alerts = driftBetween(connection.id, before, now);
  for (const { kind, severity, subject, message } of alerts) {
    const about = { tenant: log.tenant, connection: connection.id, kind, subject };
    if (severity === "critical") logger.error(about, message);
    else logger.warn(about, message);
  }
  const at = clock.now();
  const state = JSON.stringify(now);
  const row = { state, complete: 1, records: 0, started_at: at, updated_at: at };
  await log.commit({
    statements: [
      log.store.statements
        .insertInto("checkpoints")
        .values({ tenant: log.tenant, connection: connection.id, stream, ...row })
        .onConflict((c) => c.columns(["tenant", "connection", "stream"]).doUpdateSet(row))
        .compile(),
      ...alerts.map((alert) => openAlert(log.store, alert, at)),
      ...over(connection.id, before, now, alerts).map((alert) => closeAlert(log.store, alert, at)),
    ],
    correlationId: "drift",
  });
}

/** What was told before and is so no more. */
function over(connection: string, before: Shape | null, now: Shape, alerts: AlertInput[]) {
  const isOpen = (kind: string, subject: string) => alerts.some((a) => a.kind === kind && a.subject === subject);
  const subjects = [...new Set([...(before?.mapped ?? []), ...now.mapped, before?.version?.used ?? "", now.version?.used ?? ""])];
  return standing.flatMap((kind) =>
    subjects.filter((subject) => !isOpen(kind, subject)).map((subject) => ({ kind, connection, subject })),
  );
}

async function lastShape({ log, connection }: DriftTools): Promise<{ shape: Shape; at: number } | null> {
  const row = await log.store
    .from("checkpoints")
    .select(["state", "updated_at"])
    .where("connection", "=", connection.id)
    .where("stream", "=", stream)
    .executeTakeFirst();
  if (!row) return null;
  const shape = StoredShape.safeParse(JSON.parse(row.state));
  return shape.success ? { shape: shape.data, at: row.updated_at } : null;
}
