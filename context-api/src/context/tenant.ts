import type { TenantConfig } from "../config/schema.ts";
import type { TenantLog } from "../events/log.ts";
import type { CallLog } from "../operations/callLog.ts";
import type { Clock } from "../operations/clock.ts";
import type { Connection } from "../platforms/connections.ts";
import type { Platform } from "../platforms/platform.ts";

/** One tenant, live: what every operation is given. */
export interface Tenant {
  id: string;
  config: TenantConfig;
  configVersion: string;
  log: TenantLog;
  connections: Connection[];
  platforms: ReadonlyMap<string, Platform>;
  clock: Clock;
  callLog: CallLog;
}

/** Name of a connection among the things that an answer depends on. */
export const connectionDependency = (id: string): string => `connection:${id}`;

/** Name of the configuration's version among the things that an answer depends on. */
export const configurationDependency = "configuration";
