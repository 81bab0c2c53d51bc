import { hasPostgres } from "@sidelight/test-support/postgres.ts";
import { hasRedis } from "@sidelight/test-support/redis.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSeededRun, type SeededRun } from "./seeds/seededRun.ts";

// One seed drives faults of platforms, webhooks, processes, databases and clocks, while agents read and events flow. A seed takes ten
// seconds. SIDELIGHT_SEED=<seed> repeats one, SIDELIGHT_SEEDS=<n> plays that many.
const { SIDELIGHT_SEED: seed, SIDELIGHT_SEEDS: seedCount, SIDELIGHT_FULL: isFull } = process.env;
const first = Number(seed ?? 20_261_129);
const defaultCount = isFull === "1" ? 200 : 2;
const count = Number(seedCount ?? (seed ? 1 : defaultCount));
const seeds = Array.from({ length: count }, (_, i) => first + i);

describe.each([
  { store: "SQLite", size: 1, canRun: true },
  { store: "PostgreSQL and Redis", size: 3, canRun: hasPostgres && hasRedis },
])("seeded faults with $size process(es) on $store", ({ store, size, canRun }) => {
  let run: SeededRun;
  beforeAll(async () => {
    if (canRun) run = await openSeededRun({ size });
  });
  afterAll(async () => {
    await run?.close();
  });

  it.skipIf(!canRun).each(seeds)("seed %i", { timeout: scaled(240_000) }, async (seed) => {
    const violations = await run.play(seed);
    const repeat = `SIDELIGHT_SEED=${seed} npx vitest run --config test/vitest.config.ts test/faults/seeds.test.ts -t "${store}"`;
    expect(violations, `repeat with: ${repeat}\n${violations.length > 0 ? run.logs() : ""}`).toEqual([]);
  });
});
