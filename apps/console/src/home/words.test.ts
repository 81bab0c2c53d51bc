import { expect, it } from "vitest";
import { effectWords, quotaWords, shareWords } from "./words.ts";

const now = Date.UTC(2026, 10, 30, 12);
const instant = (minutes: number): string => new Date(now + minutes * 60_000).toISOString();

it("says what agents still see of a broken platform, and from when it is marked as old", () => {
  expect(effectWords({ oldestDataAt: instant(-12), staleFrom: instant(3) }, now)).toBe(
    "Agents still see the stored data, read 12 minutes ago. Panels mark it as old in 3 minutes.",
  );
  expect(effectWords({ oldestDataAt: instant(-120), staleFrom: instant(-1) }, now)).toBe(
    "Agents still see the stored data, read 2 hours ago. Panels mark it as old.",
  );
  expect(effectWords({ oldestDataAt: null, staleFrom: null }, now)).toMatch(/^Agents see no data/);
});

it("names the part of a quota that is left, and its forecast", () => {
  const quota = { name: "requests", limit: 200, remaining: 165, blockedUntil: null, runsOutAt: null };
  expect(quotaWords(quota, now)).toEqual({ text: "82 %", detail: "", isLow: false });
  expect(quotaWords({ ...quota, remaining: 30 }, now).isLow).toBe(true);
  expect(quotaWords({ ...quota, runsOutAt: instant(60) }, now).detail).toBe("runs out in 1 hour");
  expect(quotaWords({ ...quota, blockedUntil: instant(2) }, now).detail).toBe("refused, free in 2 minutes");
});

it("does not round a small share to nothing", () => {
  expect([shareWords(0, 100), shareWords(1, 1_000), shareWords(1, 8), shareWords(0, 0)]).toEqual(["0 %", "< 1 %", "13 %", "–"]);
});
