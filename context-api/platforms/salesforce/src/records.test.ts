import { calendarDays } from "@sidelight/model/calendar.ts";
import { createIdentifiers } from "@sidelight/model/identifiers/identifiers.ts";
import { withIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Row } from "./client.ts";
import type { SalesforceObject } from "./objects.ts";
import { SalesforceOptions } from "./options.ts";
import { toRecord } from "./records.ts";

const options = SalesforceOptions.parse({
  url: "https://acme.my.salesforce.com",
  auth: { clientId: "c", clientSecret: "s" },
});
const { mapping: withoutDays } = withIdentifiers(options, createIdentifiers({ defaultCountry: null, freeMailDomains: [] }));
const mapping = { ...withoutDays, dayOf: calendarDays("Pacific/Auckland") };
const origin = { connection: "sf", observedAt: 1_000 };
const ids = {
  Account: "0015g0000027oiUAAQ",
  Contact: "0035g0000027oiUAAQ",
  Lead: "00Q5g0000027oiUEAQ",
  Opportunity: "0065g0000027oiUAAQ",
  Task: "00T5g0000027oiUEAQ",
  Event: "00U5g0000027oiUEAQ",
  Case: "5005g0000027oiUAAQ",
} satisfies Record<SalesforceObject, string>;
const objects = Object.keys(ids) as SalesforceObject[];
const account = ids.Account;
const contact = ids.Contact;
const instant = "2026-11-21T09:30:00.000+0000";

const record = (object: SalesforceObject, row: object = {}) =>
  toRecord[object]({ Id: ids[object], SystemModstamp: instant, ...row } as Row, mapping, origin);
const allNull = {
  ...Object.fromEntries(["Name", "Email", "Phone", "MobilePhone", "Title", "Website", "Type", "Subject"].map((f) => [f, null])),
  ...Object.fromEntries(["AccountId", "ParentId", "OwnerId", "Owner", "WhoId", "WhatId", "ContactId"].map((f) => [f, null])),
  ...Object.fromEntries(
    ["ARR__c", "Renewal_Date__c", "Amount", "CloseDate", "MasterRecordId", "IsDeleted"].map((f) => [f, null]),
  ),
};

describe("any Salesforce row", () => {
  it("without values gives a record without values, edges and foreign identifiers", () => {
    for (const object of objects) {
      for (const row of [{}, allNull]) {
        const result = record(object, row);
        expect(result, object).toMatchObject({
          ref: `salesforce.${object.toLowerCase()}:${ids[object]}`,
          subject: result.ref,
          connection: "sf",
          changedAt: Date.parse("2026-11-21T09:30:00Z"),
          deleted: false,
          edges: [],
        });
        const crmId = { kind: "crm_id", value: ids[object] };
        const isPerson = object === "Contact" || object === "Lead";
        // A person without a name equals no other person: the record's own ref serves as the name.
        expect(result.identifiers).toEqual(
          isPerson ? [crmId, { kind: "name", value: result.ref }] : object === "Account" ? [crmId] : [],
        );
      }
    }
  });

  it("gives one record with valid edges for any values", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom(account, contact),
    );
    const row = fc.dictionary(fc.constantFrom(...Object.keys(allNull), "CreatedDate", "ActivityDate", "CurrencyIsoCode"), value);
    fc.assert(
      fc.property(fc.constantFrom(...objects), row, (object, values) => {
        const result = record(object, values);
        expect(result.ref).toBe(`salesforce.${object.toLowerCase()}:${ids[object]}`);
        for (const ref of [result.subject, ...result.edges.map((e) => e.to)])
          expect(ref).toMatch(/^salesforce\.(account|contact|lead|opportunity|task|event|case):[a-zA-Z0-9]{18}$/);
        // The data survives JSON: no NaN, no function, no undefined.
        expect(JSON.parse(JSON.stringify(result.data))).toEqual(result.data);
      }),
      { numRuns: 500 },
    );
  });

  it("is deleted when marked so, and points at the record it was merged into", () => {
    const successor = "0035g0000027oiV";
    expect(record("Contact", { IsDeleted: true, MasterRecordId: successor })).toMatchObject({
      deleted: true,
      edges: [{ rel: "merged_into", to: "salesforce.contact:0035g0000027oiVAAQ" }],
    });
  });

  it("is refused when its id is invalid", () => {
    expect(Row.safeParse({ Id: account.slice(0, 15), Name: null }).success).toBe(true);
    for (const Id of ["", "null", "001", `${account.slice(0, 15)}AAA`, "0015g0000027oi!"])
      expect(Row.safeParse({ Id }).success, Id).toBe(false);
  });

  it("without a modification time has none", () => {
    expect(record("Contact", { SystemModstamp: "soon" }).changedAt).toBeNull();
  });
});

describe("an account", () => {
  it("has the mapped values and lists fields that are not mapped", () => {
    const result = record("Account", {
      Name: "Acme",
      Website: "https://www.acme.com/",
      ARR__c: 1200,
      CurrencyIsoCode: "EUR",
      Renewal_Date__c: "2027-02-01",
      Plan__c: "",
      OwnerId: "0055g0000027oiU",
      Owner: { Name: "Bob", Email: null },
      ParentId: "0015g0000027oiV",
    });
    expect(result.data).toEqual({
      kind: "company",
      name: "Acme",
      domains: ["acme.com"],
      owner: { id: "0055g0000027oiUAAQ", name: "Bob", email: null, kind: "user" },
      arr: { amount: 1200, currency: "EUR" },
      plan: null,
      stage: null,
      renewalDate: "2027-02-01",
      nextStep: null,
      notMapped: [],
    });
    expect(result.edges).toEqual([{ rel: "parent", to: "salesforce.account:0015g0000027oiVAAQ" }]);
    expect(result.identifiers).toContainEqual({ kind: "domain", value: "acme.com" });
  });

  it("lists members that the mapping leaves out, and none for a field without a value", () => {
    const withoutStage = { ...mapping, account: { ...mapping.account, stage: null, arr: null } };
    const row = { Id: account, SystemModstamp: instant, Name: "Acme", ARR__c: 1200 } as Row;
    const { data } = toRecord.Account(row, withoutStage, origin);
    expect(data).toMatchObject({ arr: null, stage: null, plan: null, notMapped: ["arr", "stage"] });
  });

  it("has its ARR in the mapped currency, otherwise in its own, otherwise in the default one", () => {
    const arrOf = (row: object, currency: string | null, arr = "ARR__c") => {
      const mapped = { ...mapping, defaultCurrency: "CHF", account: { ...mapping.account, arr, currency } };
      return (toRecord.Account({ Id: account, SystemModstamp: instant, ...row } as Row, mapped, origin).data as { arr: unknown })
        .arr;
    };
    const row = { ARR__c: 5, ARR_Currency__c: "gbp", CurrencyIsoCode: "EUR" };
    expect(arrOf(row, "ARR_Currency__c")).toEqual({ amount: 5, currency: "GBP" });
    expect(arrOf({ ...row, ARR_Currency__c: null }, "ARR_Currency__c")).toEqual({ amount: 5, currency: "EUR" });
    expect(arrOf({ ...row, ARR_Currency__c: "British Pounds" }, "ARR_Currency__c")).toEqual({ amount: 5, currency: "EUR" });
    expect(arrOf({ ARR__c: 5 }, null)).toEqual({ amount: 5, currency: "CHF" });
    // An amount of a related record is in that record's currency.
    const accountData = { CurrencyIsoCode: "EUR", Contract__r: { Value__c: 7, CurrencyIsoCode: "JPY" } };
    expect(arrOf(accountData, null, "Contract__r.Value__c")).toEqual({ amount: 7, currency: "JPY" });
  });

  it("is owned by a queue when its owner is a group", () => {
    expect(record("Account", { OwnerId: "00G5g0000027oiU" }).data).toMatchObject({ owner: { kind: "queue", name: null } });
  });

  it("has no domain of a mail service as identifier", () => {
    expect(record("Account", { Website: "gmail.com" }).identifiers).toEqual([{ kind: "crm_id", value: account }]);
  });

  it("has a calendar day as renewal date, from a date or an instant field", () => {
    const renewal = (value: unknown) =>
      (record("Account", { Renewal_Date__c: value }).data as { renewalDate: unknown }).renewalDate;
    expect(renewal("2027-02-01")).toBe("2027-02-01");
    expect(renewal("2027-02-01T08:00:00.000+0000")).toBe("2027-02-01");
    for (const otherValue of ["Q3 2027", "2027-13-45", "soon", 2027, true])
      expect(renewal(otherValue), String(otherValue)).toBeNull();
  });

  it("has a numeric value in the row's currency or the default one", () => {
    expect(record("Account", { ARR__c: 5 }).data).toMatchObject({ arr: { amount: 5, currency: "USD" } });
    expect(record("Account", { ARR__c: " 5.5 " }).data).toMatchObject({ arr: { amount: 5.5 } });
    for (const ARR__c of ["5 USD", "", "0x10", null, true])
      expect(record("Account", { ARR__c }).data).toMatchObject({ arr: null });
  });
});

describe("a person", () => {
  it("has every mapped e-mail address and phone number once", () => {
    const row = { Email: "Ada@Acme.com", Secondary_Email__c: "ada@acme.com ", Phone: "+1 415 555 0100", MobilePhone: "0100" };
    expect(record("Contact", { ...row, AccountId: account })).toMatchObject({
      identifiers: [
        { kind: "email", value: "ada@acme.com" },
        { kind: "email_domain", value: "acme.com" },
        { kind: "phone", value: "+14155550100" },
        { kind: "crm_id", value: contact },
        { kind: "name", value: `salesforce.contact:${contact}` },
      ],
      edges: [{ rel: "account", to: `salesforce.account:${account}` }],
    });
  });

  it("who is a converted lead points at the contact", () => {
    expect(record("Lead", { ConvertedContactId: contact }).edges).toEqual([
      { rel: "person", to: `salesforce.contact:${contact}` },
    ]);
  });
});

describe("an opportunity", () => {
  it("is open, won or lost", () => {
    const state = (row: object) => (record("Opportunity", row).data as { state: string }).state;
    expect([state({}), state({ IsClosed: true, IsWon: true }), state({ IsClosed: true, IsWon: false })]).toEqual([
      "open",
      "won",
      "lost",
    ]);
  });

  it("has its amount in its own currency, never in the one that the ARR is mapped to", () => {
    const mapped = { ...mapping, defaultCurrency: "CHF", account: { ...mapping.account, currency: "ARR_Currency__c" } };
    const amountOf = (row: object) =>
      (
        toRecord.Opportunity({ Id: ids.Opportunity, SystemModstamp: instant, Amount: 9, ...row } as Row, mapped, origin).data as {
          amount: unknown;
        }
      ).amount;
    expect(amountOf({ CurrencyIsoCode: "JPY", ARR_Currency__c: "GBP" })).toEqual({ amount: 9, currency: "JPY" });
    expect(amountOf({ ARR_Currency__c: "GBP" })).toEqual({ amount: 9, currency: "CHF" });
  });

  it("belongs to its account", () => {
    expect(record("Opportunity", { AccountId: account.slice(0, 15) }).subject).toBe(`salesforce.account:${account}`);
  });
});

describe("an activity", () => {
  it("belongs to the person, otherwise to the account in AccountId or WhatId", () => {
    expect(record("Task", { WhoId: contact, WhatId: account })).toMatchObject({
      subject: `salesforce.contact:${contact}`,
      edges: [
        { rel: "account", to: `salesforce.account:${account}` },
        { rel: "person", to: `salesforce.contact:${contact}` },
      ],
    });
    expect(record("Event", { WhoId: ids.Lead }).subject).toBe(`salesforce.lead:${ids.Lead}`);
    expect(record("Task", { WhatId: ids.Opportunity }).edges).toEqual([]);
  });

  it("takes place on its day: a due date has no time, and the start of an all-day event is no instant", () => {
    expect(record("Task", { ActivityDate: "2026-11-20", CreatedDate: instant }).data).toMatchObject({ at: "2026-11-20" });
    const allDay = { IsAllDayEvent: true, StartDateTime: "2026-11-20T00:00:00.000+0000" };
    expect(record("Event", { ...allDay, ActivityDate: "2026-11-20" }).data).toMatchObject({ at: "2026-11-20" });
    expect(record("Event", allDay).data).toMatchObject({ at: "2026-11-20" });
    expect(record("Task", { ActivityDate: null, CreatedDate: instant }).data).toMatchObject({ at: "2026-11-21T09:30:00.000Z" });
    expect(record("Event", { StartDateTime: instant }).data).toMatchObject({ at: "2026-11-21T09:30:00.000Z", type: "Meeting" });
  });
});

describe("calendar days of Salesforce", () => {
  it("a date is never shifted, and an instant in a mapped field falls on a day of the tenant's time zone", () => {
    const renewalDate = (value: string) => record("Account", { Renewal_Date__c: value }).data;
    expect(renewalDate("2026-11-30")).toMatchObject({ renewalDate: "2026-11-30" });
    expect(renewalDate("2026-11-30T22:00:00.000+0000")).toMatchObject({ renewalDate: "2026-12-01" });
    expect(renewalDate("soon")).toMatchObject({ renewalDate: null });
  });
});
