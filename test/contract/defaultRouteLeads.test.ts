import { describe, expect, it } from "vitest";
import { useDefaultRoutes } from "../harness/defaultRoutes.ts";
import type { SfRow } from "../lab/world/types.ts";

// The default routes of leads: their profile in Mixpanel, their user in Zendesk, and their status.
const { harness, world, ids, profile, deliveries, runScenario, settle } = useDefaultRoutes();

describe("a new lead", () => {
  /** Creates leads until one has, or lacks, an e-mail address. */
  const lead = (hasAddress: boolean): SfRow => {
    for (let seed = 0; seed < 60; seed++) {
      const { refs } = harness().lab.runScenario({ kind: "lead_created", tenant: "acme", seed });
      const row = world().salesforce.tables.Lead.get(refs[0]!.split(":")[1]!)!;
      if ((row["Email"] !== null) === hasAddress) return row;
    }
    throw new Error("no such lead");
  };

  it("creates a profile and a Zendesk user by its e-mail address", async () => {
    const { Email, Name, Company, LeadSource } = lead(true);
    await settle();
    expect(profile(String(Email))).toMatchObject({ $email: Email, $name: Name, lead: true, company: Company });
    expect(profile(String(Email))["lead_source"] ?? null).toBe(LeadSource);
    const users = [...world().zendesk.users.values()].filter((u) => u.email === Email);
    expect(users).toMatchObject([{ name: Name, role: "end-user" }]);
  });

  /** A person, or an automation, changes the lead in Salesforce. */
  async function changeLead({ Id }: SfRow, fields: Partial<SfRow>): Promise<void> {
    harness().clock.advance(60_000);
    const stamp = new Date(harness().clock.now()).toISOString().replace("Z", "+0000");
    const { Lead } = world().salesforce.tables;
    world().change(() => Lead.put({ ...Lead.get(Id)!, ...fields, SystemModstamp: stamp, LastModifiedDate: stamp }));
    harness().clock.advance(20 * 60_000);
    await settle();
  }

  const leadDeliveries = async () =>
    (await deliveries("")).filter(({ route }) => route === "lead-to-mixpanel" || route === "lead-to-zendesk").length;

  it("writes nothing more when it is converted, or deleted", async () => {
    const [converted, deleted] = [lead(true), lead(false)];
    await settle();
    const count = await leadDeliveries();
    const [contact] = [...world().salesforce.tables.Contact.values()];
    const conversion = { IsConverted: true, ConvertedContactId: contact!.Id, ConvertedAccountId: contact!["AccountId"]! };
    await changeLead(converted, { ...conversion, Status: "Closed - Converted" });
    await changeLead(deleted, { IsDeleted: true });
    expect(await leadDeliveries()).toBe(count);
  });

  it("gets a profile by its e-mail address when it has one later", async () => {
    const row = lead(false);
    await settle();
    await changeLead(row, { Email: "ada.late@late-lead.example" });
    expect(profile("ada.late@late-lead.example")).toMatchObject({ $name: row["Name"], lead: true });
  });

  it("has its company and source on its profile also when they change", async () => {
    const row = lead(true);
    await settle();
    harness().clock.advance(60_000);
    const stamp = new Date(harness().clock.now()).toISOString().replace("Z", "+0000");
    const { Lead } = world().salesforce.tables;
    world().change(() =>
      Lead.put({ ...row, Company: "Another Company", LeadSource: "Event", SystemModstamp: stamp, LastModifiedDate: stamp }),
    );
    await settle();
    expect(profile(String(row["Email"]))).toMatchObject({ company: "Another Company", lead_source: "Event" });
  });

  it("creates a profile by its id and no Zendesk user when it has no e-mail address", async () => {
    const users = world().zendesk.users.size;
    const { Id, Name, Company } = lead(false);
    await settle();
    expect(profile(`lead:${Id}`)).toMatchObject({ $name: Name, lead: true, company: Company });
    expect([...world().zendesk.users.values()].some((u) => u.name === Name && u.email === null)).toBe(false);
    expect(world().zendesk.users.size).toBeGreaterThanOrEqual(users);
  });
});

it("completed onboarding sets the lead's status and adds a tag to the user", async () => {
  const [user] = runScenario("onboarding_completed");
  const person = world().people.find((p) => p.distinctIds.includes(user!.split(":")[1]!))!;
  const zendeskUser = world().zendesk.users.get(ids().zendesk.user(person.index))!;
  await settle();
  const [lead] = [...world().salesforce.tables.Lead.values()].filter((l) => l["Email"] === person.email);
  expect(lead).toMatchObject({ Status: "Working - Contacted" });
  expect(world().zendesk.users.get(zendeskUser.id)!.tags).toEqual([...zendeskUser.tags, "onboarded"]);
});

it("no delivery is in the dead-letter queue", async () => {
  const deadLetters = await deliveries("state=dead_letter");
  expect(deadLetters.map(({ route, message }) => [route, message])).toEqual([]);
});
