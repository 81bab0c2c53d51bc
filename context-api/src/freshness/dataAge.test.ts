import { describe, expect, it } from "vitest";
import type { Connection } from "../connections/connections.ts";
import type { StreamProgress } from "../sync/runner.ts";
import { dataAge } from "./dataAge.ts";

const minuteMs = 60_000;
const now = 1_000 * minuteMs;

interface Situation {
  coveredMinutesAgo?: number;
  reportedMinutesAgo?: number;
  circuitOpenMinutes?: number;
  failingMinutes?: number;
  isComplete?: boolean;
  isPaused?: boolean;
  code?: string;
}

function ageIn({
  coveredMinutesAgo = 5,
  reportedMinutesAgo,
  circuitOpenMinutes,
  failingMinutes,
  isComplete = true,
  isPaused = false,
  code = "unavailable",
}: Situation) {
  const connection = {
    pausedAt: isPaused ? 1 : null,
    connector: { streams: [{ name: "tickets", objects: ["ticket"] }] },
    readFailure: () => (circuitOpenMinutes === undefined ? null : { code }),
    circuits: {
      list: () =>
        circuitOpenMinutes === undefined ? [] : [{ kind: "pull.tickets", since: now - circuitOpenMinutes * minuteMs }],
    },
  } as unknown as Connection;
  const problem = failingMinutes === undefined ? null : { since: now - failingMinutes * minuteMs, isUnavailable: false };
  const progress = [
    { stream: "tickets", complete: isComplete, coveredUntil: now - coveredMinutesAgo * minuteMs, problem },
  ] as StreamProgress[];
  const reportedAt = reportedMinutesAgo === undefined ? null : now - reportedMinutesAgo * minuteMs;
  const age = dataAge({ connection, object: "ticket", progress, reportedAt, now });
  return age && [age.ms / minuteMs, age.cause];
}

describe("dataAge", () => {
  it("is the time since the last complete pull, or zero while webhooks report the object", () => {
    expect(ageIn({ coveredMinutesAgo: 7 })).toEqual([7, "pull"]);
    expect(ageIn({ coveredMinutesAgo: 50, reportedMinutesAgo: 300 })).toEqual([0, "webhook"]);
  });

  it("grows during an outage from its beginning, although nothing arrives", () => {
    expect(ageIn({ coveredMinutesAgo: 50, reportedMinutesAgo: 300, circuitOpenMinutes: 12 })).toEqual([12, "failing"]);
    expect(ageIn({ coveredMinutesAgo: 50, reportedMinutesAgo: 300, circuitOpenMinutes: 12, failingMinutes: 20 })).toEqual([
      20,
      "failing",
    ]);
    expect(ageIn({ coveredMinutesAgo: 30, failingMinutes: 20 })).toEqual([30, "failing"]);
    expect(ageIn({ circuitOpenMinutes: 5, code: "invalid_credentials" })).toEqual([5, "sign_in"]);
  });

  it("is as young as the last webhook that arrived during a failure of pulls", () => {
    expect(ageIn({ coveredMinutesAgo: 50, reportedMinutesAgo: 1, failingMinutes: 20 })).toEqual([1, "failing"]);
  });

  it("is not measured during the first backfill, or while an operator has paused the connection", () => {
    expect(ageIn({ isComplete: false })).toBeNull();
    expect(ageIn({ isPaused: true })).toBeNull();
  });
});
