import { parseQuery, type ValueCondition } from "@jetstreamapp/soql-parser-js";
import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dateTime, likeContains, literal } from "./soql.ts";

const hostile = [
  "o'brien@example.com",
  "' OR Name != '",
  "\\' OR Id != null OR Name = \\'",
  "a@b.c' LIMIT 1 --",
  "\\",
  "\\\\'",
  "line\nbreak\r\ttab",
  "%_%\\_",
  "') OR (Name LIKE '%",
  "\u202Eright to left",
  "\u0000\u0007control",
  "",
];
const anyText = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom("'", "\\", '"', "\n", "%", "_", "(", ")", " ", "O", "R", "=", "-", "/", "*"),
    maxLength: 40,
  }),
);

/** The value of a literal, with its escapes resolved. */
function unescapeLiteral(text: string): string {
  const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t" };
  return text.slice(1, -1).replace(/\\(.)/gsu, (_, c: string) => escapes[c] ?? c);
}
/** Control characters without an escape become spaces. */
const withoutControlCharacters = (text: string): string => text.replace(/[^\P{Cc}\n\r\t]|[\p{Zl}\p{Zp}]/gu, " ");

/** The three check characters of an id: one bit per upper-case letter, five letters to a character. */
const checksum = (id: string): string =>
  [0, 5, 10]
    .map((start) => [...id.slice(start, start + 5)].reduce((bits, char, i) => bits | (/[A-Z]/.test(char) ? 1 << i : 0), 0))
    .map((bits) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits])
    .join("");

interface Conditions {
  left: Partial<ValueCondition>;
  operator: string | undefined;
  right: Partial<ValueCondition> | undefined;
}

/** The two conditions of a query. Another number is an error. */
function conditions(soql: string): Conditions {
  const clause = parseQuery(soql).where as {
    left: Partial<ValueCondition>;
    operator?: string;
    right?: { left: Partial<ValueCondition>; right?: unknown };
  };
  expect(clause.right?.right).toBeUndefined();
  return { left: clause.left, operator: clause.operator, right: clause.right?.left };
}

describe("a literal", () => {
  it("is one value of one condition, with its original meaning, for any text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { left, operator, right } = conditions(
          `SELECT Id FROM Contact WHERE Email = ${literal(text)} AND IsDeleted = false`,
        );
        expect(left).toMatchObject({ field: "Email", operator: "=", literalType: "STRING" });
        expect(operator).toBe("AND");
        expect(right).toMatchObject({ field: "IsDeleted", operator: "=", value: "FALSE" });
        expect(unescapeLiteral(left.value as string)).toBe(withoutControlCharacters(text));
      }),
      { numRuns: 500 },
    );
  });

  it("in LIKE is one pattern that matches the value literally", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { left, operator } = conditions(
          `SELECT Id FROM Account WHERE Website LIKE ${likeContains(text)} AND IsDeleted = false`,
        );
        expect(left).toMatchObject({ field: "Website", operator: "LIKE" });
        expect(operator).toBe("AND");
        const pattern = left.value as string;
        expect(pattern.startsWith("'%")).toBe(true);
        expect(pattern.endsWith("%'")).toBe(true);
        // Wildcards of the value are escaped.
        expect(pattern.slice(2, -2).replace(/\\./gsu, "")).not.toMatch(/[%_]/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a line separator", () => {
  it("becomes a space, because a parser would end the literal there", () => {
    expect(literal("a\u2028b\u2029c\u0085d")).toBe("'a b c d'");
  });
});

/** LIKE semantics of Salesforce: `%` matches anything, `_` one character, a backslash escapes. */
function like(pattern: string): RegExp {
  const source = pattern
    .slice(1, -1)
    .replace(/\\(.)|([%_])|([^\\%_])/gsu, (_, escapedChar?: string, wild?: string, plain?: string) => {
      if (wild) return wild === "%" ? ".*" : ".";
      return RegExp.escape(escapedChar ? unescapeLiteral(`'\\${escapedChar}'`) : plain!);
    });
  return new RegExp(`^${source}$`, "su");
}

describe("LIKE", () => {
  it("finds texts that contain the value and no others", () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (value, prefix, suffix) => {
        const pattern = like(likeContains(value));
        expect(pattern.test(prefix + withoutControlCharacters(value) + suffix)).toBe(true);
        expect(pattern.test(suffix)).toBe(suffix.includes(withoutControlCharacters(value)));
      }),
      { numRuns: 500 },
    );
  });
});

it("dateTime writes an instant in UTC without quotes", () => {
  expect(dateTime(Date.UTC(2026, 10, 21, 9, 30))).toBe("2026-11-21T09:30:00.000Z");
});

const isInOneCase = (id: string): boolean => id === id.toLowerCase() || id === id.toUpperCase();

describe("a record id", () => {
  it("of 15 characters gets Salesforce's checksum", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9]{15}$/), (id) => {
        const id18 = salesforceId(id)!;
        expect(id18).toHaveLength(18);
        expect(salesforceId(id18)).toBe(id18);
        expect(salesforceId(id + id18.slice(15).toLowerCase())).toBe(id18);
        // Case identifies the record, and the checksum covers it. An id in one case has lost it, and gets it back.
        const idInOtherCase = [...id].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join("");
        if (!isInOneCase(id)) expect(salesforceId(idInOtherCase + id18.slice(15))).not.toBe(id18);
      }),
    );
  });

  it("equals Salesforce's example and an independent implementation", () => {
    expect(salesforceId("001A0000006Vm9r")).toBe("001A0000006Vm9rIAC");
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9]{15}$/), fc.stringMatching(/^[a-zA-Z0-9]{3}$/), (id, suffix) => {
        expect(salesforceId(id)).toBe(id + checksum(id));
        if (suffix.toUpperCase() !== checksum(id) && !isInOneCase(id)) expect(salesforceId(id + suffix)).toBeNull();
      }),
    );
  });

  it("is null for an invalid id and for another object", () => {
    for (const id of ["", "001", "0015g0000027oiUAAX", "0015g0000027oiU!AQ", "001 5g0000027oiUAA"])
      expect(salesforceId(id)).toBeNull();
    expect(salesforceId("0035g0000027oiU", ["001"])).toBeNull();
  });
});
