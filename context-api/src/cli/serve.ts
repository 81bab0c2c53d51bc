import { setImmediate } from "node:timers/promises";
import { createApp } from "../http/app.ts";
import type { HttpDeps } from "../http/deps.ts";
import { createOpsApp } from "../http/opsApp.ts";
import { type ApiServer, createApiServer } from "../http/server.ts";
import { limitHeapGrowth } from "../runtime/heap.ts";
import { type ProcessRole, roleNames } from "../runtime/options.ts";
import { openRuntime, type Runtime } from "../runtime/runtime.ts";
import { lockStore, type StoreLock } from "../store/lock.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { startTracing } from "../telemetry/tracing.ts";
import {
  type CommandContext,
  configFile,
  dataDirectory,
  listenHost,
  logLevel,
  opsPortNumber,
  portNumber,
} from "./environment.ts";
import { CommandError, UsageError } from "./errors.ts";
import { type StopReason, watchStop } from "./stop.ts";
import { isDatabase } from "./storeFile.ts";

export interface ServeOptions {
  host?: string;
  opsPort?: string;
  acceptClock?: boolean;
  /** Roles of the process, each possibly with commas; all when left out. */
  only?: readonly string[];
}

/** The writer cannot recover. A supervisor of processes starts `serve` again, and the start reports what is wrong with the store. */
const storeLostCode = 3;
/** What is in progress fails at once when the store is lost. */
const lostDrainMs = 1_000;
const stoppingCause = { code: "stopping", detail: "Sidelight is stopping. Use another process." };
/** Limit for closing a store that is lost. */
const lostCloseMs = 5_000;

/**
 * `sidelight serve`: the API, the webhooks and the pulls, until SIGTERM. SIGHUP reloads the configuration.
 * Prints `listening <url>` once it answers with the API.
 */
export async function serve(options: ServeOptions, context: CommandContext): Promise<number> {
  const { acceptClock = false } = options;
  limitHeapGrowth();
  const { env, clock, loadPlatforms } = context;
  const logger = createLogger(logLevel(env, "info"));
  const tracing = await startTracing(env, logger);
  const metrics = createMetrics();
  const port = portNumber(env);
  const opsPort = opsPortNumber(options.opsPort, env);
  const host = listenHost(options.host, env);
  const roles = processRoles(options.only, env);
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
  const address = await listen(server, port, host, "PORT");
  const ops = opsPort === null ? null : createApiServer();
  const opsAddress = ops && opsPort !== null ? await listen(ops, opsPort, host, "--ops-port") : null;
  const closeServers = (): void => {
    server.close();
    ops?.close();
  };
  const platforms = await loadPlatforms();
  // A signal that arrived while modules loaded is handled in the next turn of the event loop.
  await setImmediate();
  if (stop.isRequested()) {
    closeServers();
    logger.info("stopped before the start");
    return 0;
  }
  const { runtime, lock } = await open().catch((error: unknown) => {
    // An open server would keep the process alive.
    closeServers();
    throw error;
  });
  const { http } = runtime.config.config;
  const deps: HttpDeps = {
    tenants: runtime.tenants,
    shared: runtime.shared,
    clock,
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
    hasOpsPort: ops !== null,
    roles,
  };
  reload = () => void runtime.reload();
  server.serve(createApp(deps), { bodySeconds: http.bodySeconds });
  // It answers until the process ends, so that an operator sees it stop.
  const opsReadiness = async () => (stop.isRequested() ? [stoppingCause] : await runtime.readiness());
  ops?.serve(createOpsApp({ ...deps, readiness: opsReadiness }), { bodySeconds: http.bodySeconds });
  const shownHost = host === undefined || host === "127.0.0.1" || host === "::" || host === "0.0.0.0" ? "localhost" : host;
  logger.info(
    {
      node: process.version,
      host: address.address,
      port: address.port,
      opsPort: opsAddress?.port,
      store: isDatabase(env) ? "postgres" : "sidelight.sqlite",
      ...(roles && { roles }),
      tenants: [...runtime.tenants.keys()],
    },
    "started",
  );
  process.stdout.write(`listening http://${shownHost.includes(":") ? `[${shownHost}]` : shownHost}:${address.port}\n`);
  const reason = await stop.requested;
  await close(reason, { server, runtime, lock, logger, http });
  ops?.close();
  await tracing.stop();
  return reason === "store" ? storeLostCode : 0;

  async function open() {
    // Any number of processes use one database.
    const lock = isDatabase(env) ? { release() {} } : await lockStore(dataDirectory(env));
    try {
      const files = { configFile: configFile(env), dataDirectory: dataDirectory(env) };
      const runtime = await openRuntime({
        ...files,
        env,
        platforms,
        clock,
        logger,
        metrics,
        pull: true,
        acceptClock,
        coordination: context.coordination,
        ...(roles && { roles }),
        onFatal: () => stop.request("store"),
      });
      return { lock, runtime };
    } catch (error) {
      lock.release();
      throw error;
    }
  }
}

/** @throws {UsageError} for an unknown role, {CommandError} for a part of the roles without a database */
function processRoles(only: readonly string[] | undefined, env: NodeJS.ProcessEnv): ProcessRole[] | undefined {
  const names = only?.flatMap((text) => text.split(",")).map((name) => name.trim());
  if (!names) return undefined;
  const unknownName = names.find((name) => !roleNames.includes(name as ProcessRole));
  if (unknownName !== undefined)
    throw new UsageError(`There is no role "${unknownName}". Use --only with ${roleNames.join(", ")}, or several of them.`);
  const roles = roleNames.filter((role) => names.includes(role));
  if (roles.length === roleNames.length) return undefined;
  if (isDatabase(env)) return roles;
  throw new CommandError(
    "serve --only needs PostgreSQL: the embedded store is for one process, which does everything. Set SIDELIGHT_DATABASE_URL, or leave out --only.",
  );
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
  // Other processes take over the background work while this one answers what is in progress.
  const resignation = runtime.store.shared ? runtime.resign() : null;
  const { drained, cut } = await server.drain({ graceMs, limitMs, endStreams: runtime.endStreams });
  await resignation;
  const closing = runtime.close();
  if (reason === "store") await Promise.race([closing, timeLimit(lostCloseMs)]);
  else await closing;
  lock.release();
  logger.info({ reason, drained, cut }, "stopped");
}

const timeLimit = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** @param setting names the port in errors */
async function listen(server: ApiServer, port: number, host: string | undefined, setting: string) {
  try {
    return await server.listen(port, host);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "EADDRINUSE")
      throw new CommandError(`Port ${port} is in use. Set ${setting} to another port, or to 0 for any free port.`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new CommandError(`This machine has no address ${host}. Set --host or SIDELIGHT_HOST to one of its addresses.`);
    throw error;
  }
}
