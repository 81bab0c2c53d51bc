import type { Context } from "@sidelight/contracts/context/context.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedParts, changeNews, withMarks } from "./changes.ts";
import { fixtures } from "./fixtures/index.ts";
import de from "./messages/de.json" with { type: "json" };
import { toPanel } from "./to-panel.ts";
import type { PanelOptions, Place } from "./view.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const options: PanelOptions = { locale: "en", timeZone: "UTC", now, place: "ticket_sidebar" };
const names = Object.keys(fixtures) as (keyof typeof fixtures)[];
const places: Place[] = ["ticket_sidebar", "organization_sidebar", "salesforce.account", "salesforce.case"];

/** The rich customer after something has happened. */
function after(change: (context: Context) => void): Context {
  const context = fixtures.rich(now);
  change(context);
  return context;
}
const parts = (change: (context: Context) => void, more: Partial<PanelOptions> = {}) =>
  [...changedParts(fixtures.rich(now), after(change), { ...options, ...more })].sort();
const news = (change: (context: Context) => void, more: Partial<PanelOptions> = {}) =>
  changeNews(fixtures.rich(now), after(change), { ...options, ...more });

const newTicket = (context: Context, id = "5200") => {
  const data = context.sections.support!.data!;
  const [first] = data.tickets;
  data.new += 1;
  data.tickets = [{ ...first!, id, subject: "Where is my invoice?", status: "new" as const }, ...data.tickets].slice(0, 5);
};

describe("what has changed", () => {
  it("is a new ticket, the counts that it moves, and its section", () => {
    expect(parts(newTicket)).toEqual(["support", "support/fact/open_tickets", "support/row/open", "support/tickets/5200"]);
  });

  it("is a value that reads differently, in each place that shows it", () => {
    const owner = (context: Context) => {
      context.sections.account!.data!.owner!.name = "Alan Turing";
    };
    expect(parts(owner)).toEqual(["account", "account/fact/stage", "account/row/owner"]);
    // A Salesforce page shows the owner itself.
    expect(parts(owner, { place: "salesforce.account" })).toEqual(["account", "account/fact/stage"]);
  });

  it("is a value that was set, or taken away, but not one that merely can't be shown", () => {
    const renewal = (day: string | null) => (context: Context) => {
      context.sections.account!.data!.renewalDate = day;
    };
    expect(parts(renewal(null))).toEqual(["account", "account/fact/renewal", "account/row/renewal"]);
    expect(parts((context) => Object.assign(context.sections.account!, { state: "forbidden" }))).toEqual([]);
    expect(parts((context) => Object.assign(context.sections.account!, { state: "error", data: null }))).toEqual([]);
  });

  it("is a ticket that was touched, by its key wherever it stands", () => {
    const touch = (context: Context) => {
      const { tickets } = context.sections.support!.data!;
      tickets.unshift({ ...tickets.splice(2, 1)[0]!, status: "solved" });
    };
    expect(parts(touch)).toEqual(["support", "support/tickets/5101"]);
  });

  it("is not an entry that moved up when another left", () => {
    const left = (context: Context) => {
      const { tickets } = context.sections.support!.data!;
      tickets.splice(0, 1);
      tickets.push({ ...tickets[3]!, id: "4901", subject: "An older one" });
    };
    expect(parts(left)).toEqual([]);
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

  it("is nothing when a section is there for the first time", () => {
    expect([...changedParts(fixtures.pending(now), fixtures.rich(now), options)]).toEqual([]);
  });
});

describe("properties", () => {
  const context = fc.constantFrom(...names);
  const place = fc.constantFrom(...places);

  it("the same answer twice is no change, whenever it is looked at", () => {
    fc.assert(
      fc.property(context, place, fc.nat(400 * 86_400_000), (name, where, later) => {
        const same = changedParts(fixtures[name](now), fixtures[name](now), { ...options, place: where, now: now + later });
        expect([...same]).toEqual([]);
      }),
    );
  });

  it("ages alone are no change", () => {
    fc.assert(
      fc.property(context, place, fc.nat(86_400_000), (name, where, ms) => {
        const observedLater = aged(fixtures[name](now), ms);
        const view = { ...options, place: where, now: now + ms };
        expect([...changedParts(fixtures[name](now), observedLater, view)]).toEqual([]);
        expect(changeNews(fixtures[name](now), observedLater, view)).toBe("");
      }),
    );
  });

  it("marks exactly what has changed, and nothing else of the view", () => {
    fc.assert(
      fc.property(context, context, place, (one, other, where) => {
        const view = { ...options, place: where };
        const changed = changedParts(fixtures[one](now), fixtures[other](now), view);
        const marked = withMarks(toPanel(fixtures[other](now), view), changed);
        expect(without(marked)).toEqual(toPanel(fixtures[other](now), view));
        expect(keysIn(marked)).toEqual([...changed].sort());
      }),
    );
  });
});

describe("what is said of it", () => {
  it("names the section and what is new in it", () => {
    expect(news(newTicket)).toBe("Support updated: 1 new ticket");
    const two = (context: Context) => {
      newTicket(context, "5200");
      newTicket(context, "5201");
    };
    expect(news(two)).toBe("Support updated: 2 new tickets");
    expect(news(newTicket, { locale: "de-DE", messages: de })).toBe("Support aktualisiert: 1 neues Ticket");
  });

  it("names what changed, three at most", () => {
    expect(news((c) => Object.assign(c.sections.account!.data!, { owner: null }))).toBe("Account updated: Owner");
    const much = { owner: null, plan: "Team", stage: "Churned", nextStep: null };
    expect(news((c) => Object.assign(c.sections.account!.data!, much))).toBe("Account updated: Owner, Plan, and Stage");
    expect(news((c) => Object.assign(c.sections.health!.data!, { score: 41, band: "watch" }))).toBe("Health updated: 41 · Watch");
    expect(news((c) => Object.assign(c.sections.support!.data!.tickets[1]!, { subject: "SSO" }))).toBe("Support updated");
  });

  it("names only the sections when there are several, and not those that follow from others", () => {
    const both = (context: Context) => {
      newTicket(context);
      context.sections.account!.data!.owner = null;
      context.sections.health!.data!.score = 70;
      context.sections.timeline!.data!.items.unshift({ ...context.sections.timeline!.data!.items[0]!, id: "e0" });
    };
    expect(news(both)).toBe("Account and Support updated");
  });

  it("names only the section where it has no row for what changed", () => {
    const owner = (c: Context) => Object.assign(c.sections.account!.data!, { owner: null });
    expect(news(owner, { place: "salesforce.account" })).toBe("Account updated");
  });
});

/** As the same customer looks when every source was asked again. */
function aged(context: Context, ms: number): Context {
  const later = (text: string | null) => text && new Date(Date.parse(text) + ms).toISOString();
  const sections = Object.entries(context.sections).map(([name, section]) => [
    name,
    {
      ...section,
      observedAt: later(section!.observedAt),
      freshUntil: later(section!.freshUntil),
      staleAt: later(section!.staleAt),
      changedAt: later(section!.changedAt),
      provenance: {},
    },
  ]);
  const moved = { ...context, asOf: later(context.asOf), sections: Object.fromEntries(sections) } as Context;
  const active = moved.sections.product?.data;
  if (active?.lastActiveAt) moved.sections.product!.data = { ...active, lastActiveAt: later(active.lastActiveAt) };
  return moved;
}

type View = ReturnType<typeof toPanel>;

function without(view: View): View {
  return JSON.parse(JSON.stringify(view), (key, value) => (key === "changed" && value === true ? undefined : value));
}

function keysIn({ facts, sections }: View): string[] {
  const marked = (key: string, part: { changed?: boolean } | null) => (part?.changed ? [key] : []);
  return [
    ...facts.flatMap((fact) => marked(`${fact.section}/fact/${fact.key}`, fact)),
    ...sections.flatMap((section) => [
      ...marked(section.name, section),
      ...section.rows.flatMap((row) => marked(`${section.name}/row/${row.key}`, row)),
      ...marked(`${section.name}/score`, section.score),
      ...marked(`${section.name}/meters`, section.meters),
      ...marked(`${section.name}/steps`, section.steps),
      ...section.lists.flatMap((list) => list.items.flatMap((item) => marked(`${section.name}/${list.key}/${item.key}`, item))),
    ]),
  ].sort();
}
