import { expect, it } from "vitest";
import { probeInterval } from "./overviewWatch.ts";

it("probes as often as a fifth of the quota allows, and seldom when little is left", () => {
  const quota = (limit: number, windowMs: number, remaining = limit) => ({ limit, remaining, windowMs });
  const hourMs = 3_600_000;
  expect(probeInterval([quota(400, 60_000)])).toBe(4_000);
  expect(probeInterval([quota(100_000, 24 * hourMs)])).toBe(4_320);
  expect(probeInterval([quota(400, 60_000), quota(60, hourMs)])).toBe(300_000);
  expect(probeInterval([quota(400, 60_000, 40)])).toBe(60_000);
  expect(probeInterval([])).toBe(4_000);
});
