import { describe, expect, it } from "vitest";
import type { ConnectionState } from "./connectionStates.ts";
import { readiness, type SyncedTenant } from "./readiness.ts";
import type { StreamProgress } from "./runner.ts";

const refusal: StreamProgress["problem"] = {
  message: "no object Lead",
  nextAction: null,
  isUnavailable: true,
  since: 0,
  failures: 1,
  isShared: false,
};
const failing: StreamProgress["problem"] = { ...refusal, message: "is down", isUnavailable: false };
const stream = (complete: boolean, problem: StreamProgress["problem"] = null) => ({ complete, problem });

function tenantOf(streams: { complete: boolean; problem: StreamProgress["problem"] }[], expected = streams.length): SyncedTenant {
  const connector = { streams: Array.from({ length: expected }, () => ({})) };
  return {
    tenant: { id: "acme", connections: [{ id: "salesforce", connector }] as unknown as SyncedTenant["tenant"]["connections"] },
    states: { of: () => ({ streams }) as unknown as ConnectionState },
  };
}

describe("readiness", () => {
  it("waits for the first backfill of every stream", () => {
    expect(readiness([tenantOf([stream(true), stream(false)])])).toEqual({
      ready: false,
      reasons: ["acme: first backfill of salesforce has 1 of 2 streams"],
    });
    expect(readiness([tenantOf([stream(true)], 2)]).ready).toBe(false);
    expect(readiness([tenantOf([stream(true), stream(false, failing)])]).ready).toBe(false);
  });

  it("does not wait for a stream that the account cannot serve", () => {
    expect(readiness([tenantOf([stream(true), stream(false, refusal)])])).toEqual({ ready: true, reasons: [] });
  });

  it("is not reached when the account serves no stream at all", () => {
    expect(readiness([tenantOf([stream(false, refusal), stream(false, refusal)])])).toEqual({
      ready: false,
      reasons: ["acme: no stream of salesforce can be pulled: no object Lead"],
    });
  });
});
