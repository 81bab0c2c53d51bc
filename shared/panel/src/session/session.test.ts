import type { Context } from "@sidelight/contracts/context/context.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import {
  answer,
  createFakeClock,
  createFakeTransport,
  type FakeClock,
  type FakeTransport,
  failedResult,
  flush,
  subject,
} from "./fakes.ts";
import { createMemory } from "./memory.ts";
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

describe("first load", () => {
  it("starts when the panel becomes visible", async () => {
    session.show(subject(1));
    expect(calls()).toHaveLength(0);
    session.setVisible(true);
    expect(calls().map(({ method, request }) => [method, request.subject.key])).toEqual([["getContext", "ticket 1"]]);
    await lastCall().respond(answer(fixtures.rich(clock.now())));
    expect(session.state()).toMatchObject({ phase: "settled", requestId: "req-1", updating: [], problem: null });
  });

  it("has a skeleton after 200 ms, and none for a quick answer", async () => {
    session.setVisible(true);
    session.show(subject(1));
    await clock.advance(sessionTiming.skeletonMs - 1);
    expect(session.state().hasSkeleton).toBe(false);
    await clock.advance(1);
    expect(session.state().hasSkeleton).toBe(true);
    await lastCall().respond(answer(fixtures.rich(clock.now())));
    expect(session.state().hasSkeleton).toBe(false);
  });

  it("calls nothing for a subject without a customer", () => {
    session.setVisible(true);
    session.show({ key: "", isWaiting: true });
    expect(session.state().phase).toBe("settled");
    expect(calls()).toHaveLength(0);
  });

  it("calls nothing when the installation is not set up", async () => {
    session.setSetupFault("missing_settings");
    session.setVisible(true);
    session.show(subject(1));
    await clock.advance(60 * 60_000);
    expect(calls()).toHaveLength(0);
    expect(session.state().setup).toBe("missing_settings");
  });

  it("fails with a timeout when no answer arrives, and aborts the call", async () => {
    session.setVisible(true);
    session.show(subject(1));
    await clock.advance(sessionTiming.contextTimeoutMs);
    expect(session.state()).toMatchObject({ phase: "settled", problem: { code: "timeout" } });
    expect(calls()[0]!.signal.aborted).toBe(true);
  });

  it("fails as a network failure when the transport rejects", async () => {
    session = createPanelSession({ transport: { ...transport, getContext: () => Promise.reject(new Error("closed")) }, clock });
    session.setVisible(true);
    session.show(subject(1));
    await flush();
    expect(session.state()).toMatchObject({ phase: "settled", problem: { code: "network" } });
  });

  it("fails with an internal error when the answer is no context", async () => {
    session.setVisible(true);
    session.show(subject(1));
    await lastCall().respond(answer({ unexpected: true } as unknown as Context));
    expect(session.state()).toMatchObject({ context: null, problem: { code: "internal", requestId: "req-1" } });
  });

  it("retries a rate-limited load when Retry-After has passed", async () => {
    session.setVisible(true);
    session.show(subject(1));
    await lastCall().respond(failedResult("rate_limited", clock.now() + 24_000));
    expect(session.state().problem).toMatchObject({ code: "rate_limited", retryAt: clock.now() + 24_000 });
    await clock.advance(23_999);
    expect(calls()).toHaveLength(1);
    await clock.advance(1);
    expect(calls()).toHaveLength(2);
  });

  it("waits 30 s after a rate-limited load without Retry-After", async () => {
    session.setVisible(true);
    session.show(subject(1));
    await lastCall().respond(failedResult("rate_limited"));
    expect(session.state().problem?.retryAt).toBe(clock.now() + 30_000);
  });

  it("waits for Retry-After when the panel was hidden in between", async () => {
    session.setVisible(true);
    session.show(subject(1));
    await lastCall().respond(failedResult("rate_limited", clock.now() + 24_000));
    session.setVisible(false);
    await clock.advance(10_000);
    session.setVisible(true);
    expect(calls()).toHaveLength(1);
    await clock.advance(14_000);
    expect(calls()).toHaveLength(2);
  });

  it("recovers from a failure without a person's help", async () => {
    session.setVisible(true);
    session.show(subject(1));
    await lastCall().respond(failedResult("internal"));
    await clock.advance(2 * sessionTiming.pollMs);
    expect(session.state().phase).toBe("settled");
    await lastCall().respond(answer(fixtures.rich(clock.now())));
    expect(session.state()).toMatchObject({ problem: null, context: { kind: "person" } });
  });
});

describe("another subject", () => {
  it("drops a late answer for the former subject, and aborts its call", async () => {
    session.setVisible(true);
    session.show(subject(1));
    session.show(subject(2));
    const [first, second] = calls();
    expect(first!.signal.aborted).toBe(true);
    await second!.respond(answer(fixtures.atRisk(clock.now()), "second"));
    await first!.respond(answer(fixtures.rich(clock.now()), "first"));
    expect(session.state().requestId).toBe("second");
    expect(session.state().context?.sections.health?.data?.band).toBe("at_risk");
  });

  it("drops a late section for the former subject", async () => {
    await show(fixtures.pending(clock.now()));
    const section = lastCall();
    expect(section.method).toBe("getSections");
    session.show(subject(2));
    await lastCall().respond(answer(fixtures.company(clock.now())));
    await section.respond(answer(fixtures.rich(clock.now())));
    expect(session.state().context?.ref).toBe(fixtures.company(clock.now()).ref);
  });

  it("clears the former customer at once", async () => {
    await show();
    session.show(subject(2));
    expect(session.state()).toMatchObject({ context: null, phase: "loading" });
  });

  it("makes no second call for the same subject", () => {
    session.setVisible(true);
    session.show(subject(1));
    session.show(subject(1));
    expect(calls()).toHaveLength(1);
  });

  it("shows a former subject at once from memory, then reads what has changed", async () => {
    await show(fixtures.rich(clock.now()), '"a"');
    session.show(subject(2));
    await lastCall().respond(answer(fixtures.company(clock.now())));
    session.show(subject(1));
    expect(session.state()).toMatchObject({ phase: "settled", context: { kind: "person" } });
    await clock.advance(sessionTiming.catchUpMs);
    expect(lastCall().request).toMatchObject({ subject: { key: "ticket 1" }, etag: '"a"' });
    expect(calls()).toHaveLength(3);
  });

  it("shows old values while it reads a former subject that is no longer fresh", async () => {
    await show();
    session.show(subject(2));
    await clock.advance(10 * 60_000);
    session.show(subject(1));
    expect(session.state()).toMatchObject({ phase: "refreshing", context: { kind: "person" } });
  });

  it("forgets a former subject after a quarter of an hour", async () => {
    await show();
    session.show(subject(2));
    await clock.advance(15 * 60_000 + 1);
    session.show(subject(1));
    expect(session.state()).toMatchObject({ phase: "loading", context: null });
  });

  it("forgets all former subjects when the API refuses one", async () => {
    await show();
    session.show(subject(2));
    await lastCall().respond(failedResult("forbidden"));
    session.show(subject(1));
    expect(session.state().context).toBeNull();
  });
});

describe("late sections", () => {
  it("are read once more, and the rest stays as it is", async () => {
    await show(fixtures.pending(clock.now()));
    expect(session.state()).toMatchObject({ phase: "settled", updating: ["product"] });
    expect(lastCall()).toMatchObject({ method: "getSections", request: { sections: ["product"] } });
    const { account } = session.state().context!.sections;
    await lastCall().respond(answer(fixtures.rich(clock.now())));
    expect(session.state().updating).toEqual([]);
    expect(session.state().context?.sections.product?.state).toBe("ok");
    expect(session.state().context?.sections.account).toBe(account);
    await clock.advance(sessionTiming.pollMs - 1);
    expect(methods()).toEqual(["getContext", "getSections"]);
  });

  it("fail when they are late again", async () => {
    await show(fixtures.pending(clock.now()));
    await lastCall().respond(answer(fixtures.pending(clock.now())));
    expect(session.state().context?.sections.product).toMatchObject({ state: "error", problem: { code: "timeout" } });
    expect(session.state().updating).toEqual([]);
  });

  it("fail when the follow-up fails or gets no answer", async () => {
    await show(fixtures.pending(clock.now()));
    await clock.advance(sessionTiming.sectionsTimeoutMs);
    expect(session.state().context?.sections.product).toMatchObject({ state: "error", problem: { code: "timeout" } });
  });

  it("are read when the panel becomes visible again", async () => {
    session.setVisible(true);
    session.show(subject(1));
    session.setVisible(false);
    await lastCall().respond(answer(fixtures.pending(clock.now())));
    await clock.advance(60_000);
    expect(methods()).toEqual(["getContext"]);
    session.setVisible(true);
    expect(methods()).toEqual(["getContext", "getContext"]);
  });

  it("of another customer lead to a new read of everything", async () => {
    await show(fixtures.pending(clock.now()));
    const context = fixtures.rich(clock.now());
    await lastCall().respond(answer({ ...context, customer: { ...context.customer!, id: "person:other" } }));
    expect(methods()).toEqual(["getContext", "getSections", "getContext"]);
    expect(session.state().context?.sections.product?.state).toBe("pending");
  });
});

describe("an ambiguous match", () => {
  beforeEach(() => show(fixtures.ambiguous(clock.now())));

  it("loads the chosen candidate, and undoes the choice without a call", async () => {
    const [candidate] = session.state().context!.match.candidates;
    session.choose(candidate!.id);
    expect(lastCall().request.candidate).toBe(candidate!.id);
    expect(session.state()).toMatchObject({ context: null, candidate: candidate!.id });
    await lastCall().respond(answer(fixtures.rich(clock.now())));
    session.undoChoice();
    expect(session.state()).toMatchObject({ candidate: null, phase: "settled", context: { match: { state: "ambiguous" } } });
    expect(calls()).toHaveLength(2);
  });

  it("drops the answer for a choice that was undone", async () => {
    session.choose("person:x");
    const call = lastCall();
    session.undoChoice();
    await call.respond(answer(fixtures.rich(clock.now())));
    expect(session.state().context?.match.state).toBe("ambiguous");
  });
});

describe("panels of one page that share a memory", () => {
  it("show what a closed one has read at once, and read again with its etag", async () => {
    const memory = createMemory(clock);
    session = createPanelSession({ transport, clock, memory });
    const context = fixtures.rich(clock.now());
    await show(context, '"v1"');
    session.stop();
    const second = createPanelSession({ transport, clock, memory });
    second.setVisible(true);
    second.show(subject(1));
    expect(second.state()).toMatchObject({ phase: "settled", context });
    await clock.advance(sessionTiming.pollMs);
    expect(lastCall().request).toMatchObject({ etag: '"v1"' });
  });

  it("show nothing of each other after a refusal", async () => {
    const memory = createMemory(clock);
    session = createPanelSession({ transport, clock, memory });
    await show();
    session.show(subject(2));
    await lastCall().respond(failedResult("forbidden"));
    const second = createPanelSession({ transport, clock, memory });
    second.setVisible(true);
    second.show(subject(1));
    expect(second.state().context).toBeNull();
  });
});
