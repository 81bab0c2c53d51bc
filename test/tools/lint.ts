/**
 * `npm run lint`: format and lint of the files that git tracks, the boundaries between packages and folders, then the counts of the
 * language check. Biome alone would also check files that are in the folder and not added.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runScript, runTool } from "./run.ts";
import { root } from "./runNode.mjs";

const isFormatted = inChunks(trackedFiles()).every((files) =>
  runTool("biome", ["check", "--error-on-warnings", "--no-errors-on-unmatched", ...files]),
);
const sources = ["shared", "context-api", "apps", "test"];
const keepsBoundaries = runTool("depcruise", ["--config", ".dependency-cruiser.mjs", ...sources]);
const hasPlainLanguage = runScript("test/tools/language/measure.ts");
process.exitCode = isFormatted && keepsBoundaries && hasPlainLanguage ? 0 : 1;

/** The tracked files; the whole folder when there is no git. */
function trackedFiles(): string[] {
  const { status, stdout } = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) return ["."];
  return stdout.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
}

/** A command line of Windows has 8,191 characters. */
function inChunks(files: string[]): string[][] {
  if (process.platform !== "win32") return [files];
  return Array.from({ length: Math.ceil(files.length / 60) }, (_, i) => files.slice(i * 60, i * 60 + 60));
}
