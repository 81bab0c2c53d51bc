import { currentData } from "@sidelight/context-api/log/reader.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { minute, openPulledSalesforce, type PulledSalesforce } from "../harness/pulledSalesforce.ts";
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

const rowsOf = (object: Parameters<typeof orgRows>[1]) => orgRows(product.harness, object);
const contactRow = () =>
  rowsOf("Contact")
    .all()
    .find((c) => c["AccountId"] === product.ids.account(product.company().index) && c["Email"] !== null)!;
const stored = async (ref: string) => {
  const { log } = product.harness.runtime.tenants.get("acme")!.tenant;
  return (await currentData(log, [ref])).get(ref);
};

describe("a field by which Sidelight searches", () => {
  it("is left out of the search when the integration's user cannot see it, and the rest is searched", async () => {
    product = await openPulledSalesforce();
    org.removeField("Lead", "Email");
    const body = await product.read("email:stranger@nowhere.example");
    expect(body.match).toMatchObject({ state: "none", partial: false });
    const queries = product.harness.requests("salesforce").filter((r) => r.status >= 400);
    expect(queries.length).toBeLessThanOrEqual(2);
    expect((await product.read("email:other@nowhere.example")).match).toMatchObject({ state: "none", partial: false });
    expect(product.harness.requests("salesforce").filter((r) => r.status >= 400).length).toBe(queries.length);
  });

  it("is left out when it was created again as long text or as a number, which cannot be compared", async () => {
    product = await openPulledSalesforce();
    org.retypeField("Contact", "Secondary_Email__c", "textarea");
    org.retypeField("Account", "Website", "double");
    await product.pass(80 * minute);
    for (const ref of ["email:stranger@nowhere.example", "domain:nowhere.example"])
      expect((await product.read(ref)).match).toMatchObject({ state: "none", partial: false });
  });

  it("does not stop the refresh of an account when it relates deals and activities to it", async () => {
    product = await openPulledSalesforce();
    org.removeField("Opportunity", "AccountId");
    org.removeField("Task", "AccountId");
    const accounts = rowsOf("Account");
    const id = product.ids.account(product.company().index);
    accounts.put({ ...accounts.get(id), Name: "Renamed Ltd", SystemModstamp: product.now() });
    expect(await product.refresh(product.accountRef())).toBe(200);
    const { account } = (await product.read(product.accountRef())).sections;
    expect(account).toMatchObject({ state: "ok", problem: null, data: { name: "Renamed Ltd" } });
  });
});

describe("a mapped field that is created again with another type", () => {
  it("is read as a number when it contains one as text, and as text when it contains a number", async () => {
    product = await openPulledSalesforce();
    org.retypeField("Account", "ARR__c", "string");
    org.retypeField("Account", "Plan__c", "double");
    const id = product.ids.account(product.company().index);
    const accounts = rowsOf("Account");
    accounts.put({ ...accounts.get(id), ARR__c: "184000.50", Plan__c: 3, SystemModstamp: product.now() });
    await product.pass(20 * minute);
    const { data } = (await product.read(product.accountRef())).sections.account;
    expect(data).toMatchObject({ arr: { amount: 184_000.5 }, plan: "3" });
    accounts.put({ ...accounts.get(id), ARR__c: "about 184k", SystemModstamp: product.now() });
    await product.pass(20 * minute);
    expect((await product.read(product.accountRef())).sections.account.data.arr).toBeNull();
  });

  it("gives no consent when it withdrew it as a checkbox and is text now", async () => {
    product = await openPulledSalesforce();
    const row = rowsOf("Contact")
      .all()
      .find((c) => c["HasOptedOutOfEmail"] === true && c["IsDeleted"] !== true)!;
    const ref = `salesforce.contact:${row.Id}`;
    expect(await stored(ref)).toMatchObject({ optedOut: true });
    org.retypeField("Contact", "HasOptedOutOfEmail", "string");
    rowsOf("Contact").put({ ...row, HasOptedOutOfEmail: "No e-mail", SystemModstamp: product.now() });
    await product.pass(80 * minute);
    expect(await stored(ref)).toMatchObject({ optedOut: true });
    expect((await product.status()).missing).toContain("Contact.HasOptedOutOfEmail");
  });
});

describe("a case or an activity of a contact", () => {
  it("is in the timeline of the contact's company when it has no account of its own", async () => {
    product = await openPulledSalesforce();
    const contact = contactRow();
    const timeline = async (ref: string): Promise<string[]> => {
      const { body } = await product.harness.request(`/v1/timeline/${encodeURIComponent(ref)}?limit=100`);
      return body.items.map((i: { title: string }) => i.title);
    };
    const [kase] = rowsOf("Case").all();
    const [task] = rowsOf("Task").all();
    const made = { IsDeleted: false, CreatedDate: product.now(), SystemModstamp: product.now(), AccountId: null };
    await product.pass(minute);
    rowsOf("Case").put({
      ...kase!,
      ...made,
      Id: product.ids.make("Case", 500_001),
      ContactId: contact.Id,
      Subject: "A case of nobody's account",
    });
    rowsOf("Task").put({
      ...task!,
      ...made,
      Id: product.ids.make("Task", 500_002),
      WhoId: contact.Id,
      WhatId: null,
      ActivityDate: null,
      Subject: "A call without an account",
    });
    await product.pass(35 * minute);
    for (const ref of [product.accountRef(), `salesforce.contact:${contact.Id}`])
      expect(await timeline(ref)).toEqual(expect.arrayContaining(["A case of nobody's account", "A call without an account"]));
    const other = product.companies().find((c) => c.index !== product.company().index && c.arr !== null)!;
    expect(await timeline(`salesforce.account:${product.ids.account(other.index)}`)).not.toContain("A case of nobody's account");
  });
});
