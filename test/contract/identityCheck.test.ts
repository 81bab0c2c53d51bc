import { openCreationChecks } from "@sidelight/context-api/deliveries/creationCheck.ts";
import type { CheckResult } from "@sidelight/contracts/identity/check.ts";
import type { PersonData, RecordInput } from "@sidelight/model/records.ts";
import type { Action, Attachment } from "@sidelight/platform-kit/action.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";

// Whether a person exists, asked of the store as it is now.
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    pull: false,
    configure: (config: ConfigTree) => {
      config.tenants.acme.connections = [];
    },
  });
});
afterAll(() => harness.close());

const tenant = () => harness.runtime.tenants.get("acme")!.tenant;
const store = (...records: RecordInput[]) => tenant().log.commit({ records, correlationId: "test" });

function person(
  ref: string,
  name: string | null,
  emails: string[],
  changes: Partial<PersonData> & { account?: string } = {},
): RecordInput {
  const { account, ...data } = changes;
  const [platform = "", object = ""] = (ref.split(":")[0] ?? "").split(".");
  return {
    ...{ ref, platform, connection: platform, object, subject: ref, changedAt: 1, observedAt: 1 },
    edges: account === undefined ? [] : [{ rel: "account", to: account }],
    identifiers: emails.map((value) => ({ kind: "email", value })),
    data: { kind: "person", name, emails, phones: [], title: null, optedOut: false, ...data },
  };
}

let lastId = 0;
const nextId = (): number => ++lastId;
const userRef = () => `zendesk.user:${nextId()}`;
const contactRef = () => `salesforce.contact:0035g00000${String(nextId()).padStart(5, "0")}AAA`;

const check = async (record: object, target?: string): Promise<CheckResult> =>
  (await harness.request("/v1/identity/check", { method: "POST", body: { record, target } })).body;

describe("a check of a record", () => {
  it("finds a record of a moment ago by another spelling of its address", async () => {
    const ref = userRef();
    await store(person(ref, "Eve Adams", ["eve@adams.example"]));
    const result = await check({ name: "Eve Adams", emails: "Eve Adams <EVE@adams.example.>" }, "zendesk.user");
    expect(result).toMatchObject({ decision: "use", matches: [{ ref }] });
    expect(result.matches[0]?.confidence).toBeGreaterThanOrEqual(0.99);
  });

  it("asks when the address differs by a plus tag only", async () => {
    await store(person(userRef(), "Tia Moss", ["tia@moss.example"]));
    expect((await check({ name: "Tia Moss", emails: "tia+shop@moss.example" }, "zendesk.user")).decision).toBe("ask");
  });

  it("asks when the address belongs to somebody with another name", async () => {
    await store(person(userRef(), "Tom Lee", ["tom@lee.example"]));
    expect((await check({ name: "Ann Ray", emails: "tom@lee.example" }, "zendesk.user")).decision).toBe("ask");
  });

  it("asks when two customers share the address", async () => {
    await store(person(userRef(), "Max Boo", ["desk2@boo.example"]), person(userRef(), "Kim Foo", ["desk2@boo.example"]));
    expect((await check({ name: "Max Boo", emails: "desk2@boo.example" }, "zendesk.user")).decision).toBe("ask");
  });

  it("takes an address of a function for no evidence", async () => {
    await store(person(userRef(), "Billing", ["billing@role.example"]));
    expect((await check({ name: "Zoe Fox", emails: "billing@role.example" }, "zendesk.user")).decision).toBe("create");
  });

  it("takes an address that more than 50 records have for no evidence", async () => {
    const ofMany = Array.from({ length: 51 }, (_, n) => person(userRef(), `Ann Number${n}`, ["front@many.example"]));
    await store(...ofMany);
    expect((await check({ name: "Ann Number7", emails: "front@many.example" }, "zendesk.user")).decision).toBe("create");
  });

  it("asks about somebody of the same name and number on any platform, and not about the name alone", async () => {
    const [user, contact] = [userRef(), contactRef()];
    await store(
      person(user, "Nils Ekberg", ["nils@home.example"], { phones: ["+46812345678"] }),
      person(contact, "Nils Ekberg", ["n.ekberg@work.example"], { phones: ["+46812345678"] }),
    );
    for (const target of ["zendesk.user", "salesforce.contact"]) {
      const sought = { name: "Ekberg, Nils", emails: `ekberg-${target}@else.example` };
      expect([target, (await check({ ...sought, phones: "+46812345678" }, target)).decision]).toEqual([target, "ask"]);
      expect([target, (await check(sought, target)).decision]).toEqual([target, "create"]);
    }
  });

  it("is for a target: a customer without a record there is created", async () => {
    const ref = userRef();
    await store(person(ref, "Una Vale", ["una@vale.example"]));
    const record = { name: "Una Vale", emails: "una@vale.example" };
    expect(await check(record, "salesforce.contact")).toMatchObject({ decision: "create", matches: [{ ref }] });
    expect((await check(record)).decision).toBe("use");
  });
});

describe("an effect that refers to a person", () => {
  /** What the effect is sent with: the contact, null without one, or that it waits. */
  async function contactFor(ref: string, link: Partial<Attachment<unknown>> = {}): Promise<unknown> {
    const attaches: Action["attaches"] = () => ({
      ...{ object: "salesforce.contact", person: {}, present: null, account: null, isLoose: false },
      ...link,
      attachTo: (ref) => ref,
    });
    const [creation] = await openCreationChecks(tenant()).check("salesforce", [
      { action: { attaches }, input: null, about: ref },
    ]);
    return creation?.verdict === "perform" ? creation.input : creation?.verdict;
  }

  it("gets the contact of its person, unless that belongs to another account", async () => {
    const [user, contact] = [userRef(), contactRef()];
    const account = "salesforce.account:0015g0000000001AAA";
    await store(person(user, "Ida Roe", ["ida@roe.example"]), person(contact, "Ida Roe", ["ida@roe.example"], { account }));
    expect(await contactFor(user)).toBe(contact);
    expect(await contactFor(user, { account })).toBe(contact);
    expect(await contactFor(user, { account: "salesforce.account:0015g0000000002AAA" })).toBeNull();
    expect(await contactFor(user, { present: contact })).toBeNull();
  });

  it("is not attached to the event's customer when it names another person", async () => {
    const [user, contact] = [userRef(), contactRef()];
    await store(person(user, "Una Berg", ["una@berg.example"]), person(contact, "Una Berg", ["una@berg.example"]));
    expect(await contactFor(user, { person: { name: "Max Other", emails: ["max@other.example"] } })).toBeNull();
    expect(await contactFor(user, { person: { name: "U. Berg-Other", emails: ["una@berg.example"] } })).toBe(contact);
  });

  it("is sent as it is mapped when the contact is not certain, and waits when it would belong to nothing", async () => {
    const user = userRef();
    await store(
      person(user, "Oda Kern", ["oda@kern.example"], { phones: ["+4930111222"] }),
      person(contactRef(), "Jim Kern", ["oda@kern.example"]),
    );
    expect(await contactFor(user)).toBeNull();
    expect(await contactFor(user, { isLoose: true })).toBe("ask");
  });

  it("is sent as it is mapped for a person who has no contact, and for a company", async () => {
    const user = userRef();
    await store(person(user, "Lee Solo", ["lee@solo.example"]));
    expect(await contactFor(user, { isLoose: true })).toBeNull();
    expect(await contactFor("company:unknown", { isLoose: true })).toBeNull();
  });
});
