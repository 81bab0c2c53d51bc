import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { putTicket } from "../harness/zendeskTicket.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
/** A Zendesk user without a company who uses the product. */
let selfServe: number;

beforeAll(async () => {
  harness = await openHarness({ routes: true, pull: false });
  const { mixpanel, zendesk } = world();
  const user = world().people.find(
    ({ salesforce, distinctIds: [id] }) => !salesforce && id !== undefined && (mixpanel.plans.get(id)?.level ?? 0) > 0,
  )!;
  const [distinctId] = user.distinctIds;
  const address = "self.serve@gmail.com";
  selfServe = world().ids.zendesk.make("user", 92_000);
  world().change(() => {
    const profile = mixpanel.profiles.get(distinctId!)!;
    mixpanel.profiles.put({
      ...profile,
      properties: { ...profile.properties, $email: address, $name: "Sal Selfserve", opted_out: false },
    });
    // The profile is this user's alone.
    for (const row of [...zendesk.users.values()].filter(({ external_id }) => external_id === distinctId))
      zendesk.users.put({ ...row, external_id: null });
    const template = [...zendesk.users.values()].find(({ role }) => role === "end-user")!;
    const fields = { name: "Sal Selfserve", email: address, organization_id: null, external_id: distinctId!, phone: null };
    const consent = { user_fields: { ...template.user_fields, analytics_opt_out: false } };
    zendesk.users.put({ ...template, ...fields, ...consent, id: selfServe, created_at: stamp(), updated_at: stamp() });
  });
  await harness.restart();
});
afterAll(() => harness.close());

const world = () => harness.lab.tenants["acme"]!.world;
const contextOf = async (ref: string) => (await advanceUntilSettled(harness.clock, harness.context(ref))).value.body;
const stamp = () => `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
const settle = () => advanceUntilSettled(harness.clock, harness.runtime.tenants.get("acme")!.ingest.followUps.settled());

async function createTicket(requester: number): Promise<number> {
  const id = putTicket(harness, requester, { status: "open", organization_id: null });
  await sendZendesk(
    harness,
    ticketEvent("created", { id, requesterId: requester, updatedAt: harness.clock.now(), status: "OPEN" }),
  );
  return id;
}
const fieldOf = (ticket: number, key: string) =>
  world()
    .zendesk.tickets.get(ticket)!
    .custom_fields.find((f) => f.id === world().ids.zendesk.field(key))?.value ?? null;

describe("an event of the company's own services", () => {
  it("is in the timeline under its own source, and never among the sales activities of the CRM", async () => {
    const ref = harness.lab.tenants["acme"]!.examples.resolved.find((r) => r.startsWith("salesforce.contact:"))!;
    const previous = await contextOf(ref);
    const accountRef = `salesforce.account:${previous.sections.account!.data!.id}`;
    const title = "Subscription past_due";
    for (const customer of [{ ref }, { ref: accountRef }]) {
      const event = { id: `past-due-${customer.ref}`, type: "billing.past_due", at: new Date(harness.clock.now()).toISOString() };
      expect((await sendGeneric(harness, { ...event, customer, title })).body).toMatchObject({ accepted: 1 });
    }
    for (const requestedRef of [ref, accountRef]) {
      const { account, timeline } = (await contextOf(requestedRef)).sections;
      expect(account!.source).toBe("salesforce");
      expect(account!.data!.activities.map(({ subject }) => subject)).not.toContain(title);
      const shownItems = timeline!.data!.items.filter((item) => item.title === title);
      expect(shownItems.length).toBeGreaterThan(0);
      expect(shownItems.every(({ source, kind }) => source === "generic" && kind === "activity")).toBe(true);
    }
    const current = await contextOf(ref);
    expect(current.sections.account!.data!.activities).toEqual(previous.sections.account!.data!.activities);
    expect(current.sections.account!.changedAt).toBe(previous.sections.account!.changedAt);
    expect(Object.keys(current.sections.account!.provenance)).toEqual(Object.keys(previous.sections.account!.provenance));
  });
});

describe("a ticket of a self-serve customer", () => {
  it("has the usage in its fields although there is no account", async () => {
    const { sections } = await contextOf(`zendesk.user:${selfServe}`);
    expect(sections.account!.data).toBeNull();
    const { sessions30d, lastActiveAt } = sections.product!.data!;
    expect(lastActiveAt).not.toBeNull();
    const ticket = await createTicket(selfServe);
    await advanceUntil(harness.clock, 200, "the enrichment", () => fieldOf(ticket, "last_active") !== null);
    expect(Number(fieldOf(ticket, "sessions_30d"))).toBe(sessions30d);
    expect(String(fieldOf(ticket, "last_active"))).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(fieldOf(ticket, "account_arr")).toBeNull();
  });

  it("of whom nothing is stored is not written to", async () => {
    const id = world().ids.zendesk.make("user", 91_000);
    world().change(() => {
      const template = world().zendesk.users.get(selfServe)!;
      const row = {
        external_id: null,
        phone: null,
        email: "new.stranger@nowhere.example",
        created_at: stamp(),
        updated_at: stamp(),
      };
      world().zendesk.users.put({ ...template, ...row, id, name: "New Stranger" });
    });
    const ticket = await createTicket(id);
    await settle();
    const laterTicket = await createTicket(selfServe);
    await advanceUntil(
      harness.clock,
      200,
      "the enrichment of a later ticket",
      () => fieldOf(laterTicket, "last_active") !== null,
    );
    const { items } = (await harness.request("/v1/deliveries?limit=1000&type=ticket-enrichment")).body;
    const contexts = await Promise.all(
      (items as { eventId: string }[]).map(
        async ({ eventId }) => (await harness.request(`/v1/events/${eventId}`)).body.source.objectId,
      ),
    );
    expect(contexts).toContain(String(laterTicket));
    expect(contexts).not.toContain(String(ticket));
  });
});
