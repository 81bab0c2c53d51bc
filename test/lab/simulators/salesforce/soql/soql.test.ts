import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTenantWorld } from "../../../world/tenant.ts";
import type { SfRow } from "../../../world/types.ts";
import { SalesforceError } from "../errors.ts";
import { runSoql } from "./run.ts";

const NOW = Date.parse("2026-11-20T15:05:00Z");
const world = createTenantWorld({
  tenant: "acme",
  seed: 7,
  anchor: Date.parse("2026-11-20T15:00:00Z"),
  sizes: { companies: 12, people: 90, tickets: 5, opportunities: 30, activities: 60 },
}).salesforce;
const { Account, Contact } = world.tables;

const rows = (soql: string): SfRow[] => runSoql(soql, { world, now: NOW, includeDeleted: false }).rows;
const ids = (soql: string): string[] => rows(soql).map((row) => row.Id);
const accounts = (condition: string): SfRow[] => rows(`SELECT Id FROM Account WHERE ${condition}`);
const errorOf = (soql: string): string => {
  try {
    runSoql(soql, { world, now: NOW, includeDeleted: false });
    return "accepted";
  } catch (error) {
    if (error instanceof SalesforceError) return error.faults[0]!.errorCode;
    throw error;
  }
};
const idsWhere = (test: (row: SfRow) => boolean): string[] => [...Account.values()].filter(test).map((row) => row.Id);

describe("conditions", () => {
  test("compare text without case, and ids with case in both lengths", () => {
    const id = world.tables.Account.values().next().value!.Id;
    expect(ids("SELECT Id FROM Account WHERE Name = 'HALVORSEN freight inc.'")).toEqual([id]);
    expect(ids(`SELECT Id FROM Account WHERE Id = '${id}'`)).toEqual([id]);
    expect(ids(`SELECT Id FROM Account WHERE Id = '${id.slice(0, 15)}'`)).toEqual([id]);
    expect(ids(`SELECT Id FROM Account WHERE Id IN ('${id}', '001000000000000AAA')`)).toEqual([id]);
    expect(errorOf(`SELECT Id FROM Account WHERE Id = '${id.slice(0, 15).toLowerCase()}XXX'`)).toBe(
      "INVALID_QUERY_FILTER_OPERATOR",
    );
  });

  test("match null only with equals null, and with no greater or smaller", () => {
    expect(accounts("ARR__c = null").map((a) => a.Id)).toEqual(idsWhere((a) => a["ARR__c"] === null));
    expect(accounts("ARR__c != 12000")).toHaveLength(Account.size - accounts("ARR__c = 12000").length);
    expect(accounts("ARR__c > 0 OR ARR__c <= 0")).toHaveLength(accounts("ARR__c != null").length);
    expect(accounts("NOT (Plan__c = 'Growth')").length).toBe(accounts("Plan__c != 'Growth'").length);
  });

  test("combine AND, OR, NOT and parentheses", () => {
    const usd = (a: SfRow): boolean => a["CurrencyIsoCode"] === "USD";
    const big = (a: SfRow): boolean => Number(a["ARR__c"] ?? 0) > 30_000;
    expect(accounts("CurrencyIsoCode = 'USD' AND (ARR__c > 30000 OR ParentId != null)").map((a) => a.Id)).toEqual(
      idsWhere((a) => usd(a) && (big(a) || a["ParentId"] !== null)),
    );
    expect(accounts("(NOT CurrencyIsoCode = 'USD') AND ARR__c > 30000").map((a) => a.Id)).toEqual(
      idsWhere((a) => !usd(a) && big(a)),
    );
    expect(accounts("CurrencyIsoCode NOT IN ('USD', 'EUR')").map((a) => a.Id)).toEqual(
      idsWhere((a) => a["CurrencyIsoCode"] === "JPY"),
    );
  });

  test("treat % and _ in LIKE as wildcards unless escaped", () => {
    expect(accounts("Name LIKE 'halvorsen%'")).toHaveLength(3);
    expect(accounts("Name LIKE 'Halvorsen Grou_'")).toHaveLength(1);
    expect(accounts("Name LIKE 'Halvorsen\\%'")).toHaveLength(0);
  });

  test("compare dates and datetimes, literal and relative", () => {
    expect(accounts("Renewal_Date__c >= 2026-12-01").map((a) => a.Id)).toEqual(
      idsWhere((a) => String(a["Renewal_Date__c"] ?? "") >= "2026-12-01"),
    );
    const isNear = (a: SfRow): boolean =>
      String(a["Renewal_Date__c"] ?? "") > "2026-11-20" && String(a["Renewal_Date__c"]) <= "2027-01-19";
    expect(accounts("Renewal_Date__c = NEXT_N_DAYS:60").map((a) => a.Id)).toEqual(idsWhere(isNear));
    expect(accounts("SystemModstamp < 2026-11-20T16:00:00+01:00")).toHaveLength(Account.size);
    expect(accounts("CreatedDate > TODAY")).toHaveLength(0);
  });

  test("follow relationships, polymorphic ones and semi-joins", () => {
    expect(accounts("Owner.Type = 'Queue'").map((a) => a.Id)).toEqual(idsWhere((a) => String(a["OwnerId"]).startsWith("00G")));
    expect(rows("SELECT Id FROM Contact WHERE Account.Parent.Name = 'Halvorsen Group'").length).toBeGreaterThan(2);
    const childIds = ids(
      "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Email LIKE '%halvorsen-freight.example')",
    );
    expect(childIds).toEqual(ids("SELECT Id FROM Account WHERE Name = 'Halvorsen Freight Inc.'"));
  });
});

test("sort by several keys, nulls first by default, with LIMIT and OFFSET", () => {
  const arr = (soql: string): unknown[] => rows(soql).map((row) => row["ARR__c"]);
  expect(arr("SELECT Id FROM Account ORDER BY ARR__c")[0]).toBeNull();
  expect(arr("SELECT Id FROM Account ORDER BY ARR__c DESC NULLS LAST").at(-1)).toBeNull();
  const orderedIds = ids("SELECT Id FROM Account ORDER BY CurrencyIsoCode DESC, Name ASC");
  expect(ids("SELECT Id FROM Account ORDER BY CurrencyIsoCode DESC, Name ASC LIMIT 3 OFFSET 2")).toEqual(orderedIds.slice(2, 5));
  expect(rows("SELECT Id FROM Account ORDER BY CurrencyIsoCode DESC")[0]!["CurrencyIsoCode"]).toBe("USD");
});

test("count and aggregate", () => {
  const run = (soql: string) => runSoql(soql, { world, now: NOW, includeDeleted: false });
  expect(run("SELECT COUNT() FROM Contact").count).toBe(Contact.size);
  expect(run("SELECT COUNT(Id) n FROM Account").aggregates).toEqual([{ n: Account.size }]);
  const groups = run("SELECT CurrencyIsoCode, MAX(ARR__c) FROM Account GROUP BY CurrencyIsoCode").aggregates!;
  expect(groups.map((g) => g["CurrencyIsoCode"]).sort()).toEqual(["EUR", "JPY", "USD"]);
});

test.each([
  ["SELECT Nope FROM Account", "INVALID_FIELD"],
  ["SELECT Id FROM Account WHERE Nope = 'x'", "INVALID_FIELD"],
  ["SELECT Id FROM Account ORDER BY Nope", "INVALID_FIELD"],
  ["SELECT Owner.Nope FROM Account", "INVALID_FIELD"],
  ["SELECT Missing.Name FROM Account", "INVALID_FIELD"],
  ["SELECT PersonEmail FROM Account", "INVALID_FIELD"],
  ["SELECT Id, id FROM Account", "INVALID_FIELD"],
  ["SELECT Id FROM Nope", "INVALID_TYPE"],
  ["SELECT Id, (SELECT Id FROM Nopes) FROM Account", "INVALID_TYPE"],
  ["SELECT Id FROM", "MALFORMED_QUERY"],
  ["SELECT * FROM Account", "MALFORMED_QUERY"],
  ["DELETE FROM Account", "MALFORMED_QUERY"],
  ["SELECT Id FROM Account WHERE Name = 'a\\q'", "MALFORMED_QUERY"],
  ["SELECT Id FROM Account WHERE Name = 'a\\_b'", "MALFORMED_QUERY"],
  ["SELECT Id FROM Account WHERE Name = 'O'Brien'", "MALFORMED_QUERY"],
  ["SELECT Id FROM Account WHERE Name = 'a\nb'", "MALFORMED_QUERY"],
  ['SELECT Id FROM Account WHERE Name = "x"', "MALFORMED_QUERY"],
  ["SELECT Id FROM Account WHERE Name = 'a' AND Phone = 'b' OR Type = 'c'", "MALFORMED_QUERY"],
  ["SELECT Id FROM Account WHERE Name = 'a' AND NOT Phone = 'b'", "MALFORMED_QUERY"],
  ["SELECT Id FROM Account WHERE Description = 'a'", "INVALID_FIELD"],
  ["SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"],
  ["SELECT Id FROM Account WHERE ARR__c = '5'", "INVALID_FIELD"],
  ["SELECT Id FROM Account WHERE Renewal_Date__c = '2026-01-01'", "INVALID_FIELD"],
  ["SELECT Id FROM Account WHERE CreatedDate > 2026-01-01", "INVALID_FIELD"],
  ["SELECT Id FROM Account WHERE Renewal_Date__c > 2026-01-01T00:00:00Z", "INVALID_FIELD"],
  ["SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR"],
  ["SELECT Id FROM Account LIMIT 5 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"],
  ["SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY"],
  ["SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY"],
  ["SELECT Id FROM Account WHERE Id IN (SELECT Email FROM Contact)", "MALFORMED_QUERY"],
])("%s is refused with %s", (soql, code) => {
  expect(errorOf(soql)).toBe(code);
});

describe("quoting of arbitrary text", () => {
  /** Salesforce's escaping rules: `\` first, then `'`. Line breaks have their own escapes, separators a numeric one. */
  const quote = (text: string): string =>
    `'${text
      .replaceAll("\\", "\\\\")
      .replaceAll("'", "\\'")
      .replaceAll("\n", "\\n")
      .replaceAll("\r", "\\r")
      .replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)}'`;
  const quoteLike = (text: string): string => quote(text).replaceAll("%", "\\%").replaceAll("_", "\\_");
  const hostile = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc
      .array(
        fc.constantFrom(
          "'",
          "\\",
          '"',
          "%",
          "_",
          "\n",
          "\r",
          "\\'",
          "' OR Name LIKE '",
          "--",
          "a",
          "\u202e",
          "\u2028",
          "\\u0041",
        ),
        {
          maxLength: 12,
        },
      )
      .map((parts) => parts.join("")),
  );
  const sample = [...Contact.values()][0]!;

  test("finds exactly the record of an escaped value", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const row: SfRow = { ...sample, Id: sample.Id, Title: text };
        const contact = {
          ...world,
          tables: { ...world.tables, Contact: { ...Contact, values: () => [row, { ...row, Title: `${text}x` }].values() } },
        };
        const run = (soql: string): SfRow[] => runSoql(soql, { world: contact, now: NOW, includeDeleted: false }).rows;
        const matches = run(`SELECT Id FROM Contact WHERE Title = ${quote(text)}`);
        if (text === "") expect(matches).toHaveLength(1);
        else expect(matches).toEqual([row]);
        expect(run(`SELECT Id FROM Contact WHERE Title LIKE ${quoteLike(text)}`)).toEqual([row]);
      }),
      { numRuns: 500 },
    );
  });

  test("never crashes on an unescaped value", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(errorOf(`SELECT Id FROM Contact WHERE Email = '${text}'`)).toMatch(
          /^(accepted|MALFORMED_QUERY|INVALID_FIELD|INVALID_TYPE|INVALID_QUERY_FILTER_OPERATOR)$/,
        );
      }),
      { numRuns: 500 },
    );
  });
});
