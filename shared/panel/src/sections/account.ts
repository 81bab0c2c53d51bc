import type { Section } from "@sidelight/contracts/context/sections.ts";
import { lookUp } from "../absent.ts";
import { daysUntil } from "../format.ts";
import { type Body, joined, type Source, whenOf } from "../parts.ts";
import { isSameRecord } from "../record.ts";
import { item, list, plainRow, row, whenPlanned } from "../rows.ts";
import type { Scope } from "../scope.ts";
import type { ItemView, ListView, RowView } from "../view.ts";
import { rollupRows, subsidiaryList } from "./rollup.ts";

type Account = Source<Section<"account">>;
type Data = NonNullable<Account["section"]["data"]>;

/** What the facts above do not say: parent, next step, subsidiaries, deals and contacts. */
export function accountBody(scope: Scope, source: Account): Body {
  const { t, options } = scope;
  const { data } = source.section;
  const { rowsOfPage } = options.place;
  const opportunities = (data?.opportunities ?? []).map((opportunity) => opportunityItem(scope, source, opportunity));
  return {
    rows: rows(scope, source).filter(({ key }) => !rowsOfPage.includes(key)),
    lists: data
      ? [
          list(scope, "opportunities", t("account.opportunities"), opportunities, t("account.opportunities_none"), 3),
          ...(data.meetings?.length ? [activityList(scope, "meetings", data.meetings)] : []),
          activityList(scope, "activities", data.activities),
          ...(data.rollup ? [subsidiaryList(scope, data.rollup)] : []),
        ]
      : [],
  };
}

function rows(scope: Scope, source: Account): RowView[] {
  const { t } = scope;
  const data = source.section.data;
  return [
    row(scope, source, {
      key: "name",
      label: t("account.name"),
      pointer: "/name",
      value: data?.name,
      text: (name) => name,
      link: lookUp(source.section.provenance, "/name")?.link ?? null,
    }),
    ...parentRow(scope),
    row(scope, source, {
      key: "nextStep",
      label: t("account.next_step"),
      pointer: "/nextStep",
      value: data?.nextStep,
      text: (step) => step,
    }),
    ...(data?.rollup ? rollupRows(scope, data.rollup) : []),
  ];
}

function activityList(scope: Scope, key: "meetings" | "activities", activities: Data["activities"]): ListView {
  const { t } = scope;
  const items = activities.map((activity) =>
    item({
      key: `${activity.at} ${activity.subject}`,
      title: activity.subject ? t("event.what", { verb: activity.kind, title: activity.subject }) : activity.kind,
      ...(key === "meetings" ? whenPlanned : whenOf)(scope, activity.at),
      link: activity.link,
    }),
  );
  return list(scope, key, t(`account.${key}`), items, t("account.activities_none"), 3);
}

function opportunityItem(scope: Scope, source: Account, opportunity: Data["opportunities"][number]): ItemView {
  const { t, f, options } = scope;
  const ref = `${source.section.source}.opportunity:${opportunity.id}`;
  const isHighlighted = isSameRecord(ref, options.currentRecord);
  return item({
    key: opportunity.id,
    title: opportunity.name ?? t("account.unnamed"),
    detail: joined(scope, [opportunity.amount ? f.money(opportunity.amount) : null, closeText(scope, opportunity.closeDate)]),
    tag: isHighlighted
      ? { text: t("account.this_record"), tone: "good" }
      : opportunity.stage
        ? { text: opportunity.stage, tone: "neutral" }
        : null,
    source: source.section.source ?? "",
    link: opportunity.link,
    highlighted: isHighlighted,
  });
}

/** An open deal whose close date has passed is late; it does not close then. */
function closeText({ t, f, now, options }: Scope, day: string | null): string | null {
  if (!day) return null;
  const days = daysUntil(day, now, options.timeZone);
  const date = f.day(day);
  return days !== null && days < 0 ? t("account.close_passed", { date }) : t("account.closes", { date });
}

function parentRow(scope: Scope): RowView[] {
  const company = scope.context?.customer?.company;
  const parent = company?.parent?.name;
  return parent ? [plainRow("parent", scope.t("account.parent"), parent)] : [];
}
