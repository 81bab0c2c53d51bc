import { describe, expect, it } from "vitest";
import { survivorOf, survivorReason } from "./survivor.ts";

const record = (filledFields: number, references: number, changedAt: number | null) => ({ filledFields, references, changedAt });

describe("the record that should stay", () => {
  it("is the one with more filled fields, whatever else differs", () => {
    const [complete, usedRecord] = [record(5, 0, null), record(3, 40, 9)];
    expect(survivorOf([usedRecord, complete])).toBe(complete);
    expect(survivorReason(complete, usedRecord)).toBe("It has more filled fields: 5 against 3.");
  });

  it("is the one that more records belong to, then the one that changed last", () => {
    const [usedRecord, unusedRecord] = [record(3, 2, 1), record(3, 0, 9)];
    expect(survivorOf([unusedRecord, usedRecord])).toBe(usedRecord);
    expect(survivorReason(usedRecord, unusedRecord)).toContain("2 against 0");
    const [changedRecord, unchangedRecord] = [record(3, 2, 9), record(3, 2, null)];
    expect(survivorOf([unchangedRecord, changedRecord])).toBe(changedRecord);
    expect(survivorReason(changedRecord, unchangedRecord)).toContain("changed last");
  });

  it("is the older one of two equal ones", () => {
    const [older, newer] = [record(3, 2, 1), record(3, 2, 1)];
    expect(survivorOf([older, newer])).toBe(older);
    expect(survivorReason(older, newer)).toContain("older");
  });
});
