import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZendeskOptions } from "./options.ts";
import { newRatings } from "./ratings.ts";
import { organizationRecord, ratingRecord, ticketRecord, userRecord } from "./records.ts";
import { WireIdentity, WireMetricSet, WireOrganization, WireRating, WireTicket, WireUser } from "./wire.ts";

const { mapping } = ZendeskOptions.parse({ url: "https://acme.zendesk.com", auth: { clientId: "c", clientSecret: "s" } });
const origin = { connection: "zd", observedAt: 1_000 };
const at = "2026-11-21T09:30:00Z";

const user = (wire: object, identities: object[] = []) =>
  userRecord(
    WireUser.parse({ id: 7, updated_at: at, ...wire }),
    identities.map((i) => WireIdentity.parse(i)),
    mapping,
    origin,
  );
const ticket = (wire: object, metrics?: object) =>
  ticketRecord(
    WireTicket.parse({ id: 5, status: "open", created_at: at, updated_at: at, ...wire }),
    metrics && WireMetricSet.parse({ ticket_id: 5, ...metrics }),
    origin,
  );
const rating = (wire: object) =>
  ratingRecord(WireRating.parse({ id: 3, score: "good", requester_id: 7, created_at: at, updated_at: at, ...wire }), origin);
const organization = (wire: object) =>
  organizationRecord(WireOrganization.parse({ id: 9, updated_at: at, ...wire }), mapping, origin);

const anyText = fc.string({ unit: "binary", maxLength: 30 });
const nothing = fc.constantFrom(null, undefined);

describe("a Zendesk user", () => {
  it("of whom next to nothing is said is a person of whom nothing is known", () => {
    expect(user({})).toEqual({
      ref: "zendesk.user:7",
      platform: "zendesk",
      object: "user",
      subject: "zendesk.user:7",
      connection: "zd",
      changedAt: Date.parse(at),
      observedAt: 1_000,
      identifiers: [],
      edges: [],
      deleted: false,
      data: { kind: "person", name: null, emails: [], phones: [], title: null, optedOut: false },
    });
  });

  it("is the same for a null, an empty id and a field that is missing", () => {
    const nulls = { name: null, email: null, phone: null, role: null, external_id: null, user_fields: null };
    expect(user({ ...nulls, organization_id: null, active: null })).toEqual(user({}));
    for (const organization_id of [0, "0", ""]) expect(user({ organization_id })).toEqual(user({}));
  });

  it("is known by all addresses and numbers of its own, each once, and by nobody else's", () => {
    const told = user({ email: "Ada@Acme.com", phone: "+1 415 555 0100" }, [
      { user_id: 7, type: "email", value: "ada@acme.com" },
      { user_id: "7", type: "email", value: "ada@gmail.com" },
      { user_id: 7, type: "phone_number", value: "+14155550100" },
      { user_id: 7, type: "twitter", value: "ada@twitter.com" },
      { user_id: 8, type: "email", value: "bob@acme.com" },
    ]);
    expect(told?.identifiers).toEqual([
      { kind: "email", value: "ada@acme.com" },
      { kind: "email", value: "ada@gmail.com" },
      { kind: "email_domain", value: "acme.com" },
      { kind: "phone", value: "+14155550100" },
    ]);
  });

  it("who is a colleague is nobody's customer", () => {
    for (const role of ["agent", "admin"]) expect(user({ role })).toBeNull();
    expect(user({ role: "end-user" })).not.toBeNull();
  });

  it("declines to be analysed by the mapped checkbox, and by nothing that merely looks like it", () => {
    expect(user({ user_fields: { analytics_opt_out: true } })?.data).toMatchObject({ optedOut: true });
    for (const value of ["true", 1, null, {}])
      expect(user({ user_fields: { analytics_opt_out: value } })?.data).toMatchObject({ optedOut: false });
  });

  it("whatever its texts hold, is one record under its own id with canonical identifiers only", () => {
    const text = fc.oneof(anyText, fc.emailAddress(), nothing);
    fc.assert(
      fc.property(text, text, text, text, (name, email, phone, external_id) => {
        const told = user({ name, email, phone, external_id })!;
        expect([told.ref, told.subject]).toEqual(["zendesk.user:7", "zendesk.user:7"]);
        expect(told.data).toMatchObject({ name: name ?? null });
        for (const { kind, value } of told.identifiers) {
          if (kind === "email") expect(value).toMatch(/^[^\s"]+@[^\s"]+$/);
          if (kind === "phone") expect(value).toMatch(/^\+\d+$/);
        }
      }),
    );
  });
});

describe("a Zendesk organisation", () => {
  it("is known by the domains that are its own, and by the CRM's id", () => {
    const told = organization({
      name: "Acme",
      domain_names: ["WWW.acme.com", "acme.com", "gmail.com", "?", ""],
      external_id: "001x",
    });
    expect(told.identifiers).toEqual([
      { kind: "domain", value: "acme.com" },
      { kind: "crm_id", value: "001x" },
    ]);
    expect(organization({}).data).toMatchObject({ name: null, domains: [] });
  });

  it("is deleted once it says when", () => {
    expect([organization({ deleted_at: at }).deleted, organization({ deleted_at: null }).deleted]).toEqual([true, false]);
  });
});

describe("a Zendesk ticket", () => {
  it("belongs to its requester; without one it stands alone", () => {
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

  it("has one of the statuses and priorities that we know, as events and REST write them", () => {
    expect(ticket({ status: "PENDING", priority: "URGENT" }).data).toMatchObject({ status: "pending", priority: "urgent" });
    fc.assert(
      fc.property(anyText, anyText, (status, priority) => {
        const { data } = ticket({ status, priority });
        expect(data).toMatchObject({ status: expect.stringMatching(/^(new|open|pending|hold|solved|closed)$/) });
        expect([null, "low", "normal", "high", "urgent"]).toContain("priority" in data && data.priority);
      }),
    );
  });

  it("was solved when its metrics say so, and hasn't been when there are none", () => {
    const solved = { solved_at: "2026-11-20T10:00:00.123456789Z", full_resolution_time_in_minutes: { calendar: 90 } };
    expect(ticket({}, solved).data).toMatchObject({ solvedAt: "2026-11-20T10:00:00.123Z", resolutionMinutes: 90 });
    for (const metrics of [undefined, {}, { solved_at: null, full_resolution_time_in_minutes: { calendar: null } }])
      expect(ticket({}, metrics).data).toMatchObject({ solvedAt: null, resolutionMinutes: null });
  });

  it("that was deleted is deleted", () => {
    expect(ticket({ status: "deleted" }).deleted).toBe(true);
  });
});

describe("a Zendesk rating", () => {
  it("counts when it was given, with a comment or without", () => {
    const scores = ["good", "good_with_comment", "bad", "bad_with_comment", "offered", "unoffered", ""];
    const told = scores.map((score) => rating({ score })?.data).map((data) => (data?.kind === "rating" ? data.score : null));
    expect(told).toEqual(["good", "good", "bad", "bad", null, null, null]);
    expect(rating({ requester_id: null })).toBeNull();
  });

  it("comes along with its ticket unless it is known", async () => {
    const rated = WireTicket.parse({
      id: 5,
      status: "solved",
      requester_id: 7,
      created_at: at,
      updated_at: at,
      satisfaction_rating: { id: 3, score: "bad" },
    });
    const unrated = { ...rated, satisfaction_rating: { id: null, score: "unoffered" } };
    const known = new Map([["zendesk.rating:3", { kind: "rating", score: "good", at }]] as const);
    expect(await newRatings([rated, unrated], origin, async () => new Map())).toMatchObject([
      { ref: "zendesk.rating:3", edges: [{ to: "zendesk.user:7" }, { to: "zendesk.ticket:5" }], data: { score: "bad" } },
    ]);
    expect(await newRatings([rated], origin, async () => known)).toEqual([]);
  });
});

it("an instant that can't be read is refused with the answer that holds it, not half-way into a record", () => {
  const readers = { updated_at: [WireUser, WireOrganization, WireTicket, WireRating], created_at: [WireTicket, WireRating] };
  const whole = { id: 1, status: "open", score: "good", created_at: at, updated_at: at };
  for (const [field, schemas] of Object.entries(readers)) {
    for (const schema of schemas) {
      expect(schema.safeParse(whole).success).toBe(true);
      expect(schema.safeParse({ ...whole, [field]: "yesterday" }).success).toBe(false);
    }
  }
  expect(WireMetricSet.safeParse({ ticket_id: 1, solved_at: "yesterday" }).success).toBe(false);
});
