// Installs the workspace with the pnpm version that made its lockfile, also on a machine without pnpm.
// Plain JavaScript for the system's own Node.js (20.20 or newer), because it runs before anything is installed.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./runNode.mjs";

const stamp = join(root, "node_modules", ".sidelight-installed");

/**
 * Installs the dependencies if a manifest changed since the last installation. The installer's progress goes to stderr.
 * @param {(text: string) => void} print receives a line before a slow step
 * @param {AbortSignal} [signal] ends the installation
 * @returns {Promise<number>} exit code of the installer
 */
export async function install(print, signal) {
  if (isCurrent()) return 0;
  print(existsSync(stamp) ? "Installing changed dependencies" : "Installing dependencies (about 20 s with a fast network)");
  const pnpm = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager;
  const child = spawn(
    "npx",
    ["-y", pnpm, "install", "--frozen-lockfile", ...(process.stderr.isTTY ? [] : ["--reporter=append-only"])],
    {
      cwd: root,
      // Standard output belongs to the caller: `npm start` promises to print nothing else there.
      stdio: ["ignore", process.stderr, process.stderr],
      shell: process.platform === "win32",
    },
  );
  const stop = () => child.kill("SIGTERM");
  signal?.addEventListener("abort", stop);
  const code = await new Promise((resolve) => {
    child.once("error", (error) => {
      print(`Could not run npx: ${error.message}`);
      resolve(1);
    });
    child.once("exit", (exitCode) => resolve(exitCode ?? 1));
  });
  signal?.removeEventListener("abort", stop);
  if (code === 0) writeFileSync(stamp, `${pnpm}\n`);
  else if (!signal?.aborted)
    print("The installation failed. Check the network and the messages above, then run the command again.");
  return code;
}

/** True when no manifest is newer than the last successful installation. */
function isCurrent() {
  try {
    const installedAt = statSync(stamp).mtimeMs;
    return manifests().every((file) => statSync(file).mtimeMs <= installedAt);
  } catch {
    return false;
  }
}

/** Every file that decides what is installed: the lockfile and the package.json of each package in pnpm-workspace.yaml. */
function manifests() {
  const workspace = join(root, "pnpm-workspace.yaml");
  const packages = /^packages:\n((?:[ \t]+-.*\n)+)/m.exec(readFileSync(workspace, "utf8"))?.[1] ?? "";
  const folders = [...packages.matchAll(/-\s*["']?([^"'\s]+)["']?/g)].flatMap(([, pattern]) => foldersOf(pattern));
  return [
    workspace,
    join(root, "pnpm-lock.yaml"),
    ...[root, ...folders].map((folder) => join(folder, "package.json")).filter((file) => existsSync(file)),
  ];
}

/** A folder, or every folder in one for `folder/*`. */
function foldersOf(pattern) {
  if (!pattern.endsWith("/*")) return [join(root, pattern)];
  const parent = join(root, pattern.slice(0, -2));
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(parent, entry.name));
}
