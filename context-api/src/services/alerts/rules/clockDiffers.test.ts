import { expect, it } from "vitest";
import { clockDiffers } from "./clockDiffers.ts";
import type { AlertSource } from "./rule.ts";

const minuteMs = 60_000;
const find = (leads: number[]) => {
  const connections = leads.map((leadMs, i) => ({ id: `c${i}`, clockLeadMs: () => leadMs }));
  return clockDiffers.find({
    served: { tenant: { connections, config: { alerts: { rules: {} } } } },
    now: 1_000,
  } as unknown as AlertSource);
};

it("a clock that differs by minutes from a platform's is an alert, in either direction", async () => {
  expect(await find([0, 4 * minuteMs, -4 * minuteMs])).toEqual([]);
  const findings = await find([62 * minuteMs, -10 * 365 * 1_440 * minuteMs]);
  expect(findings.map(({ connection, cause }) => [connection, cause])).toEqual([
    ["c0", "This machine's clock is 62 minutes ahead of the platform's."],
    ["c1", "This machine's clock is 87600 hours behind the platform's."],
  ]);
});
