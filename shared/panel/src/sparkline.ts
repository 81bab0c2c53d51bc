import type { ProductData } from "@sidelight/contracts/context/sections.ts";
import type { Scope } from "./scope.ts";
import type { SparklineView } from "./view.ts";

const padding = 2;

/** Sessions a day as a line; null without any. The axis starts at zero, so that a month with little use looks like one. */
export function sparklineOf({ t }: Scope, daily: readonly number[], trend: ProductData["trend"]): SparklineView | null {
  const points = daily.filter((value) => Number.isFinite(value));
  const max = Math.max(0, ...points);
  if (points.length < 2 || max === 0) return null;
  const params = { total: points.reduce((sum, value) => sum + value, 0), min: Math.min(...points), max };
  const text = trend ? t("product.sparkline_trend", { ...params, trend: t(`trend.${trend}`) }) : t("product.sparkline", params);
  return { points, ...lineThrough(points, { width: 120, height: 28, from: 0, to: max }), text };
}

/** The pictures' size, and the values at the lower and the upper end of the axis. */
export interface LineFrame {
  width: number;
  height: number;
  from: number;
  to: number;
}

/** A line through two values or more. */
export function lineThrough(
  points: readonly number[],
  { width, height, from, to }: LineFrame,
): Pick<SparklineView, "viewBox" | "line" | "area" | "last"> {
  const x = (index: number): number => round(padding + (index * (width - 2 * padding)) / (points.length - 1));
  const y = (value: number): number => round(height - padding - ((value - from) / (to - from)) * (height - 2 * padding));
  const end = points.length - 1;
  const line = `M${points.map((value, index) => `${x(index)},${y(value)}`).join("L")}`;
  return {
    viewBox: `0 0 ${width} ${height}`,
    line,
    area: `${line}L${x(end)},${height}L${x(0)},${height}Z`,
    last: { x: x(end), y: y(points[end] ?? 0) },
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
