import type { Section } from "@sidelight/contracts/context/sections.ts";
import { type Body, item, list, type Source, whenOf } from "../parts.ts";
import { isSameRecord } from "../record.ts";
import { humanize, type Scope, sourceName } from "../scope.ts";
import type { PanelOptions } from "../view.ts";

type Timeline = Source<Section<"timeline">>;

export function timelineBody(scope: Scope, source: Timeline): Body {
  const { t, options } = scope;
  const data = source.section.data;
  if (!data) return {};
  const items = data.items
    .filter(({ record }) => !isCurrent(record, options))
    .map((entry) =>
      item({
        key: entry.id,
        title: entry.title,
        detail: entry.detail ?? "",
        ...whenOf(scope, entry.at),
        source: entry.source,
        sourceName: sourceName(t, entry.source),
        link: entry.link,
      }),
    );
  const newest = items[0];
  const sources = [...new Set(items.map((entry) => entry.source))];
  return {
    headline: newest ? newest.when : "",
    headlineTone: "muted",
    lists: [list(scope, "events", t("timeline.events"), items, t("section.empty.timeline"))],
    gaps: data.gaps.map((gap, index) => ({ key: `${index}:${gap.source}`, text: gapText(scope, gap) })),
    filters: sources.length > 1 ? sources.map((name) => ({ key: name, source: name, label: sourceName(t, name) })) : [],
  };
}

/** The record on screen is left out of its own panel. */
function isCurrent(record: string, options: PanelOptions): boolean {
  return /\.(ticket|case):/.test(record) && isSameRecord(record, options.currentRecord);
}

function gapText({ t, f }: Scope, gap: NonNullable<Timeline["section"]["data"]>["gaps"][number]): string {
  const params = { source: sourceName(t, gap.source), reason: t.maybe(`health.reason.${gap.reason}`, humanize(gap.reason)) };
  if (!gap.from) return t("timeline.gap", params);
  if (!gap.to) return t("timeline.gap_since", { ...params, from: f.moment(gap.from) });
  return t("timeline.gap_span", { ...params, from: f.moment(gap.from), to: f.moment(gap.to) });
}
