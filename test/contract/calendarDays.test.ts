import { calendarDays } from "@sidelight/model/calendar.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { putTicket } from "../harness/zendeskTicket.ts";
import { effectsOf } from "../lab/control/effects.ts";
import type { ZdUser } from "../lab/world/types.ts";

let harness: Harness;

const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const dayMs = 86_400_000;
const world = () => harness.lab.tenants["acme"]!.world;

/** A customer whose Zendesk user is linked to the other platforms, and who used the product. */
async function linkedUser(): Promise<ZdUser> {
  for (const person of world().people) {
    if (
      !person.zendesk ||
      !person.salesforce ||
      !person.mixpanel ||
      person.tags.some((tag) => tag !== "everywhere" && tag !== "demo")
    )
      continue;
    const user = world().zendesk.users.get(world().ids.zendesk.user(person.index));
    if (!user) continue;
    const { sections } = (await harness.context(`zendesk.user:${user.id}`)).body;
    if (sections.product?.data?.lastActiveAt && sections.account?.data?.owner?.kind === "user") return user;
  }
  throw new Error("no such person");
}

const createTicket = ({ id }: ZdUser, subject: string, description: string): number =>
  putTicket(harness, id, { subject, description });

// Their days begin at 11:00 UTC, 13 hours before and 11 hours after the UTC day. A day that is cut from UTC is wrong for half of the day.
describe.each(["Pacific/Auckland", "Pacific/Pago_Pago"])("a tenant in %s", (timeZone) => {
  const dayOf = calendarDays(timeZone);
  beforeAll(async () => {
    harness = await openHarness({
      routes: true,
      webhooks: true,
      configure(config) {
        config.tenants.acme.timeZone = timeZone;
      },
    });
    while (dayOf(harness.clock.now()) === utcDay(harness.clock.now())) harness.clock.advance(600_000);
  });
  afterAll(() => harness.close());

  it("gets the last active day of its own calendar in the ticket field", async () => {
    const user = await linkedUser();
    const lastActiveAt = (await harness.context(`zendesk.user:${user.id}`)).body.sections.product!.data!.lastActiveAt!;
    const id = createTicket(user, "Where is the map?", "Hello.");
    const field = () =>
      world()
        .zendesk.tickets.get(id)!
        .custom_fields.find((f) => f.id === world().ids.zendesk.field("last_active"))?.value;
    await advanceUntil(harness.clock, 50, "the enrichment", () => typeof field() === "string");
    expect(field()).toBe(dayOf(Date.parse(lastActiveAt)));
  });

  it("gets a task that is due the next day of its own calendar", async () => {
    const user = await linkedUser();
    const createdAt = harness.clock.now();
    const tasks = () =>
      (effectsOf({ acme: world() }, "salesforce")["Task"] ?? []).filter(({ fields }) =>
        String(fields["Subject"]).startsWith("Churn risk"),
      );
    createTicket(user, "Export", "If this isn't fixed we cancel.");
    await advanceUntil(harness.clock, 50, "the task", () => tasks().length > 0);
    expect(tasks()[0]!.fields["ActivityDate"]).toBe(dayOf(createdAt + dayMs));
  });
});
