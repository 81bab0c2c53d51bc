import type { Card } from "@sidelight/contracts/cards/card.ts";
import { describe, expect, it } from "vitest";
import { fixtures } from "./fixtures/index.ts";
import { places } from "./fixtures/places.ts";
import type { PanelLayout } from "./options.ts";
import { toPanel } from "./toPanel.ts";
import type { PanelOptions } from "./view.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const ownLayout: PanelLayout = {
  sections: null,
  facts: null,
  labels: {},
  thresholds: { renewalSoonDays: 60, lowSatisfaction: 0.7, oldTicketHours: 8_760 },
};
const orders: Card = {
  key: "orders",
  title: "Orders",
  state: "ok",
  loadedAt: "2026-11-21T09:28:00.000Z",
  problem: null,
  components: [
    { type: "row", label: "Last order", value: { money: { amount: 250, currency: "EUR" } } },
    { type: "row", label: "Open", value: { number: 1_200 } },
    { type: "text", text: "<b>Ships on Monday</b>" },
    { type: "divider" },
    { type: "badge", text: "Late", tone: "danger" },
    { type: "link", text: "Open the shop", url: "https://shop.example/1" },
    { type: "link", text: "Not a link", url: "javascript:alert(1)" },
  ],
};
const view = (layout: Partial<PanelLayout> | undefined, options: Partial<PanelOptions> = {}) =>
  toPanel(fixtures.rich(now), {
    ...{ locale: "en", timeZone: "UTC", now, place: places.ticket },
    layout: layout && { ...ownLayout, ...layout },
    ...options,
  });
const names = (panel: ReturnType<typeof view>) => panel.sections.map(({ name }) => name as string);

describe("a layout", () => {
  it("that decides nothing changes nothing", () => {
    expect(view({})).toEqual(view(undefined));
  });

  it("chooses facts, at most six, and sections with cards, in its order", () => {
    const panel = view({ facts: ["sessions", "csat"], sections: ["orders", "support", "health"] }, { cards: [orders] });
    expect(panel.facts.map(({ key }) => key)).toEqual(["sessions", "csat"]);
    expect(names(panel)).toEqual(["orders", "support", "health"]);
    const allFacts = ["arr", "renewal", "stage", "sessions", "open_tickets", "csat", "last_active"] as const;
    expect(view({ facts: [...allFacts] }).facts).toHaveLength(6);
  });

  it("names facts and sections", () => {
    const panel = view({ labels: { arr: "Yearly value", support: "Help desk" } });
    expect(panel.facts[0]?.label).toBe("Yearly value");
    expect(panel.sections.find(({ name }) => name === "support")?.title).toBe("Help desk");
  });

  it("decides what is low, old and soon", () => {
    const strict = { ...ownLayout.thresholds, lowSatisfaction: 0.95, oldTicketHours: 1 };
    const tones = (thresholds: PanelLayout["thresholds"]) =>
      toPanel(fixtures.company(now), {
        ...{ locale: "en", timeZone: "UTC", now, place: places.user },
        layout: { ...ownLayout, thresholds },
      })
        .facts.filter(({ key }) => key === "csat")
        .map(({ tone }) => tone);
    expect([tones(ownLayout.thresholds), tones(strict)]).toEqual([["neutral"], ["warning"]]);
    const atRisk = fixtures.atRisk(now);
    atRisk.sections.account!.data!.renewalDate = "2026-12-21";
    const banner = (renewalSoonDays: number) =>
      toPanel(atRisk, {
        ...{ locale: "en", timeZone: "UTC", now, place: places.ticket },
        layout: { ...ownLayout, thresholds: { ...ownLayout.thresholds, renewalSoonDays } },
      }).banner?.kind;
    expect([banner(20), banner(40)]).toEqual([undefined, "renewal"]);
  });
});

describe("a card of the tenant's own service", () => {
  const card = (fields: Partial<Card> = {}, options: Partial<PanelOptions> = {}) =>
    view(undefined, { cards: [{ ...orders, ...fields }], ...options }).sections.at(-1);

  it("follows the sections, as text, with its age and safe links", () => {
    const section = card();
    expect(section).toMatchObject({ name: "orders", title: "Orders", state: "ok", status: { text: "Updated 2 min ago" } });
    expect(section?.rows.map(({ label, text, tone }) => [label, text, tone])).toEqual([
      ["Last order", "€250", "neutral"],
      ["Open", "1,200", "neutral"],
      ["", "<b>Ships on Monday</b>", "neutral"],
      ["", "Late", "danger"],
    ]);
    expect(section?.links.map(({ url }) => url)).toEqual(["https://shop.example/1"]);
  });

  it("keeps its title when it failed, with Retry", () => {
    const failure: Partial<Card> = { state: "error", components: [], loadedAt: null, problem: { code: "timeout", message: "" } };
    expect(card({ ...failure })).toMatchObject({
      title: "Orders",
      rows: [],
      problem: { text: "Orders couldn't be loaded.", canRetry: true },
    });
    expect(card({ ...failure }, { offline: true })?.problem).toMatchObject({
      canRetry: false,
      retryReason: "Not available offline",
    });
  });

  it("says that it has nothing to show", () => {
    expect(card({ state: "empty", components: [] })).toMatchObject({ rows: [], message: { text: "Nothing to show" } });
  });
});
