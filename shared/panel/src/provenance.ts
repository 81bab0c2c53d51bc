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

function provenanceView({ t, f, now }: Scope, provenance: Provenance): ProvenanceView {
  const observedAt = instant(provenance.observedAt);
  const lines = [
    { key: "rule", label: t("provenance.rule"), text: provenance.rule },
    { key: "record", label: t("provenance.record"), text: provenance.record },
    {
      key: "changed",
      label: t("provenance.changed"),
      text: provenance.changedAt ? f.exact(provenance.changedAt) : t("provenance.unknown"),
    },
    {
      key: "observed",
      label: t("provenance.observed"),
      text: observedAt === null ? t("provenance.unknown") : agoText(t, now - observedAt),
    },
  ];
  if (provenance.event) lines.push({ key: "event", label: t("provenance.event"), text: provenance.event });
  return { lines, link: safeLink(provenance.link) };
}
