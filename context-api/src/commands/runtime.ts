import { systemClock } from "../operations/clock.ts";
import { createLogger } from "../operations/logger.ts";
import { createMetrics } from "../operations/metrics.ts";
import type { Platform } from "../platforms/platform.ts";
import { openRuntime, type Runtime } from "../runtime.ts";
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
