import type { Clock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { SectionDefinition } from "../context/sections/section.ts";
import type { CoordinationTiming } from "../store/coordination.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** What a process does. `api`: reads, panels, streams and actions. `hub`: webhooks. `worker`: pulls, routing, deliveries. */
export const roleNames = ["api", "hub", "worker"] as const;
export type ProcessRole = (typeof roleNames)[number];

export interface RuntimeOptions {
  configFile: string;
  dataDirectory: string;
  env: NodeJS.ProcessEnv;
  /** Null opens no connection: for commands that only read or write the store. */
  platforms: readonly Platform[] | null;
  /** Sections beside the standard ones. */
  sections?: readonly SectionDefinition[];
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /**
   * False starts nothing in the background: no pull, no delivery, no reload of the configuration. For commands that run beside a
   * serving process.
   */
  pull: boolean;
  /** All roles when left out. Where only a part is given, other processes have to do the rest. */
  roles?: readonly ProcessRole[];
  /** How soon other processes take over; the default when left out. */
  coordination?: CoordinationTiming | undefined;
  /** True prunes the history although the clock is far from the newest event. */
  acceptClock?: boolean;
  /** The store can never be written again by this process: it has to end. */
  onFatal?(error: Error): void;
}

export const rolesOf = ({ roles = roleNames }: Pick<RuntimeOptions, "roles">): ReadonlySet<ProcessRole> => new Set(roles);
