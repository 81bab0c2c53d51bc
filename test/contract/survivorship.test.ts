import type { Context } from "@sidelight/contracts/context/context.ts";
import type { IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import type { Decision } from "@sidelight/contracts/identity/decision.ts";
import type { Edge, RecordInput } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";

// Which record's value a customer is shown with: by the configured rules, and by what a person chose.
let harness: Harness;
let count = 0;

beforeAll(async () => {
  harness = await openHarness({
    pull: false,
    configure: (config: ConfigTree) => {
      // The records of these tests are on no platform.
      config.tenants.acme.connections = [];
      config.tenants.acme.identity = {
        survivorship: {
          person: { name: "longest", email: { rule: "newest" } },
          company: { name: { platforms: ["zendesk"] }, domain: "mostComplete" },
        },
      };
    },
  });
});
afterAll(() => harness.close());

const log = () => harness.runtime.tenants.get("acme")!.tenant.log;
const commit = async (...records: RecordInput[]) => await log().commit({ records, correlationId: "test" });
const contextOf = async (ref: string, query = ""): Promise<Context> =>
  (await harness.request(`/v1/context/${encodeURIComponent(ref)}${query}`)).body;

function record(object: string, data: RecordInput["data"], changedAt: number, edges: Edge[] = []): RecordInput {
  const [platform = "", kind = ""] = object.split(".");
  count += 1;
  const prefix = kind === "account" ? "001" : "003";
  const id = platform === "salesforce" ? `${prefix}${String(count).padStart(12, "0")}AAA` : String(770_000 + count);
  const ref = `${object}:${id}`;
  const { emails = [], domains = [] } = data as { emails?: string[]; domains?: string[] };
  return {
    ...{ ref, platform, connection: platform, object: kind, subject: ref, changedAt, edges, data },
    observedAt: harness.clock.now(),
    identifiers: [
      ...emails.map((value) => ({ kind: "email" as const, value })),
      ...domains.map((value) => ({ kind: "domain" as const, value })),
    ],
  };
}
const person = (object: string, name: string | null, emails: string[], changedAt: number, edges: Edge[] = []) =>
  record(object, { kind: "person", name, emails, phones: [], title: null, optedOut: false }, changedAt, edges);
const company = (object: string, name: string, domains: string[], changes: object = {}) => {
  const empty = { owner: null, arr: null, plan: null, stage: null, renewalDate: null, nextStep: null, notMapped: [] };
  return record(object, { kind: "company", name, domains, ...empty, ...changes }, 1_000);
};

async function merge(body: object, key = `key-${++count}`) {
  return await harness.request<IdentityChange & { code: string; detail: string; errors: { pointer: string }[] }>(
    "/v1/identity/merge",
    { method: "POST", body, headers: { "idempotency-key": key } },
  );
}
const undo = async (change: IdentityChange) =>
  await harness.request("/v1/identity/undo", {
    method: "POST",
    body: { decisions: change.decisions.map(({ id }) => id) },
    headers: { "idempotency-key": `key-${++count}` },
  });

describe("a customer's value", () => {
  it("is that of the configured rule, which the provenance names with the record", async () => {
    const account = company("salesforce.account", "Brook Trading", ["brook.example", "brook-trading.example"], { plan: "Pro" });
    const organization = company("zendesk.organization", "Brook", ["brook.example"]);
    const contact = person("salesforce.contact", "Ida B.", ["ida@brook.example", "old@brook.example"], 1_000, [
      { rel: "account", to: account.ref },
    ]);
    const user = person("zendesk.user", "Ida Brookfield", ["new.ida@brook.example", "ida@brook.example"], 2_000);
    await commit(account, organization, contact, user);
    const { customer } = await contextOf(user.ref);
    expect(customer).toMatchObject({
      name: "Ida Brookfield",
      email: "new.ida@brook.example",
      company: { name: "Brook", domain: "brook.example" },
    });
    const origins = Object.entries(customer!.provenance).map(([pointer, { record: ref, rule }]) => [pointer, ref, rule]);
    expect(origins).toEqual([
      ["/name", user.ref, "longest value"],
      ["/email", user.ref, "newest record"],
      ["/company/name", organization.ref, "source rank"],
      ["/company/domain", account.ref, "most complete record"],
    ]);
    expect(Object.values(customer!.provenance).every(({ event }) => event?.startsWith("evt_"))).toBe(true);
    expect((await contextOf(`company:${customer!.company!.id.slice(8)}`)).customer).toMatchObject({
      name: "Brook",
      provenance: { "/name": { record: organization.ref } },
    });
  });

  it("is that of the record whose source comes first when the rule finds equal ones", async () => {
    const contact = person("salesforce.contact", "Ada Hill", ["ada@hill.example"], 3_000);
    const user = person("zendesk.user", "Adah Hil", ["ada@hill.example"], 3_000);
    await commit(user, contact);
    const { customer } = await contextOf(user.ref);
    expect([customer!.provenance["/name"]?.record, customer!.provenance["/email"]?.record]).toEqual([contact.ref, contact.ref]);
  });

  it("is not taken from a record that has none", async () => {
    const contact = person("salesforce.contact", "Lone Star", [], 1_000);
    const user = person("zendesk.user", null, ["lone@star.example"], 9_000);
    await commit(contact, user);
    await merge({ into: contact.ref, from: user.ref });
    expect((await contextOf(user.ref)).customer).toMatchObject({ name: "Lone Star", email: "lone@star.example" });
  });
});

describe("a value that a person chose", () => {
  it("precedes the rule for everybody, survives a rebuild, and is taken back with the decision", async () => {
    const contact = person("salesforce.contact", "Cleo Marsh-Ventura", ["cleo@marsh.example"], 1_000);
    const user = person("zendesk.user", "Cleo Marsh", ["cleo@other.example"], 2_000);
    await commit(contact, user);
    const head = log().head();
    const values = { name: user.ref, email: contact.ref };
    const { body: change, status } = await merge({ into: contact.ref, from: user.ref, values });
    expect(status).toBe(200);
    expect(change.decisions).toMatchObject([{ type: "merged", values }] satisfies Partial<Decision>[]);
    const customerOf = async (query = "") => (await contextOf(contact.ref, query)).customer;
    expect(await customerOf()).toMatchObject({ name: "Cleo Marsh", email: "cleo@marsh.example" });
    expect((await customerOf())!.provenance["/name"]).toMatchObject({ record: user.ref, rule: "chosen by a person" });
    await harness.runtime.writer.send({ kind: "rebuild", tenant: "acme" });
    expect(await customerOf()).toMatchObject({ name: "Cleo Marsh", email: "cleo@marsh.example" });
    // A later version of the record changes the value, not the choice.
    await commit({ ...user, changedAt: 5_000, data: { ...user.data, name: "Cleo M." } as RecordInput["data"] });
    expect(await customerOf()).toMatchObject({ name: "Cleo M." });
    await undo(change);
    expect(await customerOf()).toMatchObject({ name: "Cleo Marsh-Ventura" });
    expect(log().head()).toBeGreaterThan(head);
  });

  it("is chosen for a customer whose records are joined already, and the newest choice counts", async () => {
    const contact = person("salesforce.contact", "Max Delta Ode", ["max@delta.example"], 1_000);
    const user = person("zendesk.user", "Max Ode", ["max@delta.example"], 2_000);
    await commit(contact, user);
    const nameOf = async () => (await contextOf(user.ref)).customer?.name;
    expect(await nameOf()).toBe("Max Delta Ode");
    expect((await merge({ into: user.ref, from: user.ref })).status).toBe(409);
    const { body: first } = await merge({ into: user.ref, from: contact.ref, values: { name: user.ref } });
    expect(await nameOf()).toBe("Max Ode");
    const { body: second } = await merge({ into: user.ref, from: user.ref, values: { name: contact.ref } });
    expect(await nameOf()).toBe("Max Delta Ode");
    await undo(second);
    expect(await nameOf()).toBe("Max Ode");
    await undo(first);
    expect(await nameOf()).toBe("Max Delta Ode");
  });

  it("was not chosen at a moment before the decision", async () => {
    const contact = person("salesforce.contact", "Paula Longername", ["paula@past.example"], 1_000);
    const user = person("zendesk.user", "Paula L.", ["paula@past.example"], 2_000);
    await commit(contact, user);
    harness.clock.advance(60_000);
    const moment = new Date(harness.clock.now()).toISOString();
    harness.clock.advance(60_000);
    await merge({ into: user.ref, from: user.ref, values: { name: user.ref } });
    expect((await contextOf(user.ref)).customer?.name).toBe("Paula L.");
    expect((await contextOf(user.ref, `?at=${moment}`)).customer?.name).toBe("Paula Longername");
  });

  it("of a company is shown with its people, in events and with its subsidiaries", async () => {
    const parent = company("salesforce.account", "Fjord Group", ["fjord.example"]);
    const organization = company("zendesk.organization", "Fjord", ["fjord.example"]);
    const child = company("salesforce.account", "Fjord Nord", []);
    const contact = person("salesforce.contact", "Liv Fjord", ["liv@fjord.example"], 1_000, [{ rel: "account", to: parent.ref }]);
    await commit(parent, organization, { ...child, edges: [{ rel: "parent", to: parent.ref }] }, contact);
    const names = async () => [
      (await contextOf(contact.ref)).customer?.company?.name,
      (await contextOf(child.ref)).customer?.company?.parent?.name,
      (await harness.request("/v1/events?limit=200")).body.items.find(({ source }: { source: { objectId: string } }) =>
        contact.ref.endsWith(source.objectId),
      )?.customer?.company,
    ];
    expect(await names()).toEqual(["Fjord", "Fjord", "Fjord"]);
    await merge({ into: parent.ref, from: organization.ref, values: { name: parent.ref } });
    expect(await names()).toEqual(["Fjord Group", "Fjord Group", "Fjord Group"]);
  });

  it("is refused when the record is another customer's, or has no such value", async () => {
    const contact = person("salesforce.contact", "Nora Quay", [], 1_000);
    const user = person("zendesk.user", "Nora Q.", ["nora@quay.example"], 2_000);
    const otherUser = person("zendesk.user", "Otto Other", ["otto@other.example"], 2_000);
    await commit(contact, user, otherUser);
    const request = { into: contact.ref, from: user.ref };
    const refusals: [values: object, pointer: string][] = [
      [{ name: otherUser.ref }, "/values/name"],
      [{ email: contact.ref }, "/values/email"],
      [{ domain: contact.ref }, "/values/domain"],
    ];
    for (const [values, pointer] of refusals) {
      const { status, body } = await merge({ ...request, values });
      expect([status, body.code, body.errors.map((error) => error.pointer)], pointer).toEqual([
        400,
        "invalid_request",
        [pointer],
      ]);
    }
    expect((await merge({ into: otherUser.ref, from: otherUser.ref, values: { name: otherUser.ref } })).body).toMatchObject({
      code: "conflict",
    });
  });
});
