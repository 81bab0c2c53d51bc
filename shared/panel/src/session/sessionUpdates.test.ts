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
  failedResult,
  subject,
} from "./fakes.ts";
import { createPanelSession, type PanelSession, sessionTiming } from "./session.ts";

let clock: FakeClock;
let transport: FakeTransport;
let session: PanelSession;
const calls = () => transport.calls;
const lastCall = () => transport.calls.at(-1)!;
const methods = () => transport.calls.map(({ method }) => method);

beforeEach(() => {
  clock = createFakeClock();
  transport = createFakeTransport();
  session = createPanelSession({ transport, clock });
});

/** A visible panel with this answer on screen. */
async function show(context: Context = fixtures.rich(clock.now()), etag: string | null = null): Promise<void> {
  session.setVisible(true);
  session.show(subject(1));
  await lastCall().respond(answer(context, "req-1", etag));
}

describe("retry of a section", () => {
  beforeEach(() => show(fixtures.oneDown(clock.now())));

  it("changes only that section", async () => {
    void session.retry("product");
    expect(session.state()).toMatchObject({ updating: ["product"], phase: "settled" });
    expect(lastCall()).toMatchObject({ method: "getSections", request: { sections: ["product"] } });
    const { product } = fixtures.rich(clock.now()).sections;
    const { account } = session.state().context!.sections;
    const stale = fixtures.stale(clock.now()).sections.account;
    await lastCall().respond(answer({ ...fixtures.rich(clock.now()), sections: { product, account: stale } }));
    expect(session.state().context?.sections.product?.state).toBe("ok");
    expect(session.state().context?.sections.account).toBe(account);
  });

  it("leaves the section failed for its own reason when the call fails", async () => {
    const { product } = session.state().context!.sections;
    const result = session.retry("product");
    await lastCall().respond(failedResult("network"));
    expect(await result).toBe(false);
    expect(session.state()).toMatchObject({ updating: [], problem: null, requestId: "req-failed" });
    expect(session.state().context?.sections.product).toEqual(product);
  });

  it("waits as long as Retry-After demands", async () => {
    void session.retry("product");
    await lastCall().respond(failedResult("rate_limited", clock.now() + 9_000));
    const retryAt = new Date(clock.now() + 9_000).toISOString();
    expect(session.state().context?.sections.product).toMatchObject({ state: "error", problem: { retryAt } });
    expect(session.state().problem).toBeNull();
  });

  it("runs beside the retry of another section", async () => {
    void session.retry("product");
    void session.retry("support");
    const [, product, support] = calls();
    expect(session.state().updating).toEqual(["product", "support"]);
    await product!.respond(answer(fixtures.rich(clock.now())));
    expect(session.state().updating).toEqual(["support"]);
    expect(session.state().context?.sections.product?.state).toBe("ok");
    await support!.respond(answer(fixtures.rich(clock.now())));
    expect(session.state().updating).toEqual([]);
  });

  it("removes everything from the screen when the role lost its right", async () => {
    void session.retry("product");
    await lastCall().respond(failedResult("forbidden"));
    expect(session.state()).toMatchObject({ context: null, problem: { code: "forbidden" }, updating: [] });
  });
});

describe("refresh", () => {
  it("keeps the old values, then counts the cooldown down", async () => {
    await show();
    const result = session.refresh();
    expect(lastCall()).toMatchObject({ method: "refresh", request: { subject: { key: "ticket 1" } } });
    expect(session.state()).toMatchObject({ phase: "refreshing", context: { kind: "person" } });
    await lastCall().respond(answer(fixtures.rich(clock.now())));
    expect(await result).toBe(true);
    expect(session.state()).toMatchObject({ phase: "settled", refreshAllowedAt: clock.now() + 30_000 });
  });

  it("keeps the values of a section that is late", async () => {
    await show();
    void session.refresh();
    await lastCall().respond(answer(fixtures.pending(clock.now())));
    expect(session.state().updating).toEqual(["product"]);
    expect(session.state().context?.sections.product).toMatchObject({ state: "ok", data: { sessions30d: expect.any(Number) } });
    await lastCall().respond(answer(fixtures.rich(clock.now())));
    expect(session.state().updating).toEqual([]);
  });

  it("reads without refreshing during the cooldown", async () => {
    await show();
    for (let time = 0; time < 2; time++) {
      void session.refresh();
      await lastCall().respond(answer(fixtures.rich(clock.now())));
    }
    expect(methods()).toEqual(["getContext", "refresh", "getContext"]);
    await clock.advance(30_000);
    void session.refresh();
    expect(lastCall().method).toBe("refresh");
  });

  it("takes a refusal for a cooldown, not for a failure", async () => {
    await show();
    const result = session.refresh();
    await lastCall().respond(failedResult("rate_limited", clock.now() + 12_000));
    expect(await result).toBe(false);
    expect(session.state()).toMatchObject({ refreshAllowedAt: clock.now() + 12_000, problem: null, phase: "settled" });
    expect(session.state().context).not.toBeNull();
  });

  it("keeps what is on screen when it fails, and reports the failure", async () => {
    await show();
    const result = session.refresh();
    await lastCall().respond(failedResult("internal"));
    expect(await result).toBe(false);
    expect(session.state().problem).toEqual({ code: "internal", requestId: "req-failed", retryAt: null });
    expect(session.state().context?.customer).toBeTruthy();
  });

  it.each(["forbidden", "unauthenticated"] as const)("removes everything from the screen after %s", async (code) => {
    await show();
    void session.refresh();
    await lastCall().respond(failedResult(code));
    expect(session.state()).toMatchObject({ context: null, problem: { code } });
  });

  it("passes the customer's id, and keeps how the customer was found", async () => {
    const context = fixtures.rich(clock.now());
    await show({ ...context, ref: "email:ada@lovelace.example" });
    void session.refresh();
    expect(lastCall().request.customerId).toBe(context.customer!.id);
    const match = { ...context.match, reasons: [{ rule: "id", evidence: "" }] };
    await lastCall().respond(answer({ ...fixtures.rich(clock.now()), ref: context.customer!.id, match }));
    expect(session.state().context).toMatchObject({ ref: "email:ada@lovelace.example", match: context.match });
  });

  it("makes no call while offline", async () => {
    await show();
    session.setOffline(true);
    expect(await session.refresh()).toBe(false);
    expect(await session.retry("product")).toBe(false);
    expect(methods()).toEqual(["getContext"]);
    expect(session.state().phase).toBe("settled");
  });
});

describe("a hidden panel", () => {
  it("makes no call and keeps no timer", async () => {
    await show();
    session.setVisible(false);
    expect(clock.timers()).toBe(0);
    await clock.advance(10 * 60_000);
    expect(calls()).toHaveLength(1);
  });

  it("shows its values at once when it is visible again, and reads what is no longer fresh", async () => {
    await show();
    session.setVisible(false);
    await clock.advance(10 * 60_000);
    session.setVisible(true);
    expect(session.state()).toMatchObject({ phase: "refreshing", context: { ref: "zendesk.ticket:5158" } });
    expect(calls()).toHaveLength(2);
  });

  it("reads fresh values without a sign, at most once a second", async () => {
    await show();
    await clock.advance(500);
    for (let event = 0; event < 3; event++) session.setVisible(true);
    await clock.advance(499);
    expect(calls()).toHaveLength(1);
    await clock.advance(1);
    expect(calls()).toHaveLength(2);
    expect(session.state().phase).toBe("settled");
    await lastCall().respond({ kind: "unchanged", requestId: null });
    await clock.advance(5_000);
    session.setVisible(true);
    await clock.advance(sessionTiming.gatherMs);
    expect(calls()).toHaveLength(3);
  });

  it("makes no second call when it is visible again before the answer", () => {
    session.setVisible(true);
    session.show(subject(1));
    session.setVisible(false);
    session.setVisible(true);
    expect(calls()).toHaveLength(1);
  });
});

describe("a stopped session", () => {
  it("drops the call under way and every timer", async () => {
    session.setVisible(true);
    session.show(subject(1));
    session.stop();
    await calls()[0]!.respond(answer(fixtures.rich(clock.now())));
    expect(session.state().context).toBeNull();
    expect(calls()[0]!.signal.aborted).toBe(true);
    expect(clock.timers()).toBe(0);
  });

  it("reports false for a reload that it dropped", async () => {
    await show();
    const result = session.reload();
    session.stop();
    expect(await result).toBe(false);
  });

  it("starts again when the panel becomes visible", async () => {
    session.setVisible(true);
    session.show(subject(1));
    session.stop();
    session.setVisible(true);
    await lastCall().respond(answer(fixtures.rich(clock.now())));
    expect(session.state().context).not.toBeNull();
  });
});

describe("polls", () => {
  const etag = '"a"';
  beforeEach(() => show(fixtures.rich(clock.now()), etag));

  it("run every 10 s, name the answer on screen and draw nothing while it holds", async () => {
    const { context } = session.state();
    let draws = 0;
    session.subscribe(() => draws++);
    await clock.advance(sessionTiming.pollMs);
    expect(lastCall()).toMatchObject({ method: "getContext", request: { etag } });
    await lastCall().respond({ kind: "unchanged", requestId: null });
    expect([draws, session.state().context === context]).toEqual([0, true]);
    await clock.advance(sessionTiming.pollMs);
    expect(calls()).toHaveLength(3);
  });

  it("run as often as the host says", async () => {
    let pollMs = 4_000;
    session.stop();
    session = createPanelSession({ transport, clock, pollMs: () => pollMs });
    await show(fixtures.rich(clock.now()), etag);
    const callCount = calls().length;
    await clock.advance(4_000);
    expect(calls()).toHaveLength(callCount + 1);
    pollMs = 10_000;
    await lastCall().respond({ kind: "unchanged", requestId: null });
    await clock.advance(9_000);
    expect(calls()).toHaveLength(callCount + 1);
    await clock.advance(1_000);
    expect(calls()).toHaveLength(callCount + 2);
  });

  it("take a new answer without a sign, and name that one next", async () => {
    await clock.advance(sessionTiming.pollMs);
    expect(session.state()).toMatchObject({ phase: "settled", updating: [] });
    await lastCall().respond(answer(fixtures.atRisk(clock.now()), "req-2", '"b"'));
    expect(session.state().context?.sections.health?.data?.band).toBe("at_risk");
    await clock.advance(sessionTiming.pollMs);
    expect(lastCall().request.etag).toBe('"b"');
  });

  it("wait for the call under way", async () => {
    void session.refresh();
    const slow = lastCall();
    await clock.advance(sessionTiming.refreshTimeoutMs - 1);
    expect(methods()).toEqual(["getContext", "refresh"]);
    await slow.respond(answer(fixtures.rich(clock.now())));
    await clock.advance(sessionTiming.pollMs);
    expect(methods()).toEqual(["getContext", "refresh", "getContext"]);
  });

  it("slow down to five minutes while they fail, and recover at once", async () => {
    const pauses: number[] = [];
    let polledAt = clock.now();
    for (let poll = 0; poll < 8; poll++) {
      const count = calls().length;
      while (calls().length === count) await clock.advance(1_000);
      pauses.push((clock.now() - polledAt) / 1_000);
      polledAt = clock.now();
      await lastCall().respond(poll === 6 ? { kind: "unchanged", requestId: null } : failedResult("internal"));
    }
    expect(pauses).toEqual([10, 20, 40, 80, 160, 300, 300, 10]);
  });

  it("report a failure, and take it back when the answer still holds", async () => {
    await clock.advance(sessionTiming.pollMs);
    await lastCall().respond(failedResult("internal"));
    expect(session.state()).toMatchObject({ problem: { code: "internal" }, context: { kind: "person" } });
    await clock.advance(2 * sessionTiming.pollMs);
    await lastCall().respond({ kind: "unchanged", requestId: null });
    expect(session.state().problem).toBeNull();
    expect(session.state().context).not.toBeNull();
  });

  it("are dropped when another subject is shown, which is read without an etag", async () => {
    await clock.advance(sessionTiming.pollMs);
    const poll = lastCall();
    session.show(subject(2));
    expect(lastCall().request).toMatchObject({ subject: { key: "ticket 2" }, etag: null });
    await lastCall().respond(answer(fixtures.company(clock.now())));
    await poll.respond(answer(fixtures.atRisk(clock.now())));
    expect(session.state().context?.kind).toBe("company");
  });

  it("leave a section failed while its source is read again", async () => {
    void session.reload();
    await lastCall().respond(answer(fixtures.oneDown(clock.now())));
    await clock.advance(sessionTiming.pollMs);
    await lastCall().respond(answer(fixtures.pending(clock.now())));
    expect(session.state().context?.sections.product?.state).toBe("error");
    expect(lastCall().method).toBe("getSections");
    await lastCall().respond(answer(fixtures.rich(clock.now())));
    expect(session.state().context?.sections.product?.state).toBe("ok");
  });

  it("stop for a subject without a customer", async () => {
    session.show({ key: "", isWaiting: true });
    await clock.advance(10 * 60_000);
    expect(calls()).toHaveLength(1);
  });
});

describe("offline", () => {
  it("calls nothing, and loads when the connection is back", async () => {
    session.setOffline(true);
    session.setVisible(true);
    session.show(subject(1));
    await clock.advance(60_000);
    expect(calls()).toHaveLength(0);
    expect(session.state()).toMatchObject({ phase: "settled", isOffline: true });
    session.setOffline(false);
    expect(calls()).toHaveLength(1);
  });

  it("keeps the values, and reads them again when the connection is back", async () => {
    await show();
    session.setOffline(true);
    await clock.advance(60_000);
    expect(calls()).toHaveLength(1);
    expect(session.state().context).not.toBeNull();
    session.setOffline(false);
    await clock.advance(sessionTiming.gatherMs);
    expect(calls()).toHaveLength(2);
  });
});

describe("the layout of a page", () => {
  const layout: Layout = {
    ...{ config: "v1", sections: ["account"], facts: null, rows: [], fields: [], cards: [], labels: {} },
    thresholds: { renewalSoonDays: 60, lowSatisfaction: 0.7, oldTicketHours: 72 },
  };

  it("comes with the context, and stays for the next customer until their answer is there", async () => {
    expect(session.state().layout).toBe(null);
    await show({ ...fixtures.rich(clock.now()), layout });
    expect(session.state().layout).toEqual(layout);
    session.show(subject(2));
    expect(session.state()).toMatchObject({ context: null, layout });
    await lastCall().respond(answer({ ...fixtures.company(clock.now()), layout: { ...layout, config: "v2" } }));
    expect(session.state().layout?.config).toBe("v2");
  });

  it("stays when a section is read again, whose answer has none", async () => {
    await show({ ...fixtures.oneDown(clock.now()), layout });
    void session.retry("product");
    await lastCall().respond(answer(fixtures.rich(clock.now())));
    expect(session.state().layout).toEqual(layout);
  });

  it("arrives with the next poll after the configuration changed", async () => {
    await show({ ...fixtures.rich(clock.now()), layout }, '"a"');
    await clock.advance(sessionTiming.pollMs);
    await lastCall().respond(
      answer({ ...fixtures.rich(clock.now()), layout: { ...layout, config: "v2", sections: ["support"] } }),
    );
    expect(session.state().layout?.sections).toEqual(["support"]);
  });
});
