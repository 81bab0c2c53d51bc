import { describe, expect, test } from "vitest";
import type { Change } from "../table.ts";
import { createTenantWorld, type TenantWorld } from "../tenant.ts";
import { DAYS, usageOn } from "../usage.ts";
import { KINDS, runScenario } from "./index.ts";

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
  test("changes rows, stamps them with the current time, and is the same for the same seed", () => {
    const [a, b] = [make(), make()];
    const changeLog: Change[] = [];
    a.onChange((changes) => changeLog.push(...changes));
    const first = runScenario(a, kind, { seed: 5, at: AT });
    expect(runScenario(b, kind, { seed: 5, at: AT })).toEqual(first);
    expect(first.at).toBe("2026-11-20T15:10:00.000Z");
    expect(first.refs.length).toBeGreaterThan(0);
    expect(changeLog.length).toBeGreaterThan(0);
    for (const { table, next } of changeLog) {
      const row = next as Record<string, unknown>;
      if (table.startsWith("salesforce.")) expect(row["SystemModstamp"]).toBe(STAMP);
      if (["zendesk.tickets", "zendesk.users", "zendesk.metrics", "zendesk.ratings"].includes(table))
        expect(row["updated_at"]).toBe(STAMP);
    }
  });
});

test("raises the account's ARR by the amount of a won deal", () => {
  const world = make();
  const arrBefore = new Map([...world.salesforce.tables.Account.values()].map((a) => [a.Id, Number(a["ARR__c"] ?? 0)]));
  const [deal, account] = runScenario(world, "deal_won", { seed: 1, at: AT }).refs.map(idOf) as [string, string];
  const wonDeal = world.salesforce.tables.Opportunity.get(deal)!;
  expect(wonDeal).toMatchObject({ StageName: "Closed Won", IsWon: true, IsClosed: true, CloseDate: "2026-11-20" });
  expect(world.salesforce.tables.Account.get(account)!["ARR__c"]).toBe(arrBefore.get(account)! + Number(wonDeal["Amount"]));
});

test("removes the usage of the last three weeks, and updates the profiles", () => {
  const world = make();
  const ids = runScenario(world, "usage_stopped", { seed: 2, at: AT })
    .refs.filter((ref) => ref.startsWith("mixpanel."))
    .map(idOf);
  const threeWeeksAgo = ANCHOR - 21 * 86_400_000;
  for (const id of ids) {
    const plan = world.mixpanel.plans.get(id)!;
    for (let ago = 0; ago < DAYS; ago++)
      for (const event of usageOn(world.usage, plan, ago)) expect(event.time).toBeLessThan(threeWeeksAgo);
    const lastSeen = world.mixpanel.profiles.get(id)?.properties["$last_seen"];
    if (lastSeen !== undefined) expect(Date.parse(`${lastSeen}Z`)).toBeLessThan(threeWeeksAgo);
  }
});

test("records an opt-out on every platform of the person", () => {
  const world = make();
  const refs = runScenario(world, "opted_out", { seed: 3, at: AT }).refs;
  const idWith = (prefix: string): string => idOf(refs.find((ref) => ref.startsWith(prefix))!);
  expect(world.salesforce.tables.Contact.get(idWith("salesforce.contact"))!["HasOptedOutOfEmail"]).toBe(true);
  expect(world.zendesk.users.get(Number(idWith("zendesk.user")))!.user_fields["analytics_opt_out"]).toBe(true);
  expect(world.mixpanel.profiles.get(idWith("mixpanel.user"))!.properties["opted_out"]).toBe(true);
});

test("adds the missing onboarding steps", () => {
  const world = make();
  const id = idOf(runScenario(world, "onboarding_completed", { seed: 4, at: AT }).refs[0]!);
  const addedEvents = [...world.mixpanel.events.values()].filter((e) => e.distinct_id === id);
  expect(addedEvents.at(-1)).toMatchObject({ event: "Onboarding Completed", time: AT });
  expect(world.mixpanel.plans.get(id)!.funnel.length + addedEvents.length).toBe(4);
});

test("leaves no change when it fails half-way", () => {
  const world = make();
  const arrBefore = world.zendesk.tickets.size;
  expect(() =>
    world.change(() => {
      runScenario(world, "ticket_created", { seed: 1, at: AT });
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(world.zendesk.tickets.size).toBe(arrBefore);
});
