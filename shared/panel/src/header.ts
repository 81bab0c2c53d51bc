import type { Context } from "@sidelight/contracts/context/context.ts";
import { freshnessOf } from "./freshness.ts";
import { joined } from "./parts.ts";
import { humanize, initialsOf, type Scope } from "./scope.ts";
import type { HeaderView } from "./view.ts";

export function headerView(scope: Scope, context: Context): HeaderView | null {
  const { t, options } = scope;
  const { customer, kind } = context;
  if (!customer) return null;
  const { company } = customer;
  const name = customer.name || (kind === "company" ? company?.name : null) || null;
  const parent = company?.parent?.name;
  const affiliation =
    kind === "company" ? (parent ? t("name.part_of", { parent }) : (company?.domain ?? "")) : (company?.name ?? "");
  return {
    kind,
    name: name ?? t("name.unknown"),
    nameAbsent: name === null,
    initials: initialsOf(name ?? ""),
    company: affiliation,
    email: options.place.isCompany ? null : emailView(scope, customer),
    chip: chipView(scope, context),
    freshness: freshnessOf(scope),
  };
}

function emailView({ t }: Scope, customer: NonNullable<Context["customer"]>): HeaderView["email"] {
  const isMasked = customer.masked.includes("/email");
  if (!customer.email) return null;
  return { text: customer.email, masked: isMasked, note: isMasked ? t("label.hidden") : "" };
}

/** Rules that only repeat what the request named. */
const requestRules: ReadonlySet<string> = new Set(["id", "founder", "own_company"]);

/** How the customer was found, and what to do when it is the wrong one. A record's own page needs no "Matched by". */
function chipView(scope: Scope, { match }: Context): HeaderView["chip"] {
  const { t, f, options } = scope;
  // The rule that linked the records explains more than the ref of the request.
  const rule = (match.reasons.find((reason) => !requestRules.has(reason.rule)) ?? match.reasons[0])?.rule;
  // The platform's own page of a company: how its other records were found is among the details. A person's decision is said.
  const isOwnPage = options.place.rowsOfPage.length > 0;
  const isObvious = rule === undefined || (isOwnPage && rule !== "linked");
  const matched = rule ? t.maybe(`match.rule.${rule}`, t("match.rule.other", { rule: humanize(rule) })) : t("match.rule.founder");
  const text = options.chosen ? t("match.rule.chosen") : isObvious && !match.partial ? "" : matched;
  const detail = [
    ...match.reasons.map(({ evidence }) => evidence),
    match.confidence === null ? "" : t("match.confidence", { share: f.percent(match.confidence) }),
    match.partial ? t("match.partial_detail") : "",
  ];
  return {
    text: match.partial ? t("match.partial", { text }) : text,
    detail: joined(scope, detail),
    tone: match.partial ? "warning" : "neutral",
    changeLabel: t(options.chosen ? "candidate.change" : "identity.title"),
  };
}
