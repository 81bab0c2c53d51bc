import { setImmediate } from "node:timers/promises";
import { systemClock } from "@sidelight/model/clock.ts";
import { createApp } from "../http/app.ts";
import { type ApiServer, createApiServer } from "../http/server.ts";
import { limitHeapGrowth } from "../runtime/heap.ts";
import { openRuntime, type Runtime } from "../runtime/runtime.ts";
import { lockStore, type StoreLock } from "../store/lock.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { type CommandContext, configFile, dataDirectory, listenHost, logLevel, portNumber } from "./environment.ts";
import { CommandError } from "./errors.ts";
import { type StopReason, watchStop } from "./stop.ts";

export interface ServeOptions {
  host?: string;
  acceptClock?: boolean;
}

/** The writer cannot recover. A supervisor of processes starts `serve` again, and the start reports what is wrong with the store. */
const storeLostCode = 3;
/** What is in progress fails at once when the store is lost. */
const lostDrainMs = 1_000;
/** Limit for closing a store that is lost. */
const lostCloseMs = 5_000;

/**
 * `sidelight serve`: the API, the webhooks and the pulls, until SIGTERM. SIGHUP reloads the configuration.
 * Prints `listening <url>` once it answers with the API.
 */
export async function serve({ host: hostOption, acceptClock = false }: ServeOptions, context: CommandContext): Promise<number> {
  limitHeapGrowth();
  const { env, loadPlatforms } = context;
  const logger = createLogger(logLevel(env, "info"));
  const metrics = createMetrics();
  const port = portNumber(env);
  const host = listenHost(hostOption, env);
  const stop = watchStop(env);
  // The signal ends a process without a handler, also while it starts.
  let reload = (): void => {};
  process.on("SIGHUP", () => reload());
  context.onCrash = (error) => {
    logger.fatal({ err: error }, "an unexpected error ended the process");
    return 1;
  };
  const server = createApiServer();
  // The port comes first: opening the store takes longer, and would be wasted on a port that is in use.
  const address = await listen(server, port, host);
  const platforms = await loadPlatforms();
  // A signal that arrived while modules loaded is handled in the next turn of the event loop.
  await setImmediate();
  if (stop.isRequested()) {
    server.close();
    logger.info("stopped before the start");
    return 0;
  }
  const { runtime, lock } = await open().catch((error: unknown) => {
    // An open server would keep the process alive.
    server.close();
    throw error;
  });
  const { http } = runtime.config.config;
  const app = createApp({
    tenants: runtime.tenants,
    clock: systemClock,
    logger,
    metrics,
    home: http.home ?? null,
    accessLog: http.accessLog,
    requestsPerMinute: http.requestsPerMinute,
    trustedProxies: http.trustedProxies,
    forwardedHeader: http.forwardedHeader,
    platforms,
    eventSchemas: runtime.eventSchemas,
    readiness: runtime.readiness,
  });
  reload = () => void runtime.reload();
  server.serve(app, { bodySeconds: http.bodySeconds });
  const shownHost = host === undefined || host === "127.0.0.1" || host === "::" || host === "0.0.0.0" ? "localhost" : host;
  logger.info(
    {
      node: process.version,
      host: address.address,
      port: address.port,
      store: "sidelight.sqlite",
      tenants: [...runtime.tenants.keys()],
    },
    "started",
  );
  process.stdout.write(`listening http://${shownHost.includes(":") ? `[${shownHost}]` : shownHost}:${address.port}\n`);
  const reason = await stop.requested;
  await close(reason, { server, runtime, lock, logger, http });
  return reason === "store" ? storeLostCode : 0;

  async function open() {
    const lock = await lockStore(dataDirectory(env));
    try {
      const files = { configFile: configFile(env), dataDirectory: dataDirectory(env) };
      const runtime = await openRuntime({
        ...files,
        env,
        platforms,
        clock: systemClock,
        logger,
        metrics,
        pull: true,
        acceptClock,
        onFatal: () => stop.request("store"),
      });
      return { lock, runtime };
    } catch (error) {
      lock.release();
      throw error;
    }
  }
}

interface Parts {
  server: ApiServer;
  runtime: Runtime;
  lock: StoreLock;
  logger: Logger;
  http: Runtime["config"]["config"]["http"];
}

async function close(reason: StopReason, { server, runtime, lock, logger, http }: Parts): Promise<void> {
  logger.info({ reason }, "stopping");
  // Without a store nothing that is in progress can end well. Without a parent, nothing waits for the grace.
  const graceMs = reason === "store" || reason === "stdin" ? 0 : http.stopGraceSeconds * 1000;
  const limitMs = reason === "store" ? lostDrainMs : http.stopLimitSeconds * 1000;
  const { drained, cut } = await server.drain({ graceMs, limitMs, endStreams: runtime.endStreams });
  const closing = runtime.close();
  if (reason === "store") await Promise.race([closing, timeLimit(lostCloseMs)]);
  else await closing;
  lock.release();
  logger.info({ reason, drained, cut }, "stopped");
}

const timeLimit = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

async function listen(server: ApiServer, port: number, host: string | undefined) {
  try {
    return await server.listen(port, host);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "EADDRINUSE")
      throw new CommandError(`Port ${port} is in use. Set PORT to another port, or to 0 for any free port.`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new CommandError(`This machine has no address ${host}. Set --host or SIDELIGHT_HOST to one of its addresses.`);
    throw error;
  }
}
