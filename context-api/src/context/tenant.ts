import type { Clock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { TenantConfig } from "../config/schema.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import type { CallLog } from "../telemetry/callLog.ts";

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
