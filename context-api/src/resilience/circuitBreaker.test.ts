import { listedBackoff } from "@sidelight/platform-kit/backoff.ts";
import { describe, expect, it } from "vitest";
import { type CircuitBreakerOptions, createCircuitBreaker } from "./circuitBreaker.ts";

function setup(options?: CircuitBreakerOptions) {
  const clock = { ms: 0, now: () => clock.ms };
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

  it("stays open longer each time it opens in a row", () => {
    const { clock, breaker, fail } = setup({ failureThreshold: 1, backoff: listedBackoff([1_000, 5_000], (ms) => ms) });
    fail(1);
    expect(breaker.openUntil()).toBe(1_000);
    clock.ms = 1_000;
    fail(1);
    expect(breaker.openUntil()).toBe(6_000);
    breaker.recordSuccess();
    fail(1);
    expect(breaker.openUntil()).toBe(2_000);
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
