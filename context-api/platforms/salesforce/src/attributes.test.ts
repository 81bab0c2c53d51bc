import { createIdentifiers } from "@sidelight/model/identifiers/identifiers.ts";
import type { RecordData } from "@sidelight/model/records.ts";
import { withIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Row } from "./client.ts";
import { mappedFields } from "./fields.ts";
import { type Mapping, SalesforceOptions } from "./options.ts";
import { toRecord } from "./records.ts";

// What contacts and leads say of a person beside the name, addresses and numbers.

function mappingOf(mapping: object): Mapping {
  const options = SalesforceOptions.parse({
    url: "https://acme.my.salesforce.com",
    auth: { clientId: "c", clientSecret: "s" },
    mapping,
  });
  const identifiers = createIdentifiers({ defaultCountry: null, freeMailDomains: [] });
  return { ...withIdentifiers(options, identifiers).mapping, dayOf: () => "2026-11-21" };
}

const ids = { Contact: "0035g0000027oiUAAQ", Lead: "00Q5g0000027oiUEAQ" };
const dataOf = (object: "Contact" | "Lead", row: object, mapping: object = {}): RecordData =>
  toRecord[object]({ Id: ids[object], SystemModstamp: "2026-11-21T09:30:00.000+0000", ...row } as Row, mappingOf(mapping), {
    connection: "sf",
    observedAt: 1_000,
  }).data;

const mailing = {
  MailingStreet: "12 High Street\nFlat 3",
  MailingCity: "Leeds",
  MailingState: null,
  MailingPostalCode: "LS1 4AB",
  MailingCountry: "United Kingdom",
};
const address = { line: "12 High Street\nFlat 3", locality: "Leeds", postcode: "LS1 4AB", country: "United Kingdom" };
const everything = { contact: { birthDate: "Birthdate", address: "MailingAddress", company: "Employer__c" } };

describe("a contact", () => {
  it("has the parts of its name, and neither birth date nor address unless they are mapped", () => {
    const row = { FirstName: "Ada", LastName: "Byron", Name: "Ada Byron", Birthdate: "1980-02-29", ...mailing };
    const named = { givenName: "Ada", familyName: "Byron", name: "Ada Byron" };
    const byDefault = dataOf("Contact", row);
    expect(byDefault).toMatchObject(named);
    expect(Object.keys(byDefault)).not.toEqual(expect.arrayContaining(["birthDate"]));
    expect(Object.keys(byDefault)).not.toEqual(expect.arrayContaining(["address"]));
    expect(dataOf("Contact", { ...row, Employer__c: "Acme" }, everything)).toMatchObject({
      ...named,
      ...{ birthDate: "1980-02-29", address, company: "Acme" },
    });
  });

  it("without values has the same data as before they were read", () => {
    const row = { Name: "Ada Byron", FirstName: null, LastName: "", Birthdate: null, MailingStreet: null, Employer__c: " " };
    const members = ["kind", "name", "emails", "phones", "title", "optedOut"].sort();
    for (const mapping of [{}, everything]) expect(Object.keys(dataOf("Contact", row, mapping)).sort()).toEqual(members);
  });

  it("reads the columns of its mapping and no others", () => {
    expect(mappedFields("Contact", mappingOf({}))).toEqual(expect.arrayContaining(["FirstName", "LastName"]));
    const personal = /Birth|Mailing|Address|Street/;
    for (const object of ["Contact", "Lead"] as const)
      expect(mappedFields(object, mappingOf({})).filter((field) => personal.test(field))).toEqual([]);
    expect(mappedFields("Contact", mappingOf(everything))).toEqual(expect.arrayContaining(Object.keys(mailing)));
    const parts = { contact: { address: { line: "Street_Line__c", postcode: "Zip__c" }, givenName: null } };
    expect(mappedFields("Contact", mappingOf(parts))).toEqual(expect.arrayContaining(["Street_Line__c", "Zip__c", "LastName"]));
    expect(mappedFields("Contact", mappingOf(parts))).not.toContain("FirstName");
    expect(dataOf("Contact", { Street_Line__c: "1 Low Road", Zip__c: 10115 }, parts)).toMatchObject({
      address: { line: "1 Low Road", postcode: "10115" },
    });
  });

  it("is refused a mapping of an address to a field that is none", () => {
    expect(() => mappingOf({ contact: { address: "MailingStreet" } })).toThrow("MailingAddress");
  });
});

describe("a lead", () => {
  it("has the parts of its name, its company, and its address when it is mapped", () => {
    const row = { FirstName: "Ada", LastName: "Byron", Company: "Acme", Street: "1 Low Road", City: "York", PostalCode: "YO1" };
    const byDefault = dataOf("Lead", row);
    expect(byDefault).toMatchObject({ givenName: "Ada", familyName: "Byron", company: "Acme" });
    expect(Object.hasOwn(byDefault, "address")).toBe(false);
    expect(dataOf("Lead", row, { lead: { address: "Address" } })).toMatchObject({
      address: { line: "1 Low Road", locality: "York", postcode: "YO1" },
    });
  });
});

describe("the compound form of a record, as change events write it", () => {
  const text = fc.oneof(fc.constant(null), fc.string({ maxLength: 12 }), fc.constantFrom("Ada", "12 High Street", "LS1 4AB"));
  const parts = fc.record({ Street: text, City: text, State: text, PostalCode: text, Country: text });
  const names = fc.record({ FirstName: text, MiddleName: text, LastName: text });
  const lowerFirst = (members: object): object =>
    Object.fromEntries(Object.entries(members).map(([key, value]) => [key.charAt(0).toLowerCase() + key.slice(1), value]));
  const prefixed = (prefix: string, members: object): object =>
    Object.fromEntries(Object.entries(members).map(([key, value]) => [`${prefix}${key}`, value]));

  it("gives the same data as the columns, for any values", () => {
    fc.assert(
      fc.property(names, parts, fc.boolean(), (name, street, isQuery) => {
        const compound = isQuery ? { ...lowerFirst(street), latitude: 53.8, geocodeAccuracy: "Address" } : street;
        const whole = Object.values(name).filter((part) => part !== null && part !== "");
        const flatName = { ...name, Name: whole.join(" ") || null };
        const contact = { contact: { address: "MailingAddress" } };
        expect(dataOf("Contact", { Name: name, MailingAddress: compound }, contact)).toEqual(
          dataOf("Contact", { ...flatName, ...prefixed("Mailing", street) }, contact),
        );
        const lead = { lead: { address: "Address" } };
        expect(dataOf("Lead", { Name: name, Address: compound }, lead)).toEqual(dataOf("Lead", { ...flatName, ...street }, lead));
      }),
    );
  });

  it("gives the same data for an address field of the org's own", () => {
    const mapping = { contact: { address: "Home__c" } };
    const compound = { street: "1 Low Road", city: "York", stateCode: "YK", state: "Yorkshire", countryCode: "GB" };
    const columns = {
      Home__Street__s: "1 Low Road",
      Home__City__s: "York",
      Home__StateCode__s: "YK",
      Home__CountryCode__s: "GB",
    };
    expect(dataOf("Contact", { Home__c: compound }, mapping)).toEqual(dataOf("Contact", columns, mapping));
    expect(dataOf("Contact", columns, mapping)).toMatchObject({ address: { region: "YK", country: "GB" } });
  });
});
