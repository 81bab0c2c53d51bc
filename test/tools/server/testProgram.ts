/** Bundles the server for the tests that start it as a process. */
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../runNode.mjs";
import { bundleServer } from "./bundle.ts";

/** @returns the program. It lies inside its package, so that it finds the packages that are not bundled. */
export async function buildTestProgram(): Promise<string> {
  const folder = join(root, "context-api", ".cache", "server");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "lib"), { recursive: true });
  await bundleServer(join(folder, "lib"));
  for (const app of ["console", "zendesk"]) symlinkSync(join(root, "apps", app, "dist"), join(folder, app), "junction");
  return join(folder, "lib", "main.mjs");
}
