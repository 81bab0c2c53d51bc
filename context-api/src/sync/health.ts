import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { saveConnectionHealth } from "../store/tables/connectionHealth.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Logs and stores that a connection fails, fails in another way, or has recovered. */
export function recordHealthChange(connection: Connection, log: TenantLog, logger: Logger): void {
  logHealth(connection, logger);
  void log.commit({ statements: [saveHealth(log.store, connection)], correlationId: "health" }).catch(() => {});
}

/** A failed sign-in needs a person, so it is an error. Other failures may pass. */
function logHealth(connection: Connection, logger: Logger): void {
  const { failure } = connection.health();
  const fields = { tenant: connection.tenant, connection: connection.id, code: failure?.code };
  if (!failure) logger.info(fields, "connection recovered");
  else if (failure.code === "invalid_credentials") logger.error(fields, `sign-in failed: ${failure.message}`);
  else logger.warn(fields, `connection is failing: ${failure.message}`);
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
