import type { RouteStatus } from "@sidelight/contracts/events/route.ts";
import { durationWords } from "../ui/moments.ts";

export const stateWords: Readonly<Record<RouteStatus["state"], string>> = { ok: "OK", waiting: "Waiting", failing: "Failing" };
export const stateTones = { ok: "good", waiting: "warning", failing: "danger" } as const;
export const criticalityWords: Readonly<Record<RouteStatus["criticality"], string>> = {
  low: "Low",
  normal: "Normal",
  high: "High",
};

/** "12 delivered · 1 dead letter · half in 90 ms" */
export function figureWords({ counts, delayMs }: Pick<RouteStatus, "counts" | "delayMs">): string {
  const figures = [
    `${counts.done.toLocaleString()} delivered`,
    counts.waiting + counts.blocked > 0 && `${(counts.waiting + counts.blocked).toLocaleString()} waiting`,
    counts.dead_letter > 0 && `${counts.dead_letter.toLocaleString()} failed`,
    counts.withheld > 0 && `${counts.withheld.toLocaleString()} withheld`,
    delayMs && `p95 ${durationWords(delayMs.p95)}`,
  ];
  return figures.filter(Boolean).join(" · ");
}
