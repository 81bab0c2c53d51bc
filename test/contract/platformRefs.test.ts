import { mixpanel } from "@sidelight/mixpanel/index.ts";
import { domainOfEmail, normalizeDomain, normalizeEmail, normalizePhone, parseRef, splitRef } from "@sidelight/model/refs.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { salesforce } from "@sidelight/salesforce/index.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const platforms = new Map<string, Platform>([salesforce, zendesk, mixpanel].map((p) => [p.name, p as Platform]));
const parse = (text: string) => parseRef(text, platforms);
const anyText = fc.string({ unit: "binary", maxLength: 40 });
const kinds = ["email", "phone", "domain", "person", "company"];
const objects = [...platforms.values()].flatMap((p) => Object.keys(p.objects).map((object) => `${p.name}.${object}`));
const ref = fc
  .tuple(
    fc.constantFrom(...kinds, ...objects),
    fc.oneof(anyText, fc.emailAddress(), fc.domain(), fc.stringMatching(/^\+?\d{1,20}$/)),
  )
  .map((parts) => parts.join(":"));

describe("a ref", () => {
  it("is either a problem or canonical: parsed again, it is the same", () => {
    fc.assert(
      fc.property(fc.oneof(ref, anyText), (text) => {
        const parsed = parse(text);
        if ("problem" in parsed) expect(parsed.problem).not.toBe("");
        else expect(parse(parsed.ref)).toEqual(parsed);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is canonical however it was written", () => {
    expect(parse("email: Ada+News@ACME.com ")).toMatchObject({ ref: "email:ada+news@acme.com" });
    expect(parse("phone:+1 (415) 555-0100")).toMatchObject({ ref: "phone:+14155550100" });
    expect(parse("domain:https://www.Acme.co.uk/about")).toMatchObject({ ref: "domain:acme.co.uk" });
    expect(parse("salesforce.account:0015g0000027oiU")).toMatchObject({ ref: "salesforce.account:0015g0000027oiUAAQ" });
    expect(parse("mixpanel.user:a:b.c")).toMatchObject({ platform: "mixpanel", object: "user", id: "a:b.c" });
  });

  it.each([
    "",
    ":",
    "email:",
    "email:ada",
    "email:ada@acme.com, bob@acme.com",
    "phone:555 0100",
    "phone:+1415555010012345",
    "domain:localhost",
    "person:ada",
    "zendesk.ticket:0",
    "zendesk.ticket:007",
    "zendesk.ticket:1e3",
    "zendesk.ticket.extra:1",
    "zendesk.toString:1",
    "zendesk.__proto__:1",
    "__proto__.constructor:1",
    "constructor:1",
    "salesforce.account:0035g0000027oiU",
    "mixpanel.user:line\nbreak",
    `email:${"a".repeat(65)}@example.com`,
    `mixpanel.user:${"a".repeat(700)}`,
  ])("is refused with a reason: %j", (text) => {
    expect(parse(text)).toEqual({ problem: expect.any(String) });
  });

  it("splits into its parts", () => {
    expect(splitRef("mixpanel.user:a.b:c")).toEqual({ platform: "mixpanel", object: "user", id: "a.b:c" });
  });
});

describe("an identifier of a customer", () => {
  it("is normalized the same way each time", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.emailAddress(), fc.webUrl(), fc.domain(), fc.constantFrom("İ@x.de", "ſ@K.de")), (text) => {
        for (const normalise of [normalizeEmail, normalizePhone, normalizeDomain]) {
          const value = normalise(text);
          if (value !== null) expect(normalise(value)).toBe(value);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps the dots and tags of an address, because those are other mailboxes", () => {
    expect(normalizeEmail("a.d.a+x@gmail.com")).toBe("a.d.a+x@gmail.com");
    // Composed and decomposed letters are the same mailbox.
    expect(normalizeEmail("zoe\u0308@x.de")).toBe(normalizeEmail("zo\u00eb@x.de"));
  });

  it("is a phone number in E.164, or null", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+[\d ()-]{1,24}$/), (text) => {
        const number = normalizePhone(text);
        if (number !== null) expect(number).toMatch(/^\+[1-9]\d{1,14}$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is the registrable domain, never a host, a public suffix or a network address", () => {
    expect(normalizeDomain("HTTPS://user:secret@app.eu.acme.com:8443/x?y=z")).toBe("acme.com");
    expect(domainOfEmail("ada@mail.acme.co.uk")).toBe("acme.co.uk");
    for (const text of ["co.uk", "192.0.2.7", "[2001:db8::1]", "acme", "", null, undefined, "a b.com", "*.acme.com"])
      expect(normalizeDomain(text), String(text)).toBeNull();
  });
});
