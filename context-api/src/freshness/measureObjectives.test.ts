import { describe, expect, it } from "vitest";
import { measureObjective } from "./measureObjectives.ts";
import type { Objective } from "./objectives.ts";

const objective: Objective = {
  connection: "zendesk",
  data: "ticket",
  youngerThan: "2m",
  share: 0.95,
  windowDays: 7,
  isDefault: true,
};
const minutes = (young: number, late: number, measure = "minutes") => [
  { connection: "zendesk", object: "ticket", measure, cause: "pull", bound: 60, count: young },
  { connection: "zendesk", object: "ticket", measure, cause: "failing", bound: 300, count: late },
];

describe("measureObjective", () => {
  it("burns fast when most of an hour and of five minutes was late, and no longer when the last minutes are young again", () => {
    const late = measureObjective(objective, (length) =>
      length <= 60 ? minutes(length * 0.2, length * 0.8) : minutes(9_000, 60),
    );
    expect(late).toMatchObject({ isBurningFast: true, burnRates: { hour: expect.closeTo(16, 5) } });
    const repairedState = measureObjective(objective, (length) =>
      length === 5 ? minutes(5, 0) : minutes(length * 0.2, length * 0.8),
    );
    expect(repairedState.isBurningFast).toBe(false);
  });

  it("burns slowly at six times the budget in six hours, or at the whole budget in three days", () => {
    const sixHours = measureObjective(objective, (length) => (length === 360 ? minutes(240, 120) : minutes(length, 0)));
    expect([sixHours.isBurningFast, sixHours.isBurningSlowly]).toEqual([false, true]);
    const threeDays = measureObjective(objective, (length) => (length === 4_320 ? minutes(4_000, 320) : minutes(length, 0)));
    expect(threeDays.isBurningSlowly).toBe(true);
    expect(measureObjective(objective, (length) => minutes(length, 0)).isBurningSlowly).toBe(false);
  });

  it("counts a stop of Sidelight, and raises no alert about it", () => {
    const stoppedMeasure = measureObjective(objective, (length) =>
      minutes(0, length).map((count) => ({ ...count, cause: "not_running" })),
    );
    expect(stoppedMeasure).toMatchObject({ attainment: 0, isBurningFast: false, isBurningSlowly: false });
  });

  it("can burn fast whatever the share: a window without any young fact is always fast", () => {
    for (const share of [0.5, 0.9, 0.99])
      expect(measureObjective({ ...objective, share }, (length) => minutes(0, length)).isBurningFast).toBe(true);
  });

  it("is quiet about a few minutes after a start, and takes the worse of facts and minutes", () => {
    expect(measureObjective(objective, () => minutes(0, 3)).isBurningFast).toBe(false);
    const lateFacts = measureObjective(objective, (length) => [...minutes(length, 0), ...minutes(10, 90, "facts")]);
    expect(lateFacts).toMatchObject({ attainment: 0.1, isBurningFast: true });
  });
});
