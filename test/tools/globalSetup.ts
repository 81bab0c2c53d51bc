import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { killGroup } from "../support/processes.ts";

const loadSources = fileURLToPath(new URL("./loadSources.ts", import.meta.url));
/** Options of the processes that load the sources: those that tests start, and vitest's own. The cache is kept for each of them. */
const processOptions = [[], ["--no-sparkplug"]];

/** Fills the compile cache, keeps a list of the processes that tests start, and kills what a crashed test left behind. */
export default function setup(): () => void {
  const registry = mkdtempSync(join(tmpdir(), "sidelight-test-processes-"));
  process.env["SIDELIGHT_TEST_PROCESSES"] = registry;
  for (const options of processOptions) spawnSync(process.execPath, [...options, loadSources]);
  return () => {
    for (const pid of readdirSync(registry)) killGroup(Number(pid));
    rmSync(registry, { recursive: true, force: true });
  };
}
