import { describe, expect, it } from "vitest";
import { type CircuitBreakerOptions, createCircuitBreaker } from "./circuitBreaker.ts";

function setup(options?: CircuitBreakerOptions) {
  const clock = { ms: 0, now: () => clock.ms, monotonic: () => clock.ms };
  const breaker = createCircuitBreaker(clock, options);
  const fail = (count: number) => {
    for (let i = 0; i < count; i++) breaker.recordFailure();
  };
  return { clock, breaker, fail };
}

describe("a circuit breaker", () => {
  it("opens after five consecutive failures and is half-open after 60 s", () => {
    const { clock, breaker, fail } = setup();
    fail(4);
    expect(breaker.state()).toBe("closed");
    fail(1);
    expect([breaker.state(), breaker.openUntil()]).toEqual(["open", 60_000]);
    clock.ms = 59_999;
    expect(breaker.state()).toBe("open");
    clock.ms = 60_000;
    expect([breaker.state(), breaker.openUntil()]).toEqual(["half-open", null]);
  });

  it("counts consecutive failures only", () => {
    const { breaker, fail } = setup();
    fail(4);
    breaker.recordSuccess();
    fail(4);
    expect(breaker.state()).toBe("closed");
  });

  it("closes when the probe succeeds, and opens again when it fails", () => {
    const { clock, breaker, fail } = setup();
    fail(5);
    clock.ms = 60_000;
    fail(1);
    expect(breaker.openUntil()).toBe(120_000);
    clock.ms = 120_000;
    breaker.recordSuccess();
    expect(breaker.state()).toBe("closed");
    fail(4);
    expect(breaker.state()).toBe("closed");
  });

  it("probes a long outage more rarely after ten probes", () => {
    const { clock, breaker, fail } = setup();
    fail(5);
    for (let probe = 1; probe <= 10; probe++) {
      clock.ms = breaker.openUntil()!;
      fail(1);
    }
    expect(breaker.openUntil()! - clock.ms).toBe(300_000);
    breaker.recordSuccess();
    fail(5);
    expect(breaker.openUntil()! - clock.ms).toBe(60_000);
  });

  it("allows one probe at a time when it is half-open", () => {
    const { clock, breaker, fail } = setup();
    fail(5);
    expect(breaker.acquire()).toBe(false);
    clock.ms = 60_000;
    expect([breaker.acquire(), breaker.acquire()]).toEqual([true, false]);
    breaker.recordNothing();
    expect(breaker.acquire()).toBe(true);
    breaker.recordSuccess();
    expect([breaker.acquire(), breaker.acquire()]).toEqual([true, true]);
  });

  it("ignores failures of calls that were sent before it opened", () => {
    const { clock, breaker, fail } = setup();
    fail(5);
    clock.ms = 30_000;
    fail(3);
    expect([breaker.openUntil(), breaker.openSince(), breaker.failures()]).toEqual([60_000, 0, 8]);
  });

  it("keeps its end when the system's time is set back by a year", () => {
    let now = 1e12;
    let monotonic = 0;
    const breaker = createCircuitBreaker({ now: () => now, monotonic: () => monotonic });
    for (let i = 0; i < 5; i++) breaker.recordFailure();
    now -= 3e10;
    monotonic += 60_000;
    expect(breaker.state()).toBe("half-open");
  });

  it.each([8.64e15, Number.POSITIVE_INFINITY])("stays open for an hour at most, whatever the platform reports: %d", (retryAt) => {
    const { breaker } = setup({ failureThreshold: 1 });
    breaker.recordFailure(retryAt);
    expect(breaker.openUntil()).toBe(3_600_000);
  });

  it("stays open until the time that the platform reports", () => {
    const { clock, breaker } = setup({ failureThreshold: 1 });
    breaker.recordFailure(90_000);
    clock.ms = 60_000;
    expect(breaker.state()).toBe("open");
    clock.ms = 90_000;
    expect(breaker.state()).toBe("half-open");
  });

  it("allows a probe at once on request", () => {
    const { breaker, fail } = setup();
    breaker.halfOpen();
    expect(breaker.state()).toBe("closed");
    fail(5);
    breaker.halfOpen();
    expect(breaker.state()).toBe("half-open");
  });
});
