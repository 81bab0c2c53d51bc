import type { DeliveryDetail } from "@sidelight/contracts/events/delivery.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { enterLead as putLead } from "../harness/enteredLead.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { isPlain } from "../harness/plainPerson.ts";
import { settleWork } from "../harness/settleWork.ts";
import { putTicket } from "../harness/zendeskTicket.ts";
import { effectsOf, type ReportedEffect } from "../lab/control/effects.ts";
import type { Target } from "../lab/simulators/log.ts";
import type { TenantWorld } from "../lab/world/tenant.ts";
import type { Person } from "../lab/world/types.ts";

// Before a route creates a case, a task or a profile, the store is asked for the record of the person that it should refer to.
// The subject of a ticket selects its route.
let harness: Harness;
/** `known` is everywhere. `unknown` has no contact. The user of `doubtful` has another name than the contact with the same address. */
let people: { known: Person; doubtful: Person; unknown: Person };

beforeAll(async () => {
  let [accountId, ownerId] = ["", ""];
  harness = await openHarness({
    webhooks: true,
    async prepare({ tenants }) {
      const { world } = tenants["acme"]!;
      people = chosenPeople(world);
      ownerId = world.ids.salesforce.user(0);
      accountId = world.ids.salesforce.account(otherCompany(people.known));
      const { users } = world.zendesk;
      const id = world.ids.zendesk.user(people.doubtful.index);
      world.change(() => users.put({ ...users.get(id)!, name: "Quentin Zimmerli" }));
    },
    configure(config) {
      const ticketRoute = (id: string, action: string, mapping: string) => ({
        ...{ id, on: "zendesk.ticket.created", to: "salesforce", do: action, with: mapping },
        when: `record.subject = "${id}"`,
      });
      const task = `"subject": "Call", "dueDate": "2026-12-01", "ownerId": "${ownerId}"`;
      config.tenants.acme.routing = {
        routes: [
          ticketRoute("case", "create-case", `{ "subject": "Case" }`),
          ticketRoute("case-elsewhere", "create-case", `{ "subject": "Case", "accountId": "${accountId}" }`),
          ticketRoute("task", "create-task", `{ ${task} }`),
          ticketRoute("task-about-account", "create-task", `{ ${task}, "whatId": "${accountId}" }`),
          {
            ...{ id: "profile", on: "salesforce.lead.created", to: "mixpanel", do: "set-profile" },
            with: `{ "distinctId": record.emails[0] ? record.emails[0] : "lead:" & event.source.objectId, "set": { "lead": true } }`,
          },
        ],
      };
    },
  });
});
afterAll(() => harness.close());
afterEach(() => harness.lab.faults.clear());

function chosenPeople(world: TenantWorld): typeof people {
  const usual = world.people.filter(isPlain);
  const [stored, doubtful] = usual.filter((person) => person.salesforce && person.zendesk && person.mixpanel);
  const unknown = usual.find((person) => person.zendesk && !person.salesforce && !person.mixpanel);
  if (!stored || !doubtful || !unknown) throw new Error("the world lacks one of these people");
  return { known: stored, doubtful, unknown };
}

const otherCompany = ({ company }: Person): number => (company === 1 ? 2 : 1);
const world = () => harness.lab.tenants["acme"]!.world;
const contactOf = ({ index }: Person) => world().ids.salesforce.contact(index);
const settle = () => settleWork(harness, "acme", 250);
const effects = (target: Target, object: string): ReportedEffect[] => effectsOf({ acme: world() }, target)[object] ?? [];
const profile = (id: string) => world().mixpanel.profiles.get(id)?.properties;
const newest = async (route: string): Promise<DeliveryDetail> =>
  (await harness.request(`/v1/deliveries?type=${route}&limit=1`)).body.items[0];
const createTicket = (person: Person, subject: string): number =>
  putTicket(harness, world().ids.zendesk.user(person.index), { subject });

/** A minute later, somebody enters a lead. @returns its id */
function enterLead(fields: Parameters<typeof putLead>[2]): string {
  harness.clock.advance(60_000);
  return putLead(world(), harness.clock.now(), fields);
}

/** What was created in Salesforce for a ticket, and its delivery. */
async function createdFor(person: Person, route: string, object: "Case" | "Task") {
  const earlier = new Set(effects("salesforce", object).map(({ id }) => id));
  createTicket(person, route);
  await settle();
  return {
    delivery: await newest(route),
    created: effects("salesforce", object)
      .filter(({ id }) => !earlier.has(id))
      .map(({ fields }) => fields),
  };
}

/** Waits until an attempt of a route has failed. */
async function failedAttempt(route: string): Promise<void> {
  for (let step = 0; step < 200; step++) {
    const delivery = await newest(route);
    if (delivery && delivery.state === "waiting" && delivery.attempts > 0) return;
    harness.clock.advance(250);
    await new Promise(setImmediate);
  }
  throw new Error(`no attempt of ${route} failed`);
}

describe("a case or a task without a person", () => {
  it.each([
    ["case", "Case", "ContactId"],
    ["task", "Task", "WhoId"],
  ] as const)("gets the contact of the ticket's requester: %s", async (route, object, field) => {
    const { delivery, created } = await createdFor(people.known, route, object);
    expect(delivery).toMatchObject({ state: "done", attempts: 1 });
    expect(created).toMatchObject([{ [field]: contactOf(people.known) }]);
  });

  it.each([
    ["case", "Case", "ContactId"],
    ["task", "Task", "WhoId"],
  ] as const)("is created as it is mapped for a requester without a contact: %s", async (route, object, field) => {
    const { delivery, created } = await createdFor(people.unknown, route, object);
    expect(delivery).toMatchObject({ state: "done" });
    expect(created).toHaveLength(1);
    expect(created[0]).not.toHaveProperty(field);
  });

  it("does not get a contact of another account than its own", async () => {
    const { created } = await createdFor(people.known, "case-elsewhere", "Case");
    expect(created).toHaveLength(1);
    expect(created[0]).not.toHaveProperty("ContactId");
  });

  it("does not get a contact when it is a task about an account", async () => {
    const { created } = await createdFor(people.known, "task-about-account", "Task");
    expect(created).toHaveLength(1);
    expect(created[0]).not.toHaveProperty("WhoId");
  });
});

describe("a case or a task whose requester may be a contact", () => {
  it("is created as it is mapped when it names an account", async () => {
    const { delivery, created } = await createdFor(people.doubtful, "case-elsewhere", "Case");
    expect(delivery).toMatchObject({ state: "done" });
    expect(created).toHaveLength(1);
  });

  it("waits for a decision when it would belong to nothing, and gets the contact when a person links both", async () => {
    const heldCase = await createdFor(people.doubtful, "case", "Case");
    const heldTask = await createdFor(people.doubtful, "task", "Task");
    for (const { delivery, created } of [heldCase, heldTask]) {
      expect(delivery).toMatchObject({ state: "dead_letter", cause: "possible_duplicate", attempts: 0 });
      expect(created).toEqual([]);
    }
    const { duplicates } = (await harness.request(`/v1/deliveries/${heldCase.delivery.id}`)).body as DeliveryDetail;
    const contact = `salesforce.contact:${contactOf(people.doubtful)}`;
    expect(duplicates.map(({ ref }) => ref)).toContain(contact);
    const user = `zendesk.user:${world().ids.zendesk.user(people.doubtful.index)}`;
    expect((await harness.request("/v1/identity/link", { method: "POST", body: { ref: user, to: contact } })).status).toBe(200);
    await settle();
    expect([await newest("case"), await newest("task")]).toMatchObject([{ state: "done" }, { state: "done" }]);
    expect(effects("salesforce", "Case").at(-1)?.fields).toMatchObject({ ContactId: contactOf(people.doubtful) });
    expect(effects("salesforce", "Task").at(-1)?.fields).toMatchObject({ WhoId: contactOf(people.doubtful) });
  });
});

describe("an attempt that failed", () => {
  it.each([
    ["was not processed", false],
    ["was processed without an answer", true],
  ])("and %s is repeated with the same contact, and gives one case", async (_, processed) => {
    const earlier = effects("salesforce", "Case").length;
    createTicket(people.known, "case");
    harness.lab.faults.add({
      ...{ platform: "salesforce", kind: "reset", processed, method: "PATCH", path: "/services/data", rate: 1, seed: 1 },
    });
    await failedAttempt("case");
    harness.lab.faults.clear();
    await settle();
    expect(await newest("case")).toMatchObject({ state: "done", attempts: 2 });
    const created = effects("salesforce", "Case").slice(earlier);
    expect(created).toMatchObject([{ writes: 1, fields: { ContactId: contactOf(people.known) } }]);
  });
});

describe("a new profile of a lead", () => {
  const leadOf = ({ first, last, email }: Person) => ({
    ...{ FirstName: first, LastName: last, Name: `${first} ${last}`, Email: email },
  });

  it("is not created when the person has one: the properties go there", async () => {
    const { known } = people;
    enterLead(leadOf(known));
    await settle();
    expect(await newest("profile")).toMatchObject({ state: "done" });
    expect(profile(known.distinctIds[0]!)).toMatchObject({ lead: true, $email: known.email });
    expect(profile(known.email)).toBeUndefined();
  });

  it("is not created by a repeated attempt either", async () => {
    const other = world().people.find(
      (person) =>
        person.mixpanel && person.salesforce && isPlain(person) && person !== people.known && person !== people.doubtful,
    )!;
    enterLead(leadOf(other));
    harness.lab.faults.add({ platform: "mixpanel", kind: "error", status: 503, path: "/engage", rate: 1, seed: 1 });
    await failedAttempt("profile");
    harness.lab.faults.clear();
    await settle();
    expect(await newest("profile")).toMatchObject({ state: "done", attempts: 2 });
    expect(profile(other.distinctIds[0]!)).toMatchObject({ lead: true });
    expect(profile(other.email)).toBeUndefined();
  });

  it("is created for an unknown person, and for one who may have another profile: analytics does not wait for a person", async () => {
    enterLead({ FirstName: "Zoe", LastName: "Unknown", Name: "Zoe Unknown", Email: "zoe@unknown.example" });
    await settle();
    expect(await newest("profile")).toMatchObject({ state: "done" });
    expect(profile("zoe@unknown.example")).toMatchObject({ lead: true });
    enterLead({ ...leadOf(people.doubtful), FirstName: "Barnaby", LastName: "Oyelaran", Name: "Barnaby Oyelaran" });
    await settle();
    expect(await newest("profile")).toMatchObject({ state: "done" });
    expect(profile(people.doubtful.email)).toMatchObject({ lead: true });
  });

  it("without an address is created under the lead's id", async () => {
    const id = enterLead({ FirstName: "Ada", LastName: "Addressless", Name: "Ada Addressless", Email: null });
    await settle();
    expect(profile(`lead:${id}`)).toMatchObject({ lead: true });
  });
});
