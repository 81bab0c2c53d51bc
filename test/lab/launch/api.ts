import { type ChildProcess, execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { StartError } from "./startError.ts";
import type { RoleKeys } from "./state.ts";

const main = fileURLToPath(new URL("../../../context-api/src/main.ts", import.meta.url));
const flags = ["--disable-warning=ExperimentalWarning", "--disable-sigusr1", main];

export interface ApiProcess {
  url: string;
  /** Resolves when the process has ended. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** Runs `sidelight serve` as a process of its own. The product does not know that it talks to a lab. */
export async function startApi(env: NodeJS.ProcessEnv): Promise<ApiProcess> {
  const child = spawn(process.execPath, [...flags, "serve"], {
    // The standard input of the child ends with this process, also when it is killed, and the child stops then.
    env: { ...env, SIDELIGHT_STOP_WITH_STDIN: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ending = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = await listening(child);
  return {
    url,
    ended: ending,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // A signal of a terminal has reached the child too: a second one would end it before it has closed its store.
      child.stdin?.end();
      const killTimer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ending;
      clearTimeout(killTimer);
    },
  };
}

/** Creates an API key for each role. */
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
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const url = /^listening (\S+)$/m.exec(output)?.[1];
      if (url) resolve(url);
    });
    // The process has printed the reason.
    child.once("exit", (code) =>
      reject(new StartError(`The context API ended with ${code ?? "a signal"} before it accepted requests.`)),
    );
  });
}
