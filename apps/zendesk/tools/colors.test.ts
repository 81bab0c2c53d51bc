import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { colorStyles } from "./colors.ts";

it("the panel's colors are Garden's: after an update of Garden, run tools/colors.ts", () => {
  const styles = readFileSync(new URL("../src/styles/colors.css", import.meta.url), "utf8");
  expect(styles).toBe(colorStyles());
});
