import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CommandError } from "./errors.ts";
import { handleStopSignals } from "./signals.ts";

/**
 * Runs a script of the repository as a process of its own and passes signals on to it.
 * The lab and the benchmarks are test code: the server never loads them.
 * @returns the exit code of the script
 * @throws {CommandError} in a production build, which has no test code
 */
export function runScript(path: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const script = fileURLToPath(new URL(`../../../${path}`, import.meta.url));
  if (!existsSync(script))
    throw new CommandError("The lab and the benchmarks are not in this package. Run them in a checkout of Sidelight: npm start.");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...args], {
    stdio: "inherit",
    env: { ...env, SIDELIGHT_PARENT: String(process.pid) },
  });
  handleStopSignals((signal) => child.kill(signal));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
