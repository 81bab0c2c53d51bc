import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./freePort.ts";
import { startProcess } from "./processes.ts";

export interface TestPostgres {
  port: number;
  /** Of its main process. */
  pid: number;
  /** A new, empty database. Its owner is no superuser: row-level security applies to it. */
  newDatabase(): string;
  /** Stops the server as an outage does. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : [];
const newest = versions.map(Number).sort((a, b) => b - a)[0];
const programs = `/usr/lib/postgresql/${newest}/bin`;
const mustNotSkip = process.env["SIDELIGHT_SKIP_NOTHING"] === "1";

/** Without the program, tests with PostgreSQL are skipped, unless nothing may be skipped. */
export const hasPostgres = newest !== undefined || mustNotSkip;

/** The port of the run's server, in the project that tests on PostgreSQL. */
const sharedServer = process.env["SIDELIGHT_STORE"] === "postgres" ? process.env["SIDELIGHT_TEST_POSTGRES"] : undefined;

/** A new database of the run's server; null in the projects that test the embedded store. */
export function newDatabaseUrl(): string | null {
  if (!sharedServer) return null;
  return createDatabase(Number(sharedServer), `test_${process.pid}_${Date.now()}_${Math.floor(Math.random() * 1e6)}`);
}

function createDatabase(port: number, name: string): string {
  sql(port, `create database ${name} owner sidelight`);
  return `postgres://sidelight@127.0.0.1:${port}/${name}`;
}

/** A server of its own on a free port, with the installed program. */
export async function startPostgres(): Promise<TestPostgres> {
  if (newest === undefined) throw new Error("PostgreSQL is not installed. On Debian: apt-get install postgresql");
  const folder = mkdtempSync(join(tmpdir(), "sidelight-postgres-"));
  // The server refuses to run as root.
  const owner = process.getuid?.() === 0 ? ownerOf("/var/lib/postgresql") : null;
  if (owner) chownSync(folder, owner.uid, owner.gid);
  chmodSync(folder, 0o700);
  const data = join(folder, "data");
  run("initdb", ["-D", data, "-U", "admin", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"], owner);
  const port = await freePort();
  let server = launch();
  await ready(port);
  sql(port, "create role sidelight login");
  let databases = 0;

  function launch() {
    const options = ["-D", data, "-p", String(port), "-k", folder, "-h", "127.0.0.1", "-c", "shared_buffers=32MB"];
    return startProcess(...as(owner, join(programs, "postgres"), [...options, "-c", "max_connections=60"]));
  }

  return {
    port,
    pid: server.child.pid ?? 0,
    newDatabase() {
      return createDatabase(port, `test_${++databases}`);
    },
    async stop() {
      await server.stop("SIGINT");
    },
    async start() {
      server = launch();
      await ready(port);
    },
    async close() {
      await server.stop("SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Owner {
  uid: number;
  gid: number;
}

function ownerOf(path: string): Owner {
  const { uid, gid } = statSync(path);
  return { uid, gid };
}

/** The command as this user. */
const as = (owner: Owner | null, command: string, args: string[]): [command: string, args: string[]] =>
  owner === null
    ? [command, args]
    : ["setpriv", [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups", command, ...args]];

function run(program: string, args: string[], owner: Owner | null): void {
  const [command, commandArgs] = as(owner, join(programs, program), args);
  const { status, stderr } = spawnSync(command, commandArgs, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}

function sql(port: number, statement: string): void {
  const args = ["-h", "127.0.0.1", "-p", String(port), "-U", "admin", "-d", "postgres", "-qc", statement];
  const { status, stderr } = spawnSync(join(programs, "psql"), args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`psql failed: ${stderr}`);
}

async function ready(port: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const { status } = spawnSync(join(programs, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]);
    if (status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("PostgreSQL did not start");
}
