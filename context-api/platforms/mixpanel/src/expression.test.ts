import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expression } from "../../../../test/lab/simulators/mixpanel/expression.ts";
import { literal } from "./expression.ts";

const anyText = fc.oneof(
  fc.constantFrom('" or "a" == "a', '\\" or 1 == 1 or "', "\\", '"', "a\nb", "'", '"] == "x" or properties["y'),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('"', "\\", "=", " ", "o", "r", "(", ")", "[", "]"), maxLength: 30 }),
);
/** Control characters become spaces. */
const kept = (text: string): string => text.replace(/\p{Cc}/gu, " ");

describe("a literal in an expression", () => {
  it("matches its own value and no other, whatever it holds", () => {
    fc.assert(
      fc.property(anyText, anyText, (text, other) => {
        const test = expression(`properties["$email"] == ${literal(text)}`);
        expect(test({ $email: kept(text) })).toBe(true);
        expect(test({ $email: `${kept(text)}x` })).toBe(false);
        if (kept(other) !== kept(text)) expect(test({ $email: kept(other) })).toBe(false);
        expect(test({ other: kept(text) })).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});
