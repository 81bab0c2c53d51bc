import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import {
  type FieldPerson,
  fieldPeople,
  jobTitleOf,
  putJobTitle,
  putOrganization,
  putProfile,
  putRow,
  putUser,
  roleOf,
  settleFields,
  titleOf,
  worldOf,
  writesOf,
} from "../harness/sharedFields.ts";

const platforms = { salesforce: "Title", zendesk: "job_title", mixpanel: "role" };

const withFields = (fields: object) => (config: ConfigTree) => {
  config.tenants.acme.fields = fields;
};

let harness: Harness;
let people: FieldPerson[];
const nextPerson = (): FieldPerson => people.shift()!;
const conflicts = async (query = "") => (await harness.request(`/v1/conflicts${query}`)).body.items;
const fieldEvents = async (type: string) => (await harness.request(`/v1/events?type=customer.field.${type}`)).body.items;
const resolve = (id: string, body: object, role: "admin" | "agent" = "admin") =>
  harness.request(`/v1/conflicts/${id}/resolve`, { method: "POST", body, role });

describe("a one-way field with the authority of Salesforce", () => {
  beforeAll(async () => {
    harness = await openHarness({
      webhooks: true,
      configure: withFields({ jobTitle: { kind: "person", platforms, owner: "salesforce", enabled: true } }),
    });
    people = await fieldPeople(harness, 9);
    await settleFields(harness);
  });
  afterAll(() => harness.close());

  it("flows to the other platforms when it changes there, with one write each", async () => {
    const person = nextPerson();
    const earlier = writesOf(harness, "zendesk", "user").get(String(person.user)) ?? 0;
    putRow(harness, "Contact", person.contact, { Title: "Head of Data" });
    await settleFields(harness);
    expect([jobTitleOf(harness, person), roleOf(harness, person)]).toEqual(["Head of Data", "Head of Data"]);
    await settleFields(harness, 2_000_000);
    expect(writesOf(harness, "zendesk", "user").get(String(person.user))).toBe(earlier + 1);
    expect(writesOf(harness, "mixpanel", "profile").get(person.profile!)).toBe(1);
    expect(writesOf(harness, "salesforce", "Contact").get(person.contact)).toBeUndefined();
    const [event] = await fieldEvents("flowed");
    expect(event.data).toMatchObject({
      field: "jobTitle",
      from: "salesforce",
      to: ["zendesk", "mixpanel"],
      value: "Head of Data",
    });
    expect(event.data.customer).toMatch(/^person:/);
  });

  it("clears the value elsewhere when the owner clears it", async () => {
    const person = nextPerson();
    putRow(harness, "Contact", person.contact, { Title: null });
    await settleFields(harness);
    expect([jobTitleOf(harness, person), roleOf(harness, person)]).toEqual([null, null]);
  });

  it("is written back where someone else changes it, and the decision is recorded", async () => {
    const person = nextPerson();
    const title = titleOf(harness, person);
    putJobTitle(harness, person.user, "King of Everything");
    await settleFields(harness);
    expect(jobTitleOf(harness, person)).toBe(title);
    const [conflict] = await conflicts("?state=resolved");
    expect(conflict).toMatchObject({
      field: "jobTitle",
      rule: "authority",
      cause: "changed",
      owner: "salesforce",
      kind: "person",
    });
    expect(conflict.decision).toMatchObject({ by: "rule", platform: "salesforce", value: title });
    expect(conflict.values).toContainEqual(expect.objectContaining({ platform: "zendesk", value: "King of Everything" }));
    const [event] = await fieldEvents("conflict_resolved");
    expect(event.data).toMatchObject({ conflict: conflict.id, by: "rule", from: "salesforce", to: ["zendesk"] });
  });

  it("takes values that differ in spaces only for the same", async () => {
    const person = nextPerson();
    const earlier = (await conflicts()).length;
    putJobTitle(harness, person.user, `  ${titleOf(harness, person)} `);
    await settleFields(harness);
    expect((await conflicts()).length).toBe(earlier);
    expect(jobTitleOf(harness, person)).toMatch(/^ {2}/);
  });

  it("is not written to a person who withdrew consent for the platform's purpose", async () => {
    const person = nextPerson();
    const role = roleOf(harness, person);
    putUser(harness, person.user, {
      user_fields: { ...worldOf(harness).zendesk.users.get(person.user)!.user_fields, analytics_opt_out: true },
    });
    await settleFields(harness);
    putRow(harness, "Contact", person.contact, { Title: "Opted Out" });
    await settleFields(harness);
    expect([jobTitleOf(harness, person), roleOf(harness, person)]).toEqual(["Opted Out", role]);
    putUser(harness, person.user, {
      user_fields: { ...worldOf(harness).zendesk.users.get(person.user)!.user_fields, analytics_opt_out: false },
    });
    await settleFields(harness);
    expect(roleOf(harness, person)).toBe("Opted Out");
  });

  it("has no base for a record that a decision about identity moved, and is right again after the undo", async () => {
    const [older, newer] = [nextPerson(), nextPerson()];
    const identity = async (verb: string, body: object) =>
      (await harness.request(`/v1/identity/${verb}`, { method: "POST", body, headers: { "idempotency-key": `${verb}-field` } }))
        .body;
    const { id } = (await harness.context(`salesforce.contact:${newer.contact}`)).body.customer!;
    const titles = [titleOf(harness, older), titleOf(harness, newer)];
    putRow(harness, "Contact", newer.contact, { Title: "Somebody Else" });
    await settleFields(harness);
    const { decisions } = await identity("link", { ref: `zendesk.user:${older.user}`, to: id });
    await settleFields(harness);
    expect(jobTitleOf(harness, older)).toBe("Somebody Else");
    expect((await conflicts("?state=resolved"))[0]).toMatchObject({ cause: "no_base", customer: id });
    await identity("undo", { decisions: [decisions[0].id] });
    await settleFields(harness);
    expect([titleOf(harness, older), jobTitleOf(harness, older)]).toEqual([titles[0], titles[0]]);
    expect(jobTitleOf(harness, newer)).toBe("Somebody Else");
  });

  it("asks a person when a platform changes back each time what is written", async () => {
    const person = nextPerson();
    const title = titleOf(harness, person);
    for (let round = 0; round < 5; round++) {
      putJobTitle(harness, person.user, `Automated ${round}`);
      await settleFields(harness);
    }
    expect(jobTitleOf(harness, person)).toBe("Automated 4");
    const open = (await conflicts("?state=open")).filter((c: { cause: string }) => c.cause === "returns");
    expect(open).toHaveLength(1);
    expect((await resolve(open[0].id, { platform: "salesforce" })).status).toBe(200);
    await settleFields(harness);
    expect(jobTitleOf(harness, person)).toBe(title);
  });
});

describe("a two-way field that a person decides", () => {
  const manual = { direction: "two-way", rule: "manual", owner: "salesforce", kind: "person", enabled: true };
  beforeAll(async () => {
    harness = await openHarness({
      otherTenant: true,
      webhooks: true,
      configure: withFields({ jobTitle: { ...manual, platforms } }),
    });
    people = await fieldPeople(harness, 9);
    await settleFields(harness);
  });
  afterAll(() => harness.close());

  /** Both sides change, and the conflict waits. */
  async function openConflict(person: FieldPerson): Promise<{ id: string }> {
    const earlier = new Set((await conflicts("?state=open")).map(({ id }: { id: string }) => id));
    putJobTitle(harness, person.user, "Desk Title");
    await settleFields(harness);
    const fresh = (await conflicts("?state=open")).filter(({ id }: { id: string }) => !earlier.has(id));
    expect(fresh).toHaveLength(1);
    return fresh[0];
  }

  it("waits for a person, writes nothing, and raises an alert", async () => {
    const person = nextPerson();
    const title = titleOf(harness, person);
    const { length } = harness.requests("salesforce");
    const conflict = await openConflict(person);
    expect(conflict).toMatchObject({ cause: "changed", decision: null, rule: "manual", base: { value: title } });
    expect(conflict).toMatchObject({
      customerName: expect.stringContaining(person.person.last),
      values: [
        { platform: "salesforce", value: title, hasChanged: false },
        { platform: "zendesk", value: "Desk Title", hasChanged: true },
        { platform: "mixpanel", hasChanged: false },
      ],
    });
    expect([titleOf(harness, person), roleOf(harness, person)]).toEqual([title, title]);
    expect(harness.requests("salesforce", length).filter(({ method }) => method === "PATCH")).toEqual([]);
    const alerts = (await harness.request("/v1/alerts?state=open&type=conflicts_waiting")).body.items;
    expect(alerts).toMatchObject([{ subject: "jobTitle", count: 1, nextAction: expect.stringContaining("/v1/conflicts") }]);
    const [event] = await fieldEvents("conflict_opened");
    expect(event.data).toMatchObject({ conflict: conflict.id, platforms: ["salesforce", "zendesk"] });
  });

  it("shows the agreed value after every platform has left it", async () => {
    const person = nextPerson();
    const title = titleOf(harness, person);
    putRow(harness, "Contact", person.contact, { Title: "CRM Title" });
    putProfile(harness, person.profile!, { role: "App Title" });
    const { id } = await openConflict(person);
    await settleFields(harness, 2_000_000);
    const conflict = (await conflicts("?state=open")).find((item: { id: string }) => item.id === id);
    expect(conflict).toMatchObject({ base: { value: title }, values: Array(3).fill({ hasChanged: true }) });
  });

  it("takes the value of the platform that the person chose, everywhere", async () => {
    const person = nextPerson();
    const { id } = await openConflict(person);
    const answer = await resolve(id, { platform: "zendesk", reason: "She was promoted." });
    expect(answer.status).toBe(200);
    expect(answer.body.conflict).toMatchObject({ id, state: "resolved", decision: { by: "person", platform: "zendesk" } });
    await settleFields(harness);
    expect([titleOf(harness, person), jobTitleOf(harness, person), roleOf(harness, person)]).toEqual(Array(3).fill("Desk Title"));
    const [event] = await fieldEvents("conflict_resolved");
    expect(event.data).toMatchObject({ conflict: id, by: "person", reason: "She was promoted.", actor: { role: "admin" } });
    const again = await resolve(id, { platform: "salesforce" });
    expect([again.status, again.body.code]).toEqual([409, "conflict"]);
  });

  it("takes a value that no platform has", async () => {
    const person = nextPerson();
    const { id } = await openConflict(person);
    expect((await resolve(id, { value: "Third Title" })).status).toBe(200);
    await settleFields(harness);
    expect([titleOf(harness, person), jobTitleOf(harness, person), roleOf(harness, person)]).toEqual(
      Array(3).fill("Third Title"),
    );
  });

  it("ends when the platforms come to agree", async () => {
    const person = nextPerson();
    const { id } = await openConflict(person);
    putRow(harness, "Contact", person.contact, { Title: "Desk Title" });
    putProfile(harness, person.profile!, { role: "Desk Title" });
    await settleFields(harness, 2_000_000);
    const conflict = (await conflicts()).find((item: { id: string }) => item.id === id);
    expect(conflict).toMatchObject({ state: "resolved", decision: { by: "agreement", value: "Desk Title" } });
  });

  it("is listed with its platforms, conflicts and writes, and what to do next", async () => {
    const { items, version } = (await harness.request("/v1/fields")).body;
    expect(version).toMatch(/^v/);
    const waiting = (await conflicts("?state=open")).length;
    expect(items).toMatchObject([
      {
        ...{ name: "jobTitle", owner: "salesforce", rule: "manual", enabled: true, state: "waiting" },
        platforms: [
          { platform: "salesforce", field: "Title", isOwner: true, state: "ok" },
          { platform: "zendesk", field: "job_title", isOwner: false, state: "ok" },
          { platform: "mixpanel", field: "role", isOwner: false, state: "ok" },
        ],
        conflicts: { open: waiting, rule: 0, person: 2, agreement: 1 },
        writes: { waiting: 0, dead_letter: 0 },
        nextAction: expect.stringContaining("/v1/conflicts?state=open&type=jobTitle"),
      },
    ]);
    expect(items[0].writes.done).toBeGreaterThan(2);
    expect((await harness.request("/v1/fields", { tenant: "globex" })).body.items).toEqual([]);
  });

  it("refuses what does not fit, and callers without the right", async () => {
    const { id } = await openConflict(nextPerson());
    expect((await resolve(id, {})).body.code).toBe("invalid_request");
    expect((await resolve(id, { platform: "salesforce", value: "x" })).body.code).toBe("invalid_request");
    expect((await resolve(id, { platform: "hubspot" })).body.detail).toContain("salesforce, zendesk, mixpanel");
    expect((await resolve("cfl_none", { platform: "zendesk" })).body.code).toBe("not_found");
    expect((await resolve(id, { platform: "zendesk" }, "agent")).body.code).toBe("forbidden");
    expect((await harness.request("/v1/conflicts", { role: "agent" })).body.code).toBe("forbidden");
    expect((await harness.request("/v1/conflicts", { tenant: "globex" })).body.items).toEqual([]);
  });
});

describe("fields of companies, phone numbers and refused values", () => {
  const company = {
    kind: "company",
    platforms: { salesforce: "BillingCountry", zendesk: "support_tier" },
    owner: "zendesk",
    enabled: true,
  };
  const phone = { kind: "person", platforms: { salesforce: "Phone", zendesk: "phone" }, owner: "salesforce", type: "phone" };
  beforeAll(async () => {
    harness = await openHarness({
      webhooks: true,
      configure(config) {
        withFields({ tier: company, mobile: { ...phone, direction: "two-way", rule: "manual", enabled: true } })(config);
        config.tenants.acme.roles = { admin: { pii: false } };
      },
    });
    people = await fieldPeople(harness, 4);
    await settleFields(harness);
  });
  afterAll(() => harness.close());

  it("write the owner's value to the accounts when they are enabled, and a later one when it changes", async () => {
    const { accounts, organization } = linkedCompany();
    expect(accounts().map((row) => row["BillingCountry"])).toEqual([organization().organization_fields["support_tier"]]);
    putOrganization(harness, organization().id, { support_tier: "platinum" });
    await settleFields(harness);
    expect(accounts().map((row) => row["BillingCountry"])).toEqual(["platinum"]);
  });

  it("compare phone numbers whatever their form, and mask them for a role without personal values", async () => {
    const [person] = people;
    putRow(harness, "Contact", person!.contact, { Phone: "+1 415 555 0132" });
    putUser(harness, person!.user, { phone: "+14155550132" });
    await settleFields(harness);
    const ofPhone = async () => (await conflicts("?type=mobile")).filter((c: { state: string }) => c.state === "open");
    const earlier = (await ofPhone()).length;
    putUser(harness, person!.user, { phone: "+1 (415) 555-0132" });
    await settleFields(harness);
    expect((await ofPhone()).length).toBe(earlier);
    putUser(harness, person!.user, { phone: "+1 415 555 0177" });
    await settleFields(harness);
    const [conflict] = await ofPhone();
    expect(JSON.stringify(conflict)).not.toContain("555 0177");
    expect(conflict.values.map(({ value }: { value: string }) => value)).toContainEqual(expect.stringContaining("•••"));
    expect(conflict.masked).toContain("/values/1/value");
  });

  it("go to the dead-letter queue when the platform refuses a value", async () => {
    const { organization } = linkedCompany();
    putOrganization(harness, organization().id, { support_tier: "x".repeat(300) });
    await settleFields(harness);
    const dead = (await harness.request("/v1/deliveries?state=dead_letter&type=field:tier")).body.items;
    expect(dead).toMatchObject([{ route: "field:tier", target: "salesforce", cause: expect.any(String) }]);
  });

  function linkedCompany() {
    const world = worldOf(harness);
    const { organizations } = world.zendesk;
    const [linked] = [...organizations.values()].filter(({ external_id }) => external_id !== null);
    return {
      organization: () => organizations.get(linked!.id)!,
      accounts: () => [...world.salesforce.tables.Account.values()].filter((row) => row.Id === linked!.external_id),
    };
  }
});
