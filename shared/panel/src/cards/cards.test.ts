import type { Card } from "@sidelight/contracts/cards/card.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Layout } from "@sidelight/contracts/sessions/layout.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import {
  answer,
  createFakeClock,
  createFakeTransport,
  type FakeClock,
  type FakeTransport,
  flush,
  subject,
} from "../session/fakes.ts";
import { createPanelSession, type PanelSession } from "../session/session.ts";
import type { PanelRequest, PanelSubject } from "../session/transport.ts";
import { cardTiming, createPanelCards, type PanelCards } from "./cards.ts";

const layout: Layout = {
  ...{ config: "v1", sections: null, facts: null, rows: [], fields: [], labels: {} },
  thresholds: { renewalSoonDays: 60, lowSatisfaction: 0.7, oldTicketHours: 72 },
  cards: [
    { key: "orders", title: "Orders" },
    { key: "invoices", title: "Invoices" },
  ],
};

interface Load {
  request: PanelRequest<PanelSubject>;
  keys: readonly string[];
  signal: AbortSignal;
  respond(cards: readonly Card[] | null): Promise<void>;
}

let clock: FakeClock;
let transport: FakeTransport;
let session: PanelSession;
let cards: PanelCards;
let loads: Load[];

beforeEach(() => {
  clock = createFakeClock();
  transport = createFakeTransport();
  session = createPanelSession({ transport, clock });
  loads = [];
  cards = createPanelCards({
    ...{ session, clock, locale: () => "de-DE" },
    transport: {
      load: (request, keys, _locale, signal) =>
        new Promise((resolve) => {
          const respond = (loaded: readonly Card[] | null): Promise<void> => {
            resolve(loaded);
            return flush();
          };
          loads.push({ request, keys, signal, respond });
        }),
    },
  });
});

const card = (key: string, fields: Partial<Card> = {}): Card => ({
  ...{ key, title: key, state: "ok", components: [{ type: "text", text: `${key} of today` }] },
  ...{ loadedAt: new Date(clock.now()).toISOString(), timeToLiveSeconds: 60, problem: null },
  ...fields,
});
const failed: Partial<Card> = {
  ...{ state: "error", components: [], loadedAt: null, timeToLiveSeconds: null },
  problem: { code: "timeout", message: "" },
};
const both = () => [card("orders"), card("invoices")];
const lastLoad = () => loads.at(-1)!;
const keysOf = () => loads.map(({ keys }) => keys.join());
const stateOf = (key: string) => cards.state().cards.find((entry) => entry.key === key);

async function show(id = 1, context: Context = fixtures.rich(clock.now()), withLayout: Layout | undefined = layout) {
  session.setVisible(true);
  session.show(subject(id));
  await transport.calls.at(-1)!.respond(answer({ ...context, ...(withLayout && { layout: withLayout }) }));
}

describe("cards", () => {
  it("are read once, in one call, when the context of a customer is there", async () => {
    session.setVisible(true);
    session.show(subject(1));
    expect(loads).toEqual([]);
    await transport.calls.at(-1)!.respond(answer({ ...fixtures.rich(clock.now()), layout }));
    expect(keysOf()).toEqual(["orders,invoices"]);
    expect(cards.state()).toMatchObject({ cards: [], updatingCards: ["orders", "invoices"] });
    await lastLoad().respond(both());
    expect(cards.state()).toMatchObject({ updatingCards: [] });
    expect(stateOf("orders")?.components).toEqual([{ type: "text", text: "orders of today" }]);
    void session.reload();
    await transport.calls.at(-1)!.respond(answer({ ...fixtures.rich(clock.now()), layout }));
    expect(loads).toHaveLength(1);
  });

  it.each([
    ["an ambiguous match", fixtures.ambiguous, layout],
    ["no match", fixtures.none, layout],
    ["a layout without cards", fixtures.rich, { ...layout, cards: [] }],
    ["an answer without a layout", fixtures.rich, undefined],
  ])("are not read for %s", async (_, fixture, withLayout) => {
    session.setVisible(true);
    session.show(subject(1));
    const context = fixture(clock.now());
    await transport.calls.at(-1)!.respond(answer({ ...context, ...(withLayout && { layout: withLayout }) }));
    await clock.advance(600_000);
    expect(loads).toEqual([]);
  });

  it("are read again when their time to live ends, each at its own time", async () => {
    await show();
    await lastLoad().respond([card("orders", { timeToLiveSeconds: 30 }), card("invoices", { timeToLiveSeconds: 3_600 })]);
    await clock.advance(29_999);
    expect(loads).toHaveLength(1);
    await clock.advance(1);
    expect(keysOf()).toEqual(["orders,invoices", "orders"]);
    // What is on screen stays there meanwhile.
    expect(stateOf("orders")?.state).toBe("ok");
  });

  it("of a service that names no time to live are read every 15 seconds", async () => {
    await show();
    await lastLoad().respond([card("orders", { timeToLiveSeconds: 0 }), card("invoices")]);
    await clock.advance(cardTiming.minWaitMs - 1);
    expect(loads).toHaveLength(1);
    await clock.advance(1);
    expect(loads).toHaveLength(2);
  });

  it("are not read while the panel is hidden or offline, and at once when it is back", async () => {
    await show();
    await lastLoad().respond(both());
    session.setVisible(false);
    await clock.advance(600_000);
    expect(loads).toHaveLength(1);
    session.setVisible(true);
    expect(keysOf()).toEqual(["orders,invoices", "orders,invoices"]);
    await lastLoad().respond(both());
    session.setOffline(true);
    await clock.advance(600_000);
    expect(loads).toHaveLength(2);
    session.setOffline(false);
    expect(loads).toHaveLength(3);
  });

  it("of a former customer never show: their answer is dropped and its call aborted", async () => {
    await show(1);
    const former = lastLoad();
    await show(2, fixtures.company(clock.now()));
    expect(former.signal.aborted).toBe(true);
    expect(loads).toHaveLength(2);
    await former.respond([card("orders", { components: [{ type: "text", text: "of the former customer" }] })]);
    expect(cards.state().cards).toEqual([]);
    await lastLoad().respond(both());
    expect(lastLoad().request.subject.key).toBe("ticket 2");
    expect(cards.state().cards).toHaveLength(2);
  });

  it("go with their customer when the person may no longer see it", async () => {
    await show();
    await lastLoad().respond(both());
    void session.reload();
    await transport.calls.at(-1)!.respond({
      ...{ kind: "failed", setup: null },
      problem: { code: "forbidden", requestId: null, retryAt: null },
    });
    expect(cards.state()).toEqual({ cards: [], updatingCards: [] });
  });

  it("are those of the new layout when the configuration changes", async () => {
    await show();
    await lastLoad().respond(both());
    void session.reload();
    const newLayout = { ...layout, config: "v2", cards: [{ key: "marketing", title: "Marketing" }] };
    await transport.calls.at(-1)!.respond(answer({ ...fixtures.rich(clock.now()), layout: newLayout }));
    expect(cards.state().cards).toEqual([]);
    expect(lastLoad().keys).toEqual(["marketing"]);
  });
});

describe("a card that failed", () => {
  it("is read again alone, by its Retry only", async () => {
    await show();
    await lastLoad().respond([card("orders", failed), card("invoices", { timeToLiveSeconds: 3_600 })]);
    await clock.advance(600_000);
    expect(loads).toHaveLength(1);
    void cards.retry("orders");
    void cards.retry("orders");
    expect(keysOf()).toEqual(["orders,invoices", "orders"]);
    expect(cards.state().updatingCards).toEqual(["orders"]);
    await lastLoad().respond([card("orders")]);
    expect(cards.state().cards.map(({ key, state }) => [key, state])).toEqual([
      ["invoices", "ok"],
      ["orders", "ok"],
    ]);
  });

  it("keeps its last good content", async () => {
    await show();
    await lastLoad().respond(both());
    const { loadedAt } = stateOf("orders")!;
    await clock.advance(60_000);
    await lastLoad().respond([card("orders", failed), card("invoices")]);
    expect(stateOf("orders")).toMatchObject({
      ...{ state: "error", loadedAt },
      components: [{ type: "text", text: "orders of today" }],
    });
  });

  it("has its title when nothing answered at all, or not in time", async () => {
    await show();
    await lastLoad().respond(null);
    expect(stateOf("invoices")).toMatchObject({ title: "Invoices", state: "error", problem: { code: "unavailable" } });
    void cards.retry("invoices");
    await clock.advance(cardTiming.timeoutMs);
    expect(lastLoad().signal.aborted).toBe(true);
    expect(cards.state()).toMatchObject({ updatingCards: [] });
    expect(stateOf("invoices")?.state).toBe("error");
  });

  it("is no section of the session", () => {
    expect(cards.has("orders")).toBe(false);
  });
});

it("ends its calls and timers when it stops", async () => {
  await show();
  const load = lastLoad();
  cards.stop();
  expect(load.signal.aborted).toBe(true);
  session.stop();
  await flush();
  expect(clock.timers()).toBe(0);
});
