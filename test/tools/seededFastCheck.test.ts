import fc from "fast-check";
import { expect, it } from "vitest";

it("property tests draw the same values in each run, unless it is the full run or a seed is requested", () => {
  const { SIDELIGHT_PROPERTY_SEED: requested, SIDELIGHT_FULL: isFull } = process.env;
  const expected = requested === undefined && isFull !== "1" ? 20_261_129 : undefined;
  if (requested === undefined) expect(fc.readConfigureGlobal().seed).toBe(expected);
  else if (requested !== "random") expect(fc.readConfigureGlobal().seed).toBe(Number(requested));
});
