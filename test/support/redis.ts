import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { freePort } from "./freePort.ts";
import { startProcess } from "./processes.ts";

export interface TestRedis {
  port: number;
  /** The address of an empty database. */
  newDatabase(): string;
  /** Runs a command in a database of {@link TestRedis.newDatabase}, as `redis-cli` prints its result. */
  run(url: string, ...command: string[]): string;
  /** Stops the server as an outage does. It has forgotten everything when it starts again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Deletes everything in all databases. */
  flush(): void;
  /** Stops the process without closing its connections: the server hangs. */
  freeze(): void;
  unfreeze(): void;
  close(): Promise<void>;
}

const server = "/usr/bin/redis-server";
const client = "/usr/bin/redis-cli";
const mustNotSkip = process.env["SIDELIGHT_SKIP_NOTHING"] === "1";

/** Without the program, tests with Redis are skipped, unless nothing may be skipped. */
export const hasRedis = existsSync(server) || mustNotSkip;

/** The port of the run's server, in the project that tests on Redis. */
const sharedServer = process.env["SIDELIGHT_CACHE"] === "redis" ? process.env["SIDELIGHT_TEST_REDIS"] : undefined;

/** An empty database of the run's server; null in the projects that test without Redis. */
export const newRedisUrl = (): string | null => (sharedServer ? createDatabase(Number(sharedServer)) : null);

/** Number 0 counts those that were created. */
function createDatabase(port: number): string {
  const address = `redis://127.0.0.1:${port}`;
  return `${address}/${run(`${address}/0`, "incr", "databases")}`;
}

/** A server of its own on a free port, with the installed program. It keeps nothing on disk. */
export async function startRedis(): Promise<TestRedis> {
  if (!existsSync(server)) throw new Error("Redis is not installed. On Debian: apt-get install redis-server");
  const port = await freePort();
  const address = `redis://127.0.0.1:${port}`;
  let databases = 0;
  let running = launch();
  await ready(port);

  function launch() {
    const options = ["--port", String(port), "--bind", "127.0.0.1", "--databases", "10000"];
    return startProcess(server, [...options, "--save", "", "--appendonly", "no", "--dir", tmpdir()]);
  }

  return {
    port,
    newDatabase: () => `${address}/${++databases}`,
    run,
    async stop() {
      await running.stop("SIGKILL");
    },
    async start() {
      running = launch();
      await ready(port);
    },
    flush: () => void run(`${address}/0`, "flushall"),
    freeze: () => void running.child.kill("SIGSTOP"),
    unfreeze: () => void running.child.kill("SIGCONT"),
    async close() {
      await running.stop("SIGKILL");
    },
  };
}

function run(url: string, ...command: string[]): string {
  const { status, stdout, stderr } = spawnSync(client, ["-u", url, ...command], { encoding: "utf8" });
  if (status !== 0) throw new Error(`redis-cli failed: ${stderr}`);
  return stdout.trim();
}

async function ready(port: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("Redis did not start");
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
