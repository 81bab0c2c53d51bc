import { createIdentifiers } from "@sidelight/model/identifiers/identifiers.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { withIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZendeskOptions } from "./options.ts";
import { newRatings } from "./ratings.ts";
import { organizationRecord, ratingRecord, ticketRecord, userRecord } from "./records.ts";
import { WireIdentity, WireMetricSet, WireOrganization, WireRating, WireTicket, WireUser } from "./wire.ts";

const options = ZendeskOptions.parse({ url: "https://acme.zendesk.com", auth: { clientId: "c", clientSecret: "s" } });
const { mapping } = withIdentifiers(options, createIdentifiers({ defaultCountry: null, freeMailDomains: [] }));
const origin = { connection: "zd", observedAt: 1_000 };
const instant = "2026-11-21T09:30:00Z";
const earlier = "2026-11-20T09:30:00.000Z";

const user = (wire: object, identities: object[] = []) =>
  userRecord(
    WireUser.parse({ id: 7, updated_at: instant, ...wire }),
    identities.map((i) => WireIdentity.parse(i)),
    mapping,
    origin,
  );
const ticket = (wire: object, metrics?: object, previous: RecordInput | null = null) =>
  ticketRecord(
    WireTicket.parse({ id: 5, status: "open", created_at: instant, updated_at: instant, ...wire }),
    {
      metrics: metrics && WireMetricSet.parse({ ticket_id: 5, ...metrics }),
      previous: previous?.data.kind === "ticket" ? previous.data : null,
    },
    mapping,
    origin,
  );
const rating = (wire: object) =>
  ratingRecord(
    WireRating.parse({ id: 3, score: "good", requester_id: 7, created_at: instant, updated_at: instant, ...wire }),
    origin,
  );
const organization = (wire: object) =>
  organizationRecord(WireOrganization.parse({ id: 9, updated_at: instant, ...wire }), mapping, origin);

const anyText = fc.string({ unit: "binary", maxLength: 30 });
const nothing = fc.constantFrom(null, undefined);

describe("a Zendesk user", () => {
  it("with no optional members becomes a person with empty members", () => {
    expect(user({})).toEqual({
      ref: "zendesk.user:7",
      platform: "zendesk",
      object: "user",
      subject: "zendesk.user:7",
      connection: "zd",
      changedAt: Date.parse(instant),
      observedAt: 1_000,
      identifiers: [],
      edges: [],
      deleted: false,
      data: { kind: "person", name: null, emails: [], phones: [], title: null, optedOut: false },
    });
  });

  it("has what the mapped user fields say of the person, and nothing of them when they are not mapped", () => {
    const user_fields = {
      born: "1980-02-29T00:00:00+00:00",
      street: "12 High Street",
      zip: "LS1 4AB",
      firm: "Acme",
      first: "Ada",
    };
    const wire = WireUser.parse({ id: 7, updated_at: instant, name: "Ada Byron", user_fields });
    const fields = {
      birthDate: "born",
      address: { line: "street", postcode: "user_fields.zip" },
      company: "firm",
      givenName: "first",
    };
    const mapped = ZendeskOptions.parse({ ...options, mapping: { ...options.mapping, ...fields } });
    const { mapping: withFields } = withIdentifiers(mapped, mapping.identifiers);
    expect(userRecord(wire, [], withFields, origin)?.data).toMatchObject({
      ...{ name: "Ada Byron", givenName: "Ada", birthDate: "1980-02-29", company: "Acme" },
      address: { line: "12 High Street", postcode: "LS1 4AB" },
    });
    expect(userRecord(wire, [], mapping, origin)?.data).toEqual({
      ...{ kind: "person", name: "Ada Byron", emails: [], phones: [], title: null, optedOut: false },
    });
  });

  it("is the same for null, an empty id and a missing member", () => {
    const nulls = { name: null, email: null, phone: null, role: null, external_id: null, user_fields: null };
    expect(user({ ...nulls, organization_id: null, active: null })).toEqual(user({}));
    for (const organization_id of [0, "0", ""]) expect(user({ organization_id })).toEqual(user({}));
  });

  it("has all its own e-mail addresses and phone numbers once, and no others", () => {
    const result = user({ email: "Ada@Acme.com", phone: "+1 415 555 0100" }, [
      { user_id: 7, type: "email", value: "ada@acme.com" },
      { user_id: "7", type: "email", value: "ada@gmail.com" },
      { user_id: 7, type: "phone_number", value: "+14155550100" },
      { user_id: 7, type: "twitter", value: "ada@twitter.com" },
      { user_id: 8, type: "email", value: "bob@acme.com" },
    ]);
    expect(result?.identifiers).toEqual([
      { kind: "email", value: "ada@acme.com" },
      { kind: "email", value: "ada@gmail.com" },
      { kind: "email_domain", value: "acme.com" },
      { kind: "phone", value: "+14155550100" },
    ]);
  });

  it("who is an agent or admin gives no record", () => {
    for (const role of ["agent", "admin"]) expect(user({ role })).toBeNull();
    expect(user({ role: "end-user" })).not.toBeNull();
  });

  it("is opted out by the mapped checkbox only, for its purpose", () => {
    expect(user({ user_fields: { analytics_opt_out: true } })?.data).toMatchObject({
      optedOut: true,
      withdrawals: ["analytics"],
    });
    for (const value of ["true", 1, null, {}])
      expect(user({ user_fields: { analytics_opt_out: value } })?.data).toMatchObject({ optedOut: false });
  });

  it("gives one record with canonical identifiers for any texts", () => {
    const text = fc.oneof(anyText, fc.emailAddress(), nothing);
    fc.assert(
      fc.property(text, text, text, text, (name, email, phone, external_id) => {
        const result = user({ name, email, phone, external_id })!;
        expect([result.ref, result.subject]).toEqual(["zendesk.user:7", "zendesk.user:7"]);
        expect(result.data).toMatchObject({ name: name ?? null });
        for (const { kind, value } of result.identifiers) {
          if (kind === "email") expect(value).toMatch(/^[^\s"]+@[^\s"]+$/);
          if (kind === "phone") expect(value).toMatch(/^\+\d+$/);
        }
      }),
    );
  });
});

describe("a Zendesk organization", () => {
  it("has its own domains and the CRM id as identifiers", () => {
    const result = organization({
      name: "Acme",
      domain_names: ["WWW.acme.com", "acme.com", "gmail.com", "?", ""],
      external_id: "001x",
    });
    expect(result.identifiers).toEqual([
      { kind: "domain", value: "acme.com" },
      { kind: "crm_id", value: "001x" },
    ]);
    expect(organization({}).data).toMatchObject({ name: null, domains: [] });
  });

  it("is deleted when it has a deletion time", () => {
    expect([organization({ deleted_at: instant }).deleted, organization({ deleted_at: null }).deleted]).toEqual([true, false]);
  });
});

describe("a Zendesk ticket", () => {
  it("is escalated by one of the mapped tags", () => {
    expect(ticket({ tags: ["billing", "escalated"] }).data).toMatchObject({ isEscalated: true });
    for (const tags of [["billing", "vip"], [], null, undefined, "escalated"])
      expect(ticket({ tags }).data).not.toHaveProperty("isEscalated");
  });

  it("belongs to its requester, or to itself without one", () => {
    expect(ticket({ requester_id: 7, organization_id: 9 })).toMatchObject({
      subject: "zendesk.user:7",
      edges: [
        { rel: "requester", to: "zendesk.user:7" },
        { rel: "organization", to: "zendesk.organization:9" },
      ],
    });
    for (const requester_id of [null, 0, "0", ""])
      expect(ticket({ requester_id })).toMatchObject({ subject: "zendesk.ticket:5", edges: [] });
  });

  it("maps statuses and priorities of events and of REST", () => {
    expect(ticket({ status: "PENDING", priority: "URGENT" }).data).toMatchObject({ status: "pending", priority: "urgent" });
    fc.assert(
      fc.property(anyText, anyText, (status, priority) => {
        const { data } = ticket({ status, priority });
        expect(data).toMatchObject({ status: expect.stringMatching(/^(new|open|pending|hold|solved|closed)$/) });
        expect([null, "low", "normal", "high", "urgent"]).toContain("priority" in data && data.priority);
      }),
    );
  });

  it("takes its resolution time from its metrics", () => {
    const metrics = { solved_at: "2026-11-20T10:00:00.123456789Z", full_resolution_time_in_minutes: { calendar: 90 } };
    const solvedTicket = ticket({ status: "solved" }, metrics);
    expect(solvedTicket.data).toMatchObject({ solvedAt: "2026-11-20T10:00:00.123Z", resolutionMinutes: 90 });
    for (const metrics of [undefined, {}, { solved_at: null, full_resolution_time_in_minutes: { calendar: null } }])
      expect(ticket({ status: "solved" }, metrics).data).toMatchObject({ solvedAt: null, resolutionMinutes: null });
    // Without metrics, what is stored stays. With metrics, they decide.
    expect(ticket({ status: "closed" }, undefined, solvedTicket).data).toMatchObject({ solvedAt: "2026-11-20T10:00:00.123Z" });
    expect(ticket({ status: "closed" }, {}, solvedTicket).data).toMatchObject({ solvedAt: null, resolutionMinutes: null });
    // A ticket that was opened again is not solved.
    expect(ticket({ status: "open" }, undefined, solvedTicket).data).toMatchObject({ solvedAt: null });
  });

  it("with status deleted is deleted", () => {
    expect(ticket({ status: "deleted" }).deleted).toBe(true);
  });
});

describe("a Zendesk rating", () => {
  it("gives a record when it was given, with or without a comment", () => {
    const scores = ["good", "good_with_comment", "bad", "bad_with_comment", "offered", "unoffered", ""];
    const result = scores.map((score) => rating({ score })?.data).map((data) => (data?.kind === "rating" ? data.score : null));
    expect(result).toEqual(["good", "good", "bad", "bad", null, null, null]);
    expect(rating({ requester_id: null })).toBeNull();
  });

  it("is read from its ticket unless it is stored", async () => {
    const ratedTicket = WireTicket.parse({
      id: 5,
      status: "solved",
      requester_id: 7,
      created_at: instant,
      updated_at: instant,
      satisfaction_rating: { id: 3, score: "bad" },
    });
    const unratedTicket = { ...ratedTicket, satisfaction_rating: { id: null, score: "unoffered" } };
    const storedRatings = new Map([["zendesk.rating:3", { kind: "rating", score: "good", at: instant }]] as const);
    expect(await newRatings([ratedTicket, unratedTicket], origin, async () => new Map())).toMatchObject([
      { ref: "zendesk.rating:3", edges: [{ to: "zendesk.user:7" }, { to: "zendesk.ticket:5" }], data: { score: "bad" } },
    ]);
    const ratingOf = (score: string) => ({ ...ratedTicket, satisfaction_rating: { id: "3", score } });
    expect(await newRatings([ratingOf("good_with_comment")], origin, async () => storedRatings)).toEqual([]);
  });

  it("that the customer changed from good to bad is read from its ticket, and keeps its own time", async () => {
    const storedRatings = new Map([["zendesk.rating:3", { kind: "rating", score: "good", at: earlier }]] as const);
    const ratedTicket = WireTicket.parse({
      id: 5,
      status: "solved",
      requester_id: 7,
      created_at: instant,
      updated_at: instant,
      satisfaction_rating: { id: 3, score: "bad" },
    });
    expect(await newRatings([ratedTicket], origin, async () => storedRatings)).toMatchObject([
      { ref: "zendesk.rating:3", changedAt: null, data: { score: "bad", at: earlier } },
    ]);
  });
});

it("an invalid instant fails validation of the response", () => {
  const readers = { updated_at: [WireUser, WireOrganization, WireTicket, WireRating], created_at: [WireTicket, WireRating] };
  const completeRating = { id: 1, status: "open", score: "good", created_at: instant, updated_at: instant };
  for (const [field, schemas] of Object.entries(readers)) {
    for (const schema of schemas) {
      expect(schema.safeParse(completeRating).success).toBe(true);
      expect(schema.safeParse({ ...completeRating, [field]: "yesterday" }).success).toBe(false);
    }
  }
  expect(WireMetricSet.safeParse({ ticket_id: 1, solved_at: "yesterday" }).success).toBe(false);
});
