import type { Registry } from "prom-client";
import { registerValues } from "./requestCounters.ts";

/** Why a call to a platform was not made. */
export type SavedReason = "memory" | "redis" | "store" | "other_process" | "not_found";

/** Counts answered contexts, and what the tiers of the cache save. Like {@link RequestCounters}, it costs an addition. */
export interface AnswerCounters {
  /** @param tier what answered */
  count(tenant: string, tier: string): void;
  /** An answer without a platform saves one call to each of so many connections. */
  setConnections(tenant: string, connections: number): void;
  /** A call was not made, because another process made it, or because the platform has just answered that it has no match. */
  countSaved(tenant: string, reason: "other_process" | "not_found"): void;
  /** What a tenant's process has counted since its start: answers by tier, calls that were not made by reason. */
  totals(tenant: string): AnswerTotals;
  /** The cache in Redis could not be read. */
  countRedisError(tenant: string): void;
}

export interface AnswerTotals {
  answers: ReadonlyMap<string, number>;
  saved: ReadonlyMap<string, number>;
}

interface TenantCounts {
  tiers: Map<string, number>;
  connections: number;
  saved: Map<SavedReason, number>;
  redisErrors: number;
}

/** In the order in which they are read. */
const cacheTiers = ["memory", "redis", "store"] as const;
const isCacheTier = (tier: string): tier is (typeof cacheTiers)[number] => (cacheTiers as readonly string[]).includes(tier);

export function createAnswerCounters(registry: Registry): AnswerCounters {
  const tenants = new Map<string, TenantCounts>();
  const countsOf = (tenant: string): TenantCounts => {
    const present = tenants.get(tenant);
    if (present) return present;
    const counts: TenantCounts = { tiers: new Map(), connections: 0, saved: new Map(), redisErrors: 0 };
    tenants.set(tenant, counts);
    return counts;
  };
  const series = (
    name: string,
    help: string,
    type: "counter" | "gauge",
    valuesOf: (counts: TenantCounts) => { labels: Record<string, string>; value: number }[],
  ): void =>
    registerValues(registry, name, help, type, () =>
      [...tenants].flatMap(([tenant, counts]) =>
        valuesOf(counts).map(({ labels, value }) => ({ labels: { tenant, ...labels }, value })),
      ),
    );

  series("sidelight_context_answers_total", "Contexts answered, by the tier that answered", "counter", ({ tiers }) =>
    [...tiers].map(([tier, value]) => ({ labels: { tier }, value })),
  );
  series(
    "sidelight_cache_hit_ratio",
    "Share of the reads that a tier answered, of those that reached it, since the start",
    "gauge",
    ({ tiers }) => hitRatios(tiers).map(({ tier, value }) => ({ labels: { tier }, value })),
  );
  series("sidelight_cache_calls_saved_total", "Calls to platforms that were not made, by reason", "counter", ({ saved }) =>
    [...saved].map(([reason, value]) => ({ labels: { reason }, value })),
  );
  series("sidelight_cache_redis_errors_total", "Reads of the cache in Redis that failed", "counter", ({ redisErrors }) => [
    { labels: {}, value: redisErrors },
  ]);

  return {
    count(tenant, tier) {
      const { tiers, saved, connections } = countsOf(tenant);
      tiers.set(tier, (tiers.get(tier) ?? 0) + 1);
      if (isCacheTier(tier)) saved.set(tier, (saved.get(tier) ?? 0) + connections);
    },
    setConnections(tenant, connections) {
      countsOf(tenant).connections = connections;
    },
    countSaved(tenant, reason) {
      const { saved } = countsOf(tenant);
      saved.set(reason, (saved.get(reason) ?? 0) + 1);
    },
    totals(tenant) {
      const counts = tenants.get(tenant);
      return { answers: new Map(counts?.tiers), saved: new Map(counts?.saved) };
    },
    countRedisError(tenant) {
      countsOf(tenant).redisErrors += 1;
    },
  };
}

/** Each tier is read for what the tiers before it lack. */
function hitRatios(tiers: ReadonlyMap<string, number>): { tier: string; value: number }[] {
  let lookups = [...tiers.values()].reduce((sum, count) => sum + count, 0);
  return cacheTiers.flatMap((tier) => {
    const hits = tiers.get(tier) ?? 0;
    const tierLookups = lookups;
    lookups -= hits;
    return tierLookups === 0 ? [] : [{ tier, value: hits / tierLookups }];
  });
}
