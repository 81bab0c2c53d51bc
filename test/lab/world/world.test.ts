import { describe, expect, test } from "vitest";
import { pickExamples } from "./examples.ts";
import { canonicalId, checksum } from "./ids.ts";
import { createTenantWorld, type TenantWorld } from "./tenant.ts";
import { DAYS, funnelEvents, usageOn } from "./usage.ts";

const ANCHOR = Date.parse("2026-11-20T15:00:00Z");
const ACME = { companies: 300, people: 2_000, tickets: 6_000, opportunities: 900, activities: 3_000 };
const SMALL = { companies: 12, people: 90, tickets: 150, opportunities: 30, activities: 60 };
const make = (sizes = SMALL, seed = 7, tenant = "acme"): TenantWorld =>
  createTenantWorld({ tenant, seed, anchor: ANCHOR, sizes });
const dump = (world: TenantWorld): string =>
  JSON.stringify(
    [world.salesforce.tables, world.zendesk, world.mixpanel].map((part) =>
      Object.values(part).map((t) => (typeof t?.values === "function" ? [...t.values()] : t)),
    ),
  );

const acme = make(ACME);

describe("the seeded world", () => {
  test("is the same for the same seed, and another for another seed", () => {
    expect(dump(make())).toBe(dump(make()));
    expect(dump(make(SMALL, 8))).not.toBe(dump(make()));
    expect(dump(make(SMALL, 7, "globex"))).not.toBe(dump(make()));
  });

  test("has the configured size", () => {
    const { tables } = acme.salesforce;
    expect(tables.Account.size).toBe(300);
    expect(acme.people).toHaveLength(2_000);
    expect(acme.zendesk.tickets.size).toBe(6_000);
    expect(tables.Opportunity.size).toBe(900);
    expect(tables.Task.size + tables.Event.size).toBe(3_000);
    let events = 0;
    for (const plan of acme.mixpanel.plans.values()) {
      for (let ago = 0; ago < DAYS; ago++) events += usageOn(acme.usage, plan, ago).length;
    }
    expect(events).toBeGreaterThan(100_000);
    expect(events).toBeLessThan(130_000);
  });

  test("is earlier than its anchor and consistent", () => {
    for (const table of Object.values(acme.salesforce.tables)) {
      for (const row of table.values()) {
        expect(canonicalId(row.Id)).toBe(row.Id);
        expect(Date.parse(String(row["SystemModstamp"]))).toBeLessThan(ANCHOR - 120_000);
        expect(String(row["CreatedDate"]) <= String(row["LastModifiedDate"])).toBe(true);
      }
    }
    for (const t of acme.zendesk.tickets.values()) {
      expect(t.generated_timestamp * 1000).toBeLessThan(ANCHOR - 120_000);
      expect(t.created_at <= t.updated_at).toBe(true);
      const metrics = acme.zendesk.metrics.get(t.id)!;
      expect(metrics.solved_at !== null).toBe(t.status === "solved" || t.status === "closed");
      if (typeof t.rating === "object") expect(acme.zendesk.ratings.get(t.rating.id)?.score).toBe(t.rating.score);
    }
    for (const profile of acme.mixpanel.profiles.values()) {
      const plan = acme.mixpanel.plans.get(profile.distinct_id)!;
      const lastSeen = profile.properties["$last_seen"];
      const events = [...funnelEvents(acme.usage, plan, 0, ANCHOR)];
      for (let ago = 0; ago < DAYS; ago++) events.push(...usageOn(acme.usage, plan, ago));
      const last = Math.max(...events.map((e) => e.time), 0);
      if (plan.level > 0 && last > 0) expect(Date.parse(`${lastSeen}Z`)).toBeLessThanOrEqual(last);
    }
  });

  test("has unique addresses and organization names in Zendesk", () => {
    const emails = [...acme.zendesk.identities.values()].filter((i) => i.type === "email").map((i) => i.value.toLowerCase());
    expect(new Set(emails).size).toBe(emails.length);
    const names = [...acme.zendesk.organizations.values()].map((o) => o.name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    const domains = acme.companies.map((c) => c.domain);
    expect(new Set(domains).size).toBe(domains.length);
  });
});

describe.each([
  ["large", acme],
  ["small", make()],
])("special cases of a %s world", (_, world) => {
  const countTagged = (tag: string): number =>
    [...world.people, ...world.companies].filter((candidate) => candidate.tags.includes(tag)).length;

  test.each([
    "several-addresses",
    "free-mail",
    "two-accounts",
    "only-salesforce",
    "only-zendesk",
    "only-mixpanel",
    "opted-out",
    "two-distinct-ids",
    "email-distinct-id",
    "hostile-name",
    "hostile-address",
    "queue-owned",
    "no-arr",
    "no-usage",
    "renamed",
    "renewal-past",
    "renewal-near",
  ])("%s", (tag) => {
    expect(countTagged(tag)).toBeGreaterThan(0);
  });

  test("has three currencies, parents, closed tickets and queues", () => {
    const accounts = [...world.salesforce.tables.Account.values()];
    expect(new Set(accounts.map((a) => a["CurrencyIsoCode"]))).toEqual(new Set(["USD", "EUR", "JPY"]));
    expect(accounts.some((a) => a["ParentId"] !== null)).toBe(true);
    expect(accounts.some((a) => String(a["OwnerId"]).startsWith("00G"))).toBe(true);
    expect([...world.zendesk.tickets.values()].some((t) => t.status === "closed")).toBe(true);
  });

  test("has addresses that are contacts of two accounts", () => {
    const person = world.people.find((p) => p.alsoAt)!;
    const contacts = [...world.salesforce.tables.Contact.values()].filter(
      (c) => String(c["Email"]).toLowerCase() === person.email.toLowerCase(),
    );
    expect(new Set(contacts.map((c) => c["AccountId"])).size).toBe(2);
  });

  test("has examples that exist on every platform", () => {
    const { resolved, ambiguous, none, hierarchy } = pickExamples(world);
    expect(resolved[0]).toMatch(/^zendesk\.ticket:/);
    expect(resolved).toContain(`salesforce.account:${world.ids.salesforce.account(0)}`);
    expect(resolved.length).toBeGreaterThanOrEqual(world === acme ? 12 : 7);
    expect(ambiguous.length).toBeGreaterThan(0);
    expect(none.length).toBeGreaterThan(0);
    expect(hierarchy.length).toBeGreaterThan(0);
    const emails = new Set(world.people.map((p) => `email:${p.email}`));
    for (const ref of none) expect(emails.has(ref)).toBe(false);
  });
});

test("computes Salesforce's checksums", () => {
  // A well-known example id.
  expect(checksum("001A0000006Vm9r")).toBe("IAC");
  expect(canonicalId("001A0000006Vm9r")).toBe("001A0000006Vm9rIAC");
  expect(canonicalId("001A0000006Vm9rIAD")).toBeUndefined();
  expect(canonicalId("too-short")).toBeUndefined();
});
