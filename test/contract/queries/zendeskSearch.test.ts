import { byEmail, byPhone } from "@sidelight/zendesk/search.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTerms } from "../../lab/simulators/zendesk/terms.ts";

const hostile = [
  'ada@acme.com" OR type:ticket',
  'x" status<solved "',
  "role:admin",
  "-email:a@b.c",
  "*@*.*",
  '""',
  "\\",
  '\\"',
  "a\nb:c",
  "\u0000type:user",
];
const anyText = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('"', "\\", ":", "<", ">", "-", "*", " ", "\n", "a", "e"), maxLength: 30 }),
);

describe("a search phrase", () => {
  it("is one exact term on one property for any value", () => {
    fc.assert(
      fc.property(
        anyText,
        fc.constantFrom(["email", byEmail] as const, ["phone", byPhone] as const),
        (text, [property, search]) => {
          const terms = parseTerms(search(text));
          expect(terms).toHaveLength(1);
          expect(terms[0]).toMatchObject({ property, operator: ":", quoted: true, negated: false });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("keeps a common e-mail address unchanged", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        fc.pre(!/["\\]/.test(address));
        expect(parseTerms(byEmail(address))[0]?.value).toBe(address);
      }),
    );
  });
});
