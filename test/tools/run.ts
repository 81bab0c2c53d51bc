import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, tool } from "./runNode.mjs";

/** Runs a tool of `node_modules/.bin` in the root of the repository. @returns whether it succeeded */
export function runTool(name: string, args: string[]): boolean {
  const { command, shell } = tool(name);
  return spawnSync(command, args, { cwd: root, stdio: "inherit", shell }).status === 0;
}

/** Runs a script of the repository on this Node.js. @returns whether it succeeded */
export function runScript(path: string): boolean {
  const args = ["--disable-warning=ExperimentalWarning", join(root, path)];
  return spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status === 0;
}
