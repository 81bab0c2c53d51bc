import type { Section } from "@sidelight/contracts/context/sections.ts";
import { agoText } from "../format.ts";
import { instant } from "../freshness.ts";
import { type Body, joined, row, type Source } from "../parts.ts";
import type { Scope } from "../scope.ts";
import { sparklineOf } from "../sparkline.ts";
import type { Tone } from "../view.ts";

type Product = Source<Section<"product">>;

export function productBody(scope: Scope, source: Product): Body {
  const { t, f, now } = scope;
  const data = source.section.data;
  const lastActive = instant(data?.lastActiveAt);
  const trend = data?.trend ? t(`trend.${data.trend}`) : null;
  const rows = [
    row(scope, source, {
      key: "lastActive",
      label: t("product.last_active"),
      pointer: "/lastActiveAt",
      value: lastActive,
      text: (ms) => agoText(t, now - ms),
      none: t("absent.no_activity"),
    }),
    row(scope, source, {
      key: "sessions",
      label: t("product.sessions"),
      pointer: "/sessions30d",
      value: data?.sessions30d,
      text: (sessions) => joined([f.number(sessions), trend]),
      tone: trendTone(data?.trend ?? null),
    }),
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
    headline: joined([typeof data?.sessions30d === "number" ? t.plural("product.headline", data.sessions30d) : null, trend]),
    headlineTone: trendTone(data?.trend ?? null),
    rows,
    sparkline: data?.daily ? sparklineOf(scope, data.daily, data.trend) : null,
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
          title: joined([
            t("product.funnel", { name: funnel.name }),
            funnel.step
              ? t("product.step", { step: funnel.step })
              : funnel.steps.every(({ done }) => done === null)
                ? t("product.step_unknown")
                : null,
          ]),
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

export function trendTone(trend: string | null): Tone {
  return trend === "falling" || trend === "inactive" ? "warning" : trend === "rising" || trend === "new" ? "good" : "neutral";
}
