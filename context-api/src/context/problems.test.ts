import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { describe, expect, it } from "vitest";
import type { Connection, ConnectionHealth } from "../connections/connections.ts";
import type { FetchOutcome } from "./fetchFromPlatforms.ts";
import { connectionProblem, fetchProblem } from "./problems.ts";

const now = Date.parse("2026-11-20T15:00:00Z");
const connectionWith = (health: Partial<ConnectionHealth> = {}): Connection =>
  ({ health: () => ({ lastSuccessAt: null, failingSince: null, failure: null, ...health }) }) as unknown as Connection;
const outcome = (fields: object): FetchOutcome => ({ connection: connectionWith(), ...fields }) as unknown as FetchOutcome;

describe("the problem of a fetch", () => {
  it("is null when it succeeded", () => {
    expect(fetchProblem(outcome({ outcome: "fetched" }), "Zendesk", now)).toBeNull();
  });

  it("is a timeout with the last success when the deadline passed", () => {
    const connection = connectionWith({ lastSuccessAt: now - 60_000 });
    expect(fetchProblem(outcome({ outcome: "timed_out", connection }), "Zendesk", now)).toEqual({
      code: "timeout",
      message: "Zendesk did not answer in time.",
      since: "2026-11-20T14:59:00.000Z",
      retryAt: null,
    });
  });

  it("contains the platform's retry instant while it is in the future", () => {
    const failed = (retryAt: number) =>
      outcome({ outcome: "failed", error: new PlatformError("rate_limited", "zendesk", "429", { retryAt }) });
    expect(fetchProblem(failed(now + 30_000), "Zendesk", now)).toMatchObject({
      code: "rate_limited",
      retryAt: "2026-11-20T15:00:30.000Z",
    });
    expect(fetchProblem(failed(now), "Zendesk", now)).toMatchObject({ retryAt: null });
  });

  it.each(["not_found", "rejected"] as const)("is null for %s, which is an answer of the platform", (code) => {
    const error = new PlatformError(code, "zendesk", "404");
    expect(fetchProblem(outcome({ outcome: "failed", error }), "Zendesk", now)).toBeNull();
  });

  it("does not contain the error's own message", () => {
    const error = new PlatformError("unavailable", "zendesk", "GET /users/ada failed");
    expect(fetchProblem(outcome({ outcome: "failed", error }), "Zendesk", now)!.message).toBe("Zendesk is unavailable.");
  });
});

describe("the problem of a connection", () => {
  const failure = (code: NonNullable<ConnectionHealth["failure"]>["code"]) =>
    connectionWith({ failure: { code, message: "internal", retryAt: null } });

  it("is null without a failure", () => {
    expect(connectionProblem(connectionWith(), "CRM", false, now)).toBeNull();
  });

  it("is null for a reached rate limit while the value is fresh", () => {
    expect(connectionProblem(failure("rate_limited"), "CRM", true, now)).toBeNull();
    expect(connectionProblem(failure("rate_limited"), "CRM", false, now)).toMatchObject({ code: "rate_limited" });
  });

  it("is shown beside a fresh value for other failures", () => {
    expect(connectionProblem(failure("invalid_credentials"), "CRM", true, now)).toMatchObject({ code: "invalid_credentials" });
  });
});
