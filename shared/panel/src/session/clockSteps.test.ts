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
import { createPanelSession, type PanelSession, sessionTiming } from "./session.ts";
import { optionsOf } from "./state.ts";

const hour = 3_600_000;
let clock: FakeClock;
let transport: FakeTransport;
let session: PanelSession;
beforeEach(async () => {
  clock = createFakeClock();
  transport = createFakeTransport();
  session = createPanelSession({ transport, clock });
  session.setVisible(true);
  session.show(subject(1));
  await transport.calls[0]!.respond(answer(fixtures.rich(clock.now())));
});

describe.each([
  ["back", -hour],
  ["forward", hour],
])("when the clock of the computer is set %s by an hour", (_, stepMs) => {
  it("the cooldown of a refresh ends at its time and shows its seconds", async () => {
    void session.refresh();
    await flush();
    await transport.calls.at(-1)!.respond(answer(fixtures.rich(clock.now())));
    clock.step(stepMs);
    await clock.advance(10_000);
    expect(optionsOf(session.state(), clock).refreshAllowedAt).toBe(clock.now() + sessionTiming.cooldownMs - 10_000);
    void session.refresh();
    await flush();
    expect(transport.calls.at(-1)!.method).toBe("getContext");
    await transport.calls.at(-1)!.respond(answer(fixtures.rich(clock.now())));
    await clock.advance(sessionTiming.cooldownMs);
    void session.refresh();
    await flush();
    expect(transport.calls.at(-1)!.method).toBe("refresh");
  });

  it("a panel that is looked at again polls at once", async () => {
    const count = transport.calls.length;
    clock.step(stepMs);
    await clock.advance(sessionTiming.catchUpMs);
    session.setVisible(true);
    await clock.advance(sessionTiming.gatherMs);
    expect(transport.calls.length).toBe(count + 1);
  });

  it("a limited API is called again when it allows that, and the seconds until then are right", async () => {
    session.show(subject(2));
    await transport.calls.at(-1)!.respond(failedResult("rate_limited", clock.monotonic() + 24_000));
    const count = transport.calls.length;
    clock.step(stepMs);
    expect(optionsOf(session.state(), clock).problem!.retryAt).toBe(clock.now() + 24_000);
    await clock.advance(24_000);
    expect(transport.calls.length).toBe(count + 1);
  });

  it("a section that waits for its platform names the instant on the new clock", async () => {
    clock.step(stepMs);
    void session.retry("product");
    await flush();
    await transport.calls.at(-1)!.respond(failedResult("rate_limited", clock.monotonic() + 9_000));
    const { problem } = session.state().context!.sections.product!;
    expect(problem!.retryAt).toBe(new Date(clock.now() + 9_000).toISOString());
  });

  it("an answer stays in memory for its time", async () => {
    clock.step(stepMs);
    session.show(subject(2));
    session.show(subject(1));
    expect(session.state().context).not.toBeNull();
  });
});
