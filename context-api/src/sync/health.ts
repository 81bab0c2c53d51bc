import type { Connection, ConnectionHealth } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import type { Statement } from "../store/statement.ts";
import { closeAlert, openAlert } from "../store/tables/alerts.ts";
import { loadLastAnswers, saveConnectionHealth } from "../store/tables/connectionHealth.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Logs and stores that a connection fails, fails in another way, or has recovered. */
export function recordHealthChange(connection: Connection, log: TenantLog, now: number, logger: Logger): void {
  logHealth(connection, logger);
  const statements = [saveHealth(log.store, connection), alertOf(connection, log.store, now)];
  void log.commit({ statements, correlationId: "health" }).catch(() => {});
}

/** A failed sign-in needs a person, so it is an error. Other failures may pass. */
function logHealth(connection: Connection, logger: Logger): void {
  const { failure } = connection.health();
  const fields = { tenant: connection.tenant, connection: connection.id, code: failure?.code };
  if (!failure) logger.info(fields, "connection recovered");
  else if (failure.code === "invalid_credentials") logger.error(fields, `sign-in failed: ${failure.message}`);
  else logger.warn(fields, `connection is failing: ${failure.message}`);
}

function alertOf(connection: Connection, store: TenantStore, now: number): Statement {
  const { failure } = connection.health();
  const alert = { kind: "sign_in_failed", connection: connection.id, subject: "" };
  if (failure?.code !== "invalid_credentials") return closeAlert(store, alert, now);
  return openAlert(store, { ...alert, severity: "critical", message: failure.message }, now);
}

/** When each connection last answered, as stored. */
export async function loadHealth(store: TenantStore): Promise<Map<string, ConnectionHealth>> {
  const answers = [...(await loadLastAnswers(store))];
  return new Map(
    answers.map(([connection, answeredAt]) => [
      connection,
      { lastSuccessAt: answeredAt || null, failingSince: null, failure: null },
    ]),
  );
}

function saveHealth(store: TenantStore, connection: Connection) {
  const { lastSuccessAt, failingSince, failure } = connection.health();
  return saveConnectionHealth(store, {
    connection: connection.id,
    last_success_at: lastSuccessAt,
    failing_since: failingSince,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
  });
}
