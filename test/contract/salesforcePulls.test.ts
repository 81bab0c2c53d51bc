import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { minute, openPulledSalesforce, type PulledSalesforce, stampOf } from "../harness/pulledSalesforce.ts";
import { orgRows, type SalesforceOrg, salesforceOrg } from "../harness/salesforceOrg.ts";

let product: PulledSalesforce;
let org: SalesforceOrg;
beforeEach(() => {
  org = salesforceOrg();
});
afterEach(async () => {
  await product.harness.close();
  org.restore();
});

describe("a value that changes without a change stamp", () => {
  it("is current after the next pull when it is a formula", async () => {
    let factor = 1;
    org.addFormula("Account", "ARR_Formula__c", (row) => (typeof row["ARR__c"] === "number" ? row["ARR__c"] * factor : null));
    product = await openPulledSalesforce((settings) => {
      settings.mapping = { account: { arr: "ARR_Formula__c" } };
    });
    expect((await product.read(product.accountRef())).sections.account.data.arr.amount).toBe(product.company().arr);
    factor = 3;
    await product.pass(16 * minute);
    const { account } = (await product.read(product.accountRef())).sections;
    expect(account.data.arr.amount).toBe(product.company().arr! * 3);
    expect(account.state).toBe("ok");
  });

  it("is not called current between two listings of an object with many records", async () => {
    let factor = 1;
    org.addFormula("Account", "ARR_Formula__c", (row) => (typeof row["ARR__c"] === "number" ? row["ARR__c"] * factor : null));
    product = await openPulledSalesforce(
      (settings) => {
        settings.mapping = { account: { arr: "ARR_Formula__c" } };
      },
      { limits: { salesforce: { batchSize: 2 } } },
    );
    const listedAt = Date.parse((await product.read(product.accountRef())).sections.account.observedAt);
    factor = 3;
    await product.pass(20 * minute);
    const { account } = (await product.read(product.accountRef())).sections;
    expect(account.data.arr.amount).toBe(product.company().arr);
    expect(Date.parse(account.observedAt)).toBe(listedAt);
    expect(Date.parse(account.freshUntil)).toBeLessThan(product.harness.clock.now());
    expect(Date.parse(account.provenance["/arr"].observedAt)).toBe(listedAt);
    await product.pass(30 * minute);
    const { account: later } = (await product.read(product.accountRef())).sections;
    expect(later.data.arr.amount).toBe(product.company().arr! * 3);
    expect(Date.parse(later.observedAt)).toBeGreaterThan(listedAt);
  });

  it("is current after the next pull when it belongs to a related record", async () => {
    product = await openPulledSalesforce();
    const users = orgRows(product.harness, "User");
    const owner = users.get(product.ids.user(product.company().owner.index));
    users.put({ ...owner, Name: "Grace Hopper-Murray" });
    await product.pass(16 * minute);
    expect((await product.read(product.accountRef())).sections.account.data.owner).toMatchObject({ name: "Grace Hopper-Murray" });
  });
});

describe("a pull", () => {
  it("starts again after a query was refused for its duration", async () => {
    product = await openPulledSalesforce();
    product.harness.lab.faults.add({
      platform: "salesforce",
      kind: "error",
      status: 400,
      rate: 1,
      path: "/services/data",
      seed: 1,
    });
    await advanceUntil(
      product.harness.clock,
      minute,
      "a refused pull",
      async () => (await product.stream("account")).state === "failing",
    );
    product.harness.lab.faults.clear();
    await product.pass(5 * minute);
    expect((await product.status()).streams.every((s) => s.state === "ok")).toBe(true);
  });

  it("sees a record that was committed nine minutes after its stamp", async () => {
    product = await openPulledSalesforce();
    await product.pass(16 * minute);
    const contacts = orgRows(product.harness, "Contact");
    const [row] = contacts.all();
    const stamp = stampOf(product.harness.clock.now() - 9 * minute);
    const Id = product.ids.make("Contact", 500_000);
    contacts.put({ ...row!, Id, LastName: "Late", Name: "Ann Late", Email: "ann@late.example", SystemModstamp: stamp });
    await product.pass(16 * minute);
    expect((await product.read(`salesforce.contact:${Id}`)).match.state).toBe("resolved");
    const calls = product.harness.requests("salesforce").filter((r) => r.path.includes("late.example") || r.path.includes(Id));
    expect(calls).toEqual([]);
  });

  it("retries within seconds when too many long requests run, and keeps the day's quota", async () => {
    product = await openPulledSalesforce();
    product.harness.lab.faults.add({
      platform: "salesforce",
      kind: "error",
      status: 403,
      rate: 1,
      path: "/services/data",
      seed: 1,
    });
    await advanceUntil(
      product.harness.clock,
      minute,
      "a refused pull",
      async () => (await product.stream("account")).state === "failing",
    );
    expect((await product.stream("account")).problem).toContain("too many requests at the same time");
    product.harness.lab.faults.clear();
    const { body } = await product.harness.request("/v1/connections");
    const { quota } = body.items.find((c: { id: string }) => c.id === "salesforce");
    expect(quota.daily.remaining).toBeGreaterThan(10_000);
    await product.pass(3 * minute);
    expect((await product.status()).streams.every((s) => s.state === "ok")).toBe(true);
  });
});

describe("the currency of an amount", () => {
  it("is the deal's own, whatever currency the ARR is mapped to", async () => {
    org.addFormula("Account", "ARR_Currency__c", () => "GBP");
    product = await openPulledSalesforce((settings) => {
      settings.mapping = { account: { currency: "ARR_Currency__c" } };
    });
    const row = orgRows(product.harness, "Opportunity")
      .all()
      .find((o) => o["IsClosed"] === false && typeof o["Amount"] === "number" && o["IsDeleted"] !== true)!;
    orgRows(product.harness, "Opportunity").put({
      ...row,
      CurrencyIsoCode: "JPY",
      SystemModstamp: stampOf(product.harness.clock.now()),
    });
    await product.pass(16 * minute);
    const { data } = (await product.read(`salesforce.account:${row["AccountId"]}`)).sections.account;
    const deal = data.opportunities.find((o: { id: string }) => o.id === row.Id);
    expect(deal.amount).toEqual({ amount: row["Amount"], currency: "JPY" });
    if (data.arr) expect(data.arr.currency).toBe("GBP");
  });

  it("is the default currency in an org with a single one, and nothing is missing", async () => {
    org.removeField("Account", "CurrencyIsoCode");
    org.removeField("Opportunity", "CurrencyIsoCode");
    product = await openPulledSalesforce((settings) => {
      settings.mapping = { defaultCurrency: "CHF" };
    });
    const { account } = (await product.read(product.accountRef())).sections;
    expect(account.data.arr.currency).toBe("CHF");
    for (const { amount } of account.data.opportunities) if (amount) expect(amount.currency).toBe("CHF");
    expect((await product.status()).missing).toEqual([]);
  });
});
