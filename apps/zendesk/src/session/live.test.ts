import type { Context } from "@sidelight/contracts/context/context.ts";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { beforeEach, describe, expect, it } from "vitest";
import type { Answer, Api } from "./api.ts";
import { followLive, liveTiming } from "./live.ts";
import { createSession, type Session } from "./session.ts";
import type { End, Listener, LiveApi, Pass } from "./stream.ts";
import type { Subject } from "./subject.ts";

const start = Date.parse("2026-11-21T09:30:00Z");
const ticket = (id: number): Subject => ({ kind: "ref", ref: `zendesk.ticket:${id}`, ticketId: String(id) });

interface Line {
  pass: Pass;
  listener: Listener;
  signal: AbortSignal;
  ended: boolean;
  end(end?: Partial<End>): Promise<void>;
}

const turns = async (count = 10) => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

/** Time that moves when it is told to, an API that answers by hand, and streams that are held open. */
function lab() {
  let now = start;
  let timers: { at: number; run: () => void }[] = [];
  const clock = {
    now: () => now,
    after: (ms: number, run: () => void) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  const pass = async (ms: number) => {
    const end = now + ms;
    for (;;) {
      await turns();
      const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      timers = timers.filter((other) => other !== next);
      now = next.at;
      next.run();
    }
    now = end;
    await turns();
  };

  const loads: { ref: string; answer: (context: Context) => Promise<void> }[] = [];
  const load = (subject: Subject): Promise<Answer> =>
    new Promise((resolve) => {
      const ref = subject.kind === "ref" ? subject.ref : subject.kind;
      loads.push({
        ref,
        answer: (context) => {
          resolve({ ok: true, context: { ...context, ref }, requestId: "req-1" });
          return turns();
        },
      });
    });
  const api: Api = { load, refresh: (ref) => load({ kind: "ref", ref, ticketId: null }) };

  const passes: string[] = [];
  const lines: Line[] = [];
  const net = {
    /** What the API gives for a pass. */
    pass: (ref: string): Pass | number => ({
      token: `token-${passes.length}`,
      stream: `/v1/context/${ref}/stream`,
      expiresAt: now + 600_000,
    }),
    /** Streams that open by themselves. */
    opens: true,
  };
  const live: LiveApi = {
    pass: async (ref) => {
      passes.push(ref);
      return net.pass(ref);
    },
    listen: (given, listener, signal) =>
      new Promise((resolve) => {
        const end = (how: Partial<End> = {}) => {
          own.ended = true;
          resolve({ why: "ended", retryAfterMs: 0, ...how });
          return turns();
        };
        const own: Line = { pass: given, listener, signal, ended: false, end };
        lines.push(own);
        signal.addEventListener("abort", () => void end({ why: "failed" }));
        if (net.opens) listener.opened();
        else void end({ why: "failed" });
      }),
  };
  return { api, live, clock, pass, loads, passes, lines, net, now: () => now, timers: () => timers.length };
}

let at: ReturnType<typeof lab>;
let session: Session;
let stop: () => void;
const line = () => at.lines.at(-1)!;
const open = () => at.lines.filter(({ ended, signal }) => !ended && !signal.aborted);

beforeEach(() => {
  at = lab();
  session = createSession(at.api, at.clock);
  stop = followLive({ session, api: at.live, clock: at.clock, random: () => 1 });
});

/** A ticket on screen, loaded, with its stream open. */
async function shown(id = 1, context = fixtures.rich(at.now())) {
  session.activate();
  session.show(ticket(id));
  await at.loads.at(-1)!.answer(context);
}
const renamed = (name: string) => {
  const { account } = fixtures.rich(at.now()).sections;
  return { name: "account", section: { ...account!, data: { ...account!.data!, name } } } as const;
};
const accountName = () => session.state().context?.sections.account?.data?.name;

describe("a stream", () => {
  it("opens after the first load, with a pass for what is on screen", async () => {
    session.activate();
    session.show(ticket(1));
    await turns();
    expect(at.passes).toEqual([]);
    await at.loads[0]!.answer(fixtures.rich(at.now()));
    expect(at.passes).toEqual(["zendesk.ticket:1"]);
    expect(line().pass.token).toBe("token-1");
    await at.pass(5 * 60_000 - 1);
    expect(at.loads).toHaveLength(1);
  });

  it("of a requester known by address goes by the customer's own ref, and keeps how they were found", async () => {
    session.activate();
    session.show({ kind: "email", email: "ada@lovelace.example", ticketId: null });
    await at.loads[0]!.answer(fixtures.rich(at.now()));
    const before = session.state().context!;
    expect(at.passes).toEqual([before.customer!.id]);
    const { sections: _, ...head } = fixtures.rich(at.now());
    const match = { ...head.match, reasons: [{ rule: "id", evidence: "" }] };
    line().listener.changed({ head: { ...head, ref: before.customer!.id, match, config: "v13" } });
    await at.pass(liveTiming.gatherMs);
    expect(session.state().context).toMatchObject({ ref: "email", match: before.match, config: "v13" });
  });

  it("changes the section that it tells of, and what comes together at once", async () => {
    await shown();
    const before = session.state().context!;
    let drawn = 0;
    session.subscribe(() => drawn++);
    line().listener.changed(renamed("Babbage & Co"));
    line().listener.changed({ name: "health", section: { ...before.sections.health!, state: "stale" } });
    expect(accountName()).toBe("Lovelace Analytics");
    await at.pass(liveTiming.gatherMs);
    expect(accountName()).toBe("Babbage & Co");
    expect(session.state().context!.sections.support).toBe(before.sections.support);
    expect(drawn).toBe(1);
    expect(at.loads).toHaveLength(1);
  });

  it("leaves a value alone whose source is merely late", async () => {
    await shown();
    const { account } = session.state().context!.sections;
    line().listener.changed({ name: "account", section: { ...account!, state: "pending", data: null } });
    await at.pass(liveTiming.gatherMs);
    expect(session.state().context!.sections.account).toBe(account);
  });

  it("brings what was late, and nobody asks for it any more", async () => {
    await shown(1, fixtures.pending(at.now()));
    line().listener.changed({ name: "product", section: fixtures.rich(at.now()).sections.product! });
    await at.pass(60_000);
    expect(session.state().context!.sections.product!.state).toBe("ok");
    expect(at.loads).toHaveLength(1);
  });

  it("of another customer by now leads to a new load, and nothing of the former stays", async () => {
    await shown();
    const { sections: _, ...head } = fixtures.rich(at.now());
    line().listener.changed(renamed("Somebody else's"));
    line().listener.changed({ head: { ...head, ref: "zendesk.ticket:1", customer: { ...head.customer!, id: "person:other" } } });
    await at.pass(liveTiming.gatherMs);
    expect(session.state()).toMatchObject({ context: null, phase: "loading" });
    expect(at.loads).toHaveLength(2);
    expect(open()).toHaveLength(0);
    await at.loads[1]!.answer({ ...fixtures.atRisk(at.now()), customer: { ...head.customer!, id: "person:other" } });
    expect(open()).toHaveLength(1);
  });

  it("is not taken back by an answer that was under way", async () => {
    await shown();
    session.refresh();
    const older = fixtures.rich(at.now() - 1_000);
    line().listener.changed(renamed("Babbage & Co"));
    await at.pass(liveTiming.gatherMs);
    await at.loads[1]!.answer(older);
    expect(accountName()).toBe("Babbage & Co");
    expect(session.state().context!.sections.support).toEqual(older.sections.support);
    session.refresh();
    line().listener.changed(renamed("Babbage Ltd"));
    await at.pass(liveTiming.gatherMs);
    await at.loads[2]!.answer(fixtures.rich(at.now() + 1_000));
    expect(accountName()).toBe("Lovelace Analytics");
  });
});

describe("a stream ends", () => {
  it("with the tab in view, and comes back with it", async () => {
    await shown();
    session.deactivate();
    expect(open()).toHaveLength(0);
    await at.pass(10 * 60_000);
    expect([at.passes.length, at.loads.length]).toEqual([1, 1]);
    session.activate();
    await turns();
    expect(open()).toHaveLength(1);
    // Ten minutes old is no longer fresh: asked for besides.
    expect(at.loads).toHaveLength(2);
  });

  it("with the customer, and what it still had to say is not shown", async () => {
    await shown(1);
    const former = line();
    former.listener.changed(renamed("Too late"));
    session.show(ticket(2));
    expect(former.signal.aborted).toBe(true);
    await at.loads[1]!.answer(fixtures.rich(at.now()));
    await at.pass(1_000);
    expect(accountName()).toBe("Lovelace Analytics");
    expect(line().pass.stream).toContain("zendesk.ticket:2");
  });

  it("with the connection, and comes back with it", async () => {
    await shown();
    session.setOffline(true);
    expect(open()).toHaveLength(0);
    session.setOffline(false);
    await turns();
    expect(open()).toHaveLength(1);
  });

  it("for good, with the app", async () => {
    await shown();
    stop();
    session.destroy();
    expect(open()).toHaveLength(0);
    expect(at.timers()).toBe(0);
  });
});

describe("a stream that breaks", () => {
  it("is opened again with the pass that still holds, later and later", async () => {
    await shown();
    at.net.opens = false;
    await line().end();
    const opened: number[] = [];
    for (let second = 0; second < 120; second++) {
      const before = at.lines.length;
      await at.pass(1_000);
      if (at.lines.length > before) opened.push(second + 1);
    }
    expect(opened).toEqual([1, 3, 7, 15, 31, 61, 91]);
    expect(at.passes).toHaveLength(1);
  });

  it("after some time of use is opened again within a second", async () => {
    await shown();
    for (let time = 0; time < 5; time++) {
      for (let beat = 0; beat < 2; beat++) {
        await at.pass(15_000);
        line().listener.heard();
      }
      await line().end();
      await at.pass(1_000);
      expect(open()).toHaveLength(1);
      expect(at.lines).toHaveLength(time + 2);
    }
  });

  it("without a word is taken for dead", async () => {
    await shown();
    const first = line();
    await at.pass(liveTiming.silenceMs - 1);
    expect(first.signal.aborted).toBe(false);
    first.listener.heard();
    await at.pass(liveTiming.silenceMs);
    expect(first.signal.aborted).toBe(true);
    await at.pass(1_000);
    expect(at.lines).toHaveLength(2);
  });

  it("is polled for meanwhile, without a sign of it, and no longer than that", async () => {
    await shown();
    at.net.opens = false;
    await line().end();
    await at.pass(liveTiming.pollMs);
    expect(at.loads).toHaveLength(2);
    expect(session.state().phase).toBe("settled");
    // One question at a time.
    await at.pass(liveTiming.pollMs);
    expect(at.loads).toHaveLength(2);
    await at.loads[1]!.answer(fixtures.atRisk(at.now()));
    expect(session.state().context!.sections.health!.data!.band).toBe("at_risk");
    at.net.opens = true;
    await at.pass(liveTiming.longestRetryMs);
    const asked = at.loads.length;
    await at.pass(liveTiming.silenceMs - 1);
    expect(at.loads).toHaveLength(asked);
  });

  it("where it is refused gets a new pass", async () => {
    await shown();
    await line().end({ why: "refused" });
    await at.pass(1_000);
    expect(at.passes).toHaveLength(2);
    expect(line().pass.token).toBe("token-2");
  });

  it("waits as long as it is told", async () => {
    await shown();
    await line().end({ why: "failed", retryAfterMs: 20_000 });
    await at.pass(19_999);
    expect(at.lines).toHaveLength(1);
    await at.pass(1);
    expect(at.lines).toHaveLength(2);
  });
});

describe("a pass", () => {
  /** Heartbeats, so that only the pass ends a stream. */
  const live = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 15_000) {
      line().listener.heard();
      await at.pass(15_000);
    }
  };

  it("is renewed before it ends, without a gap in what is known", async () => {
    await shown();
    await live(9 * 60_000 - 15_000);
    expect(at.passes).toHaveLength(1);
    await live(15_000);
    expect(at.passes).toHaveLength(2);
    expect(open().map(({ pass }) => pass.token)).toEqual(["token-2"]);
    expect(at.loads).toHaveLength(1);
  });

  it("is used for a minute at least, whatever this browser's clock says", async () => {
    at.net.pass = (ref) => ({ token: "t", stream: `/v1/context/${ref}/stream`, expiresAt: start - 3_600_000 });
    await shown();
    await live(5 * 60_000);
    expect(at.passes.length).toBeLessThanOrEqual(6);
    expect(open()).toHaveLength(1);
  });

  it("that can't be had leaves polling", async () => {
    at.net.pass = () => 0;
    await shown();
    await at.pass(liveTiming.pollMs);
    expect(at.loads).toHaveLength(2);
    expect(at.lines).toHaveLength(0);
    expect(at.passes).toHaveLength(5);
  });
});
