import type { Context } from "@sidelight/contracts/context/context.ts";
import { freshnessOf } from "./freshness.ts";
import { placeRules } from "./place.ts";
import { humanise, initialsOf, type Scope } from "./scope.ts";
import type { HeaderView } from "./view.ts";

export function headerView(scope: Scope, context: Context): HeaderView | null {
  const { t, options } = scope;
  const { customer, kind } = context;
  if (!customer) return null;
  const { company } = customer;
  const name = customer.name || (kind === "company" ? company?.name : null) || null;
  const parent = company?.parent?.name;
  const belongs = kind === "company" ? (parent ? t("name.part_of", { parent }) : (company?.domain ?? "")) : (company?.name ?? "");
  return {
    kind,
    name: name ?? t("name.unknown"),
    nameAbsent: name === null,
    initials: initialsOf(name ?? ""),
    company: belongs,
    email: placeRules(options.place).company ? null : emailView(scope, customer),
    chip: chipView(scope, context),
    freshness: freshnessOf(scope),
  };
}

function emailView({ t }: Scope, customer: NonNullable<Context["customer"]>): HeaderView["email"] {
  const masked = customer.masked.includes("/email");
  if (!customer.email) return null;
  return { text: customer.email, masked, note: masked ? t("label.hidden") : "" };
}

const asked: ReadonlySet<string> = new Set(["id", "founder"]);

function chipView({ t, f, options }: Scope, { match }: Context): HeaderView["chip"] {
  // What tied the records together says more than the ref that was asked for.
  const rule = (match.reasons.find((reason) => !asked.has(reason.rule)) ?? match.reasons[0])?.rule;
  if (!rule && !options.chosen && !match.partial) return null;
  const matched = rule ? t.maybe(`match.rule.${rule}`, t("match.rule.other", { rule: humanise(rule) })) : t("match.rule.founder");
  const text = options.chosen ? t("match.rule.chosen") : matched;
  const detail = [
    ...match.reasons.map(({ evidence }) => evidence),
    match.confidence === null ? "" : t("match.confidence", { share: f.percent(match.confidence) }),
    match.partial ? t("match.partial_detail") : "",
  ];
  return {
    text: match.partial ? t("match.partial", { text }) : text,
    detail: detail.filter((part) => part !== "").join(" · "),
    tone: match.partial ? "warning" : "neutral",
    changeLabel: options.chosen ? t("candidate.change") : "",
  };
}
