import { describe, expect, test } from "vitest";
import type { Change } from "../table.ts";
import { createTenantWorld, type TenantWorld } from "../tenant.ts";
import { DAYS, usageOn } from "../usage.ts";
import { happen, KINDS } from "./index.ts";

const ANCHOR = Date.parse("2026-11-20T15:00:00Z");
const AT = ANCHOR + 600_000;
const STAMP = "2026-11-20T15:10:00Z";
const make = (): TenantWorld =>
  createTenantWorld({
    tenant: "acme",
    seed: 7,
    anchor: ANCHOR,
    sizes: { companies: 12, people: 90, tickets: 150, opportunities: 30, activities: 60 },
  });
const idOf = (ref: string): string => ref.slice(ref.indexOf(":") + 1);

describe.each(KINDS)("%s", (kind) => {
  test("changes something, stamps it now, and is the same for the same seed", () => {
    const [a, b] = [make(), make()];
    const seen: Change[] = [];
    a.onChange((changes) => seen.push(...changes));
    const first = happen(a, kind, { seed: 5, at: AT });
    expect(happen(b, kind, { seed: 5, at: AT })).toEqual(first);
    expect(first.at).toBe("2026-11-20T15:10:00.000Z");
    expect(first.refs.length).toBeGreaterThan(0);
    expect(seen.length).toBeGreaterThan(0);
    for (const { table, after } of seen) {
      const row = after as Record<string, unknown>;
      if (table.startsWith("salesforce.")) expect(row["SystemModstamp"]).toBe(STAMP);
      if (["zendesk.tickets", "zendesk.users", "zendesk.metrics", "zendesk.ratings"].includes(table))
        expect(row["updated_at"]).toBe(STAMP);
    }
  });
});

test("a deal won raises the account's ARR by its amount", () => {
  const world = make();
  const before = new Map([...world.salesforce.tables.Account.values()].map((a) => [a.Id, Number(a["ARR__c"] ?? 0)]));
  const [deal, account] = happen(world, "deal_won", { seed: 1, at: AT }).refs.map(idOf) as [string, string];
  const won = world.salesforce.tables.Opportunity.get(deal)!;
  expect(won).toMatchObject({ StageName: "Closed Won", IsWon: true, IsClosed: true, CloseDate: "2026-11-20" });
  expect(world.salesforce.tables.Account.get(account)!["ARR__c"]).toBe(before.get(account)! + Number(won["Amount"]));
});

test("stopped usage: no event in the last three weeks, and profiles agree", () => {
  const world = make();
  const ids = happen(world, "usage_stopped", { seed: 2, at: AT })
    .refs.filter((ref) => ref.startsWith("mixpanel."))
    .map(idOf);
  const cut = ANCHOR - 21 * 86_400_000;
  for (const id of ids) {
    const plan = world.mixpanel.plans.get(id)!;
    for (let ago = 0; ago < DAYS; ago++)
      for (const event of usageOn(world.usage, plan, ago)) expect(event.time).toBeLessThan(cut);
    const seen = world.mixpanel.profiles.get(id)?.properties["$last_seen"];
    if (seen !== undefined) expect(Date.parse(`${seen}Z`)).toBeLessThan(cut);
  }
});

test("an opt-out is written down wherever the person is known", () => {
  const world = make();
  const refs = happen(world, "opted_out", { seed: 3, at: AT }).refs;
  const of = (prefix: string): string => idOf(refs.find((ref) => ref.startsWith(prefix))!);
  expect(world.salesforce.tables.Contact.get(of("salesforce.contact"))!["HasOptedOutOfEmail"]).toBe(true);
  expect(world.zendesk.users.get(Number(of("zendesk.user")))!.user_fields["analytics_opt_out"]).toBe(true);
  expect(world.mixpanel.profiles.get(of("mixpanel.user"))!.properties["opted_out"]).toBe(true);
});

test("an onboarding completed adds the missing steps", () => {
  const world = make();
  const id = idOf(happen(world, "onboarding_completed", { seed: 4, at: AT }).refs[0]!);
  const added = [...world.mixpanel.events.values()].filter((e) => e.distinct_id === id);
  expect(added.at(-1)).toMatchObject({ event: "Onboarding Completed", time: AT });
  expect(world.mixpanel.plans.get(id)!.funnel.length + added.length).toBe(4);
});

test("what fails half-way leaves nothing behind", () => {
  const world = make();
  const before = world.zendesk.tickets.size;
  expect(() =>
    world.change(() => {
      happen(world, "ticket_created", { seed: 1, at: AT });
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(world.zendesk.tickets.size).toBe(before);
});
