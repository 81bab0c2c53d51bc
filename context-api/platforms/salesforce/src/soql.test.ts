import { parseQuery, type ValueCondition } from "@jetstreamapp/soql-parser-js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksum } from "../../../../test/lab/world/ids.ts";
import { canonicalId, dateTime, likeContains, literal } from "./soql.ts";

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

/** What the literal means to Salesforce: the escapes undone. */
function unescaped(text: string): string {
  const named: Record<string, string> = { n: "\n", r: "\r", t: "\t" };
  return text.slice(1, -1).replace(/\\(.)/gsu, (_, c: string) => named[c] ?? c);
}
/** Control characters without an escape of their own become spaces. */
const kept = (text: string): string => text.replace(/[^\P{Cc}\n\r\t]|[\p{Zl}\p{Zp}]/gu, " ");

interface Two {
  left: Partial<ValueCondition>;
  operator: string | undefined;
  right: Partial<ValueCondition> | undefined;
}

/** The two conditions of a query; more or fewer are an error. */
function conditions(soql: string): Two {
  const where = parseQuery(soql).where as {
    left: Partial<ValueCondition>;
    operator?: string;
    right?: { left: Partial<ValueCondition>; right?: unknown };
  };
  expect(where.right?.right).toBeUndefined();
  return { left: where.left, operator: where.operator, right: where.right?.left };
}

describe("a literal", () => {
  it("is one value of one condition to a parser, whatever it holds, and means what was put in", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { left, operator, right } = conditions(
          `SELECT Id FROM Contact WHERE Email = ${literal(text)} AND IsDeleted = false`,
        );
        expect(left).toMatchObject({ field: "Email", operator: "=", literalType: "STRING" });
        expect(operator).toBe("AND");
        expect(right).toMatchObject({ field: "IsDeleted", operator: "=", value: "FALSE" });
        expect(unescaped(left.value as string)).toBe(kept(text));
      }),
      { numRuns: 500 },
    );
  });

  it("in LIKE is one pattern in which the value matches literally only", () => {
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
        // No wildcard of the value's own is left without a backslash.
        expect(pattern.slice(2, -2).replace(/\\./gsu, "")).not.toMatch(/[%_]/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a separator of lines", () => {
  it("without an escape of its own becomes a space: a parser would end the literal there", () => {
    expect(literal("a\u2028b\u2029c\u0085d")).toBe("'a b c d'");
  });
});

/** LIKE as Salesforce reads it: `%` is anything, `_` one character, and a backslash makes the next one itself. */
function like(pattern: string): RegExp {
  const read = pattern.slice(1, -1).replace(/\\(.)|([%_])|([^\\%_])/gsu, (_, escaped?: string, wild?: string, plain?: string) => {
    if (wild) return wild === "%" ? ".*" : ".";
    return RegExp.escape(escaped ? unescaped(`'\\${escaped}'`) : plain!);
  });
  return new RegExp(`^${read}$`, "su");
}

describe("LIKE", () => {
  it("finds what contains the value, and nothing that merely resembles it", () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (value, before, other) => {
        const pattern = like(likeContains(value));
        expect(pattern.test(before + kept(value) + other)).toBe(true);
        expect(pattern.test(other)).toBe(other.includes(kept(value)));
      }),
      { numRuns: 500 },
    );
  });
});

it("an instant is written in UTC, without quotes", () => {
  expect(dateTime(Date.UTC(2026, 10, 21, 9, 30))).toBe("2026-11-21T09:30:00.000Z");
});

describe("a record id", () => {
  it("of 15 characters gets the checksum that Salesforce prints", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9]{15}$/), (id) => {
        const full = canonicalId(id)!;
        expect(full).toHaveLength(18);
        expect(canonicalId(full)).toBe(full);
        expect(canonicalId(id + full.slice(15).toLowerCase())).toBe(full);
        // One letter in the other case is another record, and the checksum says so.
        const other = [...id].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join("");
        if (other !== id) expect(canonicalId(other + full.slice(15))).not.toBe(full);
      }),
    );
  });

  it("is what Salesforce's own example says, and what others compute", () => {
    expect(canonicalId("001A0000006Vm9r")).toBe("001A0000006Vm9rIAC");
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9]{15}$/), fc.stringMatching(/^[a-zA-Z0-9]{3}$/), (id, other) => {
        expect(canonicalId(id)).toBe(id + checksum(id));
        if (other.toUpperCase() !== checksum(id)) expect(canonicalId(id + other)).toBeNull();
      }),
    );
  });

  it("is refused when it is none, or of another object", () => {
    for (const id of ["", "001", "0015g0000027oiUAAX", "0015g0000027oiU!AQ", "001 5g0000027oiUAA"])
      expect(canonicalId(id)).toBeNull();
    expect(canonicalId("0035g0000027oiU", ["001"])).toBeNull();
  });
});
