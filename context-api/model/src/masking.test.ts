import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalEmail } from "./identifiers/emailAddress.ts";
import { maskDeep, maskText } from "./masking.ts";

/** Any e-mail address that canonicalEmail accepts. */
const address = fc
  .oneof(
    fc.emailAddress(),
    fc.tuple(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), fc.domain()).map((parts) => parts.join("@")),
    fc.constantFrom("o'brien@example.com", "a/b@example.com", "ada=l@example.com", "ada@localhost", "ada@exämple.com"),
  )
  .filter((text) => canonicalEmail(text) !== null)
  .map((text) => canonicalEmail(text)!);
const localOf = (text: string): string => text.slice(0, text.lastIndexOf("@"));
const noPersonalData = { pii: false, text: true };
const plain = fc.string({ unit: fc.constantFrom(..."abc XYZ.,;:/?'\"(<#é\n"), maxLength: 20 });

describe("masking an address", () => {
  it("keeps the domain only", () => {
    expect(maskText("ada@acme.com")).toBe("•••@acme.com");
    fc.assert(
      fc.property(address, (text) => {
        const domain = text.slice(text.lastIndexOf("@"));
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

  it("masks each of several addresses in a link and keeps the names of its parameters", () => {
    expect(maskText("https://x.example/?from=ada@a.com&to=bob@b.com#cc=eve@c.com")).toBe(
      "https://x.example/?from=•••@a.com&to=•••@b.com#cc=•••@c.com",
    );
    expect(maskText("https://x.example/@ada@a.com/bob@b.com")).not.toMatch(/ada|bob/);
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
    const links = ["/@a", "#@b", "?a=@b", "://@a"].map((part) => `https://x${part.repeat(100_000)}`);
    const texts = [`${"a".repeat(400_000)} @`, "a%40".repeat(8_000), `a@${"b.".repeat(200_000)}`, ...links];
    for (const text of texts) expect(maskText(text)).toEqual(expect.any(String));
  });
});

describe("maskDeep", () => {
  it("returns pointers to the masked texts", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const withAddress = { value, "a/b~c": [{ email: "ada@acme.com" }] };
        const { value: out, masked } = maskDeep(withAddress, noPersonalData);
        expect(masked).toContain("/a~1b~0c/0/email");
        for (const pointer of masked) expect(valueAt(out, pointer)).not.toEqual(valueAt(withAddress, pointer));
        expect(JSON.stringify(out)).not.toContain("ada@");
      }),
    );
  });

  it("takes linear time for many members whose names are masked to the same text, and loses none", () => {
    const members = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`a${i}@b.example`, i]));
    const { value } = maskDeep(members, noPersonalData);
    expect(Object.values(value)).toHaveLength(50_000);
    expect(Object.keys(value)).not.toContain("a1@b.example");
  });

  it("changes only texts and does not mutate its input", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value);
        const { value: out, masked } = maskDeep(value, noPersonalData);
        expect(JSON.stringify(value)).toBe(json);
        if (masked.length === 0) expect(out).toEqual(value);
      }),
    );
  });
});

/** Addresses with characters that few mail systems use, and that links and lists use too. */
const oddLocal = fc.oneof(
  fc
    .string({ unit: fc.constantFrom(..."abcxyz/?#|,;:='!$%&*+^{}~.-_"), minLength: 4, maxLength: 24 })
    .filter((text) => /^[a-z]{2}/.test(text)),
  fc.constantFrom(
    "o'brien",
    "ada/lovelace",
    "a?da",
    "ada#1",
    "ada|lovelace",
    "ada,lovelace",
    "ada;lovelace",
    "ada:lovelace",
    "ada=lovelace",
  ),
);
const hosts = fc.constantFrom(
  "acme.example",
  "mail.acme.co.uk",
  "[192.0.2.1]",
  "[IPv6:2001:db8::1]",
  "exämple.com",
  "xn--exmple-cua.com",
);

/** `@` as it is written elsewhere. */
const encodings: [name: string, encode: (local: string, host: string) => string][] = [
  ["plain", (local, host) => `${local}@${host}`],
  ["quoted", (local, host) => `"${local} smith"@${host}`],
  ["with a full-width sign", (local, host) => `${local}＠${host}`],
  ["with a small sign", (local, host) => `${local}﹫${host}`],
  ["percent-encoded", (local, host) => `${encodeURIComponent(local)}%40${host}`],
  ["percent-encoded twice", (local, host) => `${local}%2540${host}`],
  ["in HTML", (local, host) => `${local}&#64;${host}`],
  ["in HTML by its hexadecimal number", (local, host) => `${local}&#x40;${host}`],
  ["in HTML by its name", (local, host) => `${local}&commat;${host}`],
  ["quoted-printable", (local, host) => `${local}=40${host}`],
  ["escaped in JSON", (local, host) => `${local}\\u0040${host}`],
  ["in a mailto link", (local, host) => `mailto:${local}@${host}`],
];

describe("an address with odd characters", () => {
  it.each(encodings)("%s is masked in a text, in an object and as the name of a member", (_, encode) => {
    fc.assert(
      fc.property(oddLocal, hosts, (local, host) => {
        // A local part with :// reads as a link with a user name: its scheme stays.
        fc.pre(!local.includes("://"));
        fc.pre(!/%|&|=|\\/.test(local) || encode(local, host).includes("@"));
        const address = encode(local, host);
        // What must not be left: the beginning of the local part.
        const secret = local.slice(0, 4);
        const { value } = maskDeep(
          { text: `Please write to ${address} today`, other: address, list: [address], [address]: 1 },
          noPersonalData,
        );
        expect(JSON.stringify(value).replaceAll(host, "")).not.toContain(JSON.stringify(secret).slice(1, -1));
      }),
    );
  });

  it("is masked next to another one, whatever separates them", () => {
    for (const separator of [",", ";", "|", "/", " ", "\n", "><", ", "])
      expect(maskText(`ada@acme.com${separator}bob@acme.com`), separator).not.toMatch(/ada|bob/);
  });

  it("is masked in links, which stay usable", () => {
    const links: [string, string][] = [
      ["https://x.example/users/ada%40acme.com", "https://x.example/users/•••@acme.com"],
      ["https://x.example/?a=1&user=ada@acme.com&b=2", "https://x.example/?a=1&user=•••@acme.com&b=2"],
      ["https://x.example/?user=a/b:c@acme.com", "https://x.example/?user=•••@acme.com"],
      ["https://ada:secret@acme.com/path", "https://•••@acme.com/path"],
    ];
    for (const [link, maskedLink] of links) expect(maskText(link)).toBe(maskedLink);
  });

  it("keeps the domain literal", () => {
    expect(maskText("ask ada@[1.2.3.4] now")).toBe("ask •••@[1.2.3.4] now");
  });

  it("gives two names that are masked to the same text different names", () => {
    const { value } = maskDeep({ "ada@acme.com": 1, "bob@acme.com": 2 }, noPersonalData);
    expect(value).toEqual({ "•••@acme.com": 1, "•••@acme.com (2)": 2 });
  });
});

describe("a birth date or a postal address", () => {
  const address = { line: "12 High Street", postcode: "LS1 4AB", country: null };
  const person = { name: "Ada Byron", birthDate: "1980-02-29", address };
  const facts = [
    { label: "name", value: "Ada Byron" },
    { label: "birthDate", value: "1980-02-29" },
    { label: "address", value: "12 High Street, LS1 4AB" },
  ];

  it("is hidden in its member and with its label, whatever its form", () => {
    expect(maskDeep({ person, facts }, noPersonalData)).toEqual({
      value: {
        person: { name: "Ada Byron", birthDate: "•••", address: { line: "•••", postcode: "•••", country: null } },
        facts: [facts[0], { label: "birthDate", value: "•••" }, { label: "address", value: "•••" }],
      },
      masked: ["/person/birthDate", "/person/address/line", "/person/address/postcode", "/facts/1/value", "/facts/2/value"],
    });
    const inOtherWords = { date_of_birth: 19_800_229, billingAddress: ["12 High Street"] };
    expect(maskDeep(inOtherWords, noPersonalData).value).toEqual({ date_of_birth: "•••", billingAddress: ["•••"] });
  });

  it("is shown to a reader with the right to personal values", () => {
    const value = { person, facts };
    expect(maskDeep(value, { pii: true, text: false })).toEqual({ value, masked: [] });
  });

  it("is no other member or value", () => {
    const value = {
      addressed: true,
      birthplace: "York",
      label: "address",
      link: { label: "Account", url: "/x" },
      day: "2026-11-28",
    };
    expect(maskDeep(value, noPersonalData)).toEqual({ value, masked: [] });
  });
});

describe("what people wrote", () => {
  const ticket = { id: "1", subject: "Cannot log in", status: "open", tickets: [{ subject: null, description: "Help" }] };

  it("is hidden from a reader without the right to it, with pointers to it", () => {
    expect(maskDeep(ticket, { pii: true, text: false })).toEqual({
      value: { id: "1", subject: "•••", status: "open", tickets: [{ subject: null, description: "•••" }] },
      masked: ["/subject", "/tickets/0/description"],
    });
  });

  it("is shown with the right to it", () => {
    expect(maskDeep(ticket, { pii: false, text: true })).toEqual({ value: ticket, masked: [] });
  });
});

it("a value that is nested deeply is masked without an error", () => {
  let value: unknown = "ada@acme.com";
  for (let depth = 0; depth < 50_000; depth++) value = [value];
  expect(() => maskDeep(value, noPersonalData)).not.toThrow();
});

/** RFC 6901 */
function valueAt(value: unknown, pointer: string): unknown {
  const tokens = pointer.split("/").slice(1);
  return tokens.reduce(
    (node, t) => (node as Record<string, unknown> | undefined)?.[t.replaceAll("~1", "/").replaceAll("~0", "~")],
    value,
  );
}
