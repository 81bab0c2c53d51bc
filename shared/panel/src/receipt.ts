import type { Receipt } from "@sidelight/contracts/context/sections.ts";
import { lookUp } from "./absent.ts";
import { agoText } from "./format.ts";
import { instant } from "./freshness.ts";
import { type AnySection, type Scope, safeLink } from "./scope.ts";
import type { ReceiptView } from "./view.ts";

/** Where the value at a pointer comes from, or null when the server gave no receipt. */
export function receiptFor(scope: Scope, section: AnySection | undefined, pointer: string): ReceiptView | null {
  const receipt = lookUp<Receipt>(section?.receipts, pointer);
  return receipt ? receiptView(scope, receipt) : null;
}

function receiptView({ t, f, now }: Scope, receipt: Receipt): ReceiptView {
  const observed = instant(receipt.observedAt);
  const lines = [
    { key: "rule", label: t("receipt.rule"), text: receipt.rule },
    { key: "record", label: t("receipt.record"), text: receipt.record },
    { key: "changed", label: t("receipt.changed"), text: receipt.changedAt ? f.exact(receipt.changedAt) : t("receipt.unknown") },
    {
      key: "observed",
      label: t("receipt.observed"),
      text: observed === null ? t("receipt.unknown") : agoText(t, now - observed),
    },
  ];
  if (receipt.event) lines.push({ key: "event", label: t("receipt.event"), text: receipt.event });
  return { lines, link: safeLink(receipt.link) };
}
