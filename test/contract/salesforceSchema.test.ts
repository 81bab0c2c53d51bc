import { currentData } from "@sidelight/context-api/log/reader.ts";
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

describe("a mapped field that an administrator removes", () => {
  it("is named as missing, and its value is not mapped, while the pulls go on", async () => {
    product = await openPulledSalesforce();
    const previous = await product.read(product.accountRef());
    expect(previous.sections.account.data.arr).toMatchObject({ amount: product.company().arr });
    org.removeField("Account", "ARR__c");
    const coveredUntil = (await product.stream("account")).coveredUntil!;
    await product.pass(20 * minute);
    const { account } = (await product.read(product.accountRef())).sections;
    expect(account).toMatchObject({
      state: "ok",
      data: { arr: null, name: product.company().name },
      absent: { "/arr": "not_mapped" },
    });
    expect(await product.status()).toMatchObject({ state: "ok", missing: ["Account.ARR__c"] });
    expect(Date.parse((await product.stream("account")).coveredUntil!)).toBeGreaterThan(Date.parse(coveredUntil));
    expect(await product.alertsOf("mapped_field_gone")).toEqual(["Account.ARR__c"]);
  });

  it("is taken up again within about an hour of its return, for records that did not change", async () => {
    product = await openPulledSalesforce();
    org.removeField("Account", "ARR__c");
    await product.pass(20 * minute);
    org.returnField("Account", "ARR__c");
    await product.pass(80 * minute);
    expect((await product.read(product.accountRef())).sections.account.data.arr).toMatchObject({ amount: product.company().arr });
    expect((await product.status()).missing).toEqual([]);
    expect(await product.alertsOf("mapped_field_gone")).toEqual([]);
    expect(await product.alertsOf("mapped_field_gone", "closed")).toEqual(["Account.ARR__c"]);
  });

  it("leaves no health score while it was the renewal, so that an overdue one does not become good", async () => {
    product = await openPulledSalesforce();
    const id = product.ids.account(product.company().index);
    const rows = orgRows(product.harness, "Account");
    const overdue = new Date(product.harness.clock.now() - 40 * 86_400_000).toISOString().slice(0, 10);
    rows.put({ ...rows.get(id), Renewal_Date__c: overdue, SystemModstamp: stampOf(product.harness.clock.now()) });
    await product.pass(20 * minute);
    const health = async () => (await product.read(product.accountRef())).sections.health.data;
    expect((await health()).score ?? 0).toBeLessThanOrEqual(39);
    org.removeField("Account", "Renewal_Date__c");
    await product.pass(20 * minute);
    expect(await health()).toMatchObject({ score: null, band: null });
    expect((await health()).missing).toContainEqual({ key: "renewal", weight: 0.1, reason: "field_gone" });
    await product.harness.restart();
    expect((await health()).score).toBeNull();
    org.returnField("Account", "Renewal_Date__c");
    await product.pass(80 * minute);
    expect((await health()).missing.map(({ key }: { key: string }) => key)).not.toContain("renewal");
  });

  it("is named too when it is a standard field that an administrator hides from the integration's user", async () => {
    product = await openPulledSalesforce();
    expect((await product.status()).missing).toEqual([]);
    org.removeField("Opportunity", "Amount");
    org.removeField("Contact", "AccountId");
    await product.pass(20 * minute);
    expect(await product.status()).toMatchObject({ state: "ok", missing: ["Contact.AccountId", "Opportunity.Amount"] });
    expect(await product.alertsOf("mapped_field_gone")).toEqual([]);
    org.returnField("Contact", "AccountId");
    await product.pass(80 * minute);
    expect((await product.status()).missing).toEqual(["Opportunity.Amount"]);
  });

  it("does not break a look-up of a stranger or a refresh", async () => {
    product = await openPulledSalesforce();
    org.removeField("Contact", "Secondary_Email__c");
    org.removeField("Account", "Website");
    expect((await product.read("email:stranger@nowhere.example")).match).toMatchObject({ state: "none", partial: false });
    expect(await product.refresh(product.accountRef())).toBe(200);
    expect((await product.read(product.accountRef())).sections.account).toMatchObject({ state: "ok", problem: null });
  });

  it("gives no consent when it was the field that withdrew it", async () => {
    product = await openPulledSalesforce();
    const contacts = orgRows(product.harness, "Contact");
    const row = contacts.all().find((c) => c["HasOptedOutOfEmail"] === true && c["IsDeleted"] !== true)!;
    const contact = `salesforce.contact:${row.Id}`;
    const consentOf = async () => {
      const { log } = product.harness.runtime.tenants.get("acme")!.tenant;
      return (await currentData(log, [contact])).get(contact);
    };
    expect(await consentOf()).toMatchObject({ optedOut: true });
    org.removeField("Contact", "HasOptedOutOfEmail");
    await product.pass(20 * minute);
    expect((await product.status()).missing).toEqual(["Contact.HasOptedOutOfEmail"]);
    expect(await consentOf()).toMatchObject({ optedOut: true });
  });
});

describe("a consent field of a related record", () => {
  it("is read again although the contact's own stamp does not move", async () => {
    let isDeclined = false;
    org.addFormula("Account", "No_Analytics__c", () => isDeclined, "boolean");
    product = await openPulledSalesforce((settings) => {
      settings.mapping = { contact: { optOut: { analytics: ["Account.No_Analytics__c"] } } };
    });
    const { log } = product.harness.runtime.tenants.get("acme")!.tenant;
    const row = orgRows(product.harness, "Contact")
      .all()
      .find((c) => c["AccountId"] === product.ids.account(product.company().index))!;
    const contact = `salesforce.contact:${row.Id}`;
    const consent = async () => (await currentData(log, [contact])).get(contact);
    expect(await consent()).toMatchObject({ optedOut: false });
    isDeclined = true;
    await product.pass(16 * minute);
    expect(await consent()).toMatchObject({ optedOut: true, withdrawals: ["analytics"] });
  });
});

describe("a mapping to what the org does not have", () => {
  it("is named as missing when a relationship or its field does not exist", async () => {
    product = await openPulledSalesforce((settings) => {
      settings.mapping = { account: { nextStep: "Champion__r.Name", plan: "Parent.Tier__c", stage: "Parent.Name" } };
    });
    expect((await product.status()).missing).toEqual(["Account.Champion__r.Name", "Account.Parent.Tier__c"]);
    const child = product.companies().find((c) => c.parent !== null)!;
    const { account } = (await product.read(`salesforce.account:${product.ids.account(child.index)}`)).sections;
    expect(account).toMatchObject({
      state: "ok",
      data: { stage: product.companies()[child.parent!]!.name, plan: null },
      absent: { "/plan": "not_mapped" },
    });
    // A record without the related one has no value, which is not the same as not mapped.
    const { account: orphan } = (await product.read(product.accountRef())).sections;
    expect(orphan).toMatchObject({ data: { stage: null }, absent: { "/stage": "none_set" } });
  });

  it("reads a field whose name is spelled with other capitals", async () => {
    product = await openPulledSalesforce((settings) => {
      settings.mapping = { account: { arr: "arr__C", nextStep: "owner.title" } };
    });
    const { account } = (await product.read(product.accountRef())).sections;
    expect(account.data.arr).toMatchObject({ amount: product.company().arr });
    expect(account.data.nextStep).toEqual(expect.any(String));
    expect((await product.status()).missing).toEqual([]);
  });
});

describe("an object that the org does not have, or hides from the integration's user", () => {
  it("makes its stream unavailable with the reason, and the others are complete and ready", async () => {
    org.removeObject("Lead");
    product = await openPulledSalesforce();
    const { state, streams, lagSeconds } = await product.status();
    expect(state).toBe("ok");
    expect(lagSeconds).not.toBeNull();
    expect(streams.filter((s) => s.name !== "lead").every((s) => s.complete && s.state === "ok")).toBe(true);
    expect(streams.find((s) => s.name === "lead")).toMatchObject({
      state: "unavailable",
      complete: false,
      problem: expect.stringContaining("no object Lead"),
    });
    expect(await product.alertsOf("stream_unavailable")).toEqual(["lead"]);
    expect((await product.read("email:stranger@nowhere.example")).match).toMatchObject({ state: "none", partial: false });
  });

  it("is pulled within an hour of its return", async () => {
    org.removeObject("Lead");
    product = await openPulledSalesforce();
    org.returnObject("Lead");
    await product.pass(70 * minute);
    expect(await product.stream("lead")).toMatchObject({ state: "ok", complete: true, problem: null });
    expect(await product.alertsOf("stream_unavailable")).toEqual([]);
  });

  it("does not age the section that shows it beside others", async () => {
    org.removeObject("Event");
    product = await openPulledSalesforce();
    expect((await product.read(product.accountRef())).sections.account).toMatchObject({ state: "ok", problem: null });
    org.removeObject("Task");
    await product.pass(40 * minute);
    expect(await product.stream("task")).toMatchObject({ state: "unavailable" });
    expect(await product.refresh(product.accountRef())).toBe(200);
  });

  it("is no reason to delete its records", async () => {
    product = await openPulledSalesforce();
    const contact = orgRows(product.harness, "Contact")
      .all()
      .find((c) => c["AccountId"] === product.ids.account(product.company().index))!;
    org.removeObject("Contact");
    await product.pass(90 * minute);
    expect(await product.refresh(`salesforce.contact:${contact.Id}`)).toBe(200);
    expect((await product.read(`salesforce.contact:${contact.Id}`)).match.state).toBe("resolved");
  });
});
