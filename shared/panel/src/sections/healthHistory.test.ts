import { describe, expect, it } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import { places } from "../fixtures/places.ts";
import { toPanel } from "../toPanel.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const options = { locale: "en", timeZone: "UTC", now, place: places.ticket };

function viewOf(history: { day: string; score: number }[] | undefined, score: number | null = 71) {
  const context = structuredClone(fixtures.rich(now));
  const data = context.sections.health?.data;
  if (data) Object.assign(data, { history, score, ...(score === null ? { band: null } : {}) });
  return toPanel(context, options).sections.find(({ name }) => name === "health");
}

describe("the history of the score", () => {
  it("is a line with its words", () => {
    const view = viewOf([
      { day: "2026-11-07", score: 62 },
      { day: "2026-11-14", score: 55 },
      { day: "2026-11-21", score: 71 },
    ]);
    expect(view?.sparkline).toMatchObject({
      points: [62, 55, 71],
      viewBox: "0 0 64 16",
      text: "Since Nov 7, 2026: 62 to 71, lowest 55, highest 71",
    });
    expect(view?.sparkline?.line).toMatch(/^M2,\d/);
  });

  it("says since when it is known, when it is short", () => {
    const view = viewOf([
      { day: "2026-11-20", score: 70 },
      { day: "2026-11-21", score: 71 },
    ]);
    expect(view?.sparkline?.text).toContain("Since Nov 20");
  });

  it("is nothing without earlier scores, and without a present one", () => {
    const earlier = [
      { day: "2026-11-14", score: 55 },
      { day: "2026-11-21", score: 71 },
    ];
    expect(viewOf(undefined)?.sparkline).toBeNull();
    expect(viewOf(earlier.slice(1))?.sparkline).toBeNull();
    expect(viewOf(earlier, null)?.sparkline).toBeNull();
  });

  it("gives the trend its points: those of four weeks, in words too", () => {
    const weekly = (...scores: number[]) => scores.map((score, week) => ({ day: `2026-11-0${week + 1}`, score }));
    expect(viewOf(weekly(80, 90, 90, 90, 90, 71))?.score).toMatchObject({ trend: "−19 in 4 weeks" });
    expect(viewOf(weekly(71, 90, 90, 90, 71))?.score).toMatchObject({ trend: "steady in 4 weeks" });
    expect(viewOf(weekly(90, 90, 90, 71))?.score).toMatchObject({ trend: "", arrow: null, sentence: "Health 71 of 100, Good" });
  });

  it("stays in its picture for any scores", () => {
    for (const scores of [
      [0, 0],
      [100, 100],
      [0, 100],
    ]) {
      const line = viewOf(scores.map((score, i) => ({ day: `2026-11-1${i}`, score })))?.sparkline?.line ?? "";
      const heights = [...line.matchAll(/,([\d.-]+)/g)].map(([, y]) => Number(y));
      expect(heights.every((y) => y >= 0 && y <= 16)).toBe(true);
    }
  });
});
