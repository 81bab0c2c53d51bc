import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const start = fileURLToPath(new URL("../lab/start.ts", import.meta.url));

export interface BenchLab {
  url: string;
  control: string;
  /** Process id of the API. */
  pid: number;
  keys: { admin: string; agent: string };
  examples: { resolved: string[] };
  pages: { home: string; zendesk: string; salesforce: string; console: string; gallery: string };
  dataDir: string;
  /** From the command to `ready`, ms. */
  readyMs: number;
  stop(): Promise<void>;
}

/** Runs `npm start` without npm, in a temporary folder unless one is given. */
export async function startLab(existingFolder?: string): Promise<BenchLab> {
  const dataDir = existingFolder ?? mkdtempSync(join(tmpdir(), "sidelight-bench-"));
  const since = performance.now();
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", start], {
    env: { ...process.env, PORT: "0", SIDELIGHT_DATA: dataDir, SIDELIGHT_LOG: "error", SIDELIGHT_PARENT: String(process.pid) },
    stdio: ["ignore", "pipe", "ignore"],
  });
  await ready(child);
  const readyMs = performance.now() - since;
  const lab = JSON.parse(readFileSync(join(dataDir, "lab.json"), "utf8"));
  return {
    url: lab.url.replace("localhost", "127.0.0.1"),
    control: lab.control,
    pid: childOf(child.pid!),
    keys: lab.apiKeys,
    examples: lab.examples,
    pages: lab.pages,
    dataDir,
    readyMs,
    async stop() {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
      if (existingFolder === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk;
      if (/^ready /m.test(output)) resolve();
    });
    child.once("exit", (code) => reject(new Error(`the lab ended with ${code}`)));
  });
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").at(-1));
}
