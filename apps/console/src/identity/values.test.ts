import { expect, it } from "vitest";
import { fieldOptions, shownWords } from "./values.ts";

const side = (ref: string, facts: Record<string, string>) => ({
  ...{ id: `person:${ref}`, label: ref },
  members: [{ ref, label: ref, facts: Object.entries(facts).map(([label, value]) => ({ label, value })) }],
});
const left = side("zendesk.user:1", { name: "Ann Lee", email: "ann@x.example", phone: "+49 731 1" });
const right = side("salesforce.contact:2", { name: "Anna Lee", email: "ann@x.example", phone: "+49 731 2", title: "Chief" });

it("offers the fields that a customer is shown with, where the records differ", () => {
  expect(fieldOptions({ kind: "person", left, right })).toEqual([
    {
      field: "name",
      options: [
        { ref: "zendesk.user:1", value: "Ann Lee" },
        { ref: "salesforce.contact:2", value: "Anna Lee" },
      ],
    },
  ]);
});

it("offers the domain of a company, and no title", () => {
  const company = (ref: string, domain: string) => side(ref, { name: "Acme", domain, title: ref });
  const sides = { left: company("zendesk.organization:1", "acme.com"), right: company("salesforce.account:2", "acme.fr") };
  expect(fieldOptions({ kind: "company", ...sides }).map(({ field }) => field)).toEqual(["domain"]);
});

it("says what will be shown, and that no record changes", () => {
  const fields = fieldOptions({ kind: "person", left, right });
  expect(shownWords(fields, {})).toBe(
    "The rules of the configuration choose which values are shown. No record of a platform changes.",
  );
  expect(shownWords(fields, { name: "salesforce.contact:2" })).toBe(
    "The customer is shown with the name “Anna Lee” of Salesforce contact 2. The rules of the configuration choose the other values. No record of a platform changes.",
  );
});
