import { describe, expect, it } from "vitest";
import { createFakeClock, startTime } from "./fakes.ts";
import { failedAnswer } from "./transport.ts";

const resultOf = (
  status: number,
  code: Parameters<typeof failedAnswer>[0]["code"] = null,
  retryAfterSeconds: number | null = null,
) => failedAnswer({ status, code, requestId: "r", retryAfterSeconds }, createFakeClock());

describe("a refused call", () => {
  it("keeps the API's code and the wait that it demands", () => {
    const problem = { code: "rate_limited", requestId: "r", retryAt: startTime + 12_000 };
    expect(resultOf(429, "rate_limited", 12)).toEqual({ kind: "failed", problem, setup: null });
  });

  it.each([
    [403, "forbidden"],
    [404, "not_found"],
    [429, "rate_limited"],
    [500, "internal"],
    [502, "network"],
    [503, "overloaded"],
    [504, "timeout"],
  ])("with status %i and no code is %s", (status, code) => {
    expect(resultOf(status)).toMatchObject({ problem: { code, retryAt: null }, setup: null });
  });

  it("with status 401 is a matter of setup", () => {
    expect(resultOf(401, "unauthenticated")).toMatchObject({ setup: "credentials_refused" });
  });

  it("waits an hour at most", () => {
    expect(resultOf(503, "overloaded", 999_999)).toMatchObject({ problem: { retryAt: startTime + 3_600_000 } });
  });
});
