import type { PersonData } from "@sidelight/model/records.ts";
import { describe, expect, it } from "vitest";
import { personInput } from "./personInput.ts";

const inputOf = (data: Partial<PersonData>) =>
  personInput({
    ...{ ref: "salesforce.contact:1", platform: "salesforce", identifiers: [] },
    data: { kind: "person", name: "Ada Byron", emails: [], phones: [], title: null, optedOut: false, ...data },
  });

describe("a stored person in the form that is matched", () => {
  it("has the parts of the name, the birth date, the address and the company", () => {
    const address = { line: "12 High Street", postcode: "LS1 4AB" };
    expect(inputOf({ givenName: "Ada", familyName: "Byron", birthDate: "1980-02-29", address, company: "Acme" })).toMatchObject({
      ...{ givenName: "Ada", familyName: "Byron", name: "Ada Byron", birthDate: "1980-02-29", address, company: "Acme" },
    });
  });

  it("has the whole name alone when one part is missing, because the other one may be the whole name", () => {
    expect(inputOf({ familyName: "Ada Byron" })).toMatchObject({ givenName: null, familyName: null, name: "Ada Byron" });
    expect(inputOf({ name: null, familyName: "Byron" })).toMatchObject({ givenName: null, familyName: "Byron", name: null });
  });

  it("without values has none", () => {
    expect(inputOf({})).toMatchObject({ givenName: null, familyName: null, birthDate: null, company: null });
  });
});
