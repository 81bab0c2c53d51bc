import { literal } from "@sidelight/mixpanel/expression.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expression } from "../../lab/simulators/mixpanel/expression.ts";

const anyText = fc.oneof(
  fc.constantFrom('" or "a" == "a', '\\" or 1 == 1 or "', "\\", '"', "a\nb", "'", '"] == "x" or properties["y'),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('"', "\\", "=", " ", "o", "r", "(", ")", "[", "]"), maxLength: 30 }),
);
/** Control characters become spaces. */
const withoutControls = (text: string): string => text.replace(/\p{Cc}/gu, " ");

describe("literal", () => {
  it("matches exactly its value", () => {
    fc.assert(
      fc.property(anyText, anyText, (text, otherText) => {
        const test = expression(`properties["$email"] == ${literal(text)}`);
        expect(test({ $email: withoutControls(text) })).toBe(true);
        expect(test({ $email: `${withoutControls(text)}x` })).toBe(false);
        if (withoutControls(otherText) !== withoutControls(text))
          expect(test({ $email: withoutControls(otherText) })).toBe(false);
        expect(test({ other: withoutControls(text) })).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});
