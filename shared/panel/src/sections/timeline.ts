import type { Section, TimelineItem } from "@sidelight/contracts/context/sections.ts";
import { type Body, type Source, whenOf } from "../parts.ts";
import { item, list } from "../rows.ts";
import { humanize, type Scope, sourceName } from "../scope.ts";
import type { ItemView } from "../view.ts";
import { isOnScreen } from "./headlines.ts";

/** A section that holds as many has left out older ones. */
const maxInSection = 20;

type Timeline = Source<Section<"timeline">>;

export function timelineBody(scope: Scope, source: Timeline): Body {
  const { t, options } = scope;
  const data = source.section.data;
  if (!data) return {};
  const items = data.items.filter(({ record }) => !isOnScreen(record, options)).map((entry) => timelineItem(scope, entry));
  const hasOlder = data.items.length >= maxInSection;
  // Of a source without recent events, the server may have older ones.
  const sources = [...new Set([...items.map((entry) => entry.source), ...(hasOlder ? connectedSources(scope) : [])])];
  return {
    lists: [
      {
        ...list(scope, "events", t("timeline.events"), items, t("section.empty.timeline")),
        olderText: hasOlder ? t("timeline.older") : "",
      },
    ],
    gaps: data.gaps.map((gap, index) => ({ key: `${index}:${gap.source}`, text: gapText(scope, gap) })),
    filters: sources.length > 1 ? sources.map((name) => ({ key: name, source: name, label: sourceName(t, name) })) : [],
  };
}

/** Platforms whose sections are shown. */
const connectedSources = ({ context }: Scope): string[] =>
  Object.values(context?.sections ?? {}).flatMap((section) =>
    section?.source && section.state !== "not_connected" && section.state !== "forbidden" ? [section.source] : [],
  );

/** "Solved: Nightly export": what happened, and to what, with the platform that it comes from. */
export function timelineItem(scope: Scope, entry: TimelineItem): ItemView {
  const { t } = scope;
  // An activity is called by its type, as "Call: Quarterly review".
  const verb = entry.kind === "activity" ? (entry.detail ?? "") : t.maybe(`event.${entry.kind}`, humanize(entry.kind));
  const title = entry.title === verb ? "" : entry.title;
  return item({
    key: entry.id,
    title: verb && title ? t("event.what", { verb, title }) : verb || title,
    detail: detailText(scope, entry),
    ...whenOf(scope, entry.at),
    source: entry.source,
    sourceName: sourceName(t, entry.source),
    link: entry.link,
  });
}

/** A priority that matters, or a stage; nothing whose meaning one would have to guess. */
function detailText({ t }: Scope, { kind, detail }: TimelineItem): string {
  if (!detail) return "";
  if (kind === "ticket_created" || kind === "case_opened") {
    const priority = detail.toLowerCase();
    return priority === "urgent" || priority === "high" ? t(`event.priority.${priority}`) : "";
  }
  if (kind === "activity") return "";
  return kind.startsWith("opportunity_") ? t("event.stage", { stage: detail }) : detail;
}

function gapText({ t, f }: Scope, gap: NonNullable<Timeline["section"]["data"]>["gaps"][number]): string {
  const params = { source: sourceName(t, gap.source), reason: t.maybe(`health.reason.${gap.reason}`, humanize(gap.reason)) };
  if (!gap.from) return t("timeline.gap", params);
  if (!gap.to) return t("timeline.gap_since", { ...params, from: f.moment(gap.from) });
  return t("timeline.gap_span", { ...params, from: f.moment(gap.from), to: f.moment(gap.to) });
}
