import { trendPoints, trendWeeks } from "@sidelight/contracts/context/healthPoints.ts";
import type { HealthData } from "@sidelight/contracts/context/sections.ts";

/**
 * The direction of the score: the present one compared with that of four weeks before. Null when that one is not known.
 * @param history one score a week, oldest first, the present one last
 */
export function scoreTrend(history: NonNullable<HealthData["history"]>): HealthData["trend"] {
  const [current, earlier] = [history.at(-1), history.at(-1 - trendWeeks)];
  if (!current || !earlier) return null;
  const points = current.score - earlier.score;
  return Math.abs(points) < trendPoints ? "steady" : points > 0 ? "rising" : "falling";
}
