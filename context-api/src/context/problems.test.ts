import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { describe, expect, it } from "vitest";
import type { Connection, ConnectionHealth } from "../connections/connections.ts";
import type { FetchOutcome } from "./fetchOutcome.ts";
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
    expect(fetchProblem(outcome({ outcome: "timed_out", isPlatformLate: true, connection }), "Zendesk", now)).toEqual({
      code: "timeout",
      message: "Zendesk did not answer in time.",
      since: "2026-11-20T14:59:00.000Z",
      retryAt: null,
    });
  });

  it("is null when the time went elsewhere than to the platform", () => {
    expect(fetchProblem(outcome({ outcome: "timed_out", isPlatformLate: false }), "Zendesk", now)).toBeNull();
  });

  it("contains the platform's retry instant while it is in the future", () => {
    const failedOutcome = (retryAt: number) =>
      outcome({ outcome: "failed", error: new PlatformError("rate_limited", "zendesk", "429", { retryAt }) });
    expect(fetchProblem(failedOutcome(now + 30_000), "Zendesk", now)).toMatchObject({
      code: "rate_limited",
      retryAt: "2026-11-20T15:00:30.000Z",
    });
    expect(fetchProblem(failedOutcome(now), "Zendesk", now)).toMatchObject({ retryAt: null });
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
  const failing = (code: NonNullable<ConnectionHealth["failure"]>["code"]) =>
    ({ ...connectionWith(), readFailure: () => ({ code, message: "internal", retryAt: now + 60_000 }) }) as unknown as Connection;

  it("is null while its circuits are closed", () => {
    const working = { ...connectionWith(), readFailure: () => null } as unknown as Connection;
    expect(connectionProblem(working, "CRM", ["account"], now)).toBeNull();
  });

  it("contains the time of the next probe, and not the platform's own message", () => {
    expect(connectionProblem(failing("invalid_credentials"), "CRM", ["account"], now)).toEqual({
      code: "invalid_credentials",
      message: "CRM refuses our sign-in; an administrator has to reconnect it.",
      since: null,
      retryAt: "2026-11-20T15:01:00.000Z",
    });
  });
});
