import { hasRedis, startRedis } from "../support/redis.ts";

/** Starts the server of Redis for the tests that run on it. */
export default async function setup(): Promise<() => Promise<void>> {
  if (!hasRedis) return async () => {};
  const server = await startRedis();
  process.env["SIDELIGHT_TEST_REDIS"] = String(server.port);
  return server.close;
}
