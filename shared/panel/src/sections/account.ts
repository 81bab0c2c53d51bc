import type { Section } from "@sidelight/contracts/context/sections.ts";
import { lookUp } from "../absent.ts";
import { daysUntil } from "../format.ts";
import { type Body, item, joined, list, row, type Source, whenOf } from "../parts.ts";
import { isSameRecord } from "../record.ts";
import type { Scope } from "../scope.ts";
import type { ItemView, RowView, Tone } from "../view.ts";

type Account = Source<Section<"account">>;

export function accountBody(scope: Scope, source: Account): Body {
  const { t, f, options } = scope;
  const data = source.section.data;
  const { rowsOfPage } = options.place;
  const renewal = renewalWords(scope, data?.renewalDate);
  const rows = [
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
      key: "owner",
      label: t("account.owner"),
      pointer: "/owner",
      value: data?.owner,
      text: (owner) => ownerText(scope, owner),
    }),
    row(scope, source, { key: "arr", label: t("fact.arr"), pointer: "/arr", value: data?.arr, text: f.money }),
    row(scope, source, { key: "plan", label: t("account.plan"), pointer: "/plan", value: data?.plan, text: (plan) => plan }),
    row(scope, source, {
      key: "stage",
      label: t("account.stage"),
      pointer: "/stage",
      value: data?.stage,
      text: (stage) => stage,
    }),
    row(scope, source, {
      key: "renewal",
      label: t("account.renewal"),
      pointer: "/renewalDate",
      value: data?.renewalDate,
      text: (day) => joined([f.day(day), renewal.text]),
      tone: renewal.tone,
    }),
    row(scope, source, {
      key: "nextStep",
      label: t("account.next_step"),
      pointer: "/nextStep",
      value: data?.nextStep,
      text: (step) => step,
    }),
  ].filter(({ key }) => !rowsOfPage.includes(key));
  const opportunities = (data?.opportunities ?? []).map((opportunity) => opportunityItem(scope, source, opportunity));
  const activities = (data?.activities ?? []).map((activity) =>
    item({
      key: `${activity.at} ${activity.subject}`,
      title: activity.subject ?? activity.kind,
      detail: activity.subject ? activity.kind : "",
      ...whenOf(scope, activity.at),
      link: activity.link,
    }),
  );
  return {
    headline: joined([data?.arr ? f.money(data.arr) : null, data?.stage]),
    rows,
    lists: data
      ? [
          list(scope, "opportunities", t("account.opportunities"), opportunities, t("account.opportunities_none"), 3),
          list(scope, "activities", t("account.activities"), activities, t("account.activities_none"), 3),
        ]
      : [],
  };
}

function opportunityItem(
  scope: Scope,
  source: Account,
  opportunity: NonNullable<Account["section"]["data"]>["opportunities"][number],
): ItemView {
  const { t, f, options } = scope;
  const ref = `${source.section.source}.opportunity:${opportunity.id}`;
  const isHighlighted = isSameRecord(ref, options.currentRecord);
  return item({
    key: opportunity.id,
    title: opportunity.name ?? t("account.unnamed"),
    detail: joined([
      opportunity.amount ? f.money(opportunity.amount) : null,
      opportunity.closeDate ? t("account.closes", { date: f.day(opportunity.closeDate) }) : null,
    ]),
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

function parentRow(scope: Scope): RowView[] {
  const company = scope.context?.customer?.company;
  const parent = company?.parent?.name;
  if (!parent) return [];
  const label = scope.t("account.parent");
  return [{ key: "parent", label, text: parent, tone: "neutral", absent: null, masked: false, link: null, provenance: null }];
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
