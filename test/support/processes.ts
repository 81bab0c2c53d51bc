import { type ChildProcessByStdio, spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

export interface TestProcess {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  out(): string;
  err(): string;
  /** Resolves with the exit code (null after a signal) when the process has ended and all its output has arrived. */
  ended: Promise<number | null>;
  /** Sends a signal if the process still runs. Resolves with the exit code as soon as it has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const children = new Map<number, TestProcess["child"]>();
/** Folder where every running process has a file, so that a process whose test died without a chance to end it is found. */
const registry = process.env["SIDELIGHT_TEST_PROCESSES"];

/**
 * Starts a process of the product for a test. It and all its children end with the test: when the test stops it, when the test
 * process ends, and when the whole run ends ({@link killLeftovers}).
 */
export function startProcess(
  command: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): TestProcess {
  // A process group of its own on POSIX, so that one signal reaches its children too.
  const child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"], detached: process.platform !== "win32" });
  const { pid } = child;
  if (pid !== undefined) {
    children.set(pid, child);
    if (registry) writeFileSync(join(registry, String(pid)), "");
  }
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const ending = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (pid !== undefined) forget(pid);
      resolve(code);
    });
  });
  return {
    child,
    out: () => out,
    err: () => err,
    ended: ending,
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return await exit;
    },
  };
}

function forget(pid: number): void {
  children.delete(pid);
  if (registry) rmSync(join(registry, String(pid)), { force: true });
}

/** Kills a process and its children. */
export function killGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function killAll(): void {
  for (const pid of children.keys()) killGroup(pid);
}

process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => {
    killAll();
    process.kill(process.pid, signal);
  });
