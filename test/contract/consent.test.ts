import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Purpose } from "@sidelight/model/purposes.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { effectsOf } from "../lab/control/effects.ts";
import type { Person } from "../lab/world/types.ts";

// Consent is given and withdrawn for each purpose. In the lab, Mixpanel's and Zendesk's fields are about analytics, and Salesforce's
// e-mail opt-out is about marketing.
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ routes: true });
});
afterAll(() => harness.close());

const world = (target = harness) => target.lab.tenants["acme"]!.world;
const hasOptedOutOfAnalytics = ({ optedOut }: Person) => optedOut.mixpanel || optedOut.zendesk;
const isEmailOptOutOnly = ({ optedOut }: Person) => optedOut.salesforce && !optedOut.mixpanel && !optedOut.zendesk;

async function contextOf(person: Person, target = harness): Promise<Context> {
  return (await target.context(`email:${person.email}`)).body;
}

/** The context of the first person who matches, has the sections and is resolved. */
async function find(
  matches: (person: Person) => boolean,
  has: (context: Context) => boolean = () => true,
  target = harness,
): Promise<{ person: Person; context: Context }> {
  for (const person of world(target).people.filter((p) => p.mixpanel && p.salesforce && p.zendesk && matches(p))) {
    const context = await contextOf(person, target);
    if (context.match.state === "resolved" && has(context)) return { person, context };
  }
  throw new Error("the world has no such person");
}

const connectionOf = (config: ConfigTree, platform: string) =>
  config.tenants.acme.connections.find((c: { platform: string }) => c.platform === platform);

describe("a person who opted out of analytics", () => {
  it("has no usage in any section and no health score, whichever platform reports it", async () => {
    const people = world().people.filter((p) => p.mixpanel && hasOptedOutOfAnalytics(p));
    for (const platform of ["mixpanel", "zendesk"] as const) expect(people.some((p) => p.optedOut[platform])).toBe(true);
    for (const person of people) {
      const body = await contextOf(person);
      if (body.match.state !== "resolved") continue;
      const { product, health, timeline } = body.sections;
      expect(product, person.email).toMatchObject({ state: "consent_withheld", data: null });
      expect(product!.provenance).toEqual({});
      expect(health!.data).toMatchObject({ score: null, band: null, trend: null, provisional: true });
      expect(health!.data!.missing).toEqual(
        expect.arrayContaining(
          ["usage_trend", "last_active"].map((key) => expect.objectContaining({ key, reason: "consent_withheld" })),
        ),
      );
      expect(timeline!.data?.items.filter((i) => i.source === "mixpanel") ?? []).toEqual([]);
      const timelinePage = await harness.request(`/v1/timeline/${encodeURIComponent(body.customer!.id)}?source=mixpanel`);
      expect(timelinePage.body.items).toEqual([]);
    }
  });

  it("keeps the support and account sections", async () => {
    const { context } = await find(hasOptedOutOfAnalytics, ({ sections }) => sections.account?.data != null);
    expect(context.sections.account).toMatchObject({ state: "ok", data: { name: expect.any(String) } });
    expect(context.sections.support).toMatchObject({ state: "ok", data: { open: expect.any(Number) } });
  });

  it("still gets the case and the enriched ticket, and only effects for analytics are withheld, with purpose and platform", async () => {
    const { person } = await find(
      hasOptedOutOfAnalytics,
      ({ sections }) => sections.account?.data?.arr != null && sections.support?.data != null,
    );
    const requesterId = String(world().ids.zendesk.user(person.index));
    const [ticket] = [...world().zendesk.tickets.values()].filter((t) => t.status !== "closed");
    world().change(() => world().zendesk.tickets.put({ ...ticket!, requester_id: Number(requesterId) }));
    const { body } = await sendZendesk(
      harness,
      ticketEvent("created", { id: ticket!.id, requesterId, updatedAt: harness.clock.now(), priority: "URGENT" }),
    );
    const settledDeliveries = await deliveriesOf(body.eventIds[0]!, 4);
    const byRoute = Object.fromEntries(settledDeliveries.map((d) => [d.route, d]));
    expect(byRoute["ticket-to-case"]).toMatchObject({ state: "done", purpose: "support" });
    expect(byRoute["ticket-enrichment"]).toMatchObject({ state: "done", purpose: "support" });
    const platform = person.optedOut.mixpanel ? "Mixpanel" : "Zendesk";
    expect(byRoute["ticket-to-mixpanel"]).toMatchObject({
      state: "withheld",
      purpose: "analytics",
      message: `The person opted out of analytics in ${platform}.`,
    });
    const fields = world().zendesk.tickets.get(ticket!.id)!.custom_fields;
    const value = (name: string) => fields.find((f) => f.id === world().ids.zendesk.field(name))?.value;
    expect(Number(value("account_arr"))).toBeGreaterThan(0);
    for (const name of ["last_active", "sessions_30d", "health_score"]) expect(value(name) ?? null, name).toBeNull();
    const events = (effectsOf({ acme: world() }, "mixpanel")["event"] ?? []).filter(
      ({ fields: event }) => event["ticket_id"] === String(ticket!.id),
    );
    expect(events).toEqual([]);
  });
});

interface Delivery {
  route: string;
  state: string;
  purpose: Purpose | null;
  message: string | null;
  eventId: string;
}

async function deliveriesOf(eventId: string, count: number): Promise<Delivery[]> {
  let deliveries: Delivery[] = [];
  await advanceUntil(harness.clock, 50, "the deliveries", async () => {
    const { items } = (await harness.request("/v1/deliveries?limit=1000")).body;
    deliveries = items.filter((d: Delivery) => d.eventId === eventId);
    return deliveries.length >= count && deliveries.every((d) => d.state !== "waiting");
  });
  return deliveries;
}

describe("a company with a person who opted out of analytics", () => {
  it("has figures without that person, and their number", async () => {
    const { person, context } = await find(hasOptedOutOfAnalytics, ({ customer }) => customer?.company != null);
    const id = world().ids.salesforce.account(person.company!);
    const { product } = (await harness.context(`salesforce.account:${id}`)).body.sections;
    const colleagues = world().people.filter((p) => p.company === person.company && p.mixpanel);
    const optedOut = colleagues.filter(hasOptedOutOfAnalytics);
    expect(context.customer!.company).not.toBeNull();
    if (product!.data === null) expect(product!.state).toBe("consent_withheld");
    else expect(product!.data.notCounted).toBe(optedOut.length);
    expect(optedOut.length).toBeGreaterThan(0);
  });

  it("never has a higher health score than before they opted out, for any person", async () => {
    const of = await openHarness();
    try {
      const tables = of.lab.tenants["acme"]!.world;
      const companyRef = (person: Person) => `salesforce.account:${tables.ids.salesforce.account(person.company!)}`;
      const scoreOf = async (person: Person) => (await of.context(companyRef(person))).body.sections.health?.data?.score ?? null;
      const users = tables.people.filter((p) => p.mixpanel && p.salesforce && p.company !== null && !hasOptedOutOfAnalytics(p));
      const scores = new Map<number, number | null>();
      for (const user of users) if (!scores.has(user.company!)) scores.set(user.company!, await scoreOf(user));
      const leaving = [...new Map(users.map((user) => [user.company, user])).values()].filter(
        (p) => scores.get(p.company!) !== null,
      );
      expect(leaving.length).toBeGreaterThan(2);
      tables.change(() => {
        for (const { distinctIds } of leaving)
          for (const id of distinctIds) {
            const profile = tables.mixpanel.profiles.get(id);
            if (profile) tables.mixpanel.profiles.put({ ...profile, properties: { ...profile.properties, opted_out: true } });
          }
      });
      for (const person of leaving) {
        await advanceUntil(of.clock, 60_000, "the pull", async () => {
          const { product } = (await of.context(companyRef(person))).body.sections;
          return product!.state === "consent_withheld" || (product!.data?.notCounted ?? 0) > 0;
        });
        const score = await scoreOf(person);
        if (score !== null) expect(score, companyRef(person)).toBeLessThanOrEqual(scores.get(person.company!)!);
      }
    } finally {
      await of.close();
    }
  });

  it("counts none where no person opted out", async () => {
    const company = world().companies.findIndex((_, i) => {
      const people = world().people.filter((p) => p.company === i && p.mixpanel && p.salesforce);
      return people.length > 0 && !world().people.some((p) => p.company === i && hasOptedOutOfAnalytics(p));
    });
    const { body } = await harness.context(`salesforce.account:${world().ids.salesforce.account(company)}`);
    expect(body.sections.product!.data!.notCounted).toBe(0);
  });
});

describe("a person who opted out of e-mail in Salesforce", () => {
  it("keeps the usage and the health score, because the field is about marketing", async () => {
    const { context } = await find(isEmailOptOutOnly);
    expect(context.sections.product!.state).not.toBe("consent_withheld");
    expect(context.sections.health!.data?.missing.some(({ reason }) => reason === "consent_withheld")).not.toBe(true);
  });
});

it("a withdrawal counts until its own platform takes it back, and a consent on another platform does not undo it", async () => {
  const { person } = await find(
    (p) => !Object.values(p.optedOut).some(Boolean),
    ({ sections }) => sections.product?.state === "ok",
  );
  const { users } = world().zendesk;
  const setZendesk = (value: boolean) => {
    const user = users.get(world().ids.zendesk.user(person.index))!;
    harness.clock.advance(2_000);
    const updated_at = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
    world().change(() => users.put({ ...user, user_fields: { ...user.user_fields, analytics_opt_out: value }, updated_at }));
  };
  const setMixpanel = (value: boolean) => {
    const [id] = person.distinctIds;
    const profile = world().mixpanel.profiles.get(id!)!;
    world().change(() => world().mixpanel.profiles.put({ ...profile, properties: { ...profile.properties, opted_out: value } }));
  };
  const isWithheld = async () => (await contextOf(person)).sections.product!.state === "consent_withheld";
  const settles = (expected: boolean) =>
    advanceUntil(harness.clock, 60_000, `withheld: ${expected}`, async () => (await isWithheld()) === expected);

  setZendesk(true);
  await settles(true);
  setMixpanel(false);
  harness.clock.advance(40 * 60_000);
  expect(await isWithheld()).toBe(true);
  setZendesk(false);
  await settles(false);
});

it("a withdrawal of today counts for answers about yesterday too, also in the figures of the company", async () => {
  const { person, context } = await find(
    (p) => !Object.values(p.optedOut).some(Boolean),
    ({ sections, customer }) => sections.product?.state === "ok" && customer?.company != null,
  );
  const yesterday = { query: `?at=${new Date(harness.clock.now()).toISOString()}` };
  const company = context.customer!.company!.id;
  expect((await harness.context(`email:${person.email}`, yesterday)).body.sections.product!.state).toBe("ok");
  const notCounted = (await harness.context(company, yesterday)).body.sections.product!.data!.notCounted!;
  harness.clock.advance(24 * 3_600_000);
  const { users } = world().zendesk;
  const user = users.get(world().ids.zendesk.user(person.index))!;
  const updated_at = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
  world().change(() => users.put({ ...user, user_fields: { ...user.user_fields, analytics_opt_out: true }, updated_at }));
  await advanceUntil(harness.clock, 60_000, "withheld", async () => {
    return (await contextOf(person)).sections.product!.state === "consent_withheld";
  });
  const { sections } = (await harness.context(`email:${person.email}`, yesterday)).body;
  expect(sections.product).toMatchObject({ state: "consent_withheld", data: null });
  expect(sections.health!.data).toMatchObject({ score: null });
  expect(sections.timeline!.data!.items.filter(({ source }) => source === "mixpanel")).toEqual([]);
  expect((await harness.context(company, yesterday)).body.sections.product!.data!.notCounted).toBe(notCounted + 1);
});

describe("the consent fields of the configuration", () => {
  const withConfig = async (configure: (config: ConfigTree) => void, check: (of: Harness) => Promise<void>): Promise<void> => {
    const configured = await openHarness({ configure });
    try {
      await check(configured);
    } finally {
      await configured.close();
    }
  };

  it("count for nothing when the configuration maps none", async () => {
    await withConfig(
      (config) => {
        for (const platform of ["zendesk", "mixpanel"]) connectionOf(config, platform).settings.mapping = { optOut: null };
      },
      async (of) => {
        const { context } = await find(hasOptedOutOfAnalytics, () => true, of);
        expect(context.sections.product!.state).not.toBe("consent_withheld");
      },
    );
  });

  it("name the purpose of a platform's field, so that a company can be stricter than the default", async () => {
    await withConfig(
      (config) => {
        const { settings } = connectionOf(config, "salesforce");
        settings.mapping = { contact: { optOut: { analytics: "HasOptedOutOfEmail", sales: ["DoNotCall"] } } };
      },
      async (of) => {
        const { context } = await find(isEmailOptOutOnly, () => true, of);
        expect(context.sections.product).toMatchObject({ state: "consent_withheld", data: null });
      },
    );
  });

  it("with an unknown purpose are refused with the purposes that exist", async () => {
    const open = openHarness({
      pull: false,
      configure: (config) => {
        connectionOf(config, "zendesk").settings.mapping = { optOut: { advertising: "no_ads" } };
      },
    });
    await expect(open).rejects.toThrow(/optOut/);
  });
});
