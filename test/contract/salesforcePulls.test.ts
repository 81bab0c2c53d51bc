import { currentData } from "@sidelight/context-api/log/reader.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, type HarnessOptions, openHarness } from "../harness/harness.ts";
import { orgRows, type SalesforceOrg, salesforceOrg } from "../harness/salesforceOrg.ts";
import { iso } from "../lab/world/time.ts";

let harness: Harness;
let org: SalesforceOrg;
beforeEach(() => {
  org = salesforceOrg();
});
afterEach(async () => {
  await harness.close();
  org.restore();
});

const minute = 60_000;

/** The product at the platforms' own intervals: Salesforce is pulled every 15 minutes. */
async function open(configure: (settings: ConfigTree) => void = () => {}, lab: HarnessOptions["lab"] = {}): Promise<void> {
  harness = await openHarness({
    lab: { ...lab, limits: { ...lab?.limits, salesforce: { tokenSeconds: 1e8, ...lab?.limits?.salesforce } } },
    configure: (config) => {
      for (const { settings } of config.tenants.acme.connections) delete settings.pullEverySeconds;
      configure(config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce").settings);
    },
  });
}

/** Advances the clock, so that pulls that become due run. */
async function pass(ms: number): Promise<void> {
  const end = harness.clock.now() + ms;
  await advanceUntil(harness.clock, minute, "the time to pass", () => harness.clock.now() >= end);
}

// biome-ignore lint/suspicious/noExplicitAny: sections of every kind
async function read(ref: string, query = ""): Promise<any> {
  const { value } = await advanceUntilSettled(harness.clock, harness.context(ref, { query }));
  expect(value.status, value.text).toBe(200);
  return value.body;
}

async function refresh(ref: string): Promise<number> {
  const request = harness.request(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" });
  return (await advanceUntilSettled(harness.clock, request)).value.status;
}

interface Status {
  state: string;
  missing: string[];
  lagSeconds: number | null;
  streams: { name: string; state: string; complete: boolean; problem: string | null; coveredUntil: string | null }[];
}
async function status(): Promise<Status> {
  const { body } = await harness.request("/v1/connections");
  return body.items.find((c: { id: string }) => c.id === "salesforce");
}
const stream = async (name: string) => (await status()).streams.find((s) => s.name === name)!;
const alertsOf = async (kind: string, state = "open"): Promise<string[]> =>
  (await harness.request(`/v1/alerts?state=${state}&limit=1000`)).body.items
    .filter((a: { kind: string; connection: string }) => a.kind === kind && a.connection === "salesforce")
    .map((a: { subject: string }) => a.subject);
const ids = () => harness.lab.tenants["acme"]!.world.ids.salesforce;
const companies = () => harness.lab.tenants["acme"]!.world.companies;
/** A company with a value, and without a special case. */
const company = () => companies().find((c) => c.arr !== null && c.tags.length === 0 && c.owner.kind === "user")!;
const accountRef = () => `salesforce.account:${ids().account(company().index)}`;
const stampOf = (ms: number): string => iso(Math.floor(ms / 1000) * 1000);

describe("a mapped field that an administrator removes", () => {
  it("is named as missing, and its value is not mapped, while the pulls go on", async () => {
    await open();
    const previous = await read(accountRef());
    expect(previous.sections.account.data.arr).toMatchObject({ amount: company().arr });
    org.removeField("Account", "ARR__c");
    const coveredUntil = (await stream("account")).coveredUntil!;
    await pass(20 * minute);
    const { account } = (await read(accountRef())).sections;
    expect(account).toMatchObject({ state: "ok", data: { arr: null, name: company().name }, absent: { "/arr": "not_mapped" } });
    expect(await status()).toMatchObject({ state: "ok", missing: ["Account.ARR__c"] });
    expect(Date.parse((await stream("account")).coveredUntil!)).toBeGreaterThan(Date.parse(coveredUntil));
    expect(await alertsOf("mapped_field_gone")).toEqual(["Account.ARR__c"]);
  });

  it("is taken up again within about an hour of its return, for records that did not change", async () => {
    await open();
    org.removeField("Account", "ARR__c");
    await pass(20 * minute);
    org.returnField("Account", "ARR__c");
    await pass(80 * minute);
    expect((await read(accountRef())).sections.account.data.arr).toMatchObject({ amount: company().arr });
    expect((await status()).missing).toEqual([]);
    expect(await alertsOf("mapped_field_gone")).toEqual([]);
    expect(await alertsOf("mapped_field_gone", "closed")).toEqual(["Account.ARR__c"]);
  });

  it("leaves no health score while it was the renewal, so that an overdue one does not become good", async () => {
    await open();
    const id = ids().account(company().index);
    const rows = orgRows(harness, "Account");
    const overdue = new Date(harness.clock.now() - 40 * 86_400_000).toISOString().slice(0, 10);
    rows.put({ ...rows.get(id), Renewal_Date__c: overdue, SystemModstamp: stampOf(harness.clock.now()) });
    await pass(20 * minute);
    const health = async () => (await read(accountRef())).sections.health.data;
    expect((await health()).score ?? 0).toBeLessThanOrEqual(39);
    org.removeField("Account", "Renewal_Date__c");
    await pass(20 * minute);
    expect(await health()).toMatchObject({ score: null, band: null });
    expect((await health()).missing).toContainEqual({ key: "renewal", weight: 0.1, reason: "field_gone" });
    await harness.restart();
    expect((await health()).score).toBeNull();
    org.returnField("Account", "Renewal_Date__c");
    await pass(80 * minute);
    expect((await health()).missing.map(({ key }: { key: string }) => key)).not.toContain("renewal");
  });

  it("is named too when it is a standard field that an administrator hides from the integration's user", async () => {
    await open();
    expect((await status()).missing).toEqual([]);
    org.removeField("Opportunity", "Amount");
    org.removeField("Contact", "AccountId");
    await pass(20 * minute);
    expect(await status()).toMatchObject({ state: "ok", missing: ["Contact.AccountId", "Opportunity.Amount"] });
    expect(await alertsOf("mapped_field_gone")).toEqual([]);
    org.returnField("Contact", "AccountId");
    await pass(80 * minute);
    expect((await status()).missing).toEqual(["Opportunity.Amount"]);
  });

  it("does not break a look-up of a stranger or a refresh", async () => {
    await open();
    org.removeField("Contact", "Secondary_Email__c");
    org.removeField("Account", "Website");
    expect((await read("email:stranger@nowhere.example")).match).toMatchObject({ state: "none", partial: false });
    expect(await refresh(accountRef())).toBe(200);
    expect((await read(accountRef())).sections.account).toMatchObject({ state: "ok", problem: null });
  });

  it("gives no consent when it was the field that withdrew it", async () => {
    await open();
    const contacts = orgRows(harness, "Contact");
    const row = contacts.all().find((c) => c["HasOptedOutOfEmail"] === true && c["IsDeleted"] !== true)!;
    const contact = `salesforce.contact:${row.Id}`;
    const consentOf = async () => {
      const { log } = harness.runtime.tenants.get("acme")!.tenant;
      return (await currentData(log, [contact])).get(contact);
    };
    expect(await consentOf()).toMatchObject({ optedOut: true });
    org.removeField("Contact", "HasOptedOutOfEmail");
    await pass(20 * minute);
    expect((await status()).missing).toEqual(["Contact.HasOptedOutOfEmail"]);
    expect(await consentOf()).toMatchObject({ optedOut: true });
  });
});

describe("a consent field of a related record", () => {
  it("is read again although the contact's own stamp does not move", async () => {
    let isDeclined = false;
    org.addFormula("Account", "No_Analytics__c", () => isDeclined);
    await open((settings) => {
      settings.mapping = { contact: { optOut: { analytics: ["Account.No_Analytics__c"] } } };
    });
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    const row = orgRows(harness, "Contact")
      .all()
      .find((c) => c["AccountId"] === ids().account(company().index))!;
    const contact = `salesforce.contact:${row.Id}`;
    const consent = async () => (await currentData(log, [contact])).get(contact);
    expect(await consent()).toMatchObject({ optedOut: false });
    isDeclined = true;
    await pass(16 * minute);
    expect(await consent()).toMatchObject({ optedOut: true, withdrawals: ["analytics"] });
  });
});

describe("a mapping to what the org does not have", () => {
  it("is named as missing when a relationship or its field does not exist", async () => {
    await open((settings) => {
      settings.mapping = { account: { nextStep: "Champion__r.Name", plan: "Parent.Tier__c", stage: "Parent.Name" } };
    });
    expect((await status()).missing).toEqual(["Account.Champion__r.Name", "Account.Parent.Tier__c"]);
    const child = companies().find((c) => c.parent !== null)!;
    const { account } = (await read(`salesforce.account:${ids().account(child.index)}`)).sections;
    expect(account).toMatchObject({
      state: "ok",
      data: { stage: companies()[child.parent!]!.name, plan: null },
      absent: { "/plan": "not_mapped" },
    });
    // A record without the related one has no value, which is not the same as not mapped.
    const { account: orphan } = (await read(accountRef())).sections;
    expect(orphan).toMatchObject({ data: { stage: null }, absent: { "/stage": "none_set" } });
  });

  it("reads a field whose name is spelled with other capitals", async () => {
    await open((settings) => {
      settings.mapping = { account: { arr: "arr__C", nextStep: "owner.title" } };
    });
    const { account } = (await read(accountRef())).sections;
    expect(account.data.arr).toMatchObject({ amount: company().arr });
    expect(account.data.nextStep).toEqual(expect.any(String));
    expect((await status()).missing).toEqual([]);
  });
});

describe("an object that the org does not have, or hides from the integration's user", () => {
  it("makes its stream unavailable with the reason, and the others are complete and ready", async () => {
    org.removeObject("Lead");
    await open();
    const { state, streams, lagSeconds } = await status();
    expect(state).toBe("ok");
    expect(lagSeconds).not.toBeNull();
    expect(streams.filter((s) => s.name !== "lead").every((s) => s.complete && s.state === "ok")).toBe(true);
    expect(streams.find((s) => s.name === "lead")).toMatchObject({
      state: "unavailable",
      complete: false,
      problem: expect.stringContaining("no object Lead"),
    });
    expect(await alertsOf("stream_unavailable")).toEqual(["lead"]);
    expect((await read("email:stranger@nowhere.example")).match).toMatchObject({ state: "none", partial: false });
  });

  it("is pulled within an hour of its return", async () => {
    org.removeObject("Lead");
    await open();
    org.returnObject("Lead");
    await pass(70 * minute);
    expect(await stream("lead")).toMatchObject({ state: "ok", complete: true, problem: null });
    expect(await alertsOf("stream_unavailable")).toEqual([]);
  });

  it("does not age the section that shows it beside others", async () => {
    org.removeObject("Event");
    await open();
    expect((await read(accountRef())).sections.account).toMatchObject({ state: "ok", problem: null });
    org.removeObject("Task");
    await pass(40 * minute);
    expect(await stream("task")).toMatchObject({ state: "unavailable" });
    expect(await refresh(accountRef())).toBe(200);
  });

  it("is no reason to delete its records", async () => {
    await open();
    const contact = orgRows(harness, "Contact")
      .all()
      .find((c) => c["AccountId"] === ids().account(company().index))!;
    org.removeObject("Contact");
    await pass(90 * minute);
    expect(await refresh(`salesforce.contact:${contact.Id}`)).toBe(200);
    expect((await read(`salesforce.contact:${contact.Id}`)).match.state).toBe("resolved");
  });
});

describe("a value that changes without a change stamp", () => {
  it("is current after the next pull when it is a formula", async () => {
    let factor = 1;
    org.addFormula("Account", "ARR_Formula__c", (row) => (typeof row["ARR__c"] === "number" ? row["ARR__c"] * factor : null));
    await open((settings) => {
      settings.mapping = { account: { arr: "ARR_Formula__c" } };
    });
    expect((await read(accountRef())).sections.account.data.arr.amount).toBe(company().arr);
    factor = 3;
    await pass(16 * minute);
    const { account } = (await read(accountRef())).sections;
    expect(account.data.arr.amount).toBe(company().arr! * 3);
    expect(account.state).toBe("ok");
  });

  it("is not called current between two listings of an object with many records", async () => {
    let factor = 1;
    org.addFormula("Account", "ARR_Formula__c", (row) => (typeof row["ARR__c"] === "number" ? row["ARR__c"] * factor : null));
    await open(
      (settings) => {
        settings.mapping = { account: { arr: "ARR_Formula__c" } };
      },
      { limits: { salesforce: { batchSize: 2 } } },
    );
    const listedAt = Date.parse((await read(accountRef())).sections.account.observedAt);
    factor = 3;
    await pass(20 * minute);
    const { account } = (await read(accountRef())).sections;
    expect(account.data.arr.amount).toBe(company().arr);
    expect(Date.parse(account.observedAt)).toBe(listedAt);
    expect(Date.parse(account.freshUntil)).toBeLessThan(harness.clock.now());
    expect(Date.parse(account.provenance["/arr"].observedAt)).toBe(listedAt);
    await pass(30 * minute);
    const { account: later } = (await read(accountRef())).sections;
    expect(later.data.arr.amount).toBe(company().arr! * 3);
    expect(Date.parse(later.observedAt)).toBeGreaterThan(listedAt);
  });

  it("is current after the next pull when it belongs to a related record", async () => {
    await open();
    const users = orgRows(harness, "User");
    const owner = users.get(ids().user(company().owner.index));
    users.put({ ...owner, Name: "Grace Hopper-Murray" });
    await pass(16 * minute);
    expect((await read(accountRef())).sections.account.data.owner).toMatchObject({ name: "Grace Hopper-Murray" });
  });
});

describe("a record that vanishes without a trace", () => {
  const contactOf = () =>
    orgRows(harness, "Contact")
      .all()
      .find((c) => c["AccountId"] === ids().account(company().index) && c["IsDeleted"] !== true)!;
  const matchOf = async (id: string) => (await read(`salesforce.contact:${id}`, "?sections=account")).match;

  it("is gone when it is fetched by id", async () => {
    await open();
    const { Id } = contactOf();
    expect((await matchOf(Id)).state).toBe("resolved");
    orgRows(harness, "Contact").remove(Id);
    expect(await refresh(`salesforce.contact:${Id}`)).toBe(200);
    expect((await matchOf(Id)).state).toBe("none");
  });

  it("is gone at the next whole listing", async () => {
    await open();
    const { Id } = contactOf();
    orgRows(harness, "Contact").remove(Id);
    await pass(80 * minute);
    expect((await matchOf(Id)).state).toBe("none");
    expect(await alertsOf("records_missing")).toEqual([]);
  });

  it("is back when it is shared with the integration's user again, with its old stamp", async () => {
    await open();
    const row = contactOf();
    orgRows(harness, "Contact").remove(row.Id);
    await pass(80 * minute);
    orgRows(harness, "Contact").put(row);
    await pass(80 * minute);
    expect((await matchOf(row.Id)).state).toBe("resolved");
  });

  it("is kept when a listing lacks all records, as after a lost permission", async () => {
    await open();
    const contacts = orgRows(harness, "Contact");
    const rows = contacts.all();
    const { Id } = contactOf();
    for (const row of rows) contacts.remove(row.Id);
    await pass(80 * minute);
    expect((await matchOf(Id)).state).toBe("resolved");
    expect(await alertsOf("records_missing")).toEqual(["contact"]);
    for (const row of rows) contacts.put(row);
    await pass(80 * minute);
    expect(await alertsOf("records_missing")).toEqual([]);
  });
});

describe("a pull", () => {
  it("starts again after a query was refused for its duration", async () => {
    await open();
    harness.lab.faults.add({ platform: "salesforce", kind: "error", status: 400, rate: 1, path: "/services/data", seed: 1 });
    await advanceUntil(harness.clock, minute, "a refused pull", async () => (await stream("account")).state === "failing");
    harness.lab.faults.clear();
    await pass(5 * minute);
    expect((await status()).streams.every((s) => s.state === "ok")).toBe(true);
  });

  it("sees a record that was committed nine minutes after its stamp", async () => {
    await open();
    await pass(16 * minute);
    const contacts = orgRows(harness, "Contact");
    const [row] = contacts.all();
    const stamp = stampOf(harness.clock.now() - 9 * minute);
    const Id = ids().make("Contact", 500_000);
    contacts.put({ ...row!, Id, LastName: "Late", Name: "Ann Late", Email: "ann@late.example", SystemModstamp: stamp });
    await pass(16 * minute);
    expect((await read(`salesforce.contact:${Id}`)).match.state).toBe("resolved");
    const calls = harness.requests("salesforce").filter((r) => r.path.includes("late.example") || r.path.includes(Id));
    expect(calls).toEqual([]);
  });

  it("retries within seconds when too many long requests run, and keeps the day's quota", async () => {
    await open();
    harness.lab.faults.add({ platform: "salesforce", kind: "error", status: 403, rate: 1, path: "/services/data", seed: 1 });
    await advanceUntil(harness.clock, minute, "a refused pull", async () => (await stream("account")).state === "failing");
    expect((await stream("account")).problem).toContain("too many requests at the same time");
    harness.lab.faults.clear();
    const { body } = await harness.request("/v1/connections");
    const { quota } = body.items.find((c: { id: string }) => c.id === "salesforce");
    expect(quota.daily.remaining).toBeGreaterThan(10_000);
    await pass(3 * minute);
    expect((await status()).streams.every((s) => s.state === "ok")).toBe(true);
  });
});

describe("the currency of an amount", () => {
  it("is the deal's own, whatever currency the ARR is mapped to", async () => {
    org.addFormula("Account", "ARR_Currency__c", () => "GBP");
    await open((settings) => {
      settings.mapping = { account: { currency: "ARR_Currency__c" } };
    });
    const row = orgRows(harness, "Opportunity")
      .all()
      .find((o) => o["IsClosed"] === false && typeof o["Amount"] === "number" && o["IsDeleted"] !== true)!;
    orgRows(harness, "Opportunity").put({ ...row, CurrencyIsoCode: "JPY", SystemModstamp: stampOf(harness.clock.now()) });
    await pass(16 * minute);
    const { data } = (await read(`salesforce.account:${row["AccountId"]}`)).sections.account;
    const deal = data.opportunities.find((o: { id: string }) => o.id === row.Id);
    expect(deal.amount).toEqual({ amount: row["Amount"], currency: "JPY" });
    if (data.arr) expect(data.arr.currency).toBe("GBP");
  });

  it("is the default currency in an org with a single one, and nothing is missing", async () => {
    org.removeField("Account", "CurrencyIsoCode");
    org.removeField("Opportunity", "CurrencyIsoCode");
    await open((settings) => {
      settings.mapping = { defaultCurrency: "CHF" };
    });
    const { account } = (await read(accountRef())).sections;
    expect(account.data.arr.currency).toBe("CHF");
    for (const { amount } of account.data.opportunities) if (amount) expect(amount.currency).toBe("CHF");
    expect((await status()).missing).toEqual([]);
  });
});

describe("the life of a contact, lead or account", () => {
  const now = () => stampOf(harness.clock.now());

  it("follows a contact to another account", async () => {
    await open();
    const contacts = orgRows(harness, "Contact");
    const row = contacts.all().find((c) => c["AccountId"] === ids().account(company().index))!;
    const other = companies().find((c) => c.index !== company().index && c.arr !== null)!;
    contacts.put({ ...row, AccountId: ids().account(other.index), SystemModstamp: now() });
    await pass(16 * minute);
    expect((await read(`salesforce.contact:${row.Id}`)).customer.company).toMatchObject({ name: other.name });
  });

  it("answers the contact of a converted lead, also by the lead's id", async () => {
    await open();
    const leads = orgRows(harness, "Lead");
    const lead = leads.all().find((l) => l["IsConverted"] !== true)!;
    const Id = ids().make("Contact", 500_001);
    const [contact] = orgRows(harness, "Contact").all();
    const AccountId = ids().account(company().index);
    const created = {
      ...contact!,
      Id,
      AccountId,
      Name: lead["Name"] ?? null,
      Email: lead["Email"] ?? null,
      SystemModstamp: now(),
    };
    orgRows(harness, "Contact").put(created);
    leads.put({ ...lead, IsConverted: true, ConvertedContactId: Id, ConvertedAccountId: AccountId, SystemModstamp: now() });
    await pass(16 * minute);
    const body = await read(`salesforce.lead:${lead.Id}`);
    expect(body.match.state).toBe("resolved");
    expect(body.customer.company).toMatchObject({ name: company().name });
  });

  it("follows a merge, also by the id of a record that was never pulled", async () => {
    await open();
    const contacts = orgRows(harness, "Contact");
    const [master] = contacts.all().filter((c) => c["AccountId"] === ids().account(company().index));
    const Id = ids().make("Contact", 500_002);
    contacts.put({ ...master!, Id, Email: null, IsDeleted: true, MasterRecordId: master!.Id, SystemModstamp: now() });
    expect((await read(`salesforce.contact:${Id}`)).customer.name).toBe(
      (await read(`salesforce.contact:${master!.Id}`)).customer.name,
    );
  });

  it("shows a deletion and an undeletion", async () => {
    await open();
    const contacts = orgRows(harness, "Contact");
    const row = contacts.all().find((c) => c["AccountId"] === ids().account(company().index))!;
    contacts.put({ ...row, IsDeleted: true, SystemModstamp: now() });
    await pass(16 * minute);
    expect((await read(`salesforce.contact:${row.Id}`)).match.state).toBe("none");
    // Purged from the recycle bin: it stays gone.
    contacts.remove(row.Id);
    await pass(80 * minute);
    expect((await read(`salesforce.contact:${row.Id}`)).match.state).toBe("none");
    contacts.put({ ...row, IsDeleted: false, SystemModstamp: now() });
    await pass(16 * minute);
    expect((await read(`salesforce.contact:${row.Id}`)).match.state).toBe("resolved");
  });

  it("shows the deletion of an account's contacts, whose stamps a cascade does not move", async () => {
    await open();
    const contacts = orgRows(harness, "Contact");
    const row = contacts.all().find((c) => c["AccountId"] === ids().account(company().index))!;
    contacts.put({ ...row, IsDeleted: true });
    await pass(80 * minute);
    expect((await read(`salesforce.contact:${row.Id}`)).match.state).toBe("none");
  });

  it("forgets the address of a contact that was anonymized", async () => {
    await open();
    const contacts = orgRows(harness, "Contact");
    const emails = contacts.all().map((c) => String(c["Email"]).toLowerCase());
    const row = contacts
      .all()
      .find((c) => c["Email"] && emails.filter((e) => e === String(c["Email"]).toLowerCase()).length === 1)!;
    const address = String(row["Email"]).toLowerCase();
    const blank = { Email: null, Secondary_Email__c: null, Phone: null, MobilePhone: null, FirstName: null, Name: "Deleted" };
    contacts.put({ ...row, ...blank, LastName: "Deleted", SystemModstamp: now() });
    await pass(16 * minute);
    const refs = (await read(`email:${address}`)).match.reasons.map((r: { evidence: string }) => r.evidence).join();
    expect(refs).not.toContain("salesforce contact");
    expect((await read(`salesforce.contact:${row.Id}`)).customer.name).toBe("Deleted");
  });
});
