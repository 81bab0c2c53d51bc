import type { Connection, Health } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { closeAlert, openAlert } from "../store/alerts.ts";
import type { Statement } from "../store/statement.ts";
import type { TenantStore } from "../store/store.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Tells that a connection has begun to fail, fails in another way, or has recovered, and writes it down. */
export function noteHealth(connection: Connection, log: TenantLog, now: number, logger: Logger): void {
  tell(connection, logger);
  const statements = [saveHealth(log.store, connection), alertOf(connection, log.store, now)];
  void log.commit({ statements, correlationId: "health" }).catch(() => {});
}

/** A sign-in that failed needs a person, and is told as an error at once; other trouble may pass. */
function tell(connection: Connection, logger: Logger): void {
  const { failure } = connection.health();
  const about = { tenant: connection.tenant, connection: connection.id, code: failure?.code };
  if (!failure) logger.info(about, "connection recovered");
  else if (failure.code === "invalid_credentials") logger.error(about, `sign-in failed: ${failure.message}`);
  else logger.warn(about, `connection is failing: ${failure.message}`);
}

function alertOf(connection: Connection, store: TenantStore, now: number): Statement {
  const { failure } = connection.health();
  const about = { kind: "sign_in_failed", connection: connection.id, subject: "" };
  if (failure?.code !== "invalid_credentials") return closeAlert(store, about, now);
  return openAlert(store, { ...about, severity: "critical", message: failure.message }, now);
}

/** When each connection was last known to answer: told by its health, or by the last page that a pull brought. */
export async function knownHealth(store: TenantStore): Promise<Map<string, Health>> {
  const known = await store.from("connection_health").select(["connection", "last_success_at as at"]).execute();
  const pulled = await store.from("checkpoints").select(["connection", "updated_at as at"]).execute();
  const health = new Map<string, Health>();
  for (const { connection, at } of [...known, ...pulled]) {
    const lastSuccessAt = Math.max(at ?? 0, health.get(connection)?.lastSuccessAt ?? 0) || null;
    health.set(connection, { lastSuccessAt, failingSince: null, failure: null });
  }
  return health;
}

function saveHealth(store: TenantStore, connection: Connection) {
  const { lastSuccessAt, failingSince, failure } = connection.health();
  const row = {
    last_success_at: lastSuccessAt,
    failing_since: failingSince,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
  };
  return store.statements
    .insertInto("connection_health")
    .values({ tenant: store.tenant, connection: connection.id, ...row })
    .onConflict((c) => c.columns(["tenant", "connection"]).doUpdateSet(row))
    .compile();
}
