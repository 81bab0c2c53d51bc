import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { systemClock } from "@sidelight/model/clock.ts";
import { createApp } from "../http/app.ts";
import { openRuntime } from "../runtime/runtime.ts";
import { lockStore } from "../store/lock.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { type CommandContext, configFile, dataDirectory, logLevel, portNumber } from "./environment.ts";
import { CommandError } from "./errors.ts";

/**
 * `sidelight serve`: the API, the webhooks and the pulls, until SIGTERM. SIGHUP reloads the configuration.
 * Prints `listening <url>` once it accepts requests.
 */
export async function serve({ env, loadPlatforms }: CommandContext): Promise<number> {
  const logger = createLogger(logLevel(env, "info"));
  const metrics = createMetrics();
  const port = portNumber(env);
  // Short time limits, so that a slow or endless request cannot keep a connection.
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 });
  // The port comes first: opening the store takes longer, and would be wasted on a port that is in use.
  await listen(server, port);
  const platforms = await loadPlatforms();
  const { runtime, lock } = await open().catch((error: unknown) => {
    // An open server would keep the process alive.
    server.close();
    throw error;
  });
  logger.info({ node: process.version }, "starting");
  const { config } = runtime.config;
  server.requestTimeout = config.http.bodySeconds * 1000;
  server.headersTimeout = Math.min(server.headersTimeout, server.requestTimeout);
  const app = createApp({
    tenants: runtime.tenants,
    clock: systemClock,
    logger,
    metrics,
    home: config.http.home ?? null,
    requestsPerMinute: config.http.requestsPerMinute,
    trustedProxies: config.http.trustedProxies,
    platforms: await loadPlatforms(),
    eventSchemas: runtime.eventSchemas,
    isReady: runtime.isReady,
  });
  process.on("SIGHUP", () => void runtime.reload());
  server.on("request", getRequestListener(app.fetch));
  const address = server.address() as AddressInfo;
  process.stdout.write(`listening http://localhost:${address.port}\n`);
  await stopRequest(env);
  server.closeIdleConnections();
  const closing = new Promise((resolve) => server.close(resolve));
  setTimeout(() => server.closeAllConnections(), 2_000).unref();
  await closing;
  await runtime.close();
  lock.release();
  return 0;

  async function open() {
    const lock = lockStore(dataDirectory(env));
    try {
      const files = { configFile: configFile(env), dataDirectory: dataDirectory(env) };
      return { lock, runtime: await openRuntime({ ...files, env, platforms, clock: systemClock, logger, metrics, pull: true }) };
    } catch (error) {
      lock.release();
      throw error;
    }
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new CommandError(`Port ${port} is in use. Set PORT to another port, or to 0 for any free port.`)
          : error,
      ),
    );
    server.listen(port, resolve);
  });
}

/** Resolves on SIGTERM or SIGINT, or when the parent process ends if it set `SIDELIGHT_STOP_WITH_STDIN`. */
async function stopRequest(env: NodeJS.ProcessEnv): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
    if (env["SIDELIGHT_STOP_WITH_STDIN"] === "1") process.stdin.resume().once("end", () => resolve());
  });
  // An open standard input would keep the process alive.
  process.stdin.destroy();
}
