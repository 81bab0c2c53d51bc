import { findConsumerOffset } from "@sidelight/context-api/store/tables/consumerOffsets.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import type { SfRow } from "../lab/world/types.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ routes: true });
});
afterAll(() => harness.close());

const world = () => harness.lab.tenants["acme"]!.world;
const accounts = (): SfRow[] => [...world().salesforce.tables.Account.values()].filter((row) => row["IsDeleted"] !== true);
const writes = (since = 0) =>
  harness.requests("salesforce", since).filter(({ method, path }) => method === "PATCH" && path.includes("/composite/sobjects"));

async function settle(): Promise<void> {
  const { log } = harness.runtime.tenants.get("acme")!.tenant;
  let quiet = 0;
  await advanceUntil(harness.clock, 500, "all work to be done", async () => {
    const isRouted = ((await findConsumerOffset(log.store, "routing")) ?? 0) >= log.head();
    const waitingDeliveries = (await harness.request("/v1/deliveries?limit=1&state=waiting")).body.items;
    quiet = isRouted && waitingDeliveries.length === 0 ? quiet + 1 : 0;
    return quiet > 3;
  });
}

/** Lets the next look at the figures happen. */
async function nextSweep(): Promise<void> {
  harness.clock.advance(16 * 60_000);
  await settle();
}

describe("support and usage of a company", () => {
  it("are written to every account once, in joined calls, as its context shows them", { timeout: 60_000 }, async () => {
    await nextSweep();
    const filledAccounts = accounts().filter(
      (row) => row["Sidelight_Open_Tickets__c"] !== undefined && row["Sidelight_Open_Tickets__c"] !== null,
    );
    expect(filledAccounts.length).toBe(accounts().length);
    expect(writes().length).toBeLessThan(accounts().length);
    const row = accounts().find((candidate) => Number(candidate["Sidelight_Sessions_30d__c"] ?? 0) > 0)!;
    const { sections } = (await harness.context(`salesforce.account:${row.Id}`)).body;
    const { support, product, health } = sections;
    const { new: fresh, open, pending, hold, highestPriority } = support!.data!;
    expect(row["Sidelight_Open_Tickets__c"]).toBe(fresh + open + pending + hold);
    expect(row["Sidelight_Highest_Priority__c"] ?? null).toBe(highestPriority);
    expect(row["Sidelight_Sessions_30d__c"]).toBe(product!.data!.sessions30d);
    expect(row["Sidelight_Last_Active__c"]).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(row["Sidelight_Health__c"] ?? null).toBe(health!.data!.score);
  });

  it("are not written again while they do not change", async () => {
    const { length } = harness.requests("salesforce");
    await nextSweep();
    await nextSweep();
    expect(writes(length)).toEqual([]);
  });
});
