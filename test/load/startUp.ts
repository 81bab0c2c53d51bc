import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPages } from "../lab/launch/builds.ts";
import { startLab } from "./lab.ts";
import { round } from "./measure.ts";

/** From the command to `ready`: with an empty folder, then with the folder of the first start. Panels are built before. */
export async function startUp(): Promise<void> {
  await buildPages(() => {});
  const dataDir = mkdtempSync(join(tmpdir(), "sidelight-bench-"));
  try {
    for (const label of ["first start (world made, backfill done)", "second start"]) {
      const lab = await startLab(dataDir);
      console.log(`  ${label}: ready after ${round(lab.readyMs / 1000, 1)} s`);
      await lab.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
