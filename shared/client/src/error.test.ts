import { problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { describe, expect, it } from "vitest";
import { errorFrom, retryableCodes } from "./error.ts";

const problem = {
  type: "/docs/errors#rate_limited",
  title: "",
  status: 429,
  code: "rate_limited",
  detail: "Wait.",
  requestId: "r1",
};

describe("errors of the client", () => {
  it("have the same retryable codes as the contract", () => {
    const retryable = Object.entries(problemCodes).flatMap(([code, { retryable }]) => (retryable ? [code] : []));
    expect(retryableCodes.filter((code) => Object.hasOwn(problemCodes, code)).sort()).toEqual(retryable.sort());
  });

  it("carry code, status, request id and pause of a problem", () => {
    const error = errorFrom(problem, 429, new Headers({ "retry-after": "30" }));
    expect(error).toMatchObject({ code: "rate_limited", status: 429, requestId: "r1", retryAfterSeconds: 30, isRetryable: true });
  });

  it("carry the pause that a proxy named without a problem", () => {
    expect(errorFrom("Slow down", 429, new Headers({ "retry-after": "7" }))).toMatchObject({
      code: "unexpected_answer",
      retryAfterSeconds: 7,
    });
  });

  it.each([[undefined], [{ message: "Bad gateway" }], [{ ...problem, requestId: 1 }]])(
    "are unexpected_answer for a body of another form: %j",
    (body) => {
      expect(errorFrom(body, 200, new Headers())).toMatchObject({ code: "unexpected_answer", status: 200, isRetryable: false });
    },
  );

  it.each([
    [429, true],
    [502, true],
    [503, true],
    [504, true],
    [404, false],
    [500, false],
  ])("of a proxy with status %i are retryable: %s", (status, isRetryable) => {
    expect(errorFrom("<h1>Error</h1>", status, new Headers())).toMatchObject({ code: "unexpected_answer", isRetryable });
  });
});
