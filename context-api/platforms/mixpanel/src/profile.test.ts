import { createIdentifiers } from "@sidelight/model/identifiers/identifiers.ts";
import { withIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import { describe, expect, it } from "vitest";
import { MixpanelOptions } from "./options.ts";
import { profileRecord } from "./records.ts";

const observedAt = Date.parse("2026-11-20T12:00:00Z");
const options = MixpanelOptions.parse({ projectId: 1, auth: { username: "u", secret: "s" } });
const { mapping } = withIdentifiers(options, createIdentifiers({ defaultCountry: null, freeMailDomains: [] }));
const productUse = ($properties: Record<string, unknown>) => {
  const { data } = profileRecord({ $distinct_id: "u1", $properties }, mapping, { connection: "mixpanel", observedAt });
  return data.kind === "person" ? data.productUse : undefined;
};

describe("what a Mixpanel profile records about the use of the product", () => {
  it("is the first and the last visit, in UTC as Mixpanel writes them", () => {
    expect(productUse({ $created: "2025-01-02T03:04:05", $last_seen: "2026-08-01T10:00:00" })).toEqual({
      since: "2025-01-02T03:04:05.000Z",
      lastSeenAt: "2026-08-01T10:00:00.000Z",
      milestones: [],
    });
  });

  it("keeps a first day without a time as a day, which no time zone shifts", () => {
    expect(productUse({ $created: "2025-01-02" })).toMatchObject({ since: "2025-01-02" });
    expect(productUse({ $created: "2025-99-99" })).toMatchObject({ since: null });
  });

  it("has no last visit of a user who was there within a month, so that a visit makes no new version", () => {
    expect(productUse({ $last_seen: "2026-11-19T10:00:00" })).toMatchObject({ lastSeenAt: null });
    expect(productUse({ $last_seen: "2026-10-21T13:00:00" })).toMatchObject({ lastSeenAt: null });
    expect(productUse({ $last_seen: "2026-10-21T12:00:00" })).toMatchObject({ lastSeenAt: "2026-10-21T12:00:00.000Z" });
  });

  it.each([[true], ["true"], ["2025-03-04T05:06:07"], ["2025-03-04"], ["2025-03-04T05:06:07Z"]])(
    "has a milestone when its property is %j",
    (onboardedValue) => {
      expect(productUse({ onboarded: onboardedValue })).toMatchObject({ milestones: ["Onboarding Completed"] });
    },
  );

  it.each([[false], ["false"], ["no"], [null], [0], [undefined], ["2025-99-99"]])(
    "has no milestone when its property is %j",
    (onboardedValue) => {
      expect(productUse({ onboarded: onboardedValue })).toMatchObject({ milestones: [] });
    },
  );

  it.each([["soon"], [5], [null], [{}], ["2026-13-45T00:00:00"]])("ignores a date that is %j", (date) => {
    expect(productUse({ $created: date, $last_seen: date })).toMatchObject({ since: null, lastSeenAt: null });
  });
});

describe("what a Mixpanel profile says of the person", () => {
  const personOf = ($properties: Record<string, unknown>, fields: object = {}) => {
    const mapped = MixpanelOptions.parse({ ...options, mapping: { ...options.mapping, ...fields } });
    const { mapping: withFields } = withIdentifiers(mapped, mapping.identifiers);
    return profileRecord({ $distinct_id: "u1", $properties }, withFields, { connection: "mixpanel", observedAt }).data;
  };
  const properties = {
    $first_name: "Ada",
    $last_name: "Byron",
    born: "1980-02-29T00:00:00",
    street: "12 High Street",
    zip: 10115,
  };

  it("is the parts of the name, which are the name of a profile without one", () => {
    expect(personOf(properties)).toMatchObject({ name: "Ada Byron", givenName: "Ada", familyName: "Byron" });
    expect(personOf({ ...properties, $name: "Countess Ada" })).toMatchObject({ name: "Countess Ada", givenName: "Ada" });
    expect(personOf({})).toMatchObject({ name: null });
    expect(Object.keys(personOf({}))).not.toContain("givenName");
  });

  it("is the birth date and the address when they are mapped, and never a place that Mixpanel derived", () => {
    const places = { $city: "Leeds", $region: "England", $country_code: "GB" };
    expect(Object.keys(personOf({ ...properties, ...places }))).not.toEqual(expect.arrayContaining(["address"]));
    expect(
      personOf({ ...properties, ...places }, { birthDate: "born", address: { line: "street", postcode: "zip" } }),
    ).toMatchObject({
      ...{ birthDate: "1980-02-29", address: { line: "12 High Street", postcode: "10115" } },
    });
    for (const name of Object.keys(places))
      expect(MixpanelOptions.safeParse({ ...options, mapping: { address: { locality: name } } }).error?.message).toContain(
        "derived from an IP address",
      );
  });
});

describe("a property of a Mixpanel profile whose type changed", () => {
  const personOf = ($properties: Record<string, unknown>) => {
    const { data, identifiers } = profileRecord({ $distinct_id: "u1", $properties }, mapping, {
      connection: "mixpanel",
      observedAt,
    });
    const addresses = identifiers.filter(({ kind }) => kind === "email").map(({ value }) => value);
    return data.kind === "person" ? { ...data, addresses } : null;
  };

  it("gives each of the addresses and numbers of a list", () => {
    const person = personOf({
      $email: ["Ada@Example.org", 7, null, "ada@home.example.org"],
      $phone: ["+49 30 1234567"],
      $name: ["Ada"],
    });
    expect(person).toMatchObject({ emails: ["ada@example.org", "ada@home.example.org"], phones: ["+49301234567"], name: "Ada" });
    expect(person?.addresses).toEqual(["ada@example.org", "ada@home.example.org"]);
  });

  it.each([[true], ["true"], ["True"], [" TRUE "], ["yes"], [1], ["1"], [[true]]])("withdraws consent when it is %j", (value) => {
    expect(personOf({ [Object.values(mapping.optOut).flat()[0]!]: value })).toMatchObject({ optedOut: true });
  });

  it.each([[false], ["false"], ["no"], [0], ["0"], [null], [[]], [{}]])("withdraws nothing when it is %j", (value) => {
    expect(personOf({ [Object.values(mapping.optOut).flat()[0]!]: value })).toMatchObject({ optedOut: false });
  });
});
