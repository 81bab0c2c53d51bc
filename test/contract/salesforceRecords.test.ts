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

describe("a record that vanishes without a trace", () => {
  const contactOf = () =>
    orgRows(product.harness, "Contact")
      .all()
      .find((c) => c["AccountId"] === product.ids.account(product.company().index) && c["IsDeleted"] !== true)!;
  const matchOf = async (id: string) => (await product.read(`salesforce.contact:${id}`, "?sections=account")).match;

  it("is gone when it is fetched by id", async () => {
    product = await openPulledSalesforce();
    const { Id } = contactOf();
    expect((await matchOf(Id)).state).toBe("resolved");
    orgRows(product.harness, "Contact").remove(Id);
    expect(await product.refresh(`salesforce.contact:${Id}`)).toBe(200);
    expect((await matchOf(Id)).state).toBe("none");
  });

  it("is gone at the next whole listing", async () => {
    product = await openPulledSalesforce();
    const { Id } = contactOf();
    orgRows(product.harness, "Contact").remove(Id);
    await product.pass(80 * minute);
    expect((await matchOf(Id)).state).toBe("none");
    expect(await product.alertsOf("records_missing")).toEqual([]);
  });

  it("is back when it is shared with the integration's user again, with its old stamp", async () => {
    product = await openPulledSalesforce();
    const row = contactOf();
    orgRows(product.harness, "Contact").remove(row.Id);
    await product.pass(80 * minute);
    orgRows(product.harness, "Contact").put(row);
    await product.pass(80 * minute);
    expect((await matchOf(row.Id)).state).toBe("resolved");
  });

  it("is kept when a listing lacks all records, as after a lost permission", async () => {
    product = await openPulledSalesforce();
    const contacts = orgRows(product.harness, "Contact");
    const rows = contacts.all();
    const { Id } = contactOf();
    for (const row of rows) contacts.remove(row.Id);
    await product.pass(80 * minute);
    expect((await matchOf(Id)).state).toBe("resolved");
    expect(await product.alertsOf("records_missing")).toEqual(["contact"]);
    for (const row of rows) contacts.put(row);
    await product.pass(80 * minute);
    expect(await product.alertsOf("records_missing")).toEqual([]);
  });
});

describe("the life of a contact, lead or account", () => {
  const now = () => stampOf(product.harness.clock.now());

  it("follows a contact to another account", async () => {
    product = await openPulledSalesforce();
    const contacts = orgRows(product.harness, "Contact");
    const row = contacts.all().find((c) => c["AccountId"] === product.ids.account(product.company().index))!;
    const other = product.companies().find((c) => c.index !== product.company().index && c.arr !== null)!;
    contacts.put({ ...row, AccountId: product.ids.account(other.index), SystemModstamp: now() });
    await product.pass(16 * minute);
    expect((await product.read(`salesforce.contact:${row.Id}`)).customer.company).toMatchObject({ name: other.name });
  });

  it("answers the contact of a converted lead, also by the lead's id", async () => {
    product = await openPulledSalesforce();
    const leads = orgRows(product.harness, "Lead");
    const lead = leads.all().find((l) => l["IsConverted"] !== true)!;
    const Id = product.ids.make("Contact", 500_001);
    const [contact] = orgRows(product.harness, "Contact").all();
    const AccountId = product.ids.account(product.company().index);
    const created = {
      ...contact!,
      Id,
      AccountId,
      Name: lead["Name"] ?? null,
      Email: lead["Email"] ?? null,
      SystemModstamp: now(),
    };
    orgRows(product.harness, "Contact").put(created);
    leads.put({ ...lead, IsConverted: true, ConvertedContactId: Id, ConvertedAccountId: AccountId, SystemModstamp: now() });
    await product.pass(16 * minute);
    const body = await product.read(`salesforce.lead:${lead.Id}`);
    expect(body.match.state).toBe("resolved");
    expect(body.customer.company).toMatchObject({ name: product.company().name });
  });

  it("follows a merge, also by the id of a record that was never pulled", async () => {
    product = await openPulledSalesforce();
    const contacts = orgRows(product.harness, "Contact");
    const [master] = contacts.all().filter((c) => c["AccountId"] === product.ids.account(product.company().index));
    const Id = product.ids.make("Contact", 500_002);
    contacts.put({ ...master!, Id, Email: null, IsDeleted: true, MasterRecordId: master!.Id, SystemModstamp: now() });
    expect((await product.read(`salesforce.contact:${Id}`)).customer.name).toBe(
      (await product.read(`salesforce.contact:${master!.Id}`)).customer.name,
    );
  });

  it("shows a deletion and an undeletion", async () => {
    product = await openPulledSalesforce();
    const contacts = orgRows(product.harness, "Contact");
    const row = contacts.all().find((c) => c["AccountId"] === product.ids.account(product.company().index))!;
    contacts.put({ ...row, IsDeleted: true, SystemModstamp: now() });
    await product.pass(16 * minute);
    expect((await product.read(`salesforce.contact:${row.Id}`)).match.state).toBe("none");
    // Purged from the recycle bin: it stays gone.
    contacts.remove(row.Id);
    await product.pass(80 * minute);
    expect((await product.read(`salesforce.contact:${row.Id}`)).match.state).toBe("none");
    contacts.put({ ...row, IsDeleted: false, SystemModstamp: now() });
    await product.pass(16 * minute);
    expect((await product.read(`salesforce.contact:${row.Id}`)).match.state).toBe("resolved");
  });

  it("shows the deletion of an account's contacts, whose stamps a cascade does not move", async () => {
    product = await openPulledSalesforce();
    const contacts = orgRows(product.harness, "Contact");
    const row = contacts.all().find((c) => c["AccountId"] === product.ids.account(product.company().index))!;
    contacts.put({ ...row, IsDeleted: true });
    await product.pass(80 * minute);
    expect((await product.read(`salesforce.contact:${row.Id}`)).match.state).toBe("none");
  });

  it("forgets the address of a contact that was anonymized", async () => {
    product = await openPulledSalesforce();
    const contacts = orgRows(product.harness, "Contact");
    const emails = contacts.all().map((c) => String(c["Email"]).toLowerCase());
    const row = contacts
      .all()
      .find((c) => c["Email"] && emails.filter((e) => e === String(c["Email"]).toLowerCase()).length === 1)!;
    const address = String(row["Email"]).toLowerCase();
    const blank = { Email: null, Secondary_Email__c: null, Phone: null, MobilePhone: null, FirstName: null, Name: "Deleted" };
    contacts.put({ ...row, ...blank, LastName: "Deleted", SystemModstamp: now() });
    await product.pass(16 * minute);
    const refs = (await product.read(`email:${address}`)).match.reasons.map((r: { evidence: string }) => r.evidence).join();
    expect(refs).not.toContain("salesforce contact");
    expect((await product.read(`salesforce.contact:${row.Id}`)).customer.name).toBe("Deleted");
  });
});

describe("a record elsewhere that names a record of Salesforce", () => {
  const world = () => product.harness.lab.tenants["acme"]!.world;
  const zendeskNow = () => `${new Date(product.harness.clock.now()).toISOString().slice(0, 19)}Z`;
  const noAddresses = { Email: null, Secondary_Email__c: null, Phone: null, MobilePhone: null };
  const contactOf = () =>
    orgRows(product.harness, "Contact")
      .all()
      .find((c) => c["AccountId"] === product.ids.account(product.company().index))!;
  /** A user of Zendesk whom only the external id links. */
  function userNaming(externalId: string): string {
    const { users, identities } = world().zendesk;
    const user = [...users.values()].find((u) => u.role === "end-user" && u.active)!;
    world().change(() => {
      for (const identity of identities.by("user_id", user.id)) identities.remove(identity.id);
      const values = { email: null, phone: null, organization_id: null, external_id: externalId, updated_at: zendeskNow() };
      users.put({ ...user, ...values } as never);
    });
    return `zendesk.user:${user.id}`;
  }

  it("belongs to the contact that the named contact was merged into", async () => {
    product = await openPulledSalesforce();
    const master = contactOf();
    const Id = product.ids.make("Contact", 500_011);
    const stamp = product.now();
    orgRows(product.harness, "Contact").put({ ...master, ...noAddresses, Id, Name: "Another Name", SystemModstamp: stamp });
    const user = userNaming(Id);
    await product.pass(120 * minute);
    expect((await product.read(user)).customer.name).toBe("Another Name");
    const merged = { IsDeleted: true, MasterRecordId: master.Id, SystemModstamp: product.now() };
    orgRows(product.harness, "Contact").put({ ...master, ...noAddresses, ...merged, Id });
    await product.pass(20 * minute);
    const { customer } = await product.read(user);
    expect(customer).toMatchObject({ name: master["Name"], company: { name: product.company().name } });
    expect((await product.read(`salesforce.contact:${master.Id}`)).customer.id).toBe(customer.id);
    expect((await product.read(`salesforce.contact:${Id}`)).customer.id).toBe(customer.id);
  });

  it("belongs to the contact that the named lead was converted to, without a common address", async () => {
    product = await openPulledSalesforce();
    const leads = orgRows(product.harness, "Lead");
    const lead = leads.all().find((l) => l["IsConverted"] !== true)!;
    const user = userNaming(lead.Id);
    const Id = product.ids.make("Contact", 500_012);
    const stamp = product.now();
    orgRows(product.harness, "Contact").put({ ...contactOf(), ...noAddresses, Id, Name: "Ada Converted", SystemModstamp: stamp });
    leads.put({ ...lead, Email: null, Phone: null, IsConverted: true, ConvertedContactId: Id, SystemModstamp: stamp });
    await product.pass(120 * minute);
    const { customer } = await product.read(user);
    expect(customer).toMatchObject({ name: "Ada Converted", company: { name: product.company().name } });
    expect((await product.read(`salesforce.lead:${lead.Id}`)).customer.id).toBe(customer.id);
  });

  it("belongs to the account that the named account was merged into", async () => {
    product = await openPulledSalesforce();
    const accounts = orgRows(product.harness, "Account");
    const master = accounts.get(product.ids.account(product.company().index));
    const Id = product.ids.make("Account", 500_013);
    const { organizations } = world().zendesk;
    const organization = { ...[...organizations.values()][0]!, id: 990_013, name: "Old Name", domain_names: [], external_id: Id };
    world().change(() => organizations.put({ ...organization, created_at: zendeskNow(), updated_at: zendeskNow() }));
    const merged = { IsDeleted: true, MasterRecordId: master.Id, SystemModstamp: product.now() };
    accounts.put({ ...master, ...merged, Id, Website: null });
    await product.pass(300 * minute);
    const body = await product.read("zendesk.organization:990013");
    expect(body.customer.name).toBe(product.company().name);
    expect(body.sections.account.data).toMatchObject({ id: master.Id });
  });
});
