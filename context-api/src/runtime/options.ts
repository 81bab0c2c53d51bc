import type { Clock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export interface RuntimeOptions {
  configFile: string;
  dataDirectory: string;
  env: NodeJS.ProcessEnv;
  /** Null opens no connection: for commands that only read or write the store. */
  platforms: readonly Platform[] | null;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** False does nothing by itself: no pull, no delivery, and the configuration stays as it is. For commands beside a serving process. */
  pull: boolean;
}
