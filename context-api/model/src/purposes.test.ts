import { describe, expect, it } from "vitest";
import { consentOf, isWithdrawn, withdrawalsOf } from "./purposes.ts";

describe("the consent of a person", () => {
  it("is withdrawn for the named purposes only", () => {
    const consent = consentOf(["analytics"]);
    expect(consent).toEqual({ optedOut: true, withdrawals: ["analytics"] });
    expect(isWithdrawn(consent, "analytics")).toBe(true);
    for (const purpose of ["support", "sales", "marketing"] as const) expect(isWithdrawn(consent, purpose)).toBe(false);
  });

  it("is withdrawn for an unknown purpose by any withdrawal", () => {
    expect(isWithdrawn(consentOf(["marketing"]), null)).toBe(true);
    expect(isWithdrawn(consentOf([]), null)).toBe(false);
  });

  it("of a record of an earlier release counts for every purpose but support", () => {
    expect(withdrawalsOf({ optedOut: true })).toEqual(["analytics", "sales", "marketing"]);
    expect(withdrawalsOf({ optedOut: false })).toEqual([]);
  });
});
