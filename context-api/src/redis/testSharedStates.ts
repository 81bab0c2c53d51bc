import { startRedis, type TestRedis } from "@sidelight/test-support/redis.ts";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { openSharedState } from "./connection.ts";
import type { SharedState } from "./sharedState.ts";

export interface TestSharedStates {
  server(): TestRedis;
  /** The empty database of the test. */
  url(): string;
  /** The shared state as another process sees it. It is closed after the test. */
  connect(now?: () => number): Promise<SharedState>;
}

/** A Redis for the tests of a block. */
export function testSharedStates(): TestSharedStates {
  let redis: TestRedis;
  let url: string;
  const open: SharedState[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.close());
  beforeEach(() => {
    url = redis.newDatabase();
  });
  afterEach(() => Promise.all(open.splice(0).map((shared) => shared.close())));
  return {
    server: () => redis,
    url: () => url,
    async connect(now = Date.now) {
      const options = { logger: createLogger("silent"), metrics: createMetrics(), isMember: true, now };
      const shared = await openSharedState(url, now, options);
      open.push(shared);
      return shared;
    },
  };
}
