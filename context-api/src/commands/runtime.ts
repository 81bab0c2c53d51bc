import { systemClock } from "../operations/clock.ts";
import { createLogger } from "../operations/logger.ts";
import { createMetrics } from "../operations/metrics.ts";
import { openRuntime, type Runtime } from "../runtime.ts";
import { configFile, dataDirectory } from "./environment.ts";

/** The parts for a command that works on the store alone: no platform is known to it, and none is called. */
export async function openForCommand(env: NodeJS.ProcessEnv): Promise<Runtime> {
  return await openRuntime({
    configFile: configFile(env),
    dataDirectory: dataDirectory(env),
    env,
    platforms: null,
    clock: systemClock,
    logger: createLogger(env["SIDELIGHT_LOG"] ?? "warn"),
    metrics: createMetrics(),
    pull: false,
  });
}
