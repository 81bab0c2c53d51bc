import { advanceBy, advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterEach, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
afterEach(() => harness.close());

const openTickets = "Sidelight_Open_Tickets__c";
const advance = (ms: number): Promise<void> => advanceBy(harness.clock, 1_000, ms);
const waitingCount = async (): Promise<number> =>
  (await harness.request("/v1/deliveries?state=waiting&limit=100")).body.items.length;
const updates = (since: number): number =>
  harness.requests("salesforce", since).filter(({ method, path }) => method === "PATCH" && path.endsWith("/composite/sobjects"))
    .length;

it("tickets of a minute share the writes of their accounts: the first at once, the others together, with the newest counts", async () => {
  harness = await openHarness({ webhooks: true, routes: true });
  const { world } = harness.lab.tenants["acme"]!;
  await advance(20 * 60_000);
  const since = harness.requests("salesforce").length;
  harness.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 1 });
  await advance(10_000);
  expect(updates(since)).toBe(1);
  for (let seed = 2; seed <= 7; seed++) {
    harness.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed });
    await advance(4_000);
  }
  expect(updates(since)).toBe(1);
  expect(await waitingCount()).toBeGreaterThan(1);
  await advanceUntil(harness.clock, 1_000, "the joined write", async () => (await waitingCount()) === 0);
  expect(updates(since)).toBeLessThanOrEqual(3);
  const writtenAccounts = [...world.salesforce.tables.Account.values()].filter(
    (account) => typeof account[openTickets] === "number",
  );
  expect(writtenAccounts.length).toBeGreaterThan(1);
});
