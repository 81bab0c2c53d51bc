import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type InputRecord, inputRecord } from "./inputRecord.ts";
import { matchRecords } from "./matchRecords.ts";
import { shippedModel } from "./model.ts";
import { suggestLinks } from "./suggestLinks.ts";
import { suggestPairs } from "./suggestPairs.ts";

const records = (...list: object[]): InputRecord[] =>
  list.map((values, index) => inputRecord.parse({ id: String(index), ...values }));
const clustersOf = (list: readonly InputRecord[]): number[] => [...matchRecords(list).clustering.clusterOf];

/** Precision and recall of pairs, by labels. */
function pairScores(clusterOf: readonly number[], labels: readonly string[]) {
  const pairs = (keys: readonly string[]): number =>
    [...Map.groupBy(keys, (key) => key).values()].reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
  const right = pairs(labels.map((label, index) => `${label} ${clusterOf[index]}`));
  return { precision: right / pairs(clusterOf.map(String)), recall: right / pairs(labels) };
}

const f1 = ({ precision, recall }: { precision: number; recall: number }): number =>
  (2 * precision * recall) / (precision + recall);

describe("people of one company's systems", () => {
  const file = new URL("../../../../test/fixtures/identity/b2b-small-300-people.labelled.jsonl", import.meta.url);
  const rows = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const platforms: Record<string, string> = { sf: "salesforce", lead: "salesforce", zd: "zendesk", mp: "mixpanel" };

  it.each([["without account ids", false] as const, ["with account ids", true] as const])(
    "are found with a precision of 0.995 and an F1 of 0.94, %s",
    (_, hasAccounts) => {
      const list = rows.map(({ id, kind, name, email, phone, company, user, account }) =>
        inputRecord.parse({
          ...{ id, platform: platforms[kind], name, emails: email, phones: phone, company },
          externalIds: hasAccounts ? { user, account } : { user },
        }),
      );
      const scores = pairScores(
        clustersOf(list),
        rows.map(({ cluster }) => cluster),
      );
      expect(scores.precision).toBeGreaterThanOrEqual(0.995);
      expect(f1(scores)).toBeGreaterThanOrEqual(0.94);
    },
  );
});

describe("people who have much in common", () => {
  it("stay apart when they are of one family", () => {
    const home = { birthDate: "1980-01-02", address: { line: "7 Elm Street", locality: "Leeds", postcode: "LS1 4AP" } };
    const list = records(
      { givenName: "Ann", familyName: "Archer", emails: "thearchers@gmail.com", phones: "+44 113 496 0001", ...home },
      { givenName: "Tom", familyName: "Archer", emails: "thearchers@gmail.com", phones: "+44 113 496 0001", ...home },
    );
    expect(clustersOf(list)).toEqual([0, 1]);
  });

  it("stay apart when only the family name and the address agree", () => {
    const address = { line: "7 Elm Street", locality: "Leeds", postcode: "LS1 4AP" };
    const list = records(
      { givenName: "Ann", familyName: "Archer", birthDate: "1980-01-02", address },
      { familyName: "Archer", birthDate: "2006-11-27", address },
      { familyName: "Archer", address },
    );
    expect(clustersOf(list)).toEqual([0, 1, 2]);
  });

  it("stay apart when a colleague has the same name and a numbered address", () => {
    const list = records(
      { platform: "salesforce", name: "John Smith", emails: "john.smith@acme.com", company: "Acme" },
      { platform: "zendesk", name: "John Smith", emails: "john.smith3@acme.com", company: "Acme Inc." },
    );
    expect(clustersOf(list)).toEqual([0, 1]);
  });

  it("are suggested, with little confidence, when their names contradict each other", () => {
    const list = records({ name: "Ann Lee", emails: "ann@acme.com" }, { name: "Ann Ray", emails: "ann@acme.com" });
    const result = matchRecords(list);
    expect([...result.clustering.clusterOf]).toEqual([0, 1]);
    expect(suggestPairs(result)).toMatchObject([{ a: 0, b: 1 }]);
    expect(suggestPairs(result)[0]?.confidence).toBeLessThanOrEqual(0.3);
  });

  it("are neither linked nor suggested when their birth dates are those of two people, unless they have one address or id", () => {
    const home = { name: "John Archer", address: { line: "7 Elm Street", locality: "Leeds", postcode: "LS1 4AP" } };
    const [father, son] = [
      { ...home, platform: "salesforce", birthDate: "1952-03-14", phones: "+44 113 496 0001" },
      { ...home, platform: "zendesk", birthDate: "1984-11-27", phones: "+44 113 496 0001" },
    ];
    const outcome = (...list: object[]) => {
      const result = matchRecords(records(...list), undefined, { model: shippedModel });
      return { links: suggestLinks(result, String), pairs: suggestPairs(result, String) };
    };
    expect(outcome(father, son)).toEqual({ links: [], pairs: [] });
    const { birthDate: _, ...withoutDate } = son;
    expect(outcome(father, withoutDate)).toMatchObject({ links: [{ a: 0, b: 1 }], pairs: [{ a: 0, b: 1 }] });
    const email = { emails: "john.archer@archer.example" };
    const sameAddress = outcome({ ...father, ...email }, { ...son, ...email });
    expect(sameAddress).toMatchObject({ links: [], pairs: [{ a: 0, b: 1 }] });
    expect(sameAddress.pairs[0]?.confidence).toBeLessThanOrEqual(0.3);
  });

  it("have no birth date in common that a system stores when it knows none", () => {
    const list = records({ name: "Ann Lee", birthDate: "1900-01-01" }, { name: "Ann Lee", birthDate: "1900-01-01" });
    expect(clustersOf(list)).toEqual([0, 1]);
  });

  it("stay apart when many of them share an address, a telephone and an id, and the shared values are listed", () => {
    const names = ["Ann Lee", "Bob Ray", "Cid Fox", "Dora Hill", "Eve Stone"];
    const list = names.map((name, index) =>
      inputRecord.parse({
        id: String(index),
        name,
        emails: "studio@acme.com",
        phones: "+1 415 555 0100",
        externalIds: { user: "desk-1" },
      }),
    );
    const { clustering, strikes } = matchRecords(list);
    expect([...clustering.clusterOf]).toEqual([0, 1, 2, 3, 4]);
    expect(strikes.map(({ kind, holders, reason }) => ({ kind, holders, reason }))).toEqual([
      { kind: "email", holders: 5, reason: "contested" },
      { kind: "phone", holders: 5, reason: "contested" },
      { kind: "id", holders: 5, reason: "contested" },
    ]);
  });
});

describe("what people decided", () => {
  const list = records(
    { name: "Ann Lee", emails: "ann@acme.com" },
    { name: "Ann Lee", emails: "ann@acme.com" },
    { name: "Zoe Fox", emails: "zoe@other.com" },
  );

  it("joins what the model would not, and keeps apart what it would", () => {
    const { clusterOf } = matchRecords(list, { together: [[1, 2]], apart: [[0, 1]] }).clustering;
    expect([...clusterOf]).toEqual([0, 1, 1]);
  });
});

describe("any list of records", () => {
  const values = fc.record(
    {
      name: fc.constantFrom("Ann Lee", "Bob Ray", "Lee, Ann", "A. Lee", "", "Billing"),
      emails: fc.constantFrom("ann@acme.com", "bob@acme.com", "info@acme.com", "x", "ann.lee@gmail.com"),
      phones: fc.constantFrom("+1 415 555 0100", "415-555-0100", "0"),
      birthDate: fc.constantFrom("1980-01-02", "19800102", "1980-02-01", "soon"),
      company: fc.constantFrom("Acme", "Acme Inc.", "Other"),
    },
    { requiredKeys: [] },
  );

  it("has each record in one cluster, whose first record names it, and gives the same answer again", () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 12 }), (rows) => {
        const list = records(...rows);
        const clusters = clustersOf(list);
        expect(clusters).toHaveLength(list.length);
        for (const [index, cluster] of clusters.entries()) {
          expect(cluster).toBeLessThanOrEqual(index);
          expect(clusters[cluster]).toBe(cluster);
        }
        expect(clustersOf(list)).toEqual(clusters);
      }),
      { numRuns: 40 },
    );
  });
});
