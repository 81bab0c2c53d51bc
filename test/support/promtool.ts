import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const program = "/usr/bin/promtool";

/** Without the program, tests with it are skipped, unless nothing may be skipped. */
export const hasPromtool = existsSync(program) || process.env["SIDELIGHT_SKIP_NOTHING"] === "1";

/** Runs Prometheus's own checker. @returns what it found; empty when all is right */
export function promtool(args: readonly string[], { input, cwd }: { input?: string; cwd?: string } = {}): string {
  if (!existsSync(program)) throw new Error("promtool is not installed. On Debian: apt-get install prometheus");
  const { status, stdout, stderr } = spawnSync(program, [...args], { encoding: "utf8", input, cwd });
  return status === 0 && stderr.trim() === "" ? "" : `${stdout}${stderr}`.trim();
}
