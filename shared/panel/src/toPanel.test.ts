import type { Context } from "@sidelight/contracts/context/context.ts";
import { describe, expect, it } from "vitest";
import { fixtures } from "./fixtures/index.ts";
import { places } from "./fixtures/places.ts";
import { messagesFor } from "./messages/catalogues.ts";
import { toPanel } from "./toPanel.ts";
import type { PanelOptions, PanelView } from "./view.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const minute = 60_000;

function view(context: Context | null, options: Partial<PanelOptions> = {}): PanelView {
  return toPanel(context, { locale: "en", timeZone: "UTC", now, place: places.ticket, ...options });
}
const fact = (panel: PanelView, key: string) => panel.facts.find((entry) => entry.key === key)!;
const section = (panel: PanelView, name: string) => panel.sections.find((entry) => entry.name === name)!;
const row = (panel: PanelView, name: string, key: string) => section(panel, name).rows.find((entry) => entry.key === key)!;

describe("a customer of every platform", () => {
  const panel = view(fixtures.rich(now));

  it("starts with the customer, the match and the freshness of the sources", () => {
    expect(panel.state).toBe("ready");
    expect(panel.header).toMatchObject({
      name: "Ada Lovelace",
      initials: "AL",
      company: "Lovelace Analytics",
      email: { text: "•••@lovelace.example", masked: true, note: "hidden by your role" },
      chip: { text: "Matched by email", changeLabel: "Wrong customer?" },
      freshness: { text: "3 of 3 sources current", tone: "muted" },
    });
    expect(panel.banner).toBeNull();
    expect(panel.announcement).toBe("Ada Lovelace. 3 of 3 sources current.");
  });

  it("shows six facts", () => {
    expect(panel.facts.map(({ key, text }) => [key, text])).toEqual([
      ["arr", "€1,234,000"],
      ["renewal", "Mar 13, 2027"],
      ["stage", "Customer"],
      ["open_tickets", "4"],
      ["csat", "92%"],
      ["last_active", "3 h ago"],
    ]);
    expect(fact(panel, "renewal").detail).toBe("in 112 days");
    expect(fact(panel, "stage").detail).toBe("Grace Hopper");
    expect(fact(panel, "arr").provenance?.lines.map(({ text }) => text)).toContain("salesforce.account:0018b00002abcDEAAY");
  });

  it("explains the score by its three strongest drivers", () => {
    const health = section(panel, "health");
    expect(health.score).toMatchObject({ text: "83", band: "Good", trend: "+19 in 4 weeks", arrow: "up", provisional: "" });
    expect(health.score?.sentence).toBe("Health 83 of 100, Good, 19 points up in 4 weeks");
    expect(health.drivers.map(({ text, points, section }) => [text, points, section])).toEqual([
      ["Usage rising: 126 sessions in 15 d, 74 in the 15 d before", "+13", "product"],
      ["Active today", "+8", "product"],
      ["CSAT 92%: 12 ratings in 90 d", "+5", "support"],
    ]);
    expect(health.driversTitle).toBe("Starts at 50. Strongest reasons");
    expect(health.otherDrivers.map(({ text, points }) => [text, points])).toEqual([["4 other reasons", "+7"]]);
  });

  it("shows usage as a line and in words", () => {
    expect(section(panel, "product").sparkline?.text).toBe("200 sessions in 30 days, 0 to 13 a day, rising");
    expect(section(panel, "product").sparkline?.points).toHaveLength(30);
  });
});

describe("by page", () => {
  it("starts with what the page itself does not show", () => {
    const order = (place: PanelOptions["place"]) => view(fixtures.rich(now), { place }).sections.map(({ name }) => name);
    expect(order(places.ticket)).toEqual(["health", "account", "support", "product", "timeline"]);
    expect(order(places.account)).toEqual(["health", "support", "product", "account", "timeline"]);
  });

  it("leaves the ticket on screen out of lists, counts and reasons", () => {
    const panel = view(fixtures.rich(now), { currentRecord: "zendesk.ticket:5158" });
    expect(section(panel, "support").lists[0]).toMatchObject({ title: "Other tickets" });
    expect(section(panel, "support").lists[0]?.items.map(({ key }) => key)).not.toContain("5158");
    expect(fact(panel, "open_tickets")).toMatchObject({ label: "Other open", text: "3" });
    expect(row(panel, "support", "open").text).toBe("1 new · 1 open · 1 pending");
    const titles = section(panel, "timeline").lists[0]?.items.map(({ title }) => title);
    expect(titles).not.toContain("New ticket: Export fails for reports over 10,000 rows");
  });

  it("says that nothing else is open when the ticket on screen is the only one, and what it adds to the score", () => {
    const panel = view(fixtures.onlyOwnTicket(now), { currentRecord: "zendesk.ticket:5158" });
    expect(fact(panel, "open_tickets")).toMatchObject({ text: "0", detail: "", tone: "neutral" });
    expect(row(panel, "support", "oldest").text).toBe("No others open");
    expect(row(panel, "support", "priority").text).toBe("No others open");
    expect(section(panel, "support").headline).toBe("No others open");
    const { drivers, otherDrivers } = section(panel, "health");
    expect(JSON.stringify(drivers)).not.toContain("urgent");
    expect(otherDrivers.map(({ text, points }) => [text, points])).toEqual([
      ["4 other reasons", "+15"],
      ["This ticket", "−9"],
    ]);
    expect(fact(view(fixtures.onlyOwnTicket(now)), "open_tickets")).toMatchObject({ text: "1", detail: "incl. urgent" });
  });

  it("does not repeat what the page of the account shows", () => {
    const context = fixtures.company(now);
    context.match.reasons = [{ rule: "id", evidence: "named by the page" }];
    const panel = view(context, { place: places.account });
    expect(panel.facts.map(({ key }) => key)).toEqual(["arr", "renewal", "sessions", "open_tickets", "csat", "last_active"]);
    expect(panel.header?.chip).toMatchObject({ text: "", changeLabel: "Wrong customer?" });
    expect(section(panel, "account").rows.map(({ key }) => key)).toEqual(["nextStep"]);
  });

  it("says in no section what a fact says", () => {
    const panel = view(fixtures.rich(now));
    const sections = JSON.stringify(panel.sections.map(({ headline, rows }) => [headline, rows.map(({ text }) => text)]));
    for (const key of ["arr", "renewal", "csat"]) expect(sections).not.toContain(fact(panel, key).text);
  });

  it("highlights the opportunity on screen by its 15-character id", () => {
    const panel = view(fixtures.rich(now), {
      place: places.opportunity,
      currentRecord: "salesforce.opportunity:0068b00001Opp01",
    });
    expect(section(panel, "account").lists[0]?.items.map(({ highlighted }) => highlighted)).toEqual([true, false]);
  });

  it("shows no personal data beside an organization", () => {
    const panel = view(fixtures.company(now), { place: places.organization });
    expect(JSON.stringify(panel)).not.toContain("Ada Lovelace");
    expect(panel.header?.email).toBeNull();
    expect(panel.actions.insert).toBeNull();
    expect(row(panel, "product", "activeUsers").text).toBe("14");
  });
});

describe("absence", () => {
  it("has different texts for zero, none set, not mapped and no data", () => {
    const panel = view(fixtures.empty(now));
    expect(fact(panel, "open_tickets")).toMatchObject({ text: "0", absent: null });
    expect(fact(panel, "arr")).toMatchObject({ text: "Not set", absent: "none_set" });
    expect(fact(panel, "renewal")).toMatchObject({ text: "Unknown", absent: "not_mapped" });
    expect(fact(panel, "csat")).toMatchObject({ text: "No ratings", absent: "none_set" });
    expect(fact(panel, "last_active")).toMatchObject({ text: "No activity", absent: "empty" });
    expect(fact(panel, "stage").detail).toBe("New business (queue)");
  });

  it("has a text for each reason: not loaded, hidden, opted out, not connected, late", () => {
    expect(fact(view(fixtures.downWithoutData(now)), "arr")).toMatchObject({ text: "Couldn't load", tone: "warning" });
    expect(fact(view(fixtures.forbiddenSection(now)), "arr").text).toBe("Hidden");
    expect(fact(view(fixtures.consentWithheld(now)), "last_active").text).toBe("Not shown");
    expect(fact(view(fixtures.notConnected(now)), "arr").text).toBe("Not connected");
    expect(fact(view(fixtures.pending(now)), "last_active").text).toBe("Loading…");
  });

  it("uses a different text for each reason", () => {
    const texts = ["Not set", "Unknown", "Couldn't load", "Hidden", "Not shown", "Not connected", "Loading…", "0"];
    expect(new Set(texts).size).toBe(texts.length);
  });
});

describe("states of a section", () => {
  it("becomes stale with time, in words", () => {
    const context = fixtures.rich(now);
    expect(section(view(context), "support").status.text).toBe("Updated 1 min ago");
    const laterPanel = view(context, { now: now + 20 * minute });
    expect(section(laterPanel, "support")).toMatchObject({ state: "stale", stale: true });
    expect(section(laterPanel, "support").status.text).toBe("Stale · 21 min");
    expect(laterPanel.header?.freshness.text).toBe("2 of 3 sources current");
    expect(section(view(fixtures.stale(now)), "account").status).toMatchObject({ text: "Stale · 3 h", icon: "clock" });
  });

  it("keeps the last good values of a source that is down, and names what still works", () => {
    const panel = view(fixtures.oneDown(now), { requestId: "req_1" });
    const product = section(panel, "product");
    expect(product.problem).toMatchObject({
      text: "Mixpanel is unavailable. Last good data 7:55 AM",
      rest: "Salesforce and Zendesk are up to date.",
      requestId: "req_1",
      canRetry: true,
    });
    expect(product).toMatchObject({ stale: true, openAtFirst: true });
    expect(fact(panel, "last_active")).toMatchObject({ text: "3 h ago", stale: true });
    expect(panel.header?.freshness.text).toBe("2 of 3 sources current");
    expect(panel.banner).toMatchObject({ kind: "outage", retry: "product" });
    expect(section(panel, "timeline").gaps[0]?.text).toContain("Mixpanel is missing from 7:55");
  });

  it.each([
    ["stale", fixtures.staleAndDown(now), "support", "Zendesk is unavailable. Last good data 9:05 AM", "Unavailable · 25 min"],
    [
      "current",
      fixtures.currentButDown(now),
      "product",
      "Mixpanel is unavailable. Last good data 7:55 AM",
      "Unavailable · 95 min",
    ],
  ] as const)("explains an outage while the values are %s, and counts it", (_, context, name, text, status) => {
    const panel = view(context, { requestId: "req_1" });
    expect(section(panel, name)).toMatchObject({ stale: true, problem: { text, requestId: "req_1", canRetry: true } });
    expect(section(panel, name).status.text).toBe(status.replace("95 min", "1 h"));
    expect(panel.header?.freshness.text).toBe("2 of 3 sources current");
    expect(panel.banner).toMatchObject({ kind: "outage", tone: "warning", text, retry: name });
  });

  it("names the source of incomplete values, and when it can be asked again", () => {
    const { problem, gaps } = section(view(fixtures.partial(now)), "support");
    expect(problem).toMatchObject({ text: expect.stringContaining("request limit"), canRetry: false });
    expect(gaps).toEqual([]);
  });

  it("calls one late answer no outage while the values are current", () => {
    const context = fixtures.currentButDown(now);
    context.sections.product!.problem!.code = "timeout";
    const panel = view(context);
    expect(section(panel, "product").problem).toBeNull();
    expect(panel.header?.freshness.text).toBe("3 of 3 sources current");
    expect(panel.banner).toBeNull();
  });

  it("disables Retry for as long as the source demands", () => {
    const context = fixtures.downWithoutData(now);
    expect(section(view(context), "account").problem).toMatchObject({ canRetry: false, retryReason: "Retry in 20 s" });
    expect(view(context).tickIn).toBe(1000);
    expect(section(view(context, { now: now + 21_000 }), "account").problem).toMatchObject({ canRetry: true, retryReason: "" });
  });

  it("never shows values that consent or a role withholds, even if the answer contains them", () => {
    for (const state of ["consent_withheld", "forbidden"] as const) {
      const context = fixtures.rich(now);
      context.sections.product!.state = state;
      const panel = view(context);
      expect(JSON.stringify(section(panel, "product"))).not.toContain("Dashboards");
      expect(fact(panel, "last_active").absent).not.toBeNull();
    }
    const panel = view(fixtures.consentWithheld(now));
    expect(section(panel, "product").message?.text).toBe("Usage not shown – opted out");
    expect(section(panel, "health").score).toMatchObject({ value: 60, provisional: "Provisional: usage excluded" });
    const withoutScore = fixtures.consentWithheld(now);
    Object.assign(withoutScore.sections.health!.data!, { score: null, band: null });
    expect(section(view(withoutScore), "health").score).toMatchObject({ value: null, text: "No score: opted out" });
    expect(section(view(withoutScore), "health").headline).toBe("No score: opted out");
  });

  it("names who can grant access, when the configuration does", () => {
    const context = fixtures.forbiddenSection(now);
    expect(view(context).banner?.text).toBe("Account: hidden from your role. The CRM team can grant access.");
    expect(section(view(context), "account").message?.hint).toBe("The CRM team can grant access.");
    const { contact: _, ...permissions } = context.permissions;
    expect(section(view({ ...context, permissions }), "account").message?.hint).toBe("Your administrator can grant access.");
  });

  it("shows no empty notes to people who may not write any", () => {
    const context = fixtures.withNotes(now);
    const names = (act: string[], state: "ok" | "empty") => {
      const notes = { ...context.sections.notes!, state, data: state === "ok" ? context.sections.notes!.data : { items: [] } };
      const panel = view({ ...context, permissions: { ...context.permissions, act }, sections: { ...context.sections, notes } });
      return panel.sections.map(({ name }) => name).filter((name) => name === "notes");
    };
    expect([names([], "empty"), names(["note"], "empty"), names([], "ok")]).toEqual([[], ["notes"], ["notes"]]);
    expect(section(view(context), "notes").lists[0]?.items.map(({ title }) => title)[0]).toContain("before noon");
  });

  it("shows an unknown state as an error and ignores unknown keys", () => {
    const context = fixtures.rich(now) as unknown as { sections: Record<string, { state: string }>; novelty: string };
    context.sections["account"]!.state = "reticulating";
    context.sections["weather"] = { state: "ok" };
    context.novelty = "?";
    const panel = view(context as unknown as Context);
    expect(section(panel, "account").state).toBe("error");
    expect(panel.sections.map(({ name }) => name)).not.toContain("weather");
  });

  it("shows Updating… and keeps the old values", () => {
    const panel = view(fixtures.rich(now), { updating: ["support"] });
    expect(section(panel, "support").status.text).toBe("Updating…");
    expect(row(panel, "support", "open").text).toBe("1 new · 2 open · 1 pending");
    expect(section(panel, "account").status.text).toBe("Updated 4 min ago");
  });
});

describe("one banner, by precedence", () => {
  it.each([
    ["ambiguous", fixtures.ambiguous(now), {}],
    ["forbidden", fixtures.forbiddenSection(now), { offline: true }],
    ["offline", fixtures.consentWithheld(now), { offline: true }],
    ["consent", fixtures.consentWithheld(now), {}],
    ["outage", fixtures.oneDown(now), {}],
    ["renewal", fixtures.atRisk(now), {}],
  ] as const)("%s", (kind, context, options) => {
    expect(view(context, options).banner?.kind).toBe(kind);
  });

  it("shows an offline agent the age of the data", () => {
    expect(view(fixtures.rich(now), { offline: true }).banner?.text).toBe("You're offline – showing data from 9:29 AM");
    expect(view(fixtures.rich(now), { offline: true }).actions.insert).toMatchObject({
      disabled: true,
      reason: "Not available offline",
    });
  });

  it("keeps the values when a refresh fails", () => {
    const problem = { code: "network", requestId: null, retryAt: null } as const;
    const panel = view(fixtures.rich(now), { problem });
    expect(panel.state).toBe("ready");
    expect(panel.banner).toMatchObject({ kind: "outage", retry: "all" });
  });
});

describe("states of the panel, by precedence", () => {
  const problem = (code: "unauthenticated" | "forbidden" | "rate_limited" | "internal") => ({
    problem: { code, requestId: "req_9", retryAt: code === "rate_limited" ? now + 24_000 : null },
  });
  it.each([
    ["session_expired", fixtures.rich(now), problem("unauthenticated")],
    ["forbidden", fixtures.rich(now), { ...problem("forbidden"), setup: "missing_settings" }],
    ["not_in_host", null, { setup: "not_in_host" }],
    ["unconfigured", null, { setup: "credentials_refused", ...problem("unauthenticated") }],
    ["waiting", null, { waiting: true }],
    ["loading", null, { phase: "loading" }],
    ["offline", null, { offline: true }],
    ["rate_limited", null, problem("rate_limited")],
    ["error", null, problem("internal")],
    ["ambiguous", fixtures.ambiguous(now), {}],
    ["none", fixtures.none(now), {}],
    ["ready", fixtures.rich(now), {}],
  ] as const)("%s", (state, context, options) => {
    expect(view(context, options as Partial<PanelOptions>).state).toBe(state);
  });

  it("shows nothing of a customer that is forbidden", () => {
    const panel = view(fixtures.rich(now), problem("forbidden"));
    expect(JSON.stringify(panel)).not.toMatch(/Lovelace|1,234,000/);
    expect(panel.notice?.text).toBe("Your administrator can grant access.");
  });

  it("chooses none of the candidates", () => {
    const panel = view(fixtures.ambiguous(now));
    expect(panel.banner?.text).toBe("2 possible matches");
    expect(panel.facts).toEqual([]);
    expect(panel.candidates.map(({ label, facts }) => [label, facts[0]?.text])).toEqual([
      ["Ada Lovelace", "Lovelace Analytics"],
      ["Ada King", "King & Noel Ltd"],
    ]);
    expect(panel.actions.insert).toMatchObject({ disabled: true, reason: "Choose a customer first" });
    expect(view(fixtures.rich(now), { chosen: true }).header?.chip).toMatchObject({
      text: "Chosen by you",
      changeLabel: "change",
    });
  });

  it("lists where no customer was found, and not the sources that did not answer", () => {
    expect(view(fixtures.none(now)).notice?.lines[0]?.text).toBe("Salesforce by email: not found");
    expect(view(fixtures.nonePartial(now)).notice).toMatchObject({ title: "No customer found so far" });
  });

  it("counts a rate limit down, and reserves the height of facts and sections while loading", () => {
    const rateLimited = view(null, problem("rate_limited"));
    expect(rateLimited.notice).toMatchObject({ text: "Trying again in 24 s.", action: { disabled: true } });
    const loading = view(null, { phase: "loading" });
    expect(loading.facts.map(({ absent }) => absent)).toEqual(Array(6).fill("pending"));
    expect(loading.sections).toHaveLength(5);
  });

  it("helps administrators with the setup, and shows agents a neutral text", () => {
    const fault = { setup: "credentials_refused" } as const;
    expect(view(null, { ...fault, admin: true }).notice?.text).toContain("refused the key");
    expect(view(null, fault).notice?.text).toBe("Ask your administrator to finish the installation.");
  });

  it("counts the refresh cooldown down", () => {
    const { refresh } = view(fixtures.rich(now), { refreshAllowedAt: now + 12_400 }).actions;
    expect(refresh).toMatchObject({ label: "Refresh in 13 s", disabled: true });
  });
});

describe("language", () => {
  it("writes German numbers and dates", () => {
    const panel = view(fixtures.rich(now), { locale: "de-DE", messages: messagesFor("de-DE"), timeZone: "Europe/Berlin" });
    expect(fact(panel, "arr").text).toBe("1.234.000\u00a0€");
    expect(fact(panel, "renewal")).toMatchObject({ label: "Verlängerung", text: "13.03.2027", detail: "in 112 Tagen" });
    expect(panel.header?.freshness.text).toBe("3 von 3 Quellen aktuell");
  });

  it("shows English instead of a missing text", () => {
    const panel = view(fixtures.rich(now), { locale: "fr", messages: { "fact.arr": "RRA" } });
    expect(fact(panel, "arr").label).toBe("RRA");
    expect(fact(panel, "open_tickets").label).toBe("Open tickets");
    expect(section(panel, "support").headline).toBe("1 new · 2 open · 1 pending");
  });

  it("mirrors for Arabic, and accepts an unknown locale or time zone", () => {
    expect(view(fixtures.rich(now), { locale: "ar-EG" }).direction).toBe("rtl");
    expect(() => view(fixtures.rich(now), { locale: "not a locale", timeZone: "Mars/Olympus" })).not.toThrow();
  });

  it("keeps a calendar day in every time zone", () => {
    for (const timeZone of ["Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
      expect(fact(view(fixtures.rich(now), { timeZone }), "renewal").text).toBe("Mar 13, 2027");
    }
  });
});
