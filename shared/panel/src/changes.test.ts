import type { Context } from "@sidelight/contracts/context/context.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedParts, changeNews, withMarks } from "./changes.ts";
import { fixtures } from "./fixtures/index.ts";
import { places } from "./fixtures/places.ts";
import de from "./messages/de.json" with { type: "json" };
import { toPanel } from "./toPanel.ts";
import type { PanelOptions } from "./view.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const options: PanelOptions = { locale: "en", timeZone: "UTC", now, place: places.ticket };
const names = Object.keys(fixtures) as (keyof typeof fixtures)[];

/** The rich customer after a change. */
function changedContext(change: (context: Context) => void): Context {
  const context = fixtures.rich(now);
  change(context);
  return context;
}
const parts = (change: (context: Context) => void, overrides: Partial<PanelOptions> = {}) =>
  [...changedParts(fixtures.rich(now), changedContext(change), { ...options, ...overrides })].sort();
const news = (change: (context: Context) => void, overrides: Partial<PanelOptions> = {}) =>
  changeNews(fixtures.rich(now), changedContext(change), { ...options, ...overrides });

const newTicket = (context: Context, id = "5200") => {
  const data = context.sections.support!.data!;
  const [first] = data.tickets;
  data.new += 1;
  data.tickets = [{ ...first!, id, subject: "Where is my invoice?", status: "new" as const }, ...data.tickets].slice(0, 5);
};

describe("a change", () => {
  it("is a new ticket, the counts that it moves, and its section", () => {
    expect(parts(newTicket)).toEqual(["support", "support/fact/open_tickets", "support/row/open", "support/tickets/5200"]);
  });

  it("is a value that reads differently, in each part that shows it", () => {
    const owner = (context: Context) => {
      context.sections.account!.data!.owner!.name = "Alan Turing";
    };
    expect(parts(owner)).toEqual(["account", "account/fact/stage"]);
    // A Salesforce page has its own field for the owner.
    expect(parts(owner, { place: places.account })).toEqual([]);
  });

  it("is a value that was set or removed, but not one that cannot be shown", () => {
    const renewal = (day: string | null) => (context: Context) => {
      context.sections.account!.data!.renewalDate = day;
    };
    expect(parts(renewal(null))).toEqual(["account", "account/fact/renewal"]);
    expect(parts((context) => Object.assign(context.sections.account!, { state: "forbidden" }))).toEqual([]);
    expect(parts((context) => Object.assign(context.sections.account!, { state: "error", data: null }))).toEqual([]);
  });

  it("is a ticket that was updated, by its key and not its position", () => {
    const touch = (context: Context) => {
      const { tickets } = context.sections.support!.data!;
      tickets.unshift({ ...tickets.splice(2, 1)[0]!, status: "solved" });
    };
    expect(parts(touch)).toEqual(["support", "support/tickets/5101"]);
  });

  it("is not an entry that result up because a different one left", () => {
    const removeFirst = (context: Context) => {
      const { tickets } = context.sections.support!.data!;
      tickets.splice(0, 1);
      tickets.push({ ...tickets[3]!, id: "4901", subject: "An older one" });
    };
    expect(parts(removeFirst)).toEqual([]);
  });

  it("is a score, features and steps as a whole", () => {
    const product = (context: Context) => {
      const data = context.sections.product!.data!;
      data.features[0]!.share = 0.5;
      data.funnel!.steps[3]!.done = true;
      context.sections.health!.data!.score = 71;
    };
    expect(parts(product)).toEqual(["health", "health/score", "product", "product/meters", "product/steps"]);
  });

  it("is not a section that appears for the first time", () => {
    expect([...changedParts(fixtures.pending(now), fixtures.rich(now), options)]).toEqual([]);
  });
});

describe("properties", () => {
  const context = fc.constantFrom(...names);
  const place = fc.constantFrom(...Object.values(places));

  it("the same answer twice is no change at any time", () => {
    fc.assert(
      fc.property(context, place, fc.nat(400 * 86_400_000), (name, page, laterMs) => {
        const keys = changedParts(fixtures[name](now), fixtures[name](now), { ...options, place: page, now: now + laterMs });
        expect([...keys]).toEqual([]);
      }),
    );
  });

  it("ages alone are no change", () => {
    fc.assert(
      fc.property(context, place, fc.nat(86_400_000), (name, page, ms) => {
        const observedLater = aged(fixtures[name](now), ms);
        const view = { ...options, place: page, now: now + ms };
        expect([...changedParts(fixtures[name](now), observedLater, view)]).toEqual([]);
        expect(changeNews(fixtures[name](now), observedLater, view)).toBe("");
      }),
    );
  });

  it("marks exactly the changed parts", () => {
    fc.assert(
      fc.property(context, context, place, (previousName, nextName, page) => {
        const viewOptions = { ...options, place: page };
        const next = fixtures[nextName](now);
        const keys = changedParts(fixtures[previousName](now), next, viewOptions);
        const view = withMarks(toPanel(next, viewOptions), keys);
        expect(withoutMarks(view)).toEqual(toPanel(next, viewOptions));
        expect(markedKeys(view)).toEqual([...keys].sort());
      }),
    );
  });
});

describe("an announcement", () => {
  it("names the section and its new entries", () => {
    expect(news(newTicket)).toBe("Support updated: 1 new ticket");
    const two = (context: Context) => {
      newTicket(context, "5200");
      newTicket(context, "5201");
    };
    expect(news(two)).toBe("Support updated: 2 new tickets");
    expect(news(newTicket, { locale: "de-DE", messages: de })).toBe("Support aktualisiert: 1 neues Ticket");
  });

  it("names up to three changed values", () => {
    expect(news((c) => Object.assign(c.sections.account!.data!, { owner: null }))).toBe("Account updated: Type · owner");
    const values = { owner: null, plan: "Team", stage: "Churned", nextStep: null };
    expect(news((c) => Object.assign(c.sections.account!.data!, values))).toBe(
      "Account updated: ARR, Type · owner, and Next step",
    );
    expect(news((c) => Object.assign(c.sections.health!.data!, { score: 41, band: "watch" }))).toBe("Health updated: 41 · Watch");
    expect(news((c) => Object.assign(c.sections.support!.data!.tickets[1]!, { subject: "SSO" }))).toBe("Support updated");
  });

  it("names only the sections when there are several, without those that follow from others", () => {
    const changeSeveral = (context: Context) => {
      newTicket(context);
      context.sections.account!.data!.owner = null;
      context.sections.health!.data!.score = 70;
      context.sections.timeline!.data!.items.unshift({ ...context.sections.timeline!.data!.items[0]!, id: "e0" });
    };
    expect(news(changeSeveral)).toBe("Account and Support updated");
  });

  it("says nothing of a value that the page itself shows", () => {
    const owner = (c: Context) => Object.assign(c.sections.account!.data!, { owner: null });
    expect(news(owner, { place: places.account })).toBe("");
  });
});

/** The same customer after every source has answered again. */
function aged(context: Context, ms: number): Context {
  const delay = (text: string | null) => text && new Date(Date.parse(text) + ms).toISOString();
  const sections = Object.entries(context.sections).map(([name, section]) => [
    name,
    {
      ...section,
      observedAt: delay(section!.observedAt),
      freshUntil: delay(section!.freshUntil),
      staleAt: delay(section!.staleAt),
      changedAt: delay(section!.changedAt),
      provenance: {},
    },
  ]);
  const result = { ...context, asOf: delay(context.asOf), sections: Object.fromEntries(sections) } as Context;
  const active = result.sections.product?.data;
  if (active?.lastActiveAt) result.sections.product!.data = { ...active, lastActiveAt: delay(active.lastActiveAt) };
  return result;
}

type View = ReturnType<typeof toPanel>;

function withoutMarks(view: View): View {
  return JSON.parse(JSON.stringify(view), (key, value) => (key === "changed" && value === true ? undefined : value));
}

function markedKeys({ facts, sections }: View): string[] {
  const keyIfMarked = (key: string, part: { changed?: boolean } | null) => (part?.changed ? [key] : []);
  return [
    ...facts.flatMap((fact) => keyIfMarked(`${fact.section}/fact/${fact.key}`, fact)),
    ...sections.flatMap((section) => [
      ...keyIfMarked(section.name, section),
      ...section.rows.flatMap((row) => keyIfMarked(`${section.name}/row/${row.key}`, row)),
      ...keyIfMarked(`${section.name}/score`, section.score),
      ...keyIfMarked(`${section.name}/sparkline`, section.sparkline),
      ...keyIfMarked(`${section.name}/meters`, section.meters),
      ...keyIfMarked(`${section.name}/steps`, section.steps),
      ...section.lists.flatMap((list) =>
        list.items.flatMap((item) => keyIfMarked(`${section.name}/${list.key}/${item.key}`, item)),
      ),
    ]),
  ].sort();
}
