import { defaultCsatDays } from "@sidelight/contracts/context/csatDays.ts";
import type { Section } from "@sidelight/contracts/context/sections.ts";
import { ageText, agoText } from "../format.ts";
import { instant } from "../freshness.ts";
import { openCount, ownTicket, withoutTicket } from "../ownTicket.ts";
import { type Body, joined, type Source, whenOf } from "../parts.ts";
import { isSameRecord } from "../record.ts";
import { item, list, row } from "../rows.ts";
import type { Scope } from "../scope.ts";
import type { ItemView, RowView, Tone } from "../view.ts";
import { noneOpenText, openCountsText, priorityTone } from "./headlines.ts";

type Support = Source<Section<"support">>;
type Data = NonNullable<Support["section"]["data"]>;
type Ticket = Data["tickets"][number];

/** The counts, the priority and the list leave out the ticket on screen. */
export function supportBody(scope: Scope, source: Support): Body {
  const { t, options } = scope;
  const { section } = source;
  const ticketOnScreen = ownTicket(section, options.currentRecord);
  const data = section.data && withoutTicket(section.data, ticketOnScreen);
  const tickets = (data?.tickets ?? []).filter(
    ({ id }) => !isSameRecord(`${section.source}.ticket:${id}`, options.currentRecord),
  );
  const isShortened = tickets.length < (data?.tickets.length ?? 0);
  return {
    rows: rows(scope, source, data, ticketOnScreen !== null),
    lists: data
      ? [
          list(
            scope,
            "tickets",
            t(isShortened ? "support.other_tickets" : "support.tickets"),
            tickets.map((ticket) => ticketItem(scope, source, ticket)),
            t(isShortened ? "support.other_tickets_none" : "support.tickets_none"),
          ),
        ]
      : [],
  };
}

function rows(scope: Scope, source: Support, data: Data | null, hasOwn: boolean): RowView[] {
  const { t, now } = scope;
  const open = data ? openCount(data) : null;
  const oldest = instant(data?.oldestOpenAt);
  return [
    row(scope, source, {
      key: "open",
      label: t(hasOwn ? "fact.other_tickets" : "support.open"),
      pointer: "/open",
      value: open,
      text: () => (data && open !== 0 ? openCountsText(scope, data) : t("absent.empty")),
    }),
    row(scope, source, {
      key: "oldest",
      label: t("support.oldest"),
      pointer: "/oldestOpenAt",
      value: oldest,
      text: (ms) => ageText(t, now - ms),
      none: noneOpenText(scope, hasOwn),
    }),
    row(scope, source, {
      key: "priority",
      label: t("support.priority"),
      pointer: "/highestPriority",
      value: data?.highestPriority,
      text: (priority) => t(`priority.${priority}`),
      tone: priorityTone(data?.highestPriority ?? null),
      none: open === 0 ? noneOpenText(scope, hasOwn) : t("absent.none_set"),
    }),
    row(scope, source, {
      key: "csat",
      label: t("support.csat", { days: data?.csat?.days ?? defaultCsatDays }),
      pointer: "/csat",
      value: data?.csat?.score,
      text: () => csatText(scope, data?.csat),
      none: t("absent.no_ratings"),
    }),
    row(scope, source, {
      key: "resolution",
      label: t("support.resolution"),
      pointer: "/medianResolutionHours",
      value: data?.medianResolutionHours,
      text: (hours) => hoursText(scope, hours),
      none: t("support.none_solved"),
    }),
  ];
}

function hoursText({ t }: Scope, hours: number): string {
  if (hours < 1) return t("age.minutes", { n: Math.max(1, Math.round(hours * 60)) });
  return hours < 72 ? t("age.hours", { n: Math.round(hours) }) : t("age.days", { n: Math.round(hours / 24) });
}

/** The share itself is a fact: this says what it is made of. */
function csatText({ t }: Scope, csat: Data["csat"] | undefined): string {
  const good = csat?.good ?? 0;
  return t("support.csat_value", { good, n: good + (csat?.bad ?? 0) });
}

function ticketItem(scope: Scope, source: Support, ticket: Ticket): ItemView {
  const { t, options, context } = scope;
  const { priority } = ticket;
  // A person's tickets need no name, and a company's page shows no personal data.
  const requester = context?.kind === "company" && !options.place.isCompany ? ticket.requester : null;
  return item({
    key: ticket.id,
    title: ticket.subject ?? t("support.no_subject"),
    detail: joined(scope, [
      `#${ticket.id}`,
      priority === "urgent" || priority === "high" ? t(`event.priority.${priority}`) : null,
      requester,
      durationText(scope, ticket),
    ]),
    work: workText(scope, ticket),
    tag: { text: t.maybe(`ticket.status.${ticket.status}`, ticket.status), tone: statusTone(ticket) },
    ...whenOf(scope, ticket.updatedAt ?? ticket.createdAt),
    source: source.section.source ?? "",
    link: ticket.link,
  });
}

/** How long a solved ticket took. */
function durationText(scope: Scope, { resolutionHours, status }: Ticket): string | null {
  const isSolved = status === "solved" || status === "closed";
  if (!isSolved || resolutionHours === null || resolutionHours === undefined) return null;
  return scope.t("support.took", { time: hoursText(scope, resolutionHours) });
}

/** "Assigned to Mia Stone · agent replied 3 h ago". Unknown parts are left out; "Unassigned" and "no reply yet" are shown. */
function workText(scope: Scope, { assignee, lastReplyAt }: Ticket): string {
  const { t, now } = scope;
  const repliedAt = instant(lastReplyAt);
  const replyText = repliedAt === null ? null : t("support.replied", { when: agoText(t, now - repliedAt) });
  return joined(scope, [assigneeText(scope, assignee), lastReplyAt === null ? t("support.no_reply") : replyText]);
}

function assigneeText({ t }: Scope, assignee: Ticket["assignee"]): string | null {
  if (assignee === undefined) return null;
  if (assignee === null) return t("support.unassigned");
  return assignee.name ? t("support.assigned", { name: assignee.name }) : t("support.assigned_unnamed");
}

function statusTone({ status, priority }: Ticket): Tone {
  if (status === "solved" || status === "closed") return "muted";
  return priority === "urgent" ? "danger" : status === "new" || status === "open" ? "warning" : "neutral";
}
