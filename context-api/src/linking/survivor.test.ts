import { describe, expect, it } from "vitest";
import { survivorOf, survivorReason } from "./survivor.ts";

const record = (filledFields: number, references: number, changedAt: number | null) => ({ filledFields, references, changedAt });

describe("the record that should stay", () => {
  it("is the one with more filled fields, whatever else differs", () => {
    const [complete, used] = [record(5, 0, null), record(3, 40, 9)];
    expect(survivorOf([used, complete])).toBe(complete);
    expect(survivorReason(complete, used)).toBe("It has more filled fields: 5 against 3.");
  });

  it("is the one that more records belong to, then the one that changed last", () => {
    const [used, unused] = [record(3, 2, 1), record(3, 0, 9)];
    expect(survivorOf([unused, used])).toBe(used);
    expect(survivorReason(used, unused)).toContain("2 against 0");
    const [changed, unchanged] = [record(3, 2, 9), record(3, 2, null)];
    expect(survivorOf([unchanged, changed])).toBe(changed);
    expect(survivorReason(changed, unchanged)).toContain("changed last");
  });

  it("is the older one of two equal ones", () => {
    const [older, newer] = [record(3, 2, 1), record(3, 2, 1)];
    expect(survivorOf([older, newer])).toBe(older);
    expect(survivorReason(older, newer)).toContain("older");
  });
});
