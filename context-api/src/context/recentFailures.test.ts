import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { describe, expect, it } from "vitest";
import type { Connection } from "../connections/connections.ts";
import type { FetchOutcome } from "./fetchOutcome.ts";
import { createRecentFailures } from "./recentFailures.ts";

const start = 1_000_000;

/** A connection that last answered at `answeredAt`. */
const connectionOf = (id: string, answeredAt: { ms: number | null } = { ms: null }) =>
  ({ id, health: () => ({ lastSuccessAt: answeredAt.ms }) }) as unknown as Connection;
const failed = (connection: Connection): FetchOutcome => ({
  connection,
  at: start,
  outcome: "failed",
  error: new PlatformError("unavailable", connection.id, "no answer"),
});
const found = (connection: Connection): FetchOutcome => ({ connection, at: start, outcome: "found" });

function openFailures() {
  let elapsedMs = 0;
  const failures = createRecentFailures({ now: () => start + elapsedMs, monotonic: () => elapsedMs });
  const advance = (ms: number): void => {
    elapsedMs += ms;
  };
  return { failures, advance };
}

describe("failures that every answer about a customer shows", () => {
  it("are those of this customer, for 30 seconds", () => {
    const { failures, advance } = openFailures();
    const connection = connectionOf("mixpanel");
    expect(failures.record("anna", [failed(connection)])).toBe(true);
    expect(failures.list("anna", [connection])).toEqual([failed(connection)]);
    expect(failures.list("ben", [connection])).toEqual([]);
    advance(29_999);
    expect(failures.list("anna", [connection])).toHaveLength(1);
    advance(1);
    expect(failures.list("anna", [connection])).toEqual([]);
  });

  it("are new once: the next failure of the same connection only prolongs them", () => {
    const { failures, advance } = openFailures();
    const connection = connectionOf("mixpanel");
    failures.record("anna", [failed(connection)]);
    advance(20_000);
    expect(failures.record("anna", [failed(connection)])).toBe(false);
    advance(20_000);
    expect(failures.list("anna", [connection])).toHaveLength(1);
  });

  it("end when a fetch of this customer succeeds, and when the connection answers anything", () => {
    const { failures } = openFailures();
    const answeredAt = { ms: start };
    const [mixpanel, zendesk] = [connectionOf("mixpanel"), connectionOf("zendesk", answeredAt)];
    failures.record("anna", [failed(mixpanel), failed(zendesk)]);
    expect(failures.list("anna", [mixpanel, zendesk])).toHaveLength(2);
    failures.record("anna", [found(mixpanel)]);
    answeredAt.ms = start + 1;
    expect(failures.list("anna", [mixpanel, zendesk])).toEqual([]);
  });

  it("are shown when another call of the same fetch succeeded, and are not new again because of it", () => {
    const { failures, advance } = openFailures();
    const answeredAt = { ms: start };
    const connection = connectionOf("mixpanel", answeredAt);
    for (const isNew of [true, false, false]) {
      advance(50);
      answeredAt.ms = start + 50;
      expect(failures.record("anna", [failed(connection)])).toBe(isNew);
      expect(failures.list("anna", [connection])).toHaveLength(1);
    }
  });

  it("do not contain a call that was not made", () => {
    const { failures } = openFailures();
    const connection = connectionOf("mixpanel");
    expect(failures.record("anna", [{ ...failed(connection), isLocal: true }])).toBe(false);
    expect(failures.list("anna", [connection])).toEqual([]);
  });
});
