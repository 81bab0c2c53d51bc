import type { Clock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { AnswerCache } from "../cache/answerCache.ts";
import type { TenantConfig } from "../config/schema.ts";
import type { CallRecorder } from "../connections/callRecorder.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import type { SharedState } from "../redis/sharedState.ts";
import type { SharedFlight } from "../resilience/sharedFlight.ts";
import type { AnswerCounters } from "../telemetry/answerCounters.ts";
import type { SectionRegistry } from "./sections/registry.ts";

/** One open tenant. Every operation gets it. */
export interface Tenant {
  id: string;
  config: TenantConfig;
  configVersion: string;
  log: TenantLog;
  /** What this process shares with others. */
  shared: SharedState;
  /** Runs a fetch that several processes need in one of them. */
  flights: SharedFlight;
  /** The cached answers of all tenants. */
  answerCache: AnswerCache;
  counters: AnswerCounters;
  connections: Connection[];
  platforms: ReadonlyMap<string, Platform>;
  clock: Clock;
  callLog: CallRecorder;
  sections: SectionRegistry;
}

/** The dependency of an answer on a connection's state. */
export const connectionDependency = (id: string): string => `connection:${id}`;

/** The dependency of an answer on the configuration's version. */
export const configurationDependency = "configuration";
