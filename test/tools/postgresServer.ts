import { hasPostgres, startPostgres } from "../support/postgres.ts";

/** Starts the server of PostgreSQL for the tests that run on it. */
export default async function setup(): Promise<() => Promise<void>> {
  if (!hasPostgres) return async () => {};
  const server = await startPostgres();
  process.env["SIDELIGHT_TEST_POSTGRES"] = String(server.port);
  return server.close;
}
