import { expect, it } from "vitest";
import { until } from "./until.ts";

it("resolves when the condition holds", async () => {
  let checks = 0;
  await until("three checks", () => ++checks === 3);
  expect(checks).toBe(3);
});

it("throws with its label when the condition does not hold before the limit", async () => {
  await expect(until("a condition that never holds", () => false, 1)).rejects.toThrow(
    /^waited \d+ ms for: a condition that never holds \(\d+ checks\)$/,
  );
});
