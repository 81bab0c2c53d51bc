import type { PersonData } from "@sidelight/model/records.ts";
import { describe, expect, it } from "vitest";
import { goneRecord } from "./gone.ts";

const person: Required<Omit<PersonData, "withdrawals" | "productUse">> = {
  ...{ kind: "person", name: "Ada Byron", givenName: "Ada", familyName: "Byron", birthDate: "1980-02-29" },
  ...{ emails: ["ada@acme.example"], phones: ["+493012345678"], title: "Countess", company: "Acme", optedOut: true },
  ...{ address: { line: "12 High Street" }, fields: { phone: "+493012345678" }, leadSource: "Web", createdAt: null },
};

describe("the deletion of a person's record", () => {
  it("keeps nothing that describes the person, and what they withdrew", () => {
    const gone = goneRecord({ ref: "salesforce.lead:1", data: person, connection: "sf", observedAt: 1 });
    expect(gone).toMatchObject({ deleted: true, subject: "salesforce.lead:1", edges: [] });
    expect(gone.data).toEqual({
      ...{ kind: "person", name: null, emails: [], phones: [], title: null, optedOut: true, leadSource: "Web", createdAt: null },
    });
  });
});
