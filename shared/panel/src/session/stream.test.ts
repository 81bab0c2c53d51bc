import type { Layout } from "@sidelight/contracts/sessions/layout.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import {
  answer,
  createFakeClock,
  createFakeStreams,
  createFakeTransport,
  type FakeClock,
  type FakeStreams,
  type FakeTransport,
  flush,
  subject,
} from "./fakes.ts";
import { createLive } from "./live.ts";
import { createPanelSession, type PanelSession, sessionTiming } from "./session.ts";
import { streamTiming } from "./stream.ts";

let clock: FakeClock;
let transport: FakeTransport;
let streams: FakeStreams;
let session: PanelSession;
const loadLive = async () => createLive;
const calls = () => transport.calls;
const connection = () => streams.connections.at(-1)!;
const open = () => streams.connections.filter(({ hasEnded, signal }) => !hasEnded && !signal.aborted);

beforeEach(() => {
  clock = createFakeClock();
  transport = createFakeTransport();
  streams = createFakeStreams();
  session = createPanelSession({
    transport: { ...transport, stream: streams.stream },
    clock,
    loadLive,
    random: () => 1,
  });
});

/** A visible panel with its first answer on screen and its stream open. */
async function show(id = 1, context = fixtures.rich(clock.now())): Promise<void> {
  session.setVisible(true);
  session.show(subject(id));
  await calls().at(-1)!.respond(answer(context));
}
const renameAccount = (name: string) => {
  const { account } = fixtures.rich(clock.now()).sections;
  return { name: "account", section: { ...account!, data: { ...account!.data!, name } } } as const;
};
const accountName = () => session.state().context?.sections.account?.data?.name;
const waitForGather = () => clock.advance(streamTiming.gatherMs);

describe("a stream", () => {
  it("opens after the first answer, and replaces polls", async () => {
    session.setVisible(true);
    session.show(subject(1));
    await flush();
    expect(streams.connections).toHaveLength(0);
    await calls()[0]!.respond(answer(fixtures.rich(clock.now())));
    expect(streams.connections.map(({ request }) => request.subject.key)).toEqual(["ticket 1"]);
    for (let beat = 0; beat < 20; beat++) {
      await clock.advance(15_000);
      connection().listener.alive();
    }
    expect(calls()).toHaveLength(1);
  });

  it("receives the customer's id, and keeps how the customer was found", async () => {
    const context = fixtures.rich(clock.now());
    await show(1, { ...context, ref: "email:ada@lovelace.example" });
    expect(connection().request.customerId).toBe(context.customer!.id);
    const { sections: _, ...head } = fixtures.rich(clock.now());
    const match = { ...head.match, reasons: [{ rule: "id", evidence: "" }] };
    connection().listener.changed({ head: { ...head, ref: context.customer!.id, match, config: "v13" } });
    await waitForGather();
    expect(session.state().context).toMatchObject({ ref: "email:ada@lovelace.example", match: context.match, config: "v13" });
  });

  it("changes only the sections that it reports, together when they arrive together", async () => {
    await show();
    const previous = session.state().context!;
    let draws = 0;
    session.subscribe(() => draws++);
    connection().listener.changed(renameAccount("Babbage & Co"));
    connection().listener.changed({ name: "health", section: { ...previous.sections.health!, state: "stale" } });
    expect(accountName()).toBe("Lovelace Analytics");
    await waitForGather();
    expect(accountName()).toBe("Babbage & Co");
    expect(session.state().context!.sections.support).toBe(previous.sections.support);
    expect(draws).toBe(1);
    expect(calls()).toHaveLength(1);
  });

  it("does not replace a value by a section that is late", async () => {
    await show();
    const { account } = session.state().context!.sections;
    connection().listener.changed({ name: "account", section: { ...account!, state: "pending", data: null } });
    await waitForGather();
    expect(session.state().context!.sections.account).toBe(account);
  });

  it("brings late sections, which then need no follow-up", async () => {
    await show(1, fixtures.pending(clock.now()));
    expect(session.state().updating).toEqual(["product"]);
    connection().listener.changed({ name: "product", section: fixtures.rich(clock.now()).sections.product! });
    await clock.advance(30_000);
    expect(session.state().context!.sections.product!.state).toBe("ok");
    expect(session.state().updating).toEqual([]);
    expect(calls()).toHaveLength(1);
  });

  it("leaves the follow-up 1.2 s for late sections", async () => {
    await show(1, fixtures.pending(clock.now()));
    await clock.advance(sessionTiming.followUpMs - 1);
    expect(calls()).toHaveLength(1);
    await clock.advance(1);
    expect(calls()[1]).toMatchObject({ method: "getSections", request: { sections: ["product"] } });
  });

  it("brings a section that a failed follow-up does not take back", async () => {
    await show(1, fixtures.pending(clock.now()));
    await clock.advance(sessionTiming.followUpMs);
    connection().listener.changed({ name: "product", section: fixtures.rich(clock.now()).sections.product! });
    await waitForGather();
    await calls()[1]!.respond(answer(fixtures.pending(clock.now())));
    expect(session.state().context!.sections.product!.state).toBe("ok");
  });

  it("leads to a new read when it reports a different customer, and shows nothing of the former one", async () => {
    await show();
    const { sections: _, ...head } = fixtures.rich(clock.now());
    connection().listener.changed(renameAccount("Someone else's"));
    connection().listener.changed({ head: { ...head, customer: { ...head.customer!, id: "person:other" } } });
    await waitForGather();
    expect(session.state()).toMatchObject({ context: null, phase: "loading" });
    expect(calls()).toHaveLength(2);
    expect(open()).toHaveLength(0);
    await calls()[1]!.respond(answer({ ...fixtures.atRisk(clock.now()), customer: { ...head.customer!, id: "person:other" } }));
    expect(open()).toHaveLength(1);
  });

  it("is not taken back by an older answer that was on its way", async () => {
    await show();
    void session.refresh();
    const older = fixtures.rich(clock.now() - 1_000);
    connection().listener.changed(renameAccount("Babbage & Co"));
    await waitForGather();
    await calls()[1]!.respond(answer(older));
    expect(accountName()).toBe("Babbage & Co");
    expect(session.state().context!.sections.support).toEqual(older.sections.support);
    void session.reload();
    connection().listener.changed(renameAccount("Babbage Ltd"));
    await waitForGather();
    await calls()[2]!.respond(answer(fixtures.rich(clock.now() + 1_000)));
    expect(accountName()).toBe("Lovelace Analytics");
  });

  it("hides withheld data, which an answer on its way does not bring back", async () => {
    await show();
    void session.refresh();
    const { product } = session.state().context!.sections;
    const withheld = { ...product!, state: "consent_withheld" as const, data: null, observedAt: null };
    connection().listener.changed({ name: "product", section: withheld });
    await waitForGather();
    await calls()[1]!.respond(answer(fixtures.rich(clock.now())));
    expect(session.state().context!.sections.product).toMatchObject({ state: "consent_withheld", data: null });
  });
});

describe("the layout of a page with a stream", () => {
  const layout: Layout = {
    ...{ config: "v12", sections: ["account"], facts: null, rows: [], fields: [], cards: [], labels: {} },
    thresholds: { renewalSoonDays: 60, lowSatisfaction: 0.7, oldTicketHours: 72 },
  };
  const headOf = (config: string) => {
    const { sections: _, ...head } = fixtures.rich(clock.now());
    return { head: { ...head, config } };
  };

  it("stays with each change of the customer", async () => {
    await show(1, { ...fixtures.rich(clock.now()), config: "v12", layout });
    connection().listener.changed(renameAccount("New name"));
    connection().listener.changed(headOf("v12"));
    await waitForGather();
    expect(session.state().layout).toEqual(layout);
    expect(calls()).toHaveLength(1);
  });

  it("is read again when the stream tells of another configuration", async () => {
    await show(1, { ...fixtures.rich(clock.now()), config: "v12", layout });
    connection().listener.changed(headOf("v13"));
    await waitForGather();
    expect(calls()).toHaveLength(2);
    expect(session.state().phase).toBe("settled");
    const newLayout = { ...layout, config: "v13", sections: ["support"] };
    await calls()[1]!.respond(answer({ ...fixtures.rich(clock.now()), config: "v13", layout: newLayout }));
    expect(session.state().layout).toEqual(newLayout);
    connection().listener.changed(headOf("v13"));
    await waitForGather();
    expect(calls()).toHaveLength(2);
  });
});

describe("a stream closes", () => {
  it("when the panel is hidden, and opens again with it", async () => {
    await show();
    session.setVisible(false);
    expect(open()).toHaveLength(0);
    await clock.advance(10 * 60_000);
    expect([streams.connections.length, calls().length]).toEqual([1, 1]);
    session.setVisible(true);
    await flush();
    expect(open()).toHaveLength(1);
    // The values are ten minutes old, so they are read again too.
    expect(calls()).toHaveLength(2);
  });

  it("without another read when the values are still fresh", async () => {
    await show();
    session.setVisible(false);
    session.setVisible(true);
    await clock.advance(sessionTiming.catchUpMs);
    expect(open()).toHaveLength(1);
    expect(calls()).toHaveLength(1);
  });

  it("when another subject is shown, and its last changes are dropped", async () => {
    await show(1);
    const former = connection();
    former.listener.changed(renameAccount("Too late"));
    session.show(subject(2));
    expect(former.signal.aborted).toBe(true);
    former.listener.changed(renameAccount("Later still"));
    await calls()[1]!.respond(answer(fixtures.rich(clock.now())));
    await clock.advance(1_000);
    expect(accountName()).toBe("Lovelace Analytics");
    expect(connection().request.subject.key).toBe("ticket 2");
  });

  it("when the connection is lost, and opens again with it", async () => {
    await show();
    session.setOffline(true);
    expect(open()).toHaveLength(0);
    session.setOffline(false);
    await flush();
    expect(open()).toHaveLength(1);
  });

  it("when the session stops, and leaves no timer", async () => {
    await show();
    session.stop();
    expect(open()).toHaveLength(0);
    expect(clock.timers()).toBe(0);
  });
});

describe("a broken stream", () => {
  it("opens again with a backoff of up to 30 s", async () => {
    await show();
    streams.isAvailable = false;
    await connection().end();
    const attempts: number[] = [];
    for (let second = 0; second < 120; second++) {
      const count = streams.connections.length;
      await clock.advance(1_000);
      if (streams.connections.length > count) attempts.push(second + 1);
    }
    expect(attempts).toEqual([1, 3, 7, 15, 31, 61, 91]);
  });

  it("opens again within a second after it was stable", async () => {
    await show();
    for (let time = 0; time < 5; time++) {
      for (let beat = 0; beat < 2; beat++) {
        await clock.advance(15_000);
        connection().listener.alive();
      }
      await connection().end();
      await clock.advance(1_000);
      expect(open()).toHaveLength(1);
      expect(streams.connections).toHaveLength(time + 2);
    }
  });

  it("opens again at once when its credentials were renewed", async () => {
    await show();
    await connection().end({ reason: "renew" });
    expect(open()).toHaveLength(1);
    expect(calls()).toHaveLength(1);
  });

  it("is closed after 40 s of silence", async () => {
    await show();
    const first = connection();
    await clock.advance(streamTiming.silenceMs - 1);
    expect(first.signal.aborted).toBe(false);
    first.listener.alive();
    await clock.advance(streamTiming.silenceMs);
    expect(first.signal.aborted).toBe(true);
    await clock.advance(1_000);
    expect(streams.connections).toHaveLength(2);
  });

  it("is replaced by polls without a sign, one at a time, until it opens again", async () => {
    await show();
    streams.isAvailable = false;
    await connection().end();
    await clock.advance(sessionTiming.pollMs);
    expect(calls()).toHaveLength(2);
    expect(session.state().phase).toBe("settled");
    await clock.advance(sessionTiming.contextTimeoutMs - 1);
    expect(calls()).toHaveLength(2);
    await calls()[1]!.respond(answer(fixtures.atRisk(clock.now())));
    expect(session.state().context!.sections.health!.data!.band).toBe("at_risk");
    streams.isAvailable = true;
    await clock.advance(streamTiming.maxRetryMs);
    const count = calls().length;
    await clock.advance(streamTiming.silenceMs - 1);
    expect(calls()).toHaveLength(count);
  });

  it("waits as long as Retry-After demands", async () => {
    await show();
    await connection().end({ retryAfterMs: 20_000 });
    await clock.advance(19_999);
    expect(streams.connections).toHaveLength(1);
    await clock.advance(1);
    expect(streams.connections).toHaveLength(2);
  });

  it("is replaced by polls when its code cannot be loaded", async () => {
    const unavailable = () => Promise.reject(new Error("offline"));
    session = createPanelSession({ transport: { ...transport, stream: streams.stream }, clock, loadLive: unavailable });
    await show();
    await clock.advance(sessionTiming.pollMs);
    expect([streams.connections.length, calls().length]).toEqual([0, 2]);
  });

  it("is not tried for a request that has none: polls keep the panel current", async () => {
    const attempts: unknown[] = [];
    const stream = (...call: unknown[]) => {
      attempts.push(call);
      return null;
    };
    session = createPanelSession({ transport: { ...transport, stream }, clock, loadLive });
    await show();
    await clock.advance(sessionTiming.pollMs);
    expect([attempts.length, calls().length]).toEqual([1, 2]);
  });
});
