import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { createApp } from "../http/app.ts";
import { openRuntime } from "../runtime/runtime.ts";
import { lockStore } from "../store/lock.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { configFile, dataDirectory, UsageError } from "./environment.ts";

/** `sidelight serve`: the API and the pulls, until SIGTERM; SIGHUP reads the configuration anew. Prints `listening <url>` once it takes requests. */
export async function serve(args: string[], env: NodeJS.ProcessEnv, platforms: readonly Platform[]): Promise<number> {
  if (args.length > 0) throw new UsageError(`serve takes no ${args[0]} yet`);
  const logger = createLogger(env["SIDELIGHT_LOG"] ?? "info");
  const metrics = createMetrics();
  const port = readPort(env["PORT"]);
  // The port first: whoever finds it taken should not have waited for the store.
  // A body that trickles in, or never ends, must not hold a connection for long.
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 });
  await listen(server, port);
  const { runtime, lock } = await open().catch((error: unknown) => {
    // Nobody is served: what listens would keep the process alive.
    server.close();
    throw error;
  });
  server.requestTimeout = runtime.config.config.http.bodySeconds * 1000;
  server.headersTimeout = Math.min(server.headersTimeout, server.requestTimeout);
  const app = createApp({
    tenants: runtime.tenants,
    clock: systemClock,
    logger,
    metrics,
    home: runtime.config.config.http.home ?? null,
    requestsPerMinute: runtime.config.config.http.requestsPerMinute,
    trustedProxies: runtime.config.config.http.trustedProxies,
    isReady: runtime.isReady,
  });
  process.on("SIGHUP", () => void runtime.reload());
  server.on("request", getRequestListener(app.fetch));
  const address = server.address() as AddressInfo;
  process.stdout.write(`listening http://localhost:${address.port}\n`);
  await stopped(env);
  server.closeIdleConnections();
  const closed = new Promise((resolve) => server.close(resolve));
  setTimeout(() => server.closeAllConnections(), 2_000).unref();
  await closed;
  await runtime.close();
  lock.release();
  return 0;

  async function open() {
    const lock = lockStore(dataDirectory(env));
    const files = { configFile: configFile(env), dataDirectory: dataDirectory(env) };
    try {
      return { lock, runtime: await openRuntime({ ...files, env, platforms, clock: systemClock, logger, metrics, pull: true }) };
    } catch (error) {
      lock.release();
      throw error;
    }
  }
}

function readPort(text: string | undefined): number {
  const port = Number(text ?? 8787);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError(`PORT must be a port number, not ${text}`);
  return port;
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new UsageError(`port ${port} is in use; set PORT to another, or to 0 for any free one`)
          : error,
      ),
    );
    server.listen(port, resolve);
  });
}

/** SIGTERM or SIGINT, or the end of the process that started us, where it asked to be watched. */
async function stopped(env: NodeJS.ProcessEnv): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
    if (env["SIDELIGHT_STOP_WITH_STDIN"] === "1") process.stdin.resume().once("end", () => resolve());
  });
  // An input that is still read would keep the process alive.
  process.stdin.destroy();
}
