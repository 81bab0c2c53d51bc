import { describe, expect, it } from "vitest";
import { createIdentifiers } from "./identifiers.ts";

const identifiers = createIdentifiers({
  defaultCountry: "FR",
  freeMailDomains: [],
  evidence: {
    roleMailboxes: ["Front-Office", "lobby"],
    ignored: {
      emails: ["Nobody@Acme.com"],
      domains: ["pages.host.example", "https://www.agency.example/"],
      phones: ["+33 1 55 00 31 67"],
      ids: ["u-demo", "001A0000006Vm9r"],
    },
  },
});
const ofPerson = (values: Partial<Parameters<typeof identifiers.ofPerson>[0]>) => {
  const { identifiers: list, ...rest } = identifiers.ofPerson({ emails: [], ...values });
  return { ...rest, identifiers: list.map(({ kind, value }) => `${kind} ${value}`) };
};

describe("the tenant's own evidence", () => {
  it.each(["frontoffice@acme.com", "front-office@acme.com", "front.office-eu@acme.com", "lobby2@acme.com", "lobby+x@acme.com"])(
    "takes a configured mailbox for that of a function: %s",
    (address) => {
      expect(ofPerson({ emails: [address] })).toEqual({
        emails: [address],
        phones: [],
        identifiers: [`role_email ${address}`, "email_domain acme.com"],
      });
    },
  );

  it("leaves an address alone that only begins like a configured mailbox", () => {
    for (const address of ["lobbyist@acme.com", "frank.office@acme.com"])
      expect(ofPerson({ emails: [address] }).identifiers).toContain(`email ${address}`);
  });

  it("counts an ignored value under a kind of its own, and keeps it from the values", () => {
    const record = ofPerson({ emails: ["NOBODY@acme.com", "ann@acme.com"], phones: ["01 55 00 31 67"], productUser: "u-demo" });
    expect([record.emails, record.phones]).toEqual([["ann@acme.com"], []]);
    expect(record.identifiers).toEqual([
      "email ann@acme.com",
      "email_domain acme.com",
      "ignored_product_user u-demo",
      "ignored_email nobody@acme.com",
      "ignored_phone +33155003167",
    ]);
  });

  it("takes everything below an ignored domain for a shared host, and nothing beside it", () => {
    const domainsOf = (...domains: string[]) => identifiers.ofCompany({ domains });
    expect(domainsOf("https://acme.pages.host.example/start", "pages.host.example")).toEqual({
      domains: [],
      identifiers: [
        { kind: "ignored_domain", value: "acme.pages.host.example" },
        { kind: "ignored_domain", value: "pages.host.example" },
      ],
    });
    expect(domainsOf("host.example").domains).toEqual(["host.example"]);
    expect(domainsOf("shop.agency.example").domains).toEqual([]);
    // The address is still a person's, only its company is unknown.
    expect(ofPerson({ emails: ["ann@pages.host.example"] }).identifiers).toEqual(["email ann@pages.host.example"]);
  });

  it("ignores an id that another platform stores, and never the own id of a record of the CRM", () => {
    const id = "001A0000006Vm9rIAC";
    expect(identifiers.ofCompany({ domains: [], crmId: id }).identifiers).toEqual([{ kind: "ignored_crm_id", value: id }]);
    expect(identifiers.ofCompany({ domains: [], ownId: id }).identifiers).toEqual([{ kind: "crm_id", value: id }]);
  });

  it("names no customer, so that no platform is searched for it", () => {
    expect(identifiers.namesNoCustomer("email", "nobody@acme.com")).toBe(true);
    expect(identifiers.namesNoCustomer("phone", "+33155003167")).toBe(true);
    expect(identifiers.namesNoCustomer("domain", "agency.example")).toBe(true);
    expect(identifiers.namesNoCustomer("domain", "acme.com")).toBe(false);
  });
});
