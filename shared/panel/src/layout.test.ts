import type { Card } from "@sidelight/contracts/cards/card.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { LayoutThresholds } from "@sidelight/contracts/sessions/layout.ts";
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
  rows: [],
  fields: [],
  cards: [],
  labels: {},
  thresholds: { renewalSoonDays: 60, lowSatisfaction: 0.7, oldTicketHours: 8_760 },
};
const orders: Card = {
  key: "orders",
  title: "Orders",
  state: "ok",
  loadedAt: "2026-11-21T09:28:00.000Z",
  timeToLiveSeconds: 60,
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
const named = [{ key: "orders", title: "Orders" }];
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
    const panel = view(
      { facts: ["sessions", "csat"], sections: ["orders", "support", "health"], cards: named },
      { cards: [orders] },
    );
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

  it("warns of an open ticket that is older than its threshold, and of none that is younger", () => {
    const answer = fixtures.company(now);
    Object.assign(answer.sections.support!.data!, { highestPriority: "normal", oldestOpenAt: "2026-11-19T09:30:00Z" });
    const tone = (oldTicketHours: number) =>
      toPanel(answer, {
        ...{ locale: "en", timeZone: "UTC", now, place: places.user },
        layout: { ...ownLayout, thresholds: { ...ownLayout.thresholds, oldTicketHours } },
      }).facts.find(({ key }) => key === "open_tickets")?.tone;
    expect([tone(47), tone(49)]).toEqual(["warning", "neutral"]);
    // Until the layout has arrived, the server's defaults hold.
    const ownTone = (oldestOpenAt: string) => {
      Object.assign(answer.sections.support!.data!, { oldestOpenAt });
      const panel = toPanel(answer, { locale: "en", timeZone: "UTC", now, place: places.user });
      return panel.facts.find(({ key }) => key === "open_tickets")?.tone;
    };
    expect([ownTone("2026-11-18T09:29:00Z"), ownTone("2026-11-18T09:31:00Z")]).toEqual(["warning", "neutral"]);
  });

  it("has no threshold without an effect", () => {
    // A new threshold needs a reader in the panel and a test of this file.
    expect(Object.keys(LayoutThresholds.shape).sort()).toEqual(["lowSatisfaction", "oldTicketHours", "renewalSoonDays"]);
  });

  it("leaves out a fact and a row whose field the answer does not describe", () => {
    const panel = view({ facts: ["field:gone", "arr"], rows: ["field:gone"] });
    expect(panel.facts.map(({ key }) => key)).toEqual(["arr"]);
  });
});

describe("a mapped field in a layout", () => {
  const fields: PanelLayout["fields"] = [
    { key: "field:tier", label: "Support tier", section: "support", type: "text" },
    { key: "field:seats", label: "Seats", section: "account", type: "number" },
    { key: "field:since", label: "Customer since", section: "account", type: "date" },
    { key: "field:vip", label: "VIP", section: "account", type: "boolean" },
    { key: "field:direct", label: "Direct line", section: "account", type: "phone" },
  ];
  const keys = fields.map(({ key }) => key);
  const answerWith = (change: (answer: Context) => void = () => {}): Context => {
    const answer = fixtures.rich(now);
    const { account, support } = answer.sections;
    support!.data!.fields = { tier: "Gold" };
    account!.data!.fields = { seats: 1_200, since: "2024-03-01", vip: false, direct: "•••" };
    account!.masked.push("/fields/direct");
    account!.provenance["/fields/seats"] = { ...account!.provenance["/arr"]!, rule: "mapped: seats" };
    change(answer);
    return answer;
  };
  const panelOf = (answer: Context, layout: Partial<PanelLayout>, locale = "en") =>
    toPanel(answer, {
      ...{ locale, timeZone: "UTC", now, place: places.ticket },
      layout: { ...ownLayout, fields, ...layout },
    });

  it("is a fact with its label, by its type, with its section's freshness and its own provenance", () => {
    const { facts } = panelOf(answerWith(), { facts: ["arr", ...keys] });
    expect(facts.map(({ label, text, section }) => [label, text, section])).toEqual([
      expect.arrayContaining(["account"]),
      ["Support tier", "Gold", "support"],
      ["Seats", "1,200", "account"],
      ["Customer since", "Mar 1, 2024", "account"],
      ["VIP", "No", "account"],
      ["Direct line", "•••", "account"],
    ]);
    expect(facts.find(({ key }) => key === "field:seats")?.provenance?.lines).toContainEqual(
      expect.objectContaining({ key: "rule", text: expect.stringContaining("seats") }),
    );
    expect(facts.find(({ key }) => key === "field:direct")?.detail).toBe("hidden by your role");
  });

  it("is a row at the end of its section, in the order of the layout", () => {
    const { sections } = panelOf(answerWith(), { rows: ["field:vip", "field:tier", "field:direct"] });
    const rowsOf = (name: string) => sections.find((section) => section.name === name)?.rows ?? [];
    expect(rowsOf("account").slice(-2)).toMatchObject([
      { label: "VIP", text: "No" },
      { label: "Direct line", text: "•••", masked: true },
    ]);
    expect(rowsOf("support").at(-1)).toMatchObject({ label: "Support tier", text: "Gold" });
  });

  it("tells a value that is not set from one that is hidden with its section, and from one that could not be read", () => {
    const textOf = (change: (answer: Context) => void) => panelOf(answerWith(change), { facts: ["field:tier"] }).facts[0]?.text;
    const notSet = textOf(({ sections }) => {
      sections.support!.data!.fields = { tier: null };
    });
    const hidden = textOf(({ sections }) => {
      Object.assign(sections.support!, { state: "forbidden", data: null });
    });
    const unread = textOf(({ sections }) => {
      Object.assign(sections.support!, { state: "error", data: null });
    });
    expect([notSet, hidden, unread]).toEqual(["Not set", "Hidden", "Couldn't load"]);
  });

  it("shows its text as text, with a direction override inside it", () => {
    const answer = answerWith(({ sections }) => {
      sections.support!.data!.fields = { tier: "<img src=x onerror=alert(1)>\u202egold" };
    });
    expect(panelOf(answer, { facts: ["field:tier"] }).facts[0]?.text).toBe("\u2068<img src=x onerror=alert(1)>\u202egold\u2069");
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

  it("keeps its last content, its age and its reason when it failed", () => {
    const failure: Partial<Card> = { state: "error", problem: { code: "timeout", message: "" } };
    expect(card(failure)).toMatchObject({
      stale: true,
      rows: [{ text: "€250" }, { text: "1,200" }, {}, {}],
      problem: { text: "Orders couldn't be loaded. Last good data 9:28 AM", rest: "The service didn't answer in time." },
    });
  });

  it("has its title and waits, until it is read", () => {
    const section = view({ cards: named }, { updatingCards: ["orders"] }).sections.at(-1);
    expect(section).toMatchObject({ name: "orders", title: "Orders", state: "pending", updating: true, rows: [] });
  });

  it("says that it is read again, and keeps its content meanwhile", () => {
    const section = view({ cards: named }, { cards: [orders], updatingCards: ["orders"] }).sections.at(-1);
    expect(section).toMatchObject({ state: "ok", status: { text: "Updating…" }, updating: true });
    expect(section?.rows).toHaveLength(4);
  });

  it("has the label of the layout in place of its title", () => {
    const labels = { orders: "Purchases" };
    expect(view({ cards: named, labels }, { cards: [orders] }).sections.at(-1)?.title).toBe("Purchases");
    expect(view({ cards: named, labels }).sections.at(-1)?.title).toBe("Purchases");
  });

  it("keeps a direction override of the service inside its own text", () => {
    const components: Card["components"] = [{ type: "text", text: "\u202eevil" }];
    expect(card({ components })?.rows[0]?.text).toBe("\u2068\u202eevil\u2069");
  });

  it("says that it has nothing to show", () => {
    expect(card({ state: "empty", components: [] })).toMatchObject({ rows: [], message: { text: "Nothing to show" } });
  });
});
