import { type ChildProcess, execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { StartError } from "./errors.ts";
import type { RoleKeys } from "./state.ts";

const main = fileURLToPath(new URL("../../../context-api/src/main.ts", import.meta.url));
const flags = ["--disable-warning=ExperimentalWarning", main];

export interface ApiProcess {
  url: string;
  /** Settles when the process is gone. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** `sidelight serve` as a process of its own: the product doesn't know that it talks to a lab. */
export async function startApi(env: NodeJS.ProcessEnv): Promise<ApiProcess> {
  const child = spawn(process.execPath, [...flags, "serve"], {
    // Its standard input ends with us, however we end, and so does it.
    env: { ...env, SIDELIGHT_STOP_WITH_STDIN: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = await listening(child);
  return {
    url,
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const slow = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(slow);
    },
  };
}

/** Each role's key. The store must not be open elsewhere. */
export async function createKeys(env: NodeJS.ProcessEnv, tenant: string): Promise<RoleKeys> {
  const roles = ["admin", "agent", "rep", "service"].flatMap((role) => ["--role", role]);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, "keys", "create", "--tenant", tenant, ...roles, "--label", "lab", "--json"],
    { env },
  );
  return JSON.parse(stdout) as RoleKeys;
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      const url = /^listening (\S+)$/m.exec(seen)?.[1];
      if (url) resolve(url);
    });
    // It has said on its own why.
    child.once("exit", (code) => reject(new StartError(`the context API ended with ${code ?? "a signal"} before it listened`)));
  });
}
