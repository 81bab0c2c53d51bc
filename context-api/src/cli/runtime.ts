import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { openRuntime, type Runtime } from "../runtime/runtime.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { configFile, dataDirectory } from "./environment.ts";

/** The parts for a command that works on the store alone. Platforms, where it is given them, are known and never called. */
export async function openForCommand(env: NodeJS.ProcessEnv, platforms: readonly Platform[] | null = null): Promise<Runtime> {
  return await openRuntime({
    configFile: configFile(env),
    dataDirectory: dataDirectory(env),
    env,
    platforms,
    clock: systemClock,
    logger: createLogger(env["SIDELIGHT_LOG"] ?? "warn"),
    metrics: createMetrics(),
    pull: false,
  });
}
