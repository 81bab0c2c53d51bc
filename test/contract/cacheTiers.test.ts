import type { Context } from "@sidelight/contracts/context/context.ts";
import { advanceBy } from "@sidelight/test-support/advance.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
let ref: string;
beforeEach(async () => {
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.cache = { ticketMinutes: 1 };
    },
  });
  ref = harness.lab.tenants["acme"]!.examples.resolved[0]!;
});
afterEach(() => harness.close());

const observedAt = ({ sections }: Context): number => Date.parse(sections.support?.observedAt ?? "");
const support = { query: "?sections=support" };
const metric = async (series: string): Promise<number> => {
  const { text } = await harness.request<string>("/metrics");
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.split(" ")
      .at(-1) ?? Number.NaN,
  );
};
/** Pulls confirm the values. No reads in that time. */
const advance = (ms: number): Promise<void> => advanceBy(harness.clock, 10_000, ms);

describe("an answer whose ttl has ended", () => {
  it("is served from memory without a call, and is read again in the background", async () => {
    const first = await harness.context(ref, support);
    await advance(70_000);
    const since = harness.requests().length;
    const second = await harness.context(ref, support);
    expect([second.tier, observedAt(second.body)]).toEqual(["memory", observedAt(first.body)]);
    await until("the newer answer", async () => {
      const next = await harness.context(ref, support);
      expect(next.tier).toBe("memory");
      return observedAt(next.body) > observedAt(first.body);
    });
    expect(harness.requests(undefined, since).filter(({ tenant }) => tenant === "acme")).toEqual([]);
  });

  it("is served three times as long when it was read often", async () => {
    const first = await harness.context(ref, support);
    for (let i = 0; i < 20; i++) await harness.context(ref, support);
    await advance(70_000);
    for (let i = 0; i < 3; i++) {
      const { tier, body } = await harness.context(ref, support);
      expect([tier, observedAt(body)]).toEqual(["memory", observedAt(first.body)]);
    }
  });
});

describe("the metrics of the tiers", () => {
  it("are the share of reads that each answered, the calls that were saved, and the size", async () => {
    for (let i = 0; i < 4; i++) await harness.context(ref, support);
    expect(await metric('sidelight_cache_hit_ratio{tenant="acme",tier="memory"}')).toBe(0.75);
    expect(await metric('sidelight_cache_hit_ratio{tenant="acme",tier="store"}')).toBe(1);
    const connections = harness.runtime.tenants.get("acme")!.tenant.connections.length;
    expect(await metric('sidelight_cache_calls_saved_total{tenant="acme",reason="memory"}')).toBe(3 * connections);
    expect(await metric("sidelight_cache_answers")).toBe(1);
    expect(await metric("sidelight_cache_bytes")).toBeGreaterThan(500);
  });
});

describe("a customer that no platform has", () => {
  it("is remembered: a later read causes no call", async () => {
    const unknown = "email:absent.person@elsewhere-industries.com";
    const first = await harness.context(unknown);
    expect(first.body.match.state).toBe("none");
    expect((await harness.context(unknown)).tier).toBe("memory");
    const since = harness.requests().length;
    harness.clock.advance(31_000);
    expect((await harness.context(unknown)).tier).toBe("store");
    const searches = harness.requests(undefined, since).filter(({ path }) => decodeURIComponent(path).includes("absent.person"));
    expect(searches).toEqual([]);
  });
});
