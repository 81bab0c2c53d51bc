import { expect, it } from "vitest";
import { hasElapsed, pullStart } from "./pullStart.ts";

const hourMs = 3_600_000;

it("a pull continues from its start by the platform's clock when the machine's is ahead", () => {
  let now = 10 * hourMs;
  let lead = 0;
  const { startedAt, continueFrom } = pullStart({ now: () => now, platformNow: () => now - lead });
  now += 30_000;
  expect([startedAt, continueFrom()]).toEqual([10 * hourMs, 10 * hourMs]);
  lead = hourMs;
  expect(continueFrom()).toBe(9 * hourMs);
});

it("a pull continues from no instant in the future when the clock is set back while it runs", () => {
  let now = 10 * hourMs;
  const { continueFrom } = pullStart({ now: () => now, platformNow: () => now });
  now -= hourMs;
  expect(continueFrom()).toBe(9 * hourMs);
});

it.each([
  ["an hour ago", 9 * hourMs, true],
  ["half an hour ago", 9.5 * hourMs, false],
  ["in the future, before the clock was set back", 90 * hourMs, true],
])("what is done every hour is due when it was done %s: %s", (_, since, isDue) => {
  expect(hasElapsed(since, hourMs, 10 * hourMs)).toBe(isDue);
});
