import { describe, expect, it } from "vitest";
import { consentFieldNames, consentFields, withdrawnPurposes } from "./consent.ts";

const schema = consentFields({ marketing: ["no_mail"] }, (field) => (field === "no_calls" ? "sales" : "analytics"));

describe("the consent fields of a connection", () => {
  it.each([
    ["are the platform's when left out", undefined, { marketing: ["no_mail"] }],
    ["are none for null", null, {}],
    ["are one field with the platform's purpose, as earlier configurations have it", "no_calls", { sales: ["no_calls"] }],
    ["are one field about analytics when the platform does not know it", "custom", { analytics: ["custom"] }],
    ["are fields by purpose, one or several", { support: "a", sales: ["b", "c"] }, { support: ["a"], sales: ["b", "c"] }],
  ])("%s", (_, setting, fields) => {
    expect(schema.parse(setting)).toEqual(fields);
  });

  it.each([[{ advertising: "a" }], [""], [{ sales: "" }], [5]])("refuse %j", (setting) => {
    expect(schema.safeParse(setting).success).toBe(false);
  });

  it("withdraw the purposes of which a field is true", () => {
    const fields = schema.parse({ analytics: ["a", "b"], marketing: "a", sales: "c" });
    expect(withdrawnPurposes(fields, (field) => field === "a")).toEqual(["analytics", "marketing"]);
    expect(withdrawnPurposes(fields, () => false)).toEqual([]);
    expect(consentFieldNames(fields)).toEqual(["a", "b", "c"]);
  });
});
