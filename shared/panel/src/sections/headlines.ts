import type { Section, SectionName, SupportData } from "@sidelight/contracts/context/sections.ts";
import { daysUntil } from "../format.ts";
import { openCount, ownTicket, withoutTicket } from "../ownTicket.ts";
import { type Body, joined, type Source, whenOf } from "../parts.ts";
import { isSameRecord } from "../record.ts";
import type { Scope } from "../scope.ts";
import type { PanelOptions, Tone } from "../view.ts";

/** What a section says in its heading while it is closed. */
type Headline = Pick<Body, "headline" | "headlineTone">;

type Builders = { [Name in SectionName]?: (scope: Scope, source: Source<Section<Name>>) => Headline };

const builders: Builders = {
  account: accountHeadline,
  support: supportHeadline,
  product: productHeadline,
  timeline: timelineHeadline,
  notes: notesHeadline,
};

/** Empty for a section that has none, or says it with its content. */
export function headlineOf(scope: Scope, name: SectionName, source: Source): Headline {
  const build = Object.hasOwn(builders, name) ? builders[name] : undefined;
  return (build as ((scope: Scope, source: Source) => Headline) | undefined)?.(scope, source) ?? {};
}

function accountHeadline({ t }: Scope, { section: { data } }: Source<Section<"account">>): Headline {
  return { headline: data?.opportunities.length ? t.plural("account.headline", data.opportunities.length) : (data?.name ?? "") };
}

/** Without the ticket on screen. */
function supportHeadline(scope: Scope, { section }: Source<Section<"support">>): Headline {
  const ticketOnScreen = ownTicket(section, scope.options.currentRecord);
  if (!section.data) return {};
  const data = withoutTicket(section.data, ticketOnScreen);
  const isNoneOpen = openCount(data) === 0;
  return {
    headline: isNoneOpen ? noneOpenText(scope, ticketOnScreen !== null) : openCountsText(scope, data),
    headlineTone: isNoneOpen ? "muted" : priorityTone(data.highestPriority),
  };
}

function productHeadline(scope: Scope, { section: { data } }: Source<Section<"product">>): Headline {
  const { t } = scope;
  const sessions = typeof data?.sessions30d === "number" ? t.plural("product.headline", data.sessions30d) : null;
  return {
    headline: joined(scope, [sessions, data?.trend ? t(`trend.${data.trend}`) : null]),
    headlineTone: trendTone(data?.trend ?? null),
  };
}

function timelineHeadline(scope: Scope, { section: { data } }: Source<Section<"timeline">>): Headline {
  if (!data) return {};
  const newest = data.items.find(({ record }) => !isOnScreen(record, scope.options));
  return { headline: newest ? whenOf(scope, newest.at).when : "", headlineTone: "muted" };
}

function notesHeadline({ f }: Scope, { section: { data } }: Source<Section<"notes">>): Headline {
  if (!data) return {};
  return { headline: data.items.length ? f.number(data.items.length) : "", headlineTone: "muted" };
}

/** The record on screen is left out of its own panel. */
export const isOnScreen = (record: string, options: PanelOptions): boolean =>
  /\.(ticket|case):/.test(record) && isSameRecord(record, options.currentRecord);

export const noneOpenText = ({ t }: Scope, hasOwn: boolean): string => t(hasOwn ? "support.no_other_open" : "support.none_open");

/** "1 new · 2 open": only what there is. */
export function openCountsText(scope: Scope, data: SupportData): string {
  const { t } = scope;
  return joined(
    scope,
    (["new", "open", "pending", "hold"] as const).map((status) =>
      data[status] > 0 ? t(`support.count.${status}`, { n: data[status] }) : null,
    ),
  );
}

export function priorityTone(priority: SupportData["highestPriority"]): Tone {
  return priority === "urgent" ? "danger" : priority === "high" ? "warning" : "neutral";
}

export function trendTone(trend: string | null): Tone {
  return trend === "falling" || trend === "inactive" ? "warning" : trend === "rising" || trend === "new" ? "good" : "neutral";
}

export function ownerText({ t }: Scope, owner: { id: string; name: string | null; kind: "user" | "queue" }): string {
  const name = owner.name ?? owner.id;
  return owner.kind === "queue" ? t("account.owner_queue", { name }) : name;
}

/** "in 32 days" or "12 days overdue", with a tone by how near it is. */
export function renewalWords(
  { t, now, options }: Scope,
  day: string | null | undefined,
): { text: string; tone: Tone; days: number | null } {
  const days = day ? daysUntil(day, now, options.timeZone) : null;
  if (days === null) return { text: "", tone: "neutral", days };
  if (days < 0) return { text: t.plural("renewal.overdue", -days), tone: "danger", days };
  if (days === 0) return { text: t("renewal.today"), tone: "danger", days };
  return { text: t.plural("renewal.in", days), tone: days <= 30 ? "warning" : "neutral", days };
}
