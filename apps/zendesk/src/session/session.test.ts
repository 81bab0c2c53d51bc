import type { Context } from "@sidelight/contracts/context/context.ts";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { beforeEach, describe, expect, it } from "vitest";
import type { Answer, Api, LoadOptions } from "./api.ts";
import { createSession, type Session, timing } from "./session.ts";
import type { Subject } from "./subject.ts";

const ticket = (id: number): Subject => ({ kind: "ref", ref: `zendesk.ticket:${id}`, ticketId: String(id) });
const ok = (context: Context, requestId = "req-1"): Answer => ({ ok: true, context, requestId });
const failed = (code: "internal" | "rate_limited" | "forbidden" | "network", retryAt: number | null = null): Answer => ({
  ok: false,
  problem: { code, requestId: "req-failed", retryAt },
  setup: null,
});

/** A clock that only moves when told to, and an API whose answers are given by hand. */
function lab() {
  let now = Date.parse("2026-11-21T09:30:00Z");
  let timers: { at: number; run: () => void }[] = [];
  const asked: { what: string; options: LoadOptions | undefined; answer: (answer: Answer) => Promise<void> }[] = [];
  const ask = (what: string, options?: LoadOptions): Promise<Answer> =>
    new Promise((resolve) => {
      const answer = async (value: Answer) => {
        resolve(value);
        await Promise.resolve();
        await Promise.resolve();
      };
      asked.push({ what, options, answer });
    });
  const api: Api = {
    load: (subject, options) => ask(subject.kind === "ref" ? subject.ref : subject.kind, options),
    refresh: (ref) => ask(`refresh ${ref}`),
  };
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
  const pass = (ms: number) => {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { run } of due) run();
  };
  return { api, clock, asked, pass, timers: () => timers.length, now: () => now };
}

let at: ReturnType<typeof lab>;
let session: Session;
const last = () => at.asked.at(-1)!;

beforeEach(() => {
  at = lab();
  session = createSession(at.api, at.clock);
});

describe("one open tab", () => {
  it("asks on its first activation, not before, and not again while fresh", async () => {
    session.show(ticket(1));
    expect(at.asked).toHaveLength(0);
    session.activate();
    expect(at.asked.map(({ what }) => what)).toEqual(["zendesk.ticket:1"]);
    await last().answer(ok(fixtures.rich(at.now())));
    expect(session.state()).toMatchObject({ phase: "settled", requestId: "req-1" });
    session.deactivate();
    session.activate();
    expect(at.asked).toHaveLength(1);
  });

  it("shows what it has at once on returning, and asks when that is no longer fresh", async () => {
    session.show(ticket(1));
    session.activate();
    await last().answer(ok(fixtures.rich(at.now())));
    session.deactivate();
    at.pass(10 * 60_000);
    session.activate();
    expect(session.state()).toMatchObject({ phase: "refreshing", context: { ref: "zendesk.ticket:5158" } });
    expect(at.asked).toHaveLength(2);
  });

  it("draws a placeholder after 200 ms, and none for a quick answer", async () => {
    session.show(ticket(1));
    session.activate();
    at.pass(timing.skeletonMs - 1);
    expect(session.state().skeleton).toBe(false);
    at.pass(1);
    expect(session.state().skeleton).toBe(true);
    await last().answer(ok(fixtures.rich(at.now())));
    expect(session.state().skeleton).toBe(false);
  });

  it("stops its timers when hidden and forgets everything when destroyed", async () => {
    session.show(ticket(1));
    session.activate();
    expect(at.timers()).toBe(1);
    session.deactivate();
    expect(at.timers()).toBe(0);
    session.destroy();
    await last().answer(ok(fixtures.rich(at.now())));
    expect(session.state().context).toBeNull();
  });

  it("waits for a requester without asking", () => {
    session.activate();
    session.show({ kind: "waiting", ticketId: null });
    expect(session.state().phase).toBe("settled");
    expect(at.asked).toHaveLength(0);
  });
});

describe("late answers", () => {
  it("of a former requester never show", async () => {
    session.activate();
    session.show(ticket(1));
    session.show(ticket(2));
    const [first, second] = at.asked;
    await second!.answer(ok(fixtures.atRisk(at.now()), "second"));
    await first!.answer(ok(fixtures.rich(at.now()), "first"));
    expect(session.state()).toMatchObject({ requestId: "second" });
    expect(session.state().context?.sections.health?.data?.band).toBe("at_risk");
  });

  it("clears the former customer at once", async () => {
    session.activate();
    session.show(ticket(1));
    await last().answer(ok(fixtures.rich(at.now())));
    session.show(ticket(2));
    expect(session.state()).toMatchObject({ context: null, phase: "loading" });
  });

  it("does not ask twice for the same subject", () => {
    session.activate();
    session.show(ticket(1));
    session.show(ticket(1));
    expect(at.asked).toHaveLength(1);
  });
});

describe("pending sections", () => {
  it("are asked for once more, with a server that waits longer", async () => {
    session.activate();
    session.show(ticket(1));
    await last().answer(ok(fixtures.pending(at.now())));
    expect(at.asked).toHaveLength(1);
    at.pass(timing.followUpMs);
    expect(last().options).toEqual({ serverDeadlineMs: timing.followUpDeadlineMs });
    await last().answer(ok(fixtures.rich(at.now())));
    expect(session.state().context?.sections.product?.state).toBe("ok");
    at.pass(60_000);
    expect(at.asked).toHaveLength(2);
  });

  it("have failed when they are late even then", async () => {
    session.activate();
    session.show(ticket(1));
    await last().answer(ok(fixtures.pending(at.now())));
    at.pass(timing.followUpMs);
    await last().answer(ok(fixtures.pending(at.now())));
    expect(session.state().context?.sections.product).toMatchObject({ state: "error", problem: { code: "timeout" } });
  });
});

describe("retry", () => {
  it("changes only its section", async () => {
    session.activate();
    session.show(ticket(1));
    await last().answer(ok(fixtures.oneDown(at.now())));
    session.retry("product");
    expect(session.state()).toMatchObject({ updating: ["product"], phase: "settled" });
    expect(last().options).toEqual({ sections: ["product"] });
    const { product } = fixtures.rich(at.now()).sections;
    const account = session.state().context?.sections.account;
    await last().answer(
      ok({ ...fixtures.atRisk(at.now()), sections: { product, account: fixtures.stale(at.now()).sections.account } }),
    );
    expect(session.state().context?.sections.product?.state).toBe("ok");
    expect(session.state().context?.sections.account).toBe(account);
  });

  it("that fails leaves the section failed", async () => {
    session.activate();
    session.show(ticket(1));
    await last().answer(ok(fixtures.oneDown(at.now())));
    session.retry("product");
    await last().answer(failed("network"));
    expect(session.state()).toMatchObject({ updating: [], problem: null });
    expect(session.state().context?.sections.product?.state).toBe("error");
  });
});

describe("refresh", () => {
  it("keeps the old values and counts a cooldown down", async () => {
    session.activate();
    session.show(ticket(1));
    await last().answer(ok(fixtures.rich(at.now())));
    session.refresh();
    expect(last().what).toBe("refresh zendesk.ticket:1");
    expect(session.state()).toMatchObject({ phase: "refreshing", context: { kind: "person" } });
    await last().answer(failed("rate_limited", at.now() + 12_000));
    expect(session.state()).toMatchObject({ refreshAllowedAt: at.now() + 12_000, problem: null, phase: "settled" });
    expect(session.state().context).not.toBeNull();
  });

  it("of a requester known by address only goes by the customer's own ref", async () => {
    session.activate();
    session.show({ kind: "email", email: "ada@lovelace.example", ticketId: null });
    await last().answer(ok(fixtures.rich(at.now())));
    session.refresh();
    expect(last().what).toBe("refresh person:4Vd1kqz0T2mWbR7yXn3u5A");
  });
});

describe("trouble", () => {
  it("tries a rate-limited first load again by itself", async () => {
    session.activate();
    session.show(ticket(1));
    await last().answer(failed("rate_limited", at.now() + 24_000));
    at.pass(24_000);
    expect(at.asked).toHaveLength(2);
  });

  it("drops what a role must no longer see", async () => {
    session.activate();
    session.show(ticket(1));
    await last().answer(ok(fixtures.rich(at.now())));
    session.refresh();
    await last().answer(failed("forbidden"));
    expect(session.state().context).toBeNull();
  });

  it("asks nothing offline, and by itself once connected again", async () => {
    session.setOffline(true);
    session.activate();
    session.show(ticket(1));
    expect(at.asked).toHaveLength(0);
    session.setOffline(false);
    expect(at.asked).toHaveLength(1);
  });

  it("asks nothing of an installation that is not set up", () => {
    session.misconfigured("missing_settings");
    session.activate();
    session.show(ticket(1));
    expect(at.asked).toHaveLength(0);
    expect(session.state().setup).toBe("missing_settings");
  });
});

describe("an ambiguous match", () => {
  it("loads the candidate picked, and undoes it at once", async () => {
    session.activate();
    session.show(ticket(1));
    await last().answer(ok(fixtures.ambiguous(at.now())));
    const [candidate] = session.state().context!.match.candidates;
    session.choose(candidate!.id);
    expect(last().what).toBe(candidate!.id);
    expect(session.state().context).toBeNull();
    await last().answer(ok(fixtures.rich(at.now())));
    session.undoChoice();
    expect(session.state()).toMatchObject({ chosen: null, phase: "settled", context: { match: { state: "ambiguous" } } });
  });

  it("drops the answer for a choice that was undone", async () => {
    session.activate();
    session.show(ticket(1));
    await last().answer(ok(fixtures.ambiguous(at.now())));
    session.choose("person:x");
    session.undoChoice();
    await last().answer(ok(fixtures.rich(at.now())));
    expect(session.state().context?.match.state).toBe("ambiguous");
  });
});
