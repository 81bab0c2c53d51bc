import type { StoredRecord } from "@sidelight/model/records.ts";
import { describe, expect, it } from "vitest";
import { assessCustomer, type CustomerRecord } from "./assessCustomer.ts";
import { compareMeasurements } from "./compareMeasurements.ts";
import { problemsOf } from "./problems.ts";
import { dimensionScores, weightedScore } from "./scores.ts";
import { addCustomer, emptyTotals } from "./totals.ts";

const person = (connection: string, data: Partial<StoredRecord<"person">["data"]>, fields: Partial<StoredRecord> = {}) =>
  ({
    key: `${connection}-${JSON.stringify(data)}`,
    ref: `${connection}.contact:1`,
    platform: connection,
    connection,
    object: "contact",
    id: "1",
    changedAt: null,
    observedAt: 0,
    sequence: 1,
    identifiers: [],
    edges: [],
    data: { kind: "person", name: null, emails: [], phones: [], title: null, optedOut: false, ...data },
    ...fields,
  }) as CustomerRecord;

const rules = { isStale: ({ observedAt }: { observedAt: number }) => observedAt > 0 };
const assess = (...records: CustomerRecord[]) => assessCustomer(records, rules);

describe("completeness", () => {
  it("counts what any record of the customer has", () => {
    const assessment = assess(
      person("salesforce", { name: "Ada Lovelace", title: "CTO" }),
      person("zendesk", { emails: ["ada@acme.example"] }),
    );
    expect(assessment.completeness).toBe(3 / 5);
  });

  it("is zero for a record with nothing", () => {
    expect(assess(person("mixpanel", {})).completeness).toBe(0);
  });
});

describe("consistency", () => {
  it("is not measured when one connection alone has a value", () => {
    const records = [person("salesforce", { name: "Ada Lovelace" }), person("salesforce", { name: "Bob Ray" })];
    expect(assess(...records).consistency).toBeNull();
  });

  it.each([
    ["the case of an address", { emails: ["Ada@acme.example"] }, { emails: ["ada@acme.example"] }],
    ["an initial", { name: "A. Lovelace" }, { name: "Ada Lovelace" }],
    ["accents", { title: "Directrice Générale" }, { title: "directrice generale" }],
    ["one of several numbers", { phones: ["+33612345678", "+33140000000"] }, { phones: ["+33612345678"] }],
  ])("does not count %s as a difference", (_, a, b) => {
    expect(assess(person("salesforce", a), person("zendesk", b)).consistency).toBe(1);
  });

  it("counts different values, and names the records that have them", () => {
    const assessment = assess(person("salesforce", { title: "CTO" }), person("zendesk", { title: "Head of Support" }));
    expect(assessment.consistency).toBe(0);
    expect(assessment.comparisons).toMatchObject([{ field: "title", isEqual: false, values: [{}, {}] }]);
  });
});

describe("duplicates", () => {
  it("are records of one object of one connection, without a lead that became a contact", () => {
    const contact = person("salesforce", { name: "Ada" });
    const lead = person(
      "salesforce",
      { name: "Ada" },
      { object: "lead", edges: [{ rel: "person", to: "salesforce.contact:1" }] },
    );
    expect(assess(contact, lead, person("zendesk", {})).duplicates).toBe(1);
    const twice = assess(contact, person("salesforce", { name: "Ada L." }), person("zendesk", {}));
    expect(twice.duplicates).toBeCloseTo(2 / 3);
    expect(twice.duplicateGroups).toHaveLength(1);
  });
});

describe("a measurement", () => {
  const measured = (...customers: CustomerRecord[][]) => {
    const totals = emptyTotals();
    for (const records of customers) addCustomer(totals, assess(...records));
    return { measuredAt: 0, totals };
  };
  const label = (connection: string) => connection;

  it("names no missing field that no record of the object has", () => {
    const { totals } = measured([person("salesforce", { name: "Ada" })], [person("salesforce", { name: "Bob", title: "CTO" })]);
    expect(problemsOf(totals, label).map(({ id, count }) => [id, count])).toEqual([["completeness/salesforce/contact/title", 1]]);
  });

  it("counts stale records, and has no score for a dimension without anything to measure", () => {
    const { totals } = measured([person("salesforce", { name: "Ada" }, { observedAt: 1 })]);
    const scores = dimensionScores(totals);
    expect(scores).toEqual({ completeness: 20, consistency: null, duplicates: 100, freshness: 0 });
    expect(weightedScore(scores)).toBe(40);
    expect(problemsOf(totals, label)).toMatchObject([{ id: "freshness/salesforce/contact", count: 1, share: 1 }]);
  });

  it("names pairs that may be one without a cost, and compares them only with measurements that counted them", () => {
    const before = measured([person("salesforce", { name: "Ada" })], [person("salesforce", { name: "Bob" })]);
    const counted = (open: number) => ({
      ...before,
      totals: { ...before.totals, suggestions: { person: { open, examples: ["k"] }, company: { open: 0, examples: [] } } },
    });
    const [problem] = problemsOf(counted(1).totals, label);
    expect(problem).toMatchObject({ id: "duplicates/suggestions/person", count: 1, share: 0.5, exampleKeys: ["k"] });
    expect(dimensionScores(counted(1).totals)).toEqual(dimensionScores(before.totals));
    expect(compareMeasurements(counted(1), before, label).worse).toEqual([]);
    expect(compareMeasurements(counted(2), counted(1), label).worse.map(({ text }) => text)).toEqual([
      "pairs of people that may be one: 2 instead of 1.",
    ]);
    expect(compareMeasurements(counted(0), counted(1), label).better).toHaveLength(1);
  });

  it("has no score without customers", () => {
    expect(weightedScore(dimensionScores(emptyTotals()))).toBeNull();
  });

  it("is compared with an earlier one in words: what is better and what is worse", () => {
    const before = measured(
      [person("salesforce", { name: "Ada", title: "CTO" }), person("zendesk", { title: "CEO" })],
      [person("salesforce", { name: "Bob" })],
    );
    const after = measured(
      [person("salesforce", { name: "Ada", title: "CTO" }), person("zendesk", { title: "CTO" })],
      [person("salesforce", { name: "Bob" })],
      [person("salesforce", { name: "Eve" })],
    );
    const { better, worse } = compareMeasurements(after, before, label);
    expect(better.map(({ text }) => text)).toContain("customers whose platforms differ in title: 0 instead of 1.");
    expect(worse.map(({ text }) => text)).toContain("salesforce contact records without title: 2 instead of 1.");
  });
});
