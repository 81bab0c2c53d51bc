// Starts processes on the Node.js of the workspace. The system's Node.js may be too old for the product (20.20), and npm cannot choose
// another. Plain JavaScript, because the system's Node.js runs it before anything is installed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

// Node.js removes the types of a source with WebAssembly, in each process and thread. With a compile cache it does so once.
process.env.NODE_COMPILE_CACHE ??= join(root, "node_modules", ".cache", "node-compile");

const isWindows = process.platform === "win32";
const bin = join(root, "node_modules", ".bin");

/** The folder where the command was typed: npm changes to the root before it runs a script and keeps the caller's folder in INIT_CWD. */
export const callerFolder = (process.env.npm_lifecycle_event && process.env.INIT_CWD) || process.cwd();

/** A program of `node_modules/.bin`, for spawn. Windows starts .cmd files by its shell only. */
export const tool = (name) => ({ command: join(bin, isWindows ? `${name}.cmd` : name), shell: isWindows });

/** The program itself, not the script of that name in .bin: a shell in between would not pass signals on. */
export function nodeProgram() {
  const platform = isWindows ? "win" : process.platform;
  const bundled = join(root, "node_modules", `node-${platform}-${process.arch}`, "bin", isWindows ? "node.exe" : "node");
  // There is no bundled build for macOS: the system's Node.js runs there, from 22.19 on.
  return existsSync(bundled) ? bundled : process.execPath;
}

/**
 * Runs a process in the place of this one: passes signals on, ends it when npm ends, and exits with its exit code.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, shell?: boolean, env?: Record<string, string> }} options
 */
export function runInstead(command, args, { cwd = root, shell = false, env = {} } = {}) {
  const child = spawn(command, args, {
    cwd,
    shell,
    stdio: "inherit",
    env: { ...process.env, ...env, PATH: `${bin}${delimiter}${process.env.PATH}`, SIDELIGHT_PARENT: String(process.pid) },
  });
  // Ctrl-C reaches the whole process group of a terminal; the SIGTERM of a service manager reaches only this process.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`Could not start ${command}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 128 + (signal === "SIGTERM" ? 15 : 2) : 1)));
  onNpmEnd(() => child.kill("SIGTERM"));
}

/** npm starts this process through shells that pass no signal on. When npm or one of them is gone, the work has to end too. */
export function onNpmEnd(end) {
  const ancestors = npmAncestors();
  if (ancestors.length === 0) return;
  setInterval(() => {
    if (String(npmAncestors()) !== String(ancestors)) end();
  }, 500).unref();
}

/** Ids of the processes from the parent up to npm; empty when npm is not among them or the system has no /proc. */
function npmAncestors() {
  const ids = [];
  try {
    for (let pid = process.ppid; pid > 1; ) {
      ids.push(pid);
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("npm")) return ids;
      // The second field after the name in brackets, which may contain anything.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    }
  } catch {
    // A process ended while its entry was read. The next call finds it missing.
  }
  return [];
}
