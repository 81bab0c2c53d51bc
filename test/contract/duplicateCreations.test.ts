import type { DeliveryDetail } from "@sidelight/contracts/events/delivery.ts";
import type { PersonData, RecordInput } from "@sidelight/model/records.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { enterLead as putLead } from "../harness/enteredLead.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { settleWork } from "../harness/settleWork.ts";
import type { SfRow } from "../lab/world/types.ts";

// Before a route creates a user, the store is asked whether the person has one.
let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({ routes: true, webhooks: true });
});
afterEach(() => harness.close());

const world = () => harness.lab.tenants["acme"]!.world;
const log = () => harness.runtime.tenants.get("acme")!.tenant.log;
const settle = () => settleWork(harness, "acme", 250);

/** A user of Zendesk, or a contact of Salesforce, as a pull stores it. */
function person(ref: string, name: string, emails: string[], data: Partial<PersonData> = {}): RecordInput {
  const [platform = "", object = ""] = (ref.split(":")[0] ?? "").split(".");
  return {
    ...{ ref, platform, connection: platform, object, subject: ref, changedAt: 1, observedAt: 1, edges: [] },
    identifiers: emails.flatMap((value) => [
      { kind: "email" as const, value },
      { kind: "email_domain" as const, value: value.slice(value.indexOf("@") + 1) },
    ]),
    data: { kind: "person", name, emails, phones: [], title: null, optedOut: false, ...data },
  };
}

const store = (...records: RecordInput[]) => log().commit({ records, correlationId: "test" });

/** A minute later, somebody enters a lead. */
function enterLead(fields: Partial<SfRow>): void {
  harness.clock.advance(60_000);
  putLead(world(), harness.clock.now(), fields);
}

const users = (email: string) => [...world().zendesk.users.values()].filter((user) => user.email === email);
const userPosts = () =>
  harness.requests("zendesk").filter(({ method, path }) => method === "POST" && path.startsWith("/api/v2/users"));
const userDeliveries = async (state = ""): Promise<DeliveryDetail[]> =>
  (await harness.request(`/v1/deliveries?type=lead-to-zendesk&limit=100${state && `&state=${state}`}`)).body.items;
const detail = async (id: string): Promise<DeliveryDetail> => (await harness.request(`/v1/deliveries/${id}`)).body;
const post = (path: string, body?: object) => harness.request(path, { method: "POST", body });

const bob = "zendesk.user:990001";
const bobRecord = () => person(bob, "Bob Raymond", ["bob@raymond-mills.example"]);
const robertLead = { FirstName: "Robert", LastName: "Raymond", Name: "Robert Raymond", Email: "robert@raymond-mills.example" };

describe("a lead", () => {
  it("whose person has a user under another address is delivered to that user, and none is created", async () => {
    const contact = "salesforce.contact:003000000000001AAA";
    await store(bobRecord(), person(contact, "Bob Raymond", ["bob.raymond@private.example"]));
    await post("/v1/identity/link", { ref: contact, to: bob });
    enterLead({ FirstName: "Bob", LastName: "Raymond", Name: "Bob Raymond", Email: "bob.raymond@private.example" });
    await settle();
    expect(await userDeliveries()).toMatchObject([{ state: "done", ref: bob, attempts: 1 }]);
    expect(userPosts()).toEqual([]);
    expect(users("bob.raymond@private.example")).toEqual([]);
  });

  it("of an unknown person becomes one user, also when its webhook arrives twice", async () => {
    enterLead({ FirstName: "Zoe", LastName: "Unknown", Name: "Zoe Unknown", Email: "zoe@unknown.example" });
    await settle();
    const { Lead } = world().salesforce.tables;
    const lead = [...Lead.values()].find(({ Email }) => Email === "zoe@unknown.example");
    world().change(() => Lead.put({ ...lead! }));
    await settle();
    expect(await userDeliveries()).toMatchObject([{ state: "done" }]);
    expect(userPosts()).toHaveLength(1);
    expect(users("zoe@unknown.example")).toHaveLength(1);
  });

  it("with the name of a user only becomes a user of its own", async () => {
    await store(person(bob, "Bob Raymond", ["bob@elsewhere.example"]));
    enterLead(robertLead);
    await settle();
    expect(await userDeliveries()).toMatchObject([{ state: "done" }]);
    expect(users(robertLead.Email)).toHaveLength(1);
  });
});

describe("a lead with the name and the company of a user", () => {
  async function heldDelivery(): Promise<DeliveryDetail> {
    await store(bobRecord());
    enterLead(robertLead);
    await settle();
    const [heldDelivery] = await userDeliveries();
    expect(heldDelivery).toMatchObject({ state: "dead_letter", cause: "possible_duplicate", attempts: 0 });
    expect(heldDelivery?.message).toContain("Possible duplicate of 1 customer");
    expect(userPosts()).toEqual([]);
    return await detail(heldDelivery!.id);
  }

  it("waits for a decision, and is created once when a person dismisses the candidate", async () => {
    const { id, duplicates } = await heldDelivery();
    expect(duplicates).toMatchObject([
      { ref: bob, reasons: expect.arrayContaining([expect.objectContaining({ rule: "company" })]) },
    ]);
    const { items } = (await harness.request("/v1/identity/candidates?kind=person")).body;
    expect(items.map((item: { id: string }) => item.id)).toContain(duplicates[0]?.candidate);
    expect((await post("/v1/identity/dismiss", { candidates: [duplicates[0]!.candidate!] })).status).toBe(200);
    await settle();
    expect(await userDeliveries()).toMatchObject([{ id, state: "done" }]);
    expect(userPosts()).toHaveLength(1);
    expect(users(robertLead.Email)).toHaveLength(1);
    expect((await detail(id)).duplicates).toEqual([]);
  });

  it("is delivered to the user when a person links both", async () => {
    const { id, duplicates } = await heldDelivery();
    const lead = duplicates[0]!.candidate!.split(".").find((node) => `person:${node}` !== duplicates[0]!.id);
    await post("/v1/identity/merge", { into: duplicates[0]!.id, from: `person:${lead}` });
    await settle();
    expect(await userDeliveries()).toMatchObject([{ id, state: "done", ref: bob }]);
    expect(userPosts()).toEqual([]);
  });

  it("is held again by a retry without a decision, and created by one with create=true", async () => {
    const { id } = await heldDelivery();
    await post(`/v1/deliveries/${id}/retry`);
    await settle();
    expect(await userDeliveries()).toMatchObject([{ id, state: "dead_letter", cause: "possible_duplicate" }]);
    expect((await post(`/v1/deliveries/${id}/retry?create=true`)).status).toBe(200);
    await settle();
    expect(await userDeliveries()).toMatchObject([{ id, state: "done" }]);
    expect(users(robertLead.Email)).toHaveLength(1);
    expect((await post(`/v1/deliveries/${id}/retry?create=true`)).status).toBe(409);
  });

  it("waits over a restart", async () => {
    const { id } = await heldDelivery();
    await harness.restart({ wait: false });
    await settle();
    expect((await detail(id)).duplicates).toMatchObject([{ ref: bob }]);
    expect(userPosts()).toEqual([]);
  });
});

describe("an attempt that may have been sent", () => {
  it("is repeated without a check, and creates one user", async () => {
    harness.lab.faults.add({ platform: "zendesk", kind: "reset", processed: true, path: "/api/v2/users", rate: 1, seed: 1 });
    enterLead(robertLead);
    harness.clock.advance(5_000);
    await advanceUntil(harness.clock, 250, "the first attempt", async () => {
      const [delivery] = await userDeliveries("waiting");
      return delivery?.attempts === 1;
    });
    harness.lab.faults.clear();
    // By now, somebody looks like the lead.
    await store(bobRecord());
    await settle();
    expect(await userDeliveries()).toMatchObject([{ state: "done", attempts: 2 }]);
    expect(users(robertLead.Email)).toHaveLength(1);
  });
});
