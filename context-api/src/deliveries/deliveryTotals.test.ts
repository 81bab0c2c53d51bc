import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { expect, it } from "vitest";
import { totalsOfBatch } from "./deliveryTotals.ts";

const callback: Outcome = { state: "done", ref: null, hasWritten: true };
const failures: Outcome = { state: "failed", cause: "rejected", message: "No.", isRetryable: false, retryAt: null };
const from = (...routes: string[]) => routes.map((route) => ({ route }));

it("counts deliveries and effects by route, and the batch once; what failed is no event", () => {
  const settlements = [
    { deliveries: from("a"), tier: "high", outcome: callback },
    { deliveries: from("a", "a", "b"), tier: "", outcome: callback },
    { deliveries: from("b"), tier: "", outcome: failures },
  ];
  const totals = totalsOfBatch({ target: "mixpanel", action: "track", settlements }, 3_600_000 * 7 + 12);
  expect(totals.map(({ route, customer_tier: tier, records, events, calls }) => [route, tier, records, events, calls])).toEqual([
    ["a", "high", 1, 1, 0],
    ["a", "", 2, 0, 0],
    ["b", "", 1, 1, 0],
    ["", "", 0, 0, 1],
  ]);
  expect(
    totals.every(
      ({ hour, kind, connection, name }) => [hour, kind, connection, name].join() === "25200000,delivery,mixpanel,track",
    ),
  ).toBe(true);
});
