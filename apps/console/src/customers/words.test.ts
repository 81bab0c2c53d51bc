import { describe, expect, it } from "vitest";
import { amountWords, dayWords, reasonWords } from "./words.ts";

describe("the words of a customer", () => {
  it.each([
    ["at_risk", 0, "At risk since today"],
    ["at_risk", 1, "At risk for 1 day"],
    ["gone_quiet", 20, "Not used for 20 days"],
    ["renewing", 30, "Renews in 30 days"],
    ["renewing", 0, "Renews today"],
    ["renewing", -3, "Renewal overdue by 3 days"],
  ] as const)("say why a company needs a call: %s, %i days", (reason, days, words) => {
    expect(reasonWords({ reason, days, since: "2026-11-21" })).toBe(words);
  });

  it("keep a calendar day in every time zone, and an amount in its currency", () => {
    expect(dayWords("2026-11-21")).toMatch(/21/);
    expect(amountWords({ amount: 184_000, currency: "EUR" })).toMatch(/184.?000/);
    expect(amountWords(null)).toBe("Not set");
  });
});
