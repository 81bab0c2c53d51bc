import type { ProductData } from "@sidelight/contracts/context/sections.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HealthScore, health, noHealthInputs } from "../../signals/health.ts";
import { productSection } from "./product.ts";
import { type SectionInput, toSection } from "./section.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const dayMs = 86_400_000;
const dayBefore = (days: number) => new Date(now - days * dayMs).toISOString().slice(0, 10);
const steps = ["Signed Up", "Project Created", "Invited", "Onboarded"];

interface User {
  /** Sessions by day, today first. */
  sessions: number[];
  /** Number of steps of the funnel that were reached. */
  reached: number;
  /** Days since the last visit, of a user without events; null for one with events. */
  lastSeen: number | null;
  isHistoryComplete: boolean;
}

const user: fc.Arbitrary<User> = fc.record({
  sessions: fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(12)), { minLength: 30, maxLength: 30 }),
  reached: fc.nat(steps.length),
  lastSeen: fc.option(fc.integer({ min: 31, max: 300 })),
  isHistoryComplete: fc.boolean(),
});

const recordTimes = { changedAt: now, observedAt: now, sequence: 1 };

/** A company whose people at these positions opted out. */
function company(users: readonly User[], optedOut: readonly number[]): SectionInput {
  const people = new Map(
    users.map((u, i) => {
      const since = u.isHistoryComplete ? `${dayBefore(80)}T00:00:00Z` : null;
      const lastSeenAt = u.lastSeen === null ? null : `${dayBefore(u.lastSeen)}T00:00:00Z`;
      const productUse = { since, lastSeenAt, milestones: steps.slice(0, u.reached) };
      const withdrawals = optedOut.includes(i) ? { optedOut: true, withdrawals: ["analytics"] } : { optedOut: false };
      return [
        `p${i}`,
        [{ ref: `mixpanel.user:${i}`, ...recordTimes, edges: [], data: { kind: "person", productUse, ...withdrawals } }],
      ];
    }),
  );
  const usage = users.flatMap(({ sessions, lastSeen }, i) => {
    if (lastSeen !== null) return [];
    const counts = sessions.flatMap((n, day) => (n > 0 ? [[dayBefore(day), { events: n, sessions: n, features: {} }]] : []));
    const lastDay = sessions.findIndex((n) => n > 0);
    const lastActiveAt = `${dayBefore(lastDay === -1 ? 70 : lastDay)}T01:00:00Z`;
    const data = { kind: "usage", lastActiveAt, days: Object.fromEntries(counts), funnel: {}, countedSince: dayBefore(89) };
    return [{ ref: `mixpanel.usage:${i}`, ...recordTimes, edges: [{ rel: "user", to: `mixpanel.user:${i}` }], data }];
  });
  return {
    ...{ now, timeZone: "UTC", link: () => null, onProvenance: () => {} },
    records: { kind: "company", people, usage, memberships: [] },
    source: {
      ...{ observedAt: now, freshUntil: now, staleAt: now + 1, problem: null, isLate: false, isPushed: false },
      connections: [{ platform: { name: "mixpanel" }, connector: { funnel: { name: "Onboarding", steps } } }],
    },
  } as unknown as SectionInput;
}

function healthOf(input: SectionInput): { health: HealthScore; product: ProductData | null } {
  const section = toSection(input, productSection.view(input, undefined));
  const inputs = productSection.healthInputs!(input, section);
  const otherInputs = { openTickets: 0, urgentTickets: 0, csat: { good: 5, bad: 0 }, daysToRenewal: 200 };
  const result = health({ ...noHealthInputs, ...otherInputs, ...inputs, missing: inputs.missing ?? {} });
  return { health: result, product: section.data as ProductData | null };
}

/** A user with the same sessions on each day. */
const steady = (sessions: number): User => ({
  sessions: Array.from({ length: 30 }, () => sessions),
  ...{ reached: steps.length, lastSeen: null, isHistoryComplete: true },
});
const halvesOf = ({ sessions, lastSeen }: User) =>
  lastSeen === null ? [0, 15].map((from) => sessions.slice(from, from + 15).reduce((a, b) => a + b, 0)) : [0];

describe("the health score of a company", () => {
  it("never rises when a person opts out who was at most three times as active as the others", () => {
    fc.assert(
      fc.property(fc.array(user, { minLength: 2, maxLength: 12 }), (users) => {
        const [leaving, ...remainingUsers] = users;
        const limit = Math.max(45, 3 * Math.max(...remainingUsers.flatMap(halvesOf)));
        fc.pre(Math.max(...halvesOf(leaving!)) <= limit);
        const previous = healthOf(company(users, [])).health.score;
        const { score } = healthOf(company(users, [0])).health;
        if (score !== null) expect(score).toBeLessThanOrEqual(previous ?? -1);
      }),
      { numRuns: 500 },
    );
  });

  it("does not exist while the one user of several who opted out could have stopped using the product", () => {
    const { health: result, product } = healthOf(company([steady(1), steady(1)], [0]));
    expect(product).toMatchObject({ trend: "steady", notCounted: 1 });
    expect(result).toMatchObject({ score: null, band: null });
    expect(result.missing).toEqual([{ key: "usage_trend", weight: 0.25, reason: "not_counted" }]);
  });

  it("exists when one person more or less makes no difference", () => {
    const users = Array.from({ length: 30 }, () => steady(1));
    expect(healthOf(company(users, [0])).health.score).toBe(healthOf(company(users, [])).health.score);
  });

  it("exists when the use of the others is falling anyway", () => {
    const falling = { ...steady(1), sessions: [...Array(15).fill(0), ...Array(15).fill(2)] };
    const { health: result } = healthOf(company([falling, steady(1)], [1]));
    expect(result.score).not.toBeNull();
  });

  it("has unknown steps of the funnel, not open ones, while people are not counted", () => {
    const beginner = { ...steady(1), reached: 1 };
    const doneOf = (optedOut: number[]) =>
      healthOf(company([beginner, beginner], optedOut)).product!.funnel!.steps.map(({ done }) => done);
    expect(doneOf([])).toEqual([true, false, false, false]);
    expect(doneOf([0])).toEqual([true, null, null, null]);
  });
});
