import type { Provenance } from "@sidelight/contracts/context/sections.ts";
import { lookUp } from "./absent.ts";
import { agoText } from "./format.ts";
import { instant } from "./freshness.ts";
import { type AnySection, type Scope, safeLink } from "./scope.ts";
import type { ProvenanceView } from "./view.ts";

/** Where the value at a pointer comes from, or null when the server gave no provenance. */
export function provenanceFor(scope: Scope, section: AnySection | undefined, pointer: string): ProvenanceView | null {
  const provenance = lookUp<Provenance>(section?.provenance, pointer);
  return provenance ? provenanceView(scope, provenance) : null;
}

function provenanceView(scope: Scope, provenance: Provenance): ProvenanceView {
  const { t, f, now } = scope;
  const observedAt = instant(provenance.observedAt);
  const lines = [
    { key: "rule", label: t("provenance.rule"), text: ruleText(scope, provenance.rule) },
    { key: "record", label: t("provenance.record"), text: provenance.record },
    {
      key: "changed",
      label: t("provenance.changed"),
      text: provenance.changedAt ? f.exact(provenance.changedAt) : t("absent.unknown"),
    },
    {
      key: "observed",
      label: t("provenance.observed"),
      text: observedAt === null ? t("absent.unknown") : agoText(t, now - observedAt),
    },
  ];
  if (provenance.event) lines.push({ key: "event", label: t("provenance.event"), text: provenance.event });
  return { lines, link: safeLink(provenance.link) };
}

/** A mapped field by the name that the panel has for it; a calculation in the server's words. */
function ruleText({ t }: Scope, rule: string): string {
  const field = /^mapped: (\w+)$/.exec(rule)?.[1];
  return field
    ? t("provenance.mapped", { field: t.maybe(`field.${field}`, field) })
    : t.maybe(`calculation.${slugOf(rule)}`, rule, numbersOf(rule));
}

/** "ratings of the last 90 days" → "ratings_of_the_last_n_days" */
const slugOf = (rule: string): string =>
  rule
    .toLowerCase()
    .replace(/\d+/g, "n")
    .replace(/[^a-z]+/g, "_");

const numbersOf = (rule: string): { n: number } => ({ n: Number(/\d+/.exec(rule)?.[0] ?? 0) });
