import type { IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import type { CheckResult } from "@sidelight/contracts/identity/check.ts";
import type { SuggestionList } from "@sidelight/contracts/identity/evidence.ts";
import type { IdentityModel } from "@sidelight/contracts/identity/model.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness, type RequestOptions } from "../harness/harness.ts";

// Customers that the model takes for one: suggested, never joined without a person.
let harness: Harness;

function record(ref: string, data: RecordInput["data"]): RecordInput {
  const [type = ""] = ref.split(":");
  const [platform = "", object = ""] = type.split(".");
  const emails = data.kind === "person" ? data.emails : [];
  const identifiers = emails.map((value) => ({ kind: "email" as const, value }));
  return { ref, platform, connection: platform, object, subject: ref, changedAt: 1, observedAt: 1, identifiers, edges: [], data };
}

const person = (ref: string, name: string, ...emails: string[]): RecordInput =>
  record(ref, { kind: "person", name, emails, phones: [], title: null, optedOut: false });

const company = (ref: string, name: string): RecordInput =>
  record(ref, {
    ...{ kind: "company", name, domains: [], owner: null, arr: null, plan: null, stage: null, renewalDate: null, nextStep: null },
    notMapped: [],
  });

const bob = "zendesk.user:990001";
const robert = "salesforce.contact:003000000000001AAA";
const tom = "zendesk.user:990002";

beforeAll(async () => {
  harness = await openHarness({
    pull: false,
    configure: (config: ConfigTree) => {
      config.tenants.acme.connections = [];
    },
  });
  await harness.runtime.tenants.get("acme")!.tenant.log.commit({
    records: [
      person(bob, "Bob Raymond", "bob@raymond-mills.example.com"),
      person(robert, "Robert Raymond", "robert.raymond@raymond-mills.example.com"),
      person(tom, "Tom Lee", "tom@other.example.com"),
      company("zendesk.organization:990003", "ACME Gesellschaft mbH"),
      company("salesforce.account:001000000000001AAA", "Acme GmbH"),
    ],
    correlationId: "test",
  });
});
afterAll(() => harness.close());

const candidates = async (query = "", options: RequestOptions = {}) =>
  (await harness.request<SuggestionList>(`/v1/identity/candidates${query}`, { role: "admin", ...options })).body;
const refsOf = (list: SuggestionList): string[][] =>
  list.items.map(({ left, right }) => [...left.members, ...right.members].map(({ ref }) => ref).sort());

describe("two customers that may be one", () => {
  it("are suggested with the reasons in words, and stay two", async () => {
    const list = await candidates("?kind=person");
    expect(refsOf(list)).toEqual([[robert, bob].sort()]);
    expect(list.items[0]?.reasons.map(({ text }) => text)).toContain("one given name is a form of the other");
    const [first, second] = await Promise.all([bob, robert].map((ref) => harness.context(ref, { query: "?deadline=50" })));
    expect(first?.body.customer?.id).not.toBe(second?.body.customer?.id);
  });

  it("are companies with one name without its legal form", async () => {
    const list = await candidates("?kind=company");
    expect(list.items).toMatchObject([{ kind: "company", reasons: [{ rule: "name" }] }]);
  });

  it("are masked for an agent", async () => {
    const list = await candidates("?kind=person", { role: "agent" });
    expect(JSON.stringify(list)).not.toContain("bob@raymond-mills");
    expect(list.items[0]?.masked.length).toBeGreaterThan(0);
  });

  it("are no suggestion below the requested confidence, and those of another state are listed as decisions", async () => {
    expect((await candidates("?minConfidence=1")).items).toEqual([]);
    expect((await candidates("?state=dismissed")).items).toEqual([]);
    expect((await harness.request("/v1/identity/candidates?minConfidence=2", { role: "admin" })).status).toBe(400);
  });
});

describe("a record that is about to be created", () => {
  const check = async (body: object) =>
    (await harness.request<CheckResult>("/v1/identity/check", { method: "POST", role: "admin", body })).body;

  it("is used when it exists, created when its customer lacks one on the platform, and created when no record matches", async () => {
    const tomsValues = { name: "Tom Lee", emails: "tom@other.example.com" };
    expect(await check({ record: tomsValues, target: "zendesk.user" })).toMatchObject({
      decision: "use",
      matches: [{ ref: tom }],
    });
    expect(await check({ record: tomsValues, target: "salesforce.contact" })).toMatchObject({
      decision: "create",
      matches: [{ ref: tom }],
    });
    expect(await check({ record: { name: "Zoe Fox", emails: "zoe@new.example.com" } })).toEqual({
      decision: "create",
      matches: [],
    });
  });

  it("is a question when the name contradicts the address", async () => {
    const { decision } = await check({ record: { name: "Ann Ray", emails: "tom@other.example.com" } });
    expect(decision).not.toBe("use");
  });
});

describe("the model", () => {
  it("shows what each agreement is worth", async () => {
    const { body } = await harness.request<IdentityModel>("/v1/identity/model", { role: "admin" });
    const levels = body.comparisons.find(({ name }) => name === "email")?.levels ?? [];
    expect(levels.find(({ label }) => label === "same")?.weight).toBeGreaterThan(5);
    expect(levels.find(({ label }) => label === "different")?.weight).toBeLessThan(0);
  });
});

describe("a suggestion that a person dismissed", () => {
  it("is not suggested again, until the decision is undone", async () => {
    const [item] = (await candidates("?kind=person")).items;
    const dismiss = () =>
      harness.request<IdentityChange>("/v1/identity/dismiss", {
        ...{ method: "POST", role: "agent", body: { candidates: [item!.id] }, headers: { "idempotency-key": "dismiss-1" } },
      });
    const { status, body } = await dismiss();
    expect(status).toBe(200);
    expect(body.decisions).toMatchObject([{ type: "dismissed", undone: false }]);
    expect((await dismiss()).body).toEqual(body);
    expect((await candidates("?kind=person")).items).toEqual([]);
    const decisions = body.decisions.map(({ id }) => id);
    await harness.request("/v1/identity/undo", { method: "POST", role: "agent", body: { decisions } });
    expect(refsOf(await candidates("?kind=person"))).toEqual([[robert, bob].sort()]);
  });

  it("is refused when it is gone", async () => {
    const body = { candidates: ["a.b"] };
    expect((await harness.request("/v1/identity/dismiss", { method: "POST", role: "admin", body })).status).toBe(404);
  });
});
