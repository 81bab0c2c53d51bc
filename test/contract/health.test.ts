import type { Context } from "@sidelight/contracts/context/context.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { cohortCall, sendMixpanel } from "../harness/mixpanelWebhook.ts";
import { mixpanelDate } from "../lab/world/mixpanel.ts";
import type { MpProperties, Person, SfRow } from "../lab/world/types.ts";

// What a customer-success person believes: no score without enough to go by, absence is not "never", an overdue renewal leads, and
// what a customer once reached stays reached.
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const dayMs = 86_400_000;
const world = () => harness.lab.tenants["acme"]!.world;
const daysAgo = (days: number) => mixpanelDate(harness.clock.now() - days * dayMs);

let profileCount = 0;
/** A profile of a user who has no events. Returns its ref. */
function createProfile(properties: MpProperties): string {
  profileCount += 1;
  const distinct_id = `health-test-${profileCount}`;
  const email = `${distinct_id}@health.example`;
  world().change(() =>
    world().mixpanel.profiles.put({ distinct_id, properties: { $email: email, $name: "Test", ...properties } }),
  );
  return `mixpanel.user:${distinct_id}`;
}

/** Waits for the quota of look-ups, or for the next pull. */
async function sectionsOf(ref: string): Promise<Context["sections"]> {
  let { body } = await harness.context(ref);
  const isResolved = () => body.match.state === "resolved";
  if (!isResolved()) {
    await advanceUntil(harness.clock, 30_000, ref, async () => {
      ({ body } = await harness.context(ref));
      return isResolved();
    });
  }
  return body.sections;
}

const steps = (sections: Context["sections"]) => sections.product!.data!.funnel!.steps.map(({ done }) => done);

describe("a user who has not been seen for months", () => {
  it("has the last visit of the profile and no use since, instead of no usage yet", async () => {
    const lastSeen = daysAgo(150);
    const { product } = await sectionsOf(createProfile({ $created: daysAgo(400), $last_seen: lastSeen }));
    expect(product).toMatchObject({ state: "ok", data: { sessions30d: 0, trend: "inactive" } });
    expect(product!.data!.lastActiveAt!.slice(0, 19)).toBe(lastSeen);
    expect(product!.data!.daily).toEqual(Array.from({ length: 30 }, () => 0));
    expect(product!.provenance["/lastActiveAt"]).toMatchObject({ rule: "the profile's last visit" });
  });

  it("has no usage yet when the profile was never seen", async () => {
    const { product } = await sectionsOf(createProfile({ $created: daysAgo(3) }));
    expect(product).toMatchObject({ state: "empty", data: null });
  });
});

describe("the health score", () => {
  it("of a lead of whom nothing is known does not exist", async () => {
    const customers = new Set(world().people.map(({ email }) => email.toLowerCase()));
    const leads = [...world().salesforce.tables.Lead.values()].filter(
      (row) => typeof row["Email"] === "string" && !customers.has(row["Email"].toLowerCase()),
    );
    expect(leads.length).toBeGreaterThan(0);
    for (const { Id } of leads) {
      const { body } = await harness.context(`salesforce.lead:${Id}`);
      if (body.match.state === "resolved") expect(body.sections.health?.data?.score ?? null, Id).toBeNull();
    }
  });

  it("of a user who has been away for months is at risk or unknown, never good", async () => {
    const person = world().people.find((p) => p.salesforce && p.zendesk && !p.mixpanel && p.company !== null && !p.tags.length)!;
    const ref = createProfile({ $email: person.email, $created: daysAgo(500), $last_seen: daysAgo(120) });
    await advanceUntil(
      harness.clock,
      60_000,
      "the pull",
      async () => (await harness.context(ref)).body.match.state === "resolved",
    );
    const { health, product } = await sectionsOf(ref);
    expect(product).toMatchObject({ state: "ok", data: { trend: "inactive" } });
    expect(health!.data!.score ?? 0).toBeLessThanOrEqual(39);
    expect(health!.data!.drivers[0]).toMatchObject({ key: "last_active", value: 120, cap: 39 });
  });

  it("of an account whose renewal is overdue is at risk, and the renewal leads the reasons", async () => {
    const { ref, row } = await healthyAccount();
    await setRenewal(row, 37);
    const { health } = await sectionsOf(ref);
    expect(health!.data).toMatchObject({ band: "at_risk", score: 39 });
    expect(health!.data!.drivers[0]).toMatchObject({ key: "renewal", value: -37, cap: 39 });
    await setRenewal(row, -200);
    expect((await sectionsOf(ref)).health!.data!.band).toBe("good");
  });

  it("never rises when a connection is removed: it has no score then", async () => {
    const people = world()
      .people.filter((p) => p.salesforce && p.zendesk && p.mixpanel)
      .slice(0, 8);
    for (const removedPlatform of ["mixpanel", "zendesk", "salesforce"]) {
      const harnessWithout = await openHarness({
        configure: ({ tenants }) => {
          const { acme } = tenants;
          acme.connections = acme.connections.filter((c: { platform: string }) => c.platform !== removedPlatform);
        },
      });
      try {
        for (const { email } of people) {
          const { body } = await harnessWithout.context(`email:${email}`);
          expect(body.sections.health?.data?.score ?? null, `${email} without ${removedPlatform}`).toBeNull();
        }
      } finally {
        await harnessWithout.close();
      }
    }
  });
});

/** An account with a good score. */
async function healthyAccount(): Promise<{ ref: string; row: SfRow }> {
  for (const row of world().salesforce.tables.Account.values()) {
    const ref = `salesforce.account:${row.Id}`;
    const { body } = await harness.context(ref);
    if (body.sections.health?.data?.band === "good" && body.sections.account?.data?.renewalDate) return { ref, row };
  }
  throw new Error("the world has no account with a good score");
}

/** Moves an account's renewal and waits for the pull. */
async function setRenewal(row: SfRow, daysOverdue: number): Promise<void> {
  const { Account } = world().salesforce.tables;
  harness.clock.advance(2_000);
  const stamp = new Date(harness.clock.now()).toISOString();
  const day = new Date(harness.clock.now() - daysOverdue * dayMs).toISOString().slice(0, 10);
  world().change(() =>
    Account.put({ ...Account.get(row.Id)!, Renewal_Date__c: day, LastModifiedDate: stamp, SystemModstamp: stamp }),
  );
  await advanceUntil(harness.clock, 5_000, "the pull", async () => {
    return (await sectionsOf(`salesforce.account:${row.Id}`)).account!.data!.renewalDate === day;
  });
}

describe("the steps of onboarding", () => {
  it("are done for a user whose profile says so, although they lie before the first event that was read", async () => {
    const ref = createProfile({ $created: daysAgo(400), $last_seen: daysAgo(120), onboarded: true });
    expect(steps(await sectionsOf(ref))).toEqual([true, true, true, true]);
  });

  it("show that the product was used, when nothing tells the last visit", async () => {
    const { product } = await sectionsOf(createProfile({ $created: daysAgo(400), onboarded: true }));
    expect(product).toMatchObject({
      state: "ok",
      data: { lastActiveAt: null, trend: "inactive" },
      absent: { "/lastActiveAt": "none_set" },
    });
    expect(product!.data!.funnel!.step).toBe("Onboarding Completed");
  });

  it("are unknown for a user who signed up before that and whose profile says nothing", async () => {
    const ref = createProfile({ $created: daysAgo(400), $last_seen: daysAgo(120), onboarded: false });
    const sections = await sectionsOf(ref);
    expect(steps(sections)).toEqual([null, null, null, null]);
    expect(sections.product!.data!.funnel!.step).toBeNull();
    expect(sections.health!.data!.missing).toContainEqual({ key: "onboarding", weight: 0.1, reason: "history_unknown" });
  });

  it("are not done for a user whose events were read from the first day", async () => {
    const { distinct_id } = [...world().mixpanel.profiles.values()].find(({ distinct_id, properties }) => {
      const plan = world().mixpanel.plans.get(distinct_id);
      const signedUp = Date.parse(`${properties["$created"]}Z`);
      return plan && plan.level > 0.3 && plan.funnel.length < 4 && signedUp > harness.clock.now() - 80 * dayMs;
    })!;
    const { product } = await sectionsOf(`mixpanel.user:${distinct_id}`);
    if (product!.state === "consent_withheld") return;
    expect(product!.data!.funnel!.steps.at(-1)).toEqual({ name: "Onboarding Completed", done: false });
  });

  it("that a cohort confirms stay done when the user leaves it, after a restart and after a rebuild of the projections", async () => {
    const ref = createProfile({ $created: daysAgo(400), $last_seen: daysAgo(120) });
    const member = ref.slice(ref.indexOf(":") + 1);
    expect(steps(await sectionsOf(ref))).toEqual([null, null, null, null]);
    await sendMixpanel(harness, cohortCall(harness, { action: "members", session: "s1", members: [member] }));
    const reachedSteps = () =>
      advanceUntil(harness.clock, 50, "the milestone", async () => steps(await sectionsOf(ref)).at(-1) === true);
    await reachedSteps();
    harness.clock.advance(60_000);
    await sendMixpanel(harness, cohortCall(harness, { action: "remove_members", session: "s1", members: [member] }));
    harness.clock.advance(60_000);
    await reachedSteps();
    await harness.restart();
    await harness.runtime.writer.send({ kind: "rebuild", tenant: "acme" });
    await reachedSteps();
    expect(steps(await sectionsOf(ref))).toEqual([true, true, true, true]);
  });

  it("of active, onboarded users are never shown as 0 %", async () => {
    const onboardedProfiles = [...world().mixpanel.profiles.values()].filter(
      ({ properties }) => properties["onboarded"] === true,
    );
    expect(onboardedProfiles.length).toBeGreaterThan(10);
    for (const { distinct_id } of onboardedProfiles) {
      const { body } = await harness.context(`mixpanel.user:${distinct_id}`);
      const funnel = body.sections.product?.data?.funnel;
      if (funnel) expect(funnel.steps.at(-1), distinct_id).toEqual({ name: "Onboarding Completed", done: true });
    }
  });
});

describe("days", () => {
  it("since the last use are days of the tenant's calendar: yesterday evening is one day ago, also after one hour", async () => {
    const active = await activePerson();
    const { product } = await sectionsOf(active.ref);
    const lastActiveAt = Date.parse(product!.data!.lastActiveAt!);
    const value = async () =>
      (await sectionsOf(active.ref)).health!.data!.drivers.find(({ key }) => key === "last_active")!.value as number;
    const dayOf = (ms: number) => Math.floor(ms / dayMs);
    expect(await value()).toBe(dayOf(harness.clock.now()) - dayOf(lastActiveAt));
    const midnight = (dayOf(harness.clock.now()) + 1) * dayMs;
    const days = await value();
    harness.clock.advance(midnight - harness.clock.now() - 1_000);
    expect(await value()).toBe(days);
    harness.clock.advance(2_000);
    expect(await value()).toBe(days + 1);
  });

  it("of a task with a due date have no time, in the account and in the timeline", async () => {
    const { Task } = world().salesforce.tables;
    const task = [...Task.values()].find(
      (row) => typeof row["ActivityDate"] === "string" && typeof row["AccountId"] === "string",
    )!;
    const ref = `salesforce.account:${task["AccountId"]}`;
    const { body } = await harness.request(`/v1/timeline/${encodeURIComponent(ref)}?limit=1000&type=activity&source=salesforce`);
    const item = body.items.find(
      ({ record }: { record: string }) => record.toLowerCase() === `salesforce.task:${task.Id}`.toLowerCase(),
    );
    expect(item?.at).toBe(task["ActivityDate"]);
    const { account } = await sectionsOf(ref);
    for (const { at, kind } of account!.data!.activities) if (kind !== "Meeting") expect(at).toMatch(/^\d{4}-\d\d-\d\d$/);
  });
});

/** A user with events of the last days and enough known for a score. */
async function activePerson(): Promise<{ ref: string; person: Person }> {
  for (const person of world().people.filter((p) => p.salesforce && p.zendesk && p.mixpanel)) {
    const ref = `email:${person.email}`;
    const { body } = await harness.context(ref);
    const { product, health } = body.sections;
    if (product?.state === "ok" && product.data?.trend !== "inactive" && health?.data?.score != null) return { ref, person };
  }
  throw new Error("the world has no active person");
}
