import { describe, expect, it } from "vitest";
import { z } from "zod";
import { attributeFieldNames, attributeFields, readAttributes } from "./attributes.ts";

const schema = z.strictObject(attributeFields({ givenName: "first", familyName: "last" }));
const read = (mapping: object, values: Record<string, unknown>) =>
  readAttributes(schema.parse(mapping), (field) => values[field]);
const birthDateOf = (value: unknown): string | undefined => read({ birthDate: "born" }, { born: value }).birthDate;

describe("the attributes of a person", () => {
  it("are the names alone unless the configuration names further fields", () => {
    const values = { first: " Ada ", last: "Byron", born: "1980-02-29", street: "1 Low Road", firm: "Acme" };
    expect(read({}, values)).toEqual({ givenName: "Ada", familyName: "Byron" });
    expect(attributeFieldNames(schema.parse({}))).toEqual(["first", "last"]);
    const mapping = { birthDate: "born", address: { line: "street", postcode: "zip" }, company: "firm", givenName: null };
    expect(read(mapping, { ...values, zip: 10115 })).toEqual({
      ...{ familyName: "Byron", birthDate: "1980-02-29", company: "Acme" },
      address: { line: "1 Low Road", postcode: "10115" },
    });
    expect(attributeFieldNames(schema.parse(mapping))).toEqual(["last", "born", "firm", "street", "zip"]);
  });

  it("are absent when they have no value, or one that is too long to be a name", () => {
    const mapping = { birthDate: "born", address: "home", company: "firm" };
    for (const value of [undefined, null, "", "  ", true, {}, [], "x".repeat(1_001)])
      expect(read(mapping, { first: value, last: value, born: value, home: value, firm: value }), String(value)).toEqual({});
  });

  it("have the first text of a list, and a whole address as its line", () => {
    expect(read({ address: "home" }, { first: [null, "Ada"], home: "1 Low Road, York" })).toEqual({
      ...{ givenName: "Ada", address: { line: "1 Low Road, York" } },
    });
  });

  it("are refused when a part of an address is unknown", () => {
    expect(schema.safeParse({ address: { street: "home" } }).success).toBe(false);
  });
});

describe("a birth date", () => {
  it.each([
    ["1980-02-29", "1980-02-29"],
    ["1980-02-29T00:00:00+00:00", "1980-02-29"],
    ["1980-02-29 00:00:00", "1980-02-29"],
    ["19800229", "1980-02-29"],
    [19_800_229, "1980-02-29"],
    ["1980/2/9", "1980-02-09"],
    ["29.2.1980", "1980-02-29"],
    ["1980-02", "1980-02"],
    [1980, "1980"],
  ])("is the day of %j", (value, day) => {
    expect(birthDateOf(value)).toBe(day);
  });

  it.each([["02/03/1980"], ["1981-02-29"], ["31.6.1980"], ["1980-13"], ["soon"], ["29 Feb"], [0], ["1980-02-29x"]])(
    "is none in %j",
    (value) => {
      expect(birthDateOf(value)).toBeUndefined();
    },
  );
});
