import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalDomain, domainsOfWebsite } from "./domainName.ts";
import { canonicalEmail, withCanonicalEmails } from "./emailAddress.ts";
import { createIdentifiers, lookUpName } from "./identifiers.ts";
import { canonicalPhone } from "./phoneNumber.ts";
import { canonicalCrmId, canonicalUserId, salesforceId } from "./recordIds.ts";

const french = createIdentifiers({ defaultCountry: "FR", freeMailDomains: ["Mail.Example"] });
const identifiersOf = (values: Parameters<typeof french.ofPerson>[0]) =>
  french.ofPerson(values).identifiers.map(({ kind, value }) => `${kind} ${value}`);
const domainsOf = (...domains: (string | null)[]) => french.ofCompany({ domains }).domains;

describe("an e-mail address", () => {
  it.each([
    " Ada@Acme.COM ",
    "mailto:ada@acme.com",
    "MAILTO:ada@acme.com?subject=Hello",
    "Ada Lovelace <ada@acme.com>",
    '"Lovelace, Ada" <Ada@acme.com>',
    "<ada@acme.com>",
    "ada@acme.com (Ada)",
    "'ada@acme.com'",
    "ada@acme.com;",
    "ada@acme.com.",
    "a\u200Bda@acme.com\uFEFF",
    "\u202Aada@acme.com\u202C",
    "\u00A0ada@acme.com\u3000",
    "ａｄａ＠ａｃｍｅ．ｃｏｍ",
  ])("has one form, however it was written: %j", (text) => {
    expect(canonicalEmail(text)).toBe("ada@acme.com");
  });

  it("of an international domain has one form in letters and in punycode", () => {
    expect(canonicalEmail("ann@BÜCHER.example")).toBe("ann@xn--bcher-kva.example");
    expect(canonicalEmail("ann@xn--bcher-kva.example")).toBe("ann@xn--bcher-kva.example");
    expect(canonicalEmail("zoe\u0308@x.de")).toBe(canonicalEmail("zo\u00eb@x.de"));
  });

  it("keeps dots and tags, because those are other mailboxes", () => {
    expect(canonicalEmail("a.d.a+x@gmail.com")).toBe("a.d.a+x@gmail.com");
  });

  it.each(["", "ada", "ada@", "@acme.com", "ada@acme.com, bob@acme.com", "ada bob@acme.com", "ada@acme..com", null, undefined])(
    "is refused when the text is not one address: %j",
    (text) => {
      expect(canonicalEmail(text)).toBeNull();
    },
  );

  it.each([
    ...["noemail@noemail.com", "none@none.com", "no-email@acme.com", "noreply@acme.com", "no-reply+7@mail.acme.com"],
    ...["donotreply@acme.com", "test@test.com", "test1@example.com", "user@example.org", "na@na.com", "n/a@na.com", "a@a.com"],
    ...["unknown@unknown.com", "not.provided@acme.com", "xxx@xxx.com", "123@123.com", "ada@acme.invalid", "email@email.com"],
    ...["noemail123@acme.com", "a@b.com", "123@abc.com", "declined@declined.com", "postmaster@acme.com"],
    ...["alerts-noreply@acme.com", "guest@guest.com", "bademail@acme.com"],
  ])("that is a placeholder identifies no customer: %s", (text) => {
    expect(french.ofPerson({ emails: [text] })).toEqual({ emails: [], phones: [], identifiers: [] });
  });

  it.each([
    "ada@test.de",
    "unknown@acme.com",
    "nan@acme.com",
    "n.a@acme.com",
    "info@acme.com",
    "ikea@ikea.com",
    "test@acme.com",
    "ada@example.com",
    "a@acme.com",
    "guest@hotel.com",
    "nobody@nowhere.com",
    "unknown@example.com",
    "client@acme.com",
    "reply@acme.com",
  ])("that only resembles a placeholder identifies a person: %s", (text) => {
    expect(identifiersOf({ emails: [text] })).toContain(`email ${text}`);
  });
});

describe("a field with several values", () => {
  it("gives each of them", () => {
    const { emails, phones } = french.ofPerson({
      emails: ["ada@acme.com; Ada@acme.fr", "noemail@acme.com, bob@acme.com"],
      phones: ["06 12 34 56 78 / +49 30 123456"],
    });
    expect(emails).toEqual(["ada@acme.com", "ada@acme.fr", "bob@acme.com"]);
    expect(phones).toEqual(["+33612345678", "+4930123456"]);
  });

  it.each(["ada bob@acme.com", "ask ada@acme.com; never write", "ada@acme.com; bob", Array(11).fill("ada@acme.com").join(";")])(
    "gives none when a part is something else: %j",
    (text) => {
      expect(french.ofPerson({ emails: [text] }).emails).toEqual([]);
    },
  );
});

describe("a phone number", () => {
  it.each([
    ["06 12 34 56 78", "+33612345678"],
    ["+33 6 12 34 56 78", "+33612345678"],
    ["0033612345678", "+33612345678"],
    ["0049 30 123456", "+4930123456"],
    ["+49 (0)30 123456", "+4930123456"],
    ["tel:+1-415-555-0100", "+14155550100"],
    ["+1 415 555 0100 ext. 5", "+14155550100"],
    ["＋３３ ６１２３４５６７８", "+33612345678"],
    ["+33\u200B612345678", "+33612345678"],
  ])("is E.164 in the tenant's country: %s", (text, number) => {
    expect(canonicalPhone(text, "FR")).toBe(number);
  });

  it("with an exit code is international in every country, and a national one is ambiguous without a country", () => {
    expect(canonicalPhone("0049 30 123456", null)).toBe("+4930123456");
    expect(canonicalPhone("0049 30 123456", "US")).toBe("+4930123456");
    expect(canonicalPhone("011 49 30 123456", "US")).toBe("+4930123456");
    expect(canonicalPhone("06 12 34 56 78", null)).toBeNull();
  });

  it.each([
    "0000000000",
    "00000",
    "+1 555 555 5555",
    "123456789",
    "1234567890",
    "0123456789",
    "112",
    "+33 6 12",
    "+43 0000 02",
    "+43000002",
    "n/a",
    "",
    null,
  ])("that is impossible or a placeholder identifies no customer: %j", (text) => {
    expect(canonicalPhone(text, "FR")).toBeNull();
  });

  it("is in E.164, or null", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+?[\d ()-]{1,24}$/), fc.constantFrom("FR", "US", null), (text, country) => {
        const number = canonicalPhone(text, country);
        if (number === null) return;
        expect(number).toMatch(/^\+[1-9]\d{1,14}$/);
        expect(canonicalPhone(number, country)).toBe(number);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a domain", () => {
  it.each([
    ["mail.acme.co.uk", "acme.co.uk"],
    ["HTTPS://user:secret@app.eu.acme.com:8443/x?y=z", "acme.com"],
    ["//www.acme.com", "acme.com"],
    ["acme.com.", "acme.com"],
    ["ada@mail.acme.com", "acme.com"],
    ["www.BÜCHER.example", "xn--bcher-kva.example"],
    ["alphapartners.onmicrosoft.com", "alphapartners.onmicrosoft.com"],
    ["mail.alphapartners.onmicrosoft.com", "alphapartners.onmicrosoft.com"],
    ["shop.acme.myshopify.com", "acme.myshopify.com"],
    ["acme.github.io", "acme.github.io"],
    ["https://acme.wordpress.com/about", "acme.wordpress.com"],
    ["acme.zendesk.com", "acme.zendesk.com"],
    ["acme.blogspot.com", "acme.blogspot.com"],
    ["www.acme.blogspot.co.uk", "acme.blogspot.co.uk"],
    ["acme.awsapps.com", "acme.awsapps.com"],
    ["alphapartners.mail.onmicrosoft.com", "alphapartners.onmicrosoft.com"],
    ["acme.co.uk.test-google-a.com", "acme.co.uk"],
    ["acme-my.sharepoint.com", "acme.sharepoint.com"],
    ["linkedin.com", "linkedin.com"],
  ])("is what its owner registered: %s", (text, domain) => {
    expect(canonicalDomain(text)).toBe(domain);
  });

  it.each([
    ...["co.uk", "onmicrosoft.com", "mail.onmicrosoft.com", "github.io", "myshopify.com", "wordpress.com", "192.0.2.7"],
    ...["http://[2001:db8::1]/", "127.1", "acme", "localhost", "printer.local", "crm.internal", "acme.invalid", ""],
    ...["https://www.linkedin.com/company/acme", "facebook.com/acme", "https://twitter.com/acme", "instagram.com/acme?x=1"],
    ...["https://sites.google.com/view/acme", "https://www.google.de/maps/place/acme", "x.com/acme", "https://linktr.ee/acme"],
  ])("is none for a public suffix, an address of a network and a page on another company's site: %s", (text) => {
    expect(domainsOf(text)).toEqual([]);
  });

  it("that people of many companies have names no company", () => {
    const mailDomains = [
      ...["gmail.com", "mail.yahoo.co.uk", "googlegroups.com", "privaterelay.appleid.com", "mail.example"],
      ...["nhs.net", "pec.it", "hey.com"],
    ];
    expect(domainsOf(...mailDomains)).toEqual([]);
    for (const domain of mailDomains) expect(identifiersOf({ emails: [`ada@${domain}`] })).toEqual([`email ada@${domain}`]);
    expect(identifiersOf({ emails: ["ada@alphapartners.onmicrosoft.com"] })).toContain(
      "email_domain alphapartners.onmicrosoft.com",
    );
  });

  it("is read from a website field with several of them", () => {
    expect(domainsOfWebsite("www.acme.com, https://acme.de/en; n/a")).toEqual(["acme.com", "acme.de"]);
  });
});

describe("an id", () => {
  const id = "001A0000006Vm9rIAC";

  it.each(["001A0000006Vm9r", "001A0000006Vm9rIAC", "001a0000006vm9riac", "001A0000006VM9RIAC", "001A0000006Vm9riac"])(
    "of a Salesforce record has 18 characters and its case: %s",
    (text) => {
      expect(salesforceId(text)).toBe(id);
      expect(canonicalCrmId(` ${text}\u200B`)).toBe(id);
    },
  );

  it("of a Salesforce record that contradicts its suffix is refused", () => {
    // The case of a 15-character id cannot be restored, so this is another record.
    expect(salesforceId("001a0000006vm9r")).toBe("001a0000006vm9rAAA");
    for (const text of [
      "001A0000006Vm9rIAD",
      "001a0000006Vm9rIAC",
      "001a0000006vm9r999",
      "001a0000006vm9r",
      "003A0000006Vm9rIAC",
    ])
      expect(salesforceId(text, ["001"]) === id, text).toBe(false);
    expect(salesforceId("001A0000006Vm9rIAD")).toBeNull();
    expect(salesforceId("001A0000006Vm9rIAC", ["003"])).toBeNull();
  });

  it("of a Salesforce record is restored from any spelling in one case", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9]{15}$/), (text) => {
        const canonical = salesforceId(text);
        expect(canonical).toHaveLength(18);
        expect(salesforceId(canonical!)).toBe(canonical);
        expect(salesforceId(canonical!.toLowerCase())).toBe(canonical);
        expect(salesforceId(canonical!.toUpperCase())).toBe(canonical);
      }),
    );
  });

  it.each([
    "N/A",
    "n.a.",
    "none",
    "NULL",
    "undefined",
    "0",
    "000",
    "-",
    "--",
    "",
    " ",
    "unknown",
    "Anonymous",
    "test",
    "(not set)",
    "-1",
  ])("that is a placeholder identifies no customer: %j", (text) => {
    expect(canonicalUserId(text)).toBeNull();
    expect(canonicalCrmId(text)).toBeNull();
  });

  it("of a product user that is the id of a Salesforce contact or lead names that record too", () => {
    for (const text of ["003A0000006Vm9r", "003A0000006Vm9rIAC", "003a0000006vm9riac"]) {
      expect(canonicalUserId(text)).toBe("003A0000006Vm9rIAC");
      expect(french.ofPerson({ emails: [], productUser: text }).identifiers).toContainEqual({
        kind: "crm_id",
        value: "003A0000006Vm9rIAC",
      });
    }
    // An account is no person, and 16 characters are another id.
    for (const text of ["001A0000006Vm9rIAC", "003A0000006Vm9rX"])
      expect(french.ofPerson({ emails: [], productUser: text }).identifiers).toEqual([{ kind: "product_user", value: text }]);
  });

  it("of a product user has one form in all platforms", () => {
    expect(canonicalUserId(4711)).toBe("4711");
    expect(canonicalUserId(" u_42\u200B")).toBe("u_42");
    expect(canonicalUserId("Ada@Acme.com")).toBe("ada@acme.com");
    expect(canonicalUserId("6F9619FF-8B86-D011-B42D-00C04FC964FF")).toBe("6f9619ff-8b86-d011-b42d-00c04fc964ff");
    expect(canonicalUserId("Ada")).not.toBe(canonicalUserId("ada"));
    for (const value of [null, undefined, true, {}, [], 4.5, 0, "00000000-0000-0000-0000-000000000000"])
      expect(canonicalUserId(value)).toBeNull();
  });
});

describe("a name", () => {
  const nameOf = (name: string | null, ref = "r:1") =>
    identifiersOf({ emails: [], distinct: { name, ref } }).map((text) => text.replace("name ", ""))[0];

  it("is the same in all spellings, and a placeholder is a name of its own", () => {
    for (const name of ["Ada Lovelace", "Lovelace, Ada", "Dr. Ada B. LOVELACE", "Ada  Lovelac\u00e9"])
      expect(nameOf(name)).toBe("ada lovelace");
    expect(nameOf("Bob Lovelace")).not.toBe(nameOf("Ada Lovelace"));
    const placeholders = ["", "-", "[not provided]", "Unknown", "N/A", "Unknown Unknown", "Test Contact", "n/a -", "X"];
    for (const name of [null, ...placeholders]) expect(nameOf(name, "r:7"), String(name)).toBe("r:7");
    for (const name of ["\u674e \u660e", "Ann Guest", "Test Pilot"]) expect(nameOf(name, "r:7")).not.toBe("r:7");
  });
});

describe("every identifier", () => {
  it("is canonical: made again from itself, it is the same", () => {
    const anyText = fc.string({ unit: "binary", maxLength: 40 });
    const text = fc.oneof(anyText, fc.emailAddress(), fc.webUrl(), fc.domain(), fc.constantFrom("İ@x.de", "ſ@K.de"));
    fc.assert(
      fc.property(text, (value) => {
        for (const canonical of [canonicalEmail, canonicalDomain, canonicalUserId, canonicalCrmId]) {
          const form = canonical(value);
          if (form !== null) expect(canonical(form)).toBe(form);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a name under which people are looked up", () => {
  it.each([
    ["Lovelace, Ada", "ada lovelace"],
    ["Dr. Ada B. Lovelace", "ada lovelace"],
    ["ÁDA  lovelace", "ada lovelace"],
  ])("is the same for the spellings of one name: %j", (name, expected) => {
    expect(lookUpName(name)).toBe(expected);
  });

  it.each([null, "", "Ada", "Dr. Ada", "N/A", "unknown", "B. Lovelace"])("has at least two words: %j has none", (name) => {
    expect(lookUpName(name)).toBeNull();
  });
});

describe("addresses that are written to a platform", () => {
  it("get their canonical form, where a value is one plain address", () => {
    const values = {
      Email: " Ada@Acme.COM ",
      Other: "Ada@Acme.COM",
      Text: "Ada <ada@acme.com>",
      Empty: "",
      None: null,
      Count: 3,
    };
    expect(withCanonicalEmails(values, (name) => name !== "Other")).toEqual({ ...values, Email: "ada@acme.com" });
  });
});
