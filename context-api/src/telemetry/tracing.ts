import type { Logger } from "./logger.ts";
import { setSpanSource } from "./spans.ts";

/** Sends spans to a collector. */
export interface Tracing {
  /** Sends what is left, for two seconds at most, and turns traces off. */
  stop(): Promise<void>;
}

/** Traces are off unless the standard variables name a collector. */
export const isTracingOn = (env: NodeJS.ProcessEnv): boolean =>
  Boolean(env["OTEL_EXPORTER_OTLP_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]) &&
  env["OTEL_SDK_DISABLED"]?.toLowerCase() !== "true" &&
  env["OTEL_TRACES_EXPORTER"] !== "none";

/** Loads OpenTelemetry and starts it, if traces are on. Its exporter reads the variables of the process itself. */
export async function startTracing(env: NodeJS.ProcessEnv, logger: Logger): Promise<Tracing> {
  if (!isTracingOn(env)) return { stop: async () => {} };
  const { openSpanSource } = await import("./openTelemetry.ts");
  const { source, shutdown } = openSpanSource(env, logger);
  setSpanSource(source);
  return {
    async stop() {
      setSpanSource(null);
      await shutdown();
    },
  };
}
