import type { Clock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { TenantConfig } from "../config/schema.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import type { CallLog } from "../telemetry/callLog.ts";
import type { SectionRegistry } from "./sections/registry.ts";

/** One open tenant. Every operation gets it. */
export interface Tenant {
  id: string;
  config: TenantConfig;
  configVersion: string;
  log: TenantLog;
  connections: Connection[];
  platforms: ReadonlyMap<string, Platform>;
  clock: Clock;
  callLog: CallLog;
  sections: SectionRegistry;
}

/** The dependency of an answer on a connection's state. */
export const connectionDependency = (id: string): string => `connection:${id}`;

/** The dependency of an answer on the configuration's version. */
export const configurationDependency = "configuration";
