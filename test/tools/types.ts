/** Checks the types of all three programs: the API with the tests, and the two panels, which run in browsers. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildModel } from "../../apps/salesforce/tools/build-model.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
// The panel's modules import one that is generated.
await buildModel();
for (const project of ["tsconfig.json", "apps/zendesk/tsconfig.json", "apps/salesforce/tsconfig.json"]) {
  const { status } = spawnSync("tsc", ["-p", project], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
