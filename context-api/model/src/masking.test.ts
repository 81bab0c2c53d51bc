import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskDeep, maskEmail, maskPhone, maskText } from "./masking.ts";
import { normaliseEmail } from "./refs.ts";

/** Anything that the rest of the house takes for an address. */
const address = fc
  .oneof(
    fc.emailAddress(),
    fc.tuple(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), fc.domain()).map((parts) => parts.join("@")),
    fc.constantFrom("o'brien@example.com", "a/b@example.com", "ada=l@example.com", "ada@localhost", "ada@exämple.com"),
  )
  .filter((text) => normaliseEmail(text) !== null)
  .map((text) => normaliseEmail(text)!);
const localOf = (text: string): string => text.slice(0, text.lastIndexOf("@"));
const plain = fc.string({ unit: fc.constantFrom(..."abc XYZ.,;:/?'\"(<#é\n"), maxLength: 20 });

describe("masking an address", () => {
  it("leaves its domain and nothing else", () => {
    expect(maskEmail("ada@acme.com")).toBe("•••@acme.com");
    fc.assert(
      fc.property(address, (text) => {
        const domain = text.slice(text.lastIndexOf("@"));
        expect(maskEmail(text)).toBe(`•••${domain}`);
        expect(maskText(text)).toBe(`•••${domain}`);
      }),
    );
  });

  it("finds it behind the name of a record", () => {
    fc.assert(
      fc.property(address, (text) => {
        expect(maskText(`mixpanel.user:${text}`)).toBe(`mixpanel.user:•••${text.slice(text.lastIndexOf("@"))}`);
      }),
    );
  });

  it("finds it in a sentence, however it is set off", () => {
    const [open, close] = [
      fc.constantFrom("", " ", "<", "(", '"', "'", "mailto:", "to: ", "\n"),
      fc.constantFrom("", " ", ">", ")", '"', ", "),
    ];
    fc.assert(
      fc.property(fc.emailAddress(), plain, open, close, plain, (text, before, from, to, after) => {
        fc.pre(!/[/?#&=|]/.test(localOf(text)));
        const lead = `See ${before} `;
        const masked = maskText(`${lead}${from}${text}${to} ${after}`);
        expect(masked.startsWith(lead)).toBe(true);
        expect(masked.slice(lead.length).replace(from, "")).toMatch(/^•••@/);
      }),
    );
  });

  it("finds it percent-encoded in a link, and leaves the link", () => {
    fc.assert(
      fc.property(address, (text) => {
        fc.pre(text.includes("."));
        const link = `https://mixpanel.com/project/1/app/profile#distinct_id=${encodeURIComponent(text)}`;
        const masked = maskText(link);
        expect(masked.startsWith("https://mixpanel.com/project/1/app/profile#distinct_id=•••@")).toBe(true);
      }),
    );
    expect(maskText("https://x.example/?q=ada%40ex%C3%A4mple.com&page=2")).toBe(
      "https://x.example/?q=•••@ex%C3%A4mple.com&page=2",
    );
  });

  it("finds every one of several", () => {
    expect(maskText("ada@a.com, bob@b.com; ada%40a.com%2C%20bob%40b.com")).not.toMatch(/ada|bob/);
  });

  it("is done once: a masked text stays as it is, and so does one without an address", () => {
    fc.assert(
      fc.property(fc.oneof(address, plain, fc.emailAddress()), (text) => {
        expect(maskText(maskText(text))).toBe(maskText(text));
      }),
    );
    for (const text of ["", "@", "5 @ 3", "a @ b.c", "https://medium.example/@ada"]) expect(maskText(text)).toBe(text);
  });

  it("takes no time to speak of, whatever the text", () => {
    const start = performance.now();
    for (const text of [`${"a".repeat(100_000)} @`, "a%40".repeat(2_000), `a@${"b.".repeat(50_000)}`]) maskText(text);
    // Generous: work that grows with the square of the length takes half a minute.
    expect(performance.now() - start).toBeLessThan(8_000);
  });
});

describe("masking a phone number", () => {
  it("keeps the last two digits", () => {
    expect(maskPhone("+1 415 555-0123")).toBe("•••23");
    expect(maskPhone("+14155550123 ext")).toBe("•••23");
  });
});

describe("masking a whole value", () => {
  it("says where, by pointers that lead there", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const withOne = { value, "a/b~c": [{ email: "ada@acme.com" }] };
        const { value: out, masked } = maskDeep(withOne);
        expect(masked).toContain("/a~1b~0c/0/email");
        for (const pointer of masked) expect(at(out, pointer)).not.toEqual(at(withOne, pointer));
        expect(JSON.stringify(out)).not.toContain("ada@");
      }),
    );
  });

  it("changes nothing but texts, and never the value it was given", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const before = JSON.stringify(value);
        const { value: out, masked } = maskDeep(value);
        expect(JSON.stringify(value)).toBe(before);
        if (masked.length === 0) expect(out).toEqual(value);
      }),
    );
  });
});

/** RFC 6901 */
function at(value: unknown, pointer: string): unknown {
  const tokens = pointer.split("/").slice(1);
  return tokens.reduce((node, t) => (node as Record<string, unknown>)[t.replaceAll("~1", "/").replaceAll("~0", "~")], value);
}
