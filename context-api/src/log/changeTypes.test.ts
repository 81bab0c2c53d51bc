import { consentOf, type Purpose } from "@sidelight/model/purposes.ts";
import type { PersonData } from "@sidelight/model/records.ts";
import { describe, expect, it } from "vitest";
import { changeType } from "./changeTypes.ts";

const person = (consent: Partial<PersonData>): PersonData => ({
  ...{ kind: "person", name: "Ada", emails: [], phones: [], title: null, optedOut: false },
  ...consent,
});
const withdrawn = (...purposes: Purpose[]) => person(consentOf(purposes));
const typeOf = (previous: PersonData, next: PersonData) =>
  changeType(previous, next, { deleted: false, isNew: false, movedEdges: new Set() });

describe("a change of a person's consent", () => {
  it.each<[string, PersonData, PersonData, string]>([
    ["withdraws the first purpose", person({}), withdrawn("marketing"), "opted_out"],
    ["withdraws another purpose", withdrawn("marketing"), withdrawn("marketing", "analytics"), "opted_out"],
    ["replaces one purpose by another", withdrawn("marketing"), withdrawn("analytics"), "opted_out"],
    ["gives back one of two", withdrawn("marketing", "analytics"), withdrawn("marketing"), "opted_in"],
    ["gives back the last", withdrawn("analytics"), person({}), "opted_in"],
    ["is none", withdrawn("analytics"), { ...withdrawn("analytics"), name: "Ada Byron" }, "updated"],
    ["is only that the purpose is named now", person({ optedOut: true }), withdrawn("marketing"), "updated"],
    ["gives back what an earlier release stored", person({ optedOut: true }), person({}), "opted_in"],
  ])("that %s", (_, previous, next, type) => {
    expect(typeOf(previous, next)).toBe(type);
  });
});
