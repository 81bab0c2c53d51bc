import { describe, expect, it } from "vitest";
import { grantOf } from "./personActor.ts";

describe("what a person gets", () => {
  const config = {
    people: { "salesforce.user:005A": "none" as const, "zendesk.user:7": { role: "agent" as const, pii: true } },
    permissionSets: { Sidelight_Manager: { role: "rep" as const, reveal: true }, Sidelight_User: "rep" as const },
  };
  const grant = (person: string, permissionSets: readonly string[] | null, settings: typeof config | object = config) =>
    grantOf({ people: {}, permissionSets: {}, ...settings }, { person, permissionSets }, "agent");

  it("is their own grant before everything else", () => {
    expect(grant("salesforce.user:005A", ["Sidelight_Manager"])).toBe("none");
    expect(grant("zendesk.user:7", null)).toEqual({ role: "agent", pii: true });
  });

  it("is that of the first permission set in the configuration that they hold", () => {
    expect(grant("salesforce.user:005B", ["Sidelight_User", "Sidelight_Manager"])).toEqual({ role: "rep", reveal: true });
    expect(grant("salesforce.user:005B", ["Sidelight_User"])).toBe("rep");
  });

  it("is nothing without any of them, and the platform's role where none is configured", () => {
    expect(grant("salesforce.user:005B", ["Other", "constructor"])).toBe("none");
    expect(grant("salesforce.user:005B", ["Other"], {})).toBe("agent");
    expect(grant("zendesk.user:8", null)).toBe("agent");
    expect(grant("constructor", null)).toBe("agent");
  });
});
