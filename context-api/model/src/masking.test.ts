import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskDeep, maskEmail, maskText } from "./masking.ts";
import { normalizeEmail } from "./refs.ts";

/** Any e-mail address that normalizeEmail accepts. */
const address = fc
  .oneof(
    fc.emailAddress(),
    fc.tuple(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), fc.domain()).map((parts) => parts.join("@")),
    fc.constantFrom("o'brien@example.com", "a/b@example.com", "ada=l@example.com", "ada@localhost", "ada@exämple.com"),
  )
  .filter((text) => normalizeEmail(text) !== null)
  .map((text) => normalizeEmail(text)!);
const localOf = (text: string): string => text.slice(0, text.lastIndexOf("@"));
const plain = fc.string({ unit: fc.constantFrom(..."abc XYZ.,;:/?'\"(<#é\n"), maxLength: 20 });

describe("masking an address", () => {
  it("keeps the domain only", () => {
    expect(maskEmail("ada@acme.com")).toBe("•••@acme.com");
    fc.assert(
      fc.property(address, (text) => {
        const domain = text.slice(text.lastIndexOf("@"));
        expect(maskEmail(text)).toBe(`•••${domain}`);
        expect(maskText(text)).toBe(`•••${domain}`);
      }),
    );
  });

  it("masks it in a ref", () => {
    fc.assert(
      fc.property(address, (text) => {
        expect(maskText(`mixpanel.user:${text}`)).toBe(`mixpanel.user:•••${text.slice(text.lastIndexOf("@"))}`);
      }),
    );
  });

  it("masks it in a sentence with any delimiters", () => {
    const [open, close] = [
      fc.constantFrom("", " ", "<", "(", '"', "'", "mailto:", "to: ", "\n"),
      fc.constantFrom("", " ", ">", ")", '"', ", "),
    ];
    fc.assert(
      fc.property(fc.emailAddress(), plain, open, close, plain, (text, prefix, from, to, suffix) => {
        fc.pre(!/[/?#&=|]/.test(localOf(text)));
        const lead = `See ${prefix} `;
        const maskedText = maskText(`${lead}${from}${text}${to} ${suffix}`);
        expect(maskedText.startsWith(lead)).toBe(true);
        expect(maskedText.slice(lead.length).replace(from, "")).toMatch(/^•••@/);
      }),
    );
  });

  it("masks it percent-encoded in a link and keeps the link", () => {
    fc.assert(
      fc.property(address, (text) => {
        fc.pre(text.includes("."));
        const link = `https://mixpanel.com/project/1/app/profile#distinct_id=${encodeURIComponent(text)}`;
        const maskedText = maskText(link);
        expect(maskedText.startsWith("https://mixpanel.com/project/1/app/profile#distinct_id=•••@")).toBe(true);
      }),
    );
    expect(maskText("https://x.example/?q=ada%40ex%C3%A4mple.com&page=2")).toBe(
      "https://x.example/?q=•••@ex%C3%A4mple.com&page=2",
    );
  });

  it("masks all of several addresses", () => {
    expect(maskText("ada@a.com, bob@b.com; ada%40a.com%2C%20bob%40b.com")).not.toMatch(/ada|bob/);
  });

  it("is idempotent and leaves texts without an address unchanged", () => {
    fc.assert(
      fc.property(fc.oneof(address, plain, fc.emailAddress()), (text) => {
        expect(maskText(maskText(text))).toBe(maskText(text));
      }),
    );
    for (const text of ["", "@", "5 @ 3", "a @ b.c", "https://medium.example/@ada"]) expect(maskText(text)).toBe(text);
  });

  it("takes linear time for any text", () => {
    // Quadratic work would take several minutes, more than a test may.
    const texts = [`${"a".repeat(400_000)} @`, "a%40".repeat(8_000), `a@${"b.".repeat(200_000)}`];
    for (const text of texts) expect(maskText(text)).toEqual(expect.any(String));
  });
});

describe("maskDeep", () => {
  it("returns pointers to the masked texts", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const withAddress = { value, "a/b~c": [{ email: "ada@acme.com" }] };
        const { value: out, masked } = maskDeep(withAddress);
        expect(masked).toContain("/a~1b~0c/0/email");
        for (const pointer of masked) expect(valueAt(out, pointer)).not.toEqual(valueAt(withAddress, pointer));
        expect(JSON.stringify(out)).not.toContain("ada@");
      }),
    );
  });

  it("changes only texts and does not mutate its input", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value);
        const { value: out, masked } = maskDeep(value);
        expect(JSON.stringify(value)).toBe(json);
        if (masked.length === 0) expect(out).toEqual(value);
      }),
    );
  });
});

/** RFC 6901 */
function valueAt(value: unknown, pointer: string): unknown {
  const tokens = pointer.split("/").slice(1);
  return tokens.reduce((node, t) => (node as Record<string, unknown>)[t.replaceAll("~1", "/").replaceAll("~0", "~")], value);
}
