import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killGroup } from "../support/processes.ts";

/** Keeps a list of the processes that tests start, and kills what a crashed test left behind. */
export default function setup(): () => void {
  const registry = mkdtempSync(join(tmpdir(), "sidelight-test-processes-"));
  process.env["SIDELIGHT_TEST_PROCESSES"] = registry;
  return () => {
    for (const pid of readdirSync(registry)) killGroup(Number(pid));
    rmSync(registry, { recursive: true, force: true });
  };
}
