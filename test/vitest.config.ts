import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { hasPostgres } from "./support/postgres.ts";
import { hasRedis } from "./support/redis.ts";
import { useMemoryFolder } from "./tools/memoryFolder.ts";
import { root } from "./tools/runNode.mjs";
import { measureTimeScale } from "./tools/timeScale.ts";

const scale = measureTimeScale();
useMemoryFolder();

/** One project a kind of test: `vitest --project unit`. */
const project = (name: string, include: string[], options: { env?: Record<string, string>; isolate?: boolean } = {}) => ({
  extends: true as const,
  test: { name, include, ...options },
});

/** Tests of the store, and of what depends most on it, run once more on PostgreSQL. */
const storeTests = [
  "context-api/src/log/{commitFailures,commits,consumer,log,order,recovery}.test.ts",
  "context-api/src/deliveries/*.test.ts",
  "context-api/src/log/retention/deleteExpired.test.ts",
  "context-api/src/fields/{baseValue,twoSides}.test.ts",
  "context-api/src/context/{consent,loadedCustomers}.test.ts",
  "context-api/src/linking/matchTenant.test.ts",
  "context-api/src/services/identity/decisions.test.ts",
  "context-api/src/store/tables/deliveries.test.ts",
  "context-api/src/connections/callRecorder.test.ts",
  "context-api/src/store/tables/{calls,syncTables,tables,totals}.test.ts",
  "test/contract/{alerts,calls,consent,consoleSessions,costs,custody,customers,defaultRoutes,durability,echoes,events,freshnessObjectives,identity,identityRequests,overview,panelActions,panelSignIn,projectionVersion,read,routing,search,storeReads,zendeskWebhook}.test.ts",
];

/** The panels are tested once more with another font, because a layout must not depend on the metrics of one. */
const hasInter = existsSync("/usr/share/fonts/opentype/inter") || process.env["SIDELIGHT_SKIP_NOTHING"] === "1";

const postgresProject = {
  extends: true as const,
  test: {
    name: "postgres",
    include: storeTests,
    env: { SIDELIGHT_STORE: "postgres" },
    globalSetup: [fileURLToPath(new URL("./tools/postgresServer.ts", import.meta.url))],
  },
};

/** Tests of what is cached or shared, run once more with Redis. */
const cacheTests = [
  "test/contract/{cacheTiers,calls,freshness,read,stream,warmRead}.test.ts",
  "test/faults/{degraded,flapping,outages}.test.ts",
];

const redisProject = {
  extends: true as const,
  test: {
    name: "redis",
    include: cacheTests,
    env: { SIDELIGHT_CACHE: "redis" },
    globalSetup: [fileURLToPath(new URL("./tools/redisServer.ts", import.meta.url))],
  },
};

const seededFastCheck = fileURLToPath(new URL("./tools/seededFastCheck.ts", import.meta.url));

/** Tests get fast-check with the seed of the run. */
const propertySeed = {
  name: "property-seed",
  enforce: "pre" as const,
  resolveId: (source: string, importer?: string) =>
    source === "fast-check" && importer !== seededFastCheck ? seededFastCheck : null,
};

export default defineConfig({
  plugins: [propertySeed],
  root,
  test: {
    projects: [
      project(
        "unit",
        ["{shared,context-api,apps}/**/*.test.ts", "test/{deploy,fixtures,harness,lab,load,specs,support,tools}/**/*.test.ts"],
        // The files of a worker share their modules: loading them again for each file takes longer than the tests.
        { isolate: false },
      ),
      project("contract", ["test/contract/**/*.test.ts"]),
      project("e2e", ["test/e2e/**/*.test.ts"]),
      project("faults", ["test/faults/**/*.test.ts"]),
      ...(hasPostgres ? [postgresProject] : []),
      ...(hasRedis ? [redisProject] : []),
      ...(hasInter
        ? [
            project(
              "inter",
              ["test/e2e/{zendesk,salesforce-accessibility}.test.ts", "test/e2e/scenarios/*{Reading,Looks}.test.ts"],
              {
                env: { SIDELIGHT_FONT: "Inter" },
              },
            ),
          ]
        : []),
    ],
    exclude: ["**/node_modules/**", "**/dist/**", "**/.cache/**"],
    globalSetup: [fileURLToPath(new URL("./tools/globalSetup.ts", import.meta.url))],
    pool: "forks",
    // V8's baseline compiler can end a process of tests with SIGSEGV in a garbage collection: github.com/nodejs/node/issues/62393.
    execArgv: ["--no-sparkplug"],
    maxWorkers: 2,
    // Limits end what hangs. They grow with the machine's load, so that a busy machine is no failure.
    testTimeout: 60_000 * scale,
    hookTimeout: 180_000 * scale,
    expect: { poll: { timeout: 8_000 * scale } },
    reporters: ["default"],
  },
});
