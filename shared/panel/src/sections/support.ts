import type { Section } from "@sidelight/contracts/context/sections.ts";
import { ageText } from "../format.ts";
import { instant } from "../freshness.ts";
import { type Body, item, joined, list, row, type Source, whenOf } from "../parts.ts";
import { isSameRecord } from "../record.ts";
import type { Scope } from "../scope.ts";
import type { ItemView, Tone } from "../view.ts";

type Support = Source<Section<"support">>;
type Data = NonNullable<Support["section"]["data"]>;
type Ticket = Data["tickets"][number];

export function supportBody(scope: Scope, source: Support): Body {
  const { t, now, options } = scope;
  const data = source.section.data;
  const open = data ? openCount(data) : null;
  const oldest = instant(data?.oldestOpenAt);
  const refOf = (id: string): string => `${source.section.source}.ticket:${id}`;
  const tickets = (data?.tickets ?? []).filter(({ id }) => !isSameRecord(refOf(id), options.currentRecord));
  const isShortened = tickets.length < (data?.tickets.length ?? 0);
  return {
    headline: open === null ? "" : open === 0 ? t("support.none_open") : t.plural("support.headline", open),
    headlineTone: open === 0 ? "muted" : priorityTone(data?.highestPriority ?? null),
    rows: [
      row(scope, source, {
        key: "open",
        label: t("support.open"),
        pointer: "/open",
        value: open,
        text: () => countsText(scope, data),
      }),
      row(scope, source, {
        key: "oldest",
        label: t("support.oldest"),
        pointer: "/oldestOpenAt",
        value: oldest,
        text: (ms) => ageText(t, now - ms),
        none: t("support.none_open"),
      }),
      row(scope, source, {
        key: "priority",
        label: t("support.priority"),
        pointer: "/highestPriority",
        value: data?.highestPriority,
        text: (priority) => t(`priority.${priority}`),
        tone: priorityTone(data?.highestPriority ?? null),
        none: open === 0 ? t("support.none_open") : t("absent.none_set"),
      }),
      row(scope, source, {
        key: "csat",
        label: t("support.csat", { days: data?.csat?.days ?? 90 }),
        pointer: "/csat",
        value: data?.csat?.score,
        text: (score) => csatText(scope, score, data?.csat),
        none: t("absent.no_ratings"),
      }),
      row(scope, source, {
        key: "resolution",
        label: t("support.resolution"),
        pointer: "/medianResolutionHours",
        value: data?.medianResolutionHours,
        text: (hours) => (hours < 72 ? t("support.hours", { n: hours }) : t("support.days", { n: Math.round(hours / 24) })),
      }),
    ],
    lists: data
      ? [
          list(
            scope,
            "tickets",
            t(isShortened ? "support.other_tickets" : "support.tickets"),
            tickets.map((ticket) => ticketItem(scope, source, ticket)),
            t("support.tickets_none"),
          ),
        ]
      : [],
  };
}

function csatText({ t, f }: Scope, score: number, csat: Data["csat"] | undefined): string {
  const good = csat?.good ?? 0;
  return t("support.csat_value", { score: f.percent(score), good, n: good + (csat?.bad ?? 0) });
}

export function openCount(data: Data): number {
  return data.new + data.open + data.pending + data.hold;
}

export function priorityTone(priority: Data["highestPriority"]): Tone {
  return priority === "urgent" ? "danger" : priority === "high" ? "warning" : "neutral";
}

function countsText({ t }: Scope, data: Data | null): string {
  if (!data) return "";
  return t("support.counts", { new: data.new, open: data.open, pending: data.pending, hold: data.hold });
}

function ticketItem(scope: Scope, source: Support, ticket: Ticket): ItemView {
  const { t, options, context } = scope;
  const urgent = ticket.priority === "urgent" || ticket.priority === "high";
  // A person's tickets need no name, and a company's page shows no personal data.
  const requester = context?.kind === "company" && !options.place.isCompany ? ticket.requester : null;
  return item({
    key: ticket.id,
    title: ticket.subject ?? t("support.no_subject"),
    detail: joined([`#${ticket.id}`, urgent && ticket.priority ? t(`priority.${ticket.priority}`) : null, requester]),
    tag: { text: t.maybe(`ticket.status.${ticket.status}`, ticket.status), tone: statusTone(ticket) },
    ...whenOf(scope, ticket.updatedAt ?? ticket.createdAt),
    source: source.section.source ?? "",
    link: ticket.link,
  });
}

function statusTone({ status, priority }: Ticket): Tone {
  if (status === "solved" || status === "closed") return "muted";
  return priority === "urgent" ? "danger" : status === "new" || status === "open" ? "warning" : "neutral";
}
