import { describe, expect, it } from "vitest";
import { TiersConfig } from "../config/tiers.ts";
import type { Document } from "./routeDocument.ts";
import { compileTiers, joinMsOf, openTier, type Tier } from "./tiers.ts";

const route = (overrides: object = {}, action: object = { batch: 100 }) =>
  ({ config: { joinSeconds: 0, ...overrides }, action }) as Parameters<typeof joinMsOf>[0];
const standard: Tier = { name: "standard", when: null, joinMs: 900_000 };

describe("joinMsOf", () => {
  it("is the longer wait of the route and the tier", () => {
    expect(joinMsOf(route(), null, standard)).toBe(900_000);
    expect(joinMsOf(route({ joinSeconds: 60 }), null, null)).toBe(60_000);
    expect(joinMsOf(route({ joinSeconds: 60 }), null, { ...standard, joinMs: 0 })).toBe(60_000);
  });

  it("is none for what no wait saves, and for a route of high criticality", () => {
    expect(joinMsOf(route({}, { batch: 1 }), null, standard)).toBe(0);
    expect(joinMsOf(route({}, { batch: 1 }), "ticket:1", standard)).toBe(900_000);
    expect(joinMsOf(route({ criticality: "high" }), null, standard)).toBe(0);
  });
});

describe("openTier", () => {
  const tiers = compileTiers(
    TiersConfig.parse([
      { name: "high", when: "account.arr.amount >= 50000" },
      { name: "standard", everyMinutes: 15 },
    ]),
    () => {},
  );

  it("is the first tier whose condition is true, read once", async () => {
    let reads = 0;
    const document = (value: boolean) => {
      const evaluate = async () => {
        reads += 1;
        return value;
      };
      return { evaluate } as unknown as Document;
    };
    const tierOf = openTier(tiers, document(true));
    expect([(await tierOf())?.name, (await tierOf())?.name, reads]).toEqual(["high", "high", 1]);
    expect(await openTier(tiers, document(false))()).toMatchObject({ name: "standard", joinMs: 900_000 });
    expect(await openTier([], document(true))()).toBeNull();
  });

  it("reports invalid conditions, names that repeat, and a tier for all that is not the last", () => {
    const issues: string[] = [];
    compileTiers(TiersConfig.parse([{ name: "high", when: "arr >" }]), (i, message) => issues.push(`${i}: ${message}`));
    expect(issues).toEqual([expect.stringMatching(/0: invalid JSONata/)]);
    const messages = (config: object[]) => TiersConfig.safeParse(config).error?.issues.map(({ message }) => message);
    expect(messages([{ name: "a" }, { name: "b", when: "true" }])?.[0]).toMatch(/must be the last/);
    expect(messages([{ name: "a", when: "true" }, { name: "a" }])?.[0]).toMatch(/another tier/);
  });
});
