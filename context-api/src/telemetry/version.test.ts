import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createLogger } from "./logger.ts";
import { createMetrics } from "./metrics.ts";
import { version } from "./version.ts";

it("the version of the package is in the metrics and in every line of the log", async () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  expect(version).toBe(manifest.version);
  expect(await createMetrics().registry.metrics()).toContain(`sidelight_build_info{version="${version}"} 1`);
  const lines: string[] = [];
  createLogger("info", { write: (text: string) => lines.push(text) }).info("hello");
  expect(JSON.parse(lines[0] ?? "{}")).toMatchObject({ version });
});
