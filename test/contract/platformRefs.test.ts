import { mixpanel } from "@sidelight/mixpanel/index.ts";
import { parseRef, splitRef } from "@sidelight/model/refs.ts";
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
    for (const id of ["0015g0000027oiU", "0015g0000027oiuaaq", "0015G0000027OIUAAQ"])
      expect(parse(`salesforce.account:${id}`)).toMatchObject({ ref: "salesforce.account:0015g0000027oiUAAQ" });
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
    "domain:co.uk",
    "domain:onmicrosoft.com",
    "domain:192.0.2.7",
    "domain:https://www.linkedin.com/company/acme",
    "salesforce.account:0015G0000027OiUAAQ",
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
