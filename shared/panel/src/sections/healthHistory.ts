import type { Section } from "@sidelight/contracts/context/sections.ts";
import type { Body, Source } from "../parts.ts";
import type { Scope } from "../scope.ts";
import { lineThrough } from "../sparkline.ts";

/** Below and above the lowest and the highest score, so that a few points do not fill the picture. */
const marginPoints = 10;

/** The score of the last weeks as a line with its words; nothing where there are no earlier scores. */
export function healthHistory({ t, f }: Scope, { section }: Source<Section<"health">>): Body {
  const history = section.data?.score === null ? [] : (section.data?.history ?? []);
  const [first] = history;
  const last = history.at(-1);
  if (history.length < 2 || !first || !last) return {};
  const points = history.map(({ score }) => Math.round(score));
  const [min, max] = [Math.min(...points), Math.max(...points)];
  const frame = { width: 64, height: 16, from: Math.max(0, min - marginPoints), to: Math.min(100, max + marginPoints) };
  const params = { day: f.day(first.day), first: points[0] ?? 0, last: points.at(-1) ?? 0, min, max };
  return { sparkline: { points, ...lineThrough(points, frame), text: t("health.history", params) } };
}
