import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

// The second CRM of acme is the org of an acquired company: globex's simulator.
const secondCrm = "salesforce-acquired";
let harness: Harness;
/** An account of acme's own org, and the account of the same company in the acquired org. */
let [ownId, acquiredId] = ["", ""];
beforeAll(async () => {
  harness = await openHarness({
    otherTenant: true,
    pull: false,
    configure: ({ tenants: { acme, globex } }) => {
      const { settings } = globex.connections.find((c: { id: string }) => c.id === "salesforce");
      acme.connections.push({ id: secondCrm, platform: "salesforce", settings });
    },
  });
  const { acme, globex } = harness.lab.tenants;
  ownId = acme!.world.ids.salesforce.account(0);
  acquiredId = globex!.world.ids.salesforce.account(0);
  const accountsOf = (tenant: typeof acme) => tenant!.world.salesforce.tables.Account;
  const ownAccount = accountsOf(acme).get(ownId)!;
  const acquiredAccount = accountsOf(globex).get(acquiredId)!;
  acme!.world.change(() => accountsOf(acme).put({ ...ownAccount, ARR__c: null }));
  globex!.world.change(() => accountsOf(globex).put({ ...acquiredAccount, Website: ownAccount["Website"]!, ARR__c: 77_000 }));
  await harness.restart({ pull: true });
});
afterAll(() => harness.close());

const readAccount = async (id = ownId) => {
  const { body } = await harness.context(`salesforce.account:${id}`);
  return { account: body.sections.account!, customer: body.customer!, match: body.match };
};
const connectionOf = (id: string) =>
  harness.runtime.tenants.get("acme")!.tenant.connections.find((connection) => connection.id === id)!;

describe("two CRMs", () => {
  it("are one customer when their accounts share a domain", async () => {
    const [ownReading, acquiredReading] = [await readAccount(ownId), await readAccount(acquiredId)];
    expect(ownReading.match.state).toBe("resolved");
    expect(acquiredReading.customer.id).toBe(ownReading.customer.id);
  });

  it("feed one section: facts of the first connection, and what it lacks from the second", async () => {
    const { account } = await readAccount();
    const { world } = harness.lab.tenants["acme"]!;
    expect(account.state).toBe("ok");
    expect(account.data).toMatchObject({
      id: ownId,
      name: world.salesforce.tables.Account.get(ownId)!["Name"],
      arr: { amount: 77_000 },
    });
    expect(account.provenance["/name"]!.record).toBe(`salesforce.account:${ownId}`);
    expect(account.provenance["/arr"]!.record).toBe(`salesforce.account:${acquiredId}`);
    expect(account.absent).not.toHaveProperty("/arr");
  });

  it("show the customer of the second CRM alone from its own records", async () => {
    const id = harness.lab.tenants["globex"]!.world.ids.salesforce.account(1);
    const { account } = await readAccount(id);
    expect(account).toMatchObject({ state: "ok", data: { id } });
    expect(account.provenance["/name"]!.record).toBe(`salesforce.account:${id}`);
  });

  it("make the section as old as the older of the two", async () => {
    const { account } = await readAccount();
    const coverage = await harness.request("/v1/connections");
    const ages = coverage.body.items
      .filter((c: { id: string }) => c.id === "salesforce" || c.id === secondCrm)
      .map((c: { lastSuccessAt: string }) => Date.parse(c.lastSuccessAt));
    expect(ages).toHaveLength(2);
    expect(Date.parse(account.observedAt!)).toBeLessThanOrEqual(Math.min(...ages));
  });

  it("name the one that fails", async () => {
    const { circuits } = connectionOf(secondCrm);
    const call = async (work: () => Promise<void>) => await circuits.run("read", work).catch(() => {});
    for (let i = 0; i < 5; i++) await call(() => Promise.reject(new PlatformError("unavailable", "salesforce", "down")));
    const { account } = await readAccount();
    // The value is as fresh as before. The open circuit is shown beside it.
    expect(account).toMatchObject({ state: "ok", problem: { message: `Salesforce (${secondCrm}) is unavailable.` } });
    // Its failure does not concern a customer that only the first CRM has.
    const { account: ownOnly } = await readAccount(harness.lab.tenants["acme"]!.world.ids.salesforce.account(1));
    expect(ownOnly).toMatchObject({ state: "ok", problem: null });
    circuits.of("read").halfOpen();
    await call(async () => {});
    expect((await readAccount()).account).toMatchObject({ state: "ok", problem: null });
  });
});
