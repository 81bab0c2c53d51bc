import type { Clock } from "@sidelight/model/clock.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import type { Supervise } from "../resilience/supervise.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** What the pulls of one connection work with. */
export interface SyncTools {
  log: TenantLog;
  connection: Connection;
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, "passedOver" | "records">;
  timeZone: string;
  supervise: Supervise;
}
