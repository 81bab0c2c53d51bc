import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalDomain } from "./domainName.ts";
import { canonicalEmail } from "./emailAddress.ts";
import { createIdentifiers } from "./identifiers.ts";
import { canonicalPhone } from "./phoneNumber.ts";
import { canonicalCrmId, canonicalUserId, foldedUserId, salesforceId } from "./recordIds.ts";
import { isRoleAddress } from "./roleMailboxes.ts";

// Equal values in all the ways in which people and programs write them have one canonical form.

const fullWidth = (text: string): string => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
const withInvisible = (text: string): string => [...text].join("\u200B");
/** What programs and people add to any value. */
const anyChange = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => ` ${text}\u00A0`,
  (text) => `\uFEFF${text}\u200E`,
  fullWidth,
  withInvisible,
  (text) => text.normalize("NFD"),
);
const label = fc.stringMatching(/^[a-z][a-z0-9]{1,10}$/);
const topDomain = fc.constantFrom("com", "de", "co.uk", "example", "io");
const host = fc.tuple(fc.oneof(label, fc.constantFrom("bücher", "straße", "café")), topDomain).map((parts) => parts.join("."));

describe("an e-mail address", () => {
  const mailbox = fc.stringMatching(/^[a-z][a-z0-9]{0,8}([._+-][a-z0-9]{1,6})?$/);
  const wrapping = fc.constantFrom<(address: string) => string>(
    (address) => address,
    (address) => address.toUpperCase().replace("STRASSE", "straße"),
    (address) => `${address}.`,
    (address) => `<${address}>`,
    (address) => `"Lee, Ann" <${address}>`,
    (address) => `Ann Lee <${address}>`,
    (address) => `mailto:${address}?subject=Hi`,
    (address) => `mailto:${encodeURIComponent(address)}`,
    (address) => `<mailto:${address}>`,
    (address) => `E-Mail: ${address}`,
    (address) => `${address} (Ann)`,
    (address) => `'${address}',`,
  );

  it("has one form, however it was written, which is canonical itself", () => {
    fc.assert(
      fc.property(mailbox, host, wrapping, anyChange, (local, domain, wrap, change) => {
        const canonical = canonicalEmail(`${local}@${domain}`);
        expect(canonical).not.toBeNull();
        expect(canonicalEmail(canonical)).toBe(canonical);
        const spelling = wrap(`${local}@${domain}`);
        // An escape in another width is none.
        expect(canonicalEmail(spelling.includes("%") ? spelling : change(spelling))).toBe(canonical);
      }),
    );
  });

  it.each([
    "ann@acme",
    "ann@1.2.3.4",
    "ann@-acme.com",
    "ann@acme-.com",
    "ann@acme.c",
    "ann@acme.com!",
    `ann@${"a".repeat(64)}.com`,
  ])("is refused when its host cannot exist: %s", (text) => {
    expect(canonicalEmail(text)).toBeNull();
  });

  const { ofPerson } = createIdentifiers({ defaultCountry: "FR", freeMailDomains: [] });
  it.each([
    "ann@acme.com; bob@acme.com",
    "ann@acme.com bob@acme.com",
    "ann@acme.com\nbob@acme.com",
    "Ann <ann@acme.com>; Bob <bob@acme.com>",
    "Lee, Ann <ann@acme.com>, Ray, Bob <bob@acme.com>",
    "<mailto:ann@acme.com> <mailto:bob@acme.com>",
  ])("is read from a field with several of them: %j", (text) => {
    expect(ofPerson({ emails: [text] }).emails).toEqual(["ann@acme.com", "bob@acme.com"]);
  });

  it.each(["ann@acme.com or bob@acme.com", "ask <ann@acme.com>, not bob@acme.com", "Ann <ann@acme.com> <nobody>"])(
    "is not read from free text: %j",
    (text) => {
      expect(ofPerson({ emails: [text] }).emails).toEqual([]);
    },
  );
});

describe("a phone number", () => {
  const french = fc.stringMatching(/^[67][1-9]{8}$/);
  const german = fc.stringMatching(/^30[2-8]{1}[1-9]{6}$/);
  const grouped = (digits: string): string => digits.replace(/(\d{2})(?=\d)/g, "$1 ");
  const international = fc.constantFrom<(code: string, number: string) => string>(
    (code, number) => `+${code}${number}`,
    (code, number) => `00${code} ${grouped(number)}`,
    (code, number) => `+${code} (0) ${grouped(number)}`,
    (code, number) => `tel:+${code}-${number.replace(/(\d{3})/g, "$1-").replace(/-$/, "")}`,
    (code, number) => `+${code} ${grouped(number)} ext. 12`,
    (code, number) => `+${code} ${grouped(number)} Durchwahl 12`,
    (code, number) => `Tel.: +${code}/${number}`,
  );

  it("has one form, however it was written, which is canonical itself", () => {
    const number = fc.oneof(
      french.map((digits) => ["33", digits] as const),
      german.map((digits) => ["49", digits] as const),
    );
    fc.assert(
      fc.property(
        number,
        international,
        anyChange,
        fc.constantFrom("FR", "US", null),
        ([code, digits], write, change, country) => {
          fc.pre(!/^(.)\1*$/.test(digits));
          expect(canonicalPhone(change(write(code, digits)), country)).toBe(`+${code}${digits}`);
          expect(canonicalPhone(`+${code}${digits}`, country)).toBe(`+${code}${digits}`);
        },
      ),
    );
  });

  it("without a country is one of the tenant's country", () => {
    fc.assert(
      fc.property(french, anyChange, (digits, change) => {
        fc.pre(!/^(.)\1*$/.test(digits));
        for (const spelling of [`0${digits}`, `0${grouped(digits)}`, `(0)${digits}`, `0${digits} poste 7`])
          expect(canonicalPhone(change(spelling), "FR"), spelling).toBe(`+33${digits}`);
        expect(canonicalPhone(`0${digits}`, null)).toBeNull();
      }),
    );
  });

  it("keeps a leading zero only in a country that has it", () => {
    expect(canonicalPhone("06 698 83145", "IT")).toBe("+390669883145");
    // A number of Berlin without the country, in France.
    expect(canonicalPhone("(030) 901820", "FR")).toBeNull();
  });
});

describe("a domain", () => {
  const wrapping = fc.constantFrom<(domain: string) => string>(
    (domain) => domain,
    (domain) => `www.${domain}`,
    (domain) => `https://www.${domain}:8443/en?x=1#top`,
    (domain) => `HTTP://${domain}/`,
    (domain) => `//${domain}/a`,
    (domain) => `${domain}.`,
    (domain) => `mail.eu.${domain}`,
    (domain) => `ann@${domain}`,
  );

  it("has one form, however it was written, which is canonical itself", () => {
    fc.assert(
      fc.property(host, wrapping, anyChange, (domain, wrap, change) => {
        const canonical = canonicalDomain(domain);
        fc.pre(canonical !== null);
        expect(canonicalDomain(canonical!)).toBe(canonical);
        expect(canonicalDomain(change(wrap(domain)))).toBe(canonical);
      }),
    );
  });

  const { ofCompany } = createIdentifiers({ defaultCountry: null, freeMailDomains: [] });
  it.each(
    (
      "notion.site wixsite.com blogspot.com blogspot.fr vercel.app netlify.app herokuapp.com github.io gitlab.io pages.dev web.app " +
      "myshopify.com wordpress.com weebly.com webflow.io carrd.co jimdosite.com jimdo.com tumblr.com substack.com mailchimpsites.com " +
      "myportfolio.com ecwid.com e-monsite.com webnode.page over-blog.com thinkific.com my.site.com onmicrosoft.com zendesk.com " +
      "statuspage.io gov.uk co.uk nhs.uk ac.uk gouv.fr gov.au"
    ).split(" "),
  )("under a host that gives names to many is the name's own: %s", (host) => {
    expect(ofCompany({ domains: [`https://nord.${host}/x`] }).domains).toEqual([`nord.${host}`]);
    expect(ofCompany({ domains: [host] }).domains).toEqual([]);
  });

  it.each(
    (
      "facebook.com/nord m.facebook.com/nord fb.me/nord x.com/nord t.me/nord linktr.ee/nord linkedin.com/company/nord youtube.com/@nord " +
      "sites.google.com/view/nord g.page/nord maps.google.com/?q=nord etsy.com/shop/nord amazon.de/stores/nord bsky.app/profile/nord " +
      "beacons.ai/nord notion.so/nord github.com/nord vimeo.com/nord airbnb.fr/h/nord gelbeseiten.de/nord docs.google.com/d/1 " +
      "companieshouse.gov.uk/company/1 de.wikipedia.org/wiki/Nord apps.apple.com/x kununu.com/de/nord"
    ).split(" "),
  )("of a site on which many companies have a page is none: %s", (page) => {
    expect(ofCompany({ domains: [`https://${page}`] }).domains).toEqual([]);
  });
});

describe("an id", () => {
  it("of a record of the CRM has one form, however it was written", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^00[136Q][a-zA-Z0-9]{12}$/), anyChange, (id, change) => {
        const canonical = salesforceId(id)!;
        for (const spelling of [id, canonical, canonical.toLowerCase(), canonical.toUpperCase()]) {
          // In one case, 15 characters have lost their case.
          expect(canonicalCrmId(change(spelling)), spelling).toBe(spelling === id ? salesforceId(id) : canonical);
        }
        expect(canonicalCrmId(canonical)).toBe(canonical);
      }),
    );
  });

  it("of a user has one form without its case, except where its case can be restored or does not count", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z]{2,6}-[0-9A-Za-z]{1,8}$/), anyChange, (id, change) => {
        const canonical = canonicalUserId(change(id));
        fc.pre(canonical !== null);
        expect(canonical).toBe(id);
        expect(foldedUserId(id)).toBe(id.toLowerCase());
        expect(foldedUserId(id.toUpperCase())).toBe(foldedUserId(id.toLowerCase()));
      }),
    );
    for (const id of ["4711", "ann@acme.com", "6f9619ff-8b86-d011-b42d-00c04fc964ff", "003A0000006Vm9rIAC"])
      expect(foldedUserId(id), id).toBeNull();
  });
});

describe("an address of a function", () => {
  it.each(
    (
      "rechnung facturation kontakt ventas info hr billing2 support+eu billing_dept salesteam customer-support client-success fakturace " +
      "laskutus szamla muhasebe kundeservice debiteuren obchod frontoffice back.office e-rechnung apinvoices.eu office2 sales.emea"
    ).split(" "),
  )("is recognized in other languages and with additions: %s", (mailbox) => {
    expect(isRoleAddress(`${mailbox.replace("apinvoices", "ap-invoices")}@nord.example`)).toBe(true);
  });

  it.each(
    "anna.service max.mail peter.schneider post.peter lea.team rita.sales jon.it dean frank.press grant page parker cook baker".split(
      " ",
    ),
  )("is not the one of a person whose name is like it: %s", (mailbox) => {
    expect(isRoleAddress(`${mailbox}@nord.example`)).toBe(false);
  });
});
