import { expect, it } from "vitest";
import { disturbedMs, planOf } from "./plan.ts";

const cluster = { size: 3, hasDatabase: true };

it("the same seed gives the same plan, and each seed has faults and scenarios", () => {
  for (let seed = 0; seed < 200; seed++) {
    const plan = planOf(seed, cluster);
    expect(planOf(seed, cluster)).toEqual(plan);
    expect(plan.faults.length).toBeGreaterThanOrEqual(3);
    expect(plan.scenarios.every(({ dueMs }) => dueMs <= disturbedMs)).toBe(true);
  }
});

it("all kinds of faults occur, and those of databases only where there are any", () => {
  const kindsOf = (options: typeof cluster) =>
    [
      ...new Set(Array.from({ length: 200 }, (_, seed) => planOf(seed, options).faults.map(({ fault }) => fault.kind)).flat()),
    ].sort();
  expect(kindsOf(cluster)).toEqual(["clock", "database", "freeze", "kill", "platform", "redis", "restart"]);
  expect(kindsOf({ size: 1, hasDatabase: false })).toEqual(["clock", "freeze", "kill", "platform", "restart"]);
});
