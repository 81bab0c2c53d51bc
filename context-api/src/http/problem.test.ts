import { describe, expect, it } from "vitest";
import { z } from "zod";
import { StoreLostError } from "../log/writer/errors.ts";
import { ProblemError } from "../services/problemError.ts";
import { HttpProblem, invalidRequest, problemOf, problemResponse } from "./problem.ts";

describe("the problem of an error", () => {
  it("shows nothing of an unknown error, and keeps it as the cause", async () => {
    const error = new Error("SQLITE_CORRUPT at /var/lib/secret.sqlite");
    const problem = problemOf(error);
    expect(problem).toMatchObject({ code: "internal", cause: error });
    expect(await problemResponse(problem, "r-1").text()).not.toMatch(/SQLITE|secret/);
  });

  it("is overloaded with Retry-After when the store is lost", () => {
    const response = problemResponse(problemOf(new StoreLostError("the writer thread has ended")), "r-1");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
  });

  it("is the error itself for a problem", () => {
    const problem = new ProblemError("conflict", "The delivery is done.");
    expect(problemOf(problem)).toBe(problem);
  });

  it("keeps its own headers", () => {
    const response = problemResponse(new HttpProblem({ allow: "GET" }, "method_not_allowed", "Use GET."), "r-1");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
  });
});

describe("the problem of a request that fails its schema", () => {
  const Query = z.strictObject({ limit: z.coerce.number().int(), nested: z.strictObject({}).optional() });
  const problem = (value: unknown) => invalidRequest(Query.safeParse(value).error?.issues ?? []);

  it("names each unknown member by its pointer", () => {
    const { errors } = problem({ limit: 1, limt: 2, nested: { deep: 1 } });
    expect(errors?.map((e) => e.pointer)).toEqual(["/nested/deep", "/limt"]);
  });

  it("names the member that has a wrong value, and not the value", () => {
    const { errors, message } = problem({ limit: "secret" });
    expect(errors?.map((e) => e.pointer)).toEqual(["/limit"]);
    expect(message).not.toContain("secret");
  });
});
