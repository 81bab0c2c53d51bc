import type { Context } from "@sidelight/contracts/context/context.ts";
import type { AnySection, Sections } from "@sidelight/contracts/context/sections.ts";
import { describe, expect, it } from "vitest";
import { fixtures } from "./fixtures/index.ts";
import { places } from "./fixtures/places.ts";
import { toPanel } from "./toPanel.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const words = {
  "section.billing": "Billing",
  "billing.openInvoices": "Open invoices",
  "billing.overdue": "Overdue",
  "billing.lastPaymentAt": "Last payment",
};
const billing: AnySection = {
  source: "generic",
  state: "ok",
  ...{ changedAt: null, observedAt: "2026-11-20T12:00:00.000Z", freshUntil: null, staleAt: null },
  data: {
    openInvoices: 2,
    overdue: { amount: 250, currency: "EUR" },
    lastPaymentAt: null,
    internalId: "x-1",
    lines: ["a", "b"],
  },
  ...{ provenance: {}, absent: {}, masked: [], links: [], problem: null },
};
const context = (section: AnySection): Context => {
  const rich = fixtures.rich(now);
  return { ...rich, sections: { ...rich.sections, billing: section } as Sections };
};
const panel = (messages: Record<string, string>, section = billing) =>
  toPanel(context(section), { locale: "en", timeZone: "UTC", now, place: places.ticket, messages });

describe("a section that a deployment added", () => {
  it("is ignored without a title in the messages", () => {
    expect(panel({}).sections).toEqual(
      toPanel(fixtures.rich(now), { locale: "en", timeZone: "UTC", now, place: places.ticket }).sections,
    );
  });

  it("shows the members of its data that have a label, after the standard sections", () => {
    const view = panel(words).sections.at(-1);
    expect(view).toMatchObject({ name: "billing", title: "Billing", state: "ok" });
    expect(view?.rows.map(({ label, text, absent }) => [label, text, absent])).toEqual([
      ["Open invoices", "2", null],
      ["Overdue", "€250", null],
      ["Last payment", expect.any(String), "none_set"],
    ]);
  });

  it("shows its state like every other section", () => {
    const view = panel(words, { ...billing, state: "not_connected", data: null }).sections.at(-1);
    expect(view).toMatchObject({ name: "billing", rows: [], message: { text: expect.any(String) } });
    expect(panel(words, { ...billing, data: "unexpected" }).sections.at(-1)?.rows).toEqual([]);
  });
});
