/** `npm test`: format and lint, types, then all tests. `--full` adds the long runs. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";
import { buildZendeskApp } from "../../apps/zendesk/tools/build.ts";
import { buildSalesforceHost } from "../lab/launch/builds.ts";
import { installMissing } from "./services.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const filters = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
if (process.argv.includes("--full")) process.env["SIDELIGHT_FULL"] = "1";

await step("services", async () => installMissing((text) => console.log(text)));
await step("format and lint", async () => run("biome", "check", "--error-on-warnings", "."));
await step("types", async () => run(process.execPath, "test/tools/types.ts"));
// Before the tests, so that no two of them build at the same time.
await step("builds", async () => {
  await buildZendeskApp();
  await buildSalesforceHost();
});
const passed = await tests();
process.exit(passed ? 0 : 1);

async function step(name: string, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await work();
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

async function tests(): Promise<boolean> {
  const vitest = await startVitest("test", filters, { config: `${root}/test/vitest.config.ts`, watch: false });
  const modules = vitest.state.getTestModules();
  const all = modules.flatMap((module) => [...module.children.allTests()]);
  const count = (state: string) => all.filter((test) => test.result().state === state).length;
  const broken = modules.filter((module) => !module.ok()).length;
  await vitest.close();
  if (count("skipped") > 0) console.log(`${count("skipped")} skipped`);
  // A file that could not even be read has no test in it to fail.
  console.log(`${count("passed")} passed, ${Math.max(count("failed"), broken)} failed`);
  return broken === 0 && vitest.state.getUnhandledErrors().length === 0;
}
