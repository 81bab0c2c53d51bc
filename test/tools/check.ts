/**
 * `npm test`: every check in one run: format and lint, unused code, types, then all tests. `--full` adds the long runs. It is a
 * script because the steps share the installed programs and the builds, and because its last line counts the tests of all projects.
 */
import { startVitest } from "vitest/node";
import { buildConsole } from "../../apps/console/tools/build.ts";
import { buildZendeskApp } from "../../apps/zendesk/tools/build.ts";
import { buildSalesforceHost } from "../lab/launch/builds.ts";
import { runScript, runTool } from "./run.ts";
import { root } from "./runNode.mjs";
import { buildTestProgram } from "./server/testProgram.ts";
import { installMissing } from "./services.ts";

const filters = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
if (process.argv.includes("--full")) process.env["SIDELIGHT_FULL"] = "1";

await step("services", async () => installMissing(console.log));
await step("format and lint", async () => requireSuccess(runScript("test/tools/lint.ts")));
await step("unused code", async () => requireSuccess(runTool("knip", ["--no-progress"])));
await step("types", async () => requireSuccess(runScript("test/tools/types.ts")));
// Before the tests, so that no two of them build at the same time.
await step("builds", async () => {
  await buildZendeskApp();
  await buildSalesforceHost();
  await buildConsole();
  process.env["SIDELIGHT_TEST_PROGRAM"] = await buildTestProgram();
});
process.exit((await runTests()) ? 0 : 1);

async function step(name: string, work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  await work();
  console.log(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

function requireSuccess(isSuccess: boolean): void {
  if (!isSuccess) process.exit(1);
}

async function runTests(): Promise<boolean> {
  const vitest = await startVitest("test", filters, { config: `${root}/test/vitest.config.ts`, watch: false });
  const modules = vitest.state.getTestModules();
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
  const failedFiles = modules.filter((module) => !module.ok()).length;
  await vitest.close();
  if (count("skipped") > 0) console.log(`${count("skipped")} skipped`);
  // A file that cannot be imported fails without a failed test.
  console.log(`${count("passed")} passed, ${Math.max(count("failed"), failedFiles)} failed`);
  return failedFiles === 0 && vitest.state.getUnhandledErrors().length === 0;
}
