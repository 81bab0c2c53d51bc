import type { ProductData } from "@sidelight/contracts/context/sections.ts";
import type { Scope } from "./scope.ts";
import type { SparklineView } from "./view.ts";

const width = 120;
const height = 28;
const padding = 2;

/** Sessions a day as a line; null without any. The axis starts at zero, so that a month with little use looks like one. */
export function sparklineOf({ t }: Scope, daily: readonly number[], trend: ProductData["trend"]): SparklineView | null {
  const points = daily.filter((value) => Number.isFinite(value));
  const max = Math.max(0, ...points);
  if (points.length < 2 || max === 0) return null;
  const min = Math.min(...points);
  const total = points.reduce((sum, value) => sum + value, 0);
  const x = (index: number): number => round(padding + (index * (width - 2 * padding)) / (points.length - 1));
  const y = (value: number): number => round(height - padding - (max > 0 ? (value / max) * (height - 2 * padding) : 0));
  const corners = points.map((value, index) => `${x(index)},${y(value)}`);
  const end = points.length - 1;
  const line = `M${corners.join("L")}`;
  const params = { total, min, max };
  return {
    points,
    viewBox: `0 0 ${width} ${height}`,
    line,
    area: `${line}L${x(end)},${height}L${x(0)},${height}Z`,
    last: { x: x(end), y: y(points[end] ?? 0) },
    text: trend ? t("product.sparkline_trend", { ...params, trend: t(`trend.${trend}`) }) : t("product.sparkline", params),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
