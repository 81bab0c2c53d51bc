import type { ProductData, Section } from "@sidelight/contracts/context/sections.ts";
import { type Body, joined, type Source } from "../parts.ts";
import { row } from "../rows.ts";
import type { Scope } from "../scope.ts";
import { sparklineOf } from "../sparkline.ts";
import { trendTone } from "./headlines.ts";

type Product = Source<Section<"product">>;

export function productBody(scope: Scope, source: Product): Body {
  const { t, f } = scope;
  const data = source.section.data;
  const trend = data?.trend ? t(`trend.${data.trend}`) : null;
  const sparkline = data?.daily ? sparklineOf(scope, data.daily, data.trend) : null;
  const rows = [
    // The line below says the same, where there is one.
    ...(sparkline
      ? []
      : [
          row(scope, source, {
            key: "sessions",
            label: t("product.sessions"),
            pointer: "/sessions30d",
            value: data?.sessions30d,
            text: (sessions) => joined(scope, [f.number(sessions), trend]),
            tone: trendTone(data?.trend ?? null),
          }),
        ]),
  ];
  if (typeof data?.activeUsers30d === "number") {
    rows.push(
      row(scope, source, {
        key: "activeUsers",
        label: t("product.active_users"),
        pointer: "/activeUsers30d",
        value: data.activeUsers30d,
        text: f.number,
      }),
    );
  }
  if (data?.notCounted) {
    rows.push(
      row(scope, source, {
        key: "notCounted",
        label: t("product.not_counted_label"),
        pointer: "/notCounted",
        value: data.notCounted,
        text: (count) => t.plural("product.not_counted", count),
        tone: "muted",
      }),
    );
  }
  const features = data?.features ?? [];
  const funnel = data?.funnel ?? null;
  return {
    rows,
    sparkline,
    meters: features.length
      ? {
          title: t("product.features"),
          items: features.map(({ name, share }, index) => ({
            key: `${index}:${name}`,
            label: name,
            share: Math.min(1, Math.max(0, share)),
            text: f.percent(share),
          })),
        }
      : null,
    steps: funnel?.steps.length
      ? {
          title: t("product.funnel", { name: funnel.name, progress: progressText(scope, funnel.steps) }),
          items: funnel.steps.map(({ name, done }, index) => ({
            key: `${index}:${name}`,
            label: name,
            done: done === true,
            isUnknown: done === null,
            doneText: t(done === null ? "product.step_unknown" : done ? "product.done" : "product.not_done"),
          })),
        }
      : null,
  };
}

/** "3 of 4 steps", "completed", or "unknown". */
function progressText({ t }: Scope, steps: NonNullable<ProductData["funnel"]>["steps"]): string {
  const doneCount = steps.filter((step) => step.done === true).length;
  if (steps.at(-1)?.done) return t("product.funnel_done");
  if (doneCount === 0 && steps.every((step) => step.done === null)) return t("product.step_unknown");
  return t("product.funnel_steps", { done: doneCount, total: steps.length });
}
