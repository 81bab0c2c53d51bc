import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { CommandContext } from "@sidelight/context-api/cli/environment.ts";
import { migrate } from "@sidelight/context-api/cli/migrate.ts";
import { replay } from "@sidelight/context-api/cli/replay.ts";
import { projectionDigest } from "@sidelight/context-api/log/replay/digest.ts";
import { lockStore } from "@sidelight/context-api/store/lock.ts";
import { openPostgresPool } from "@sidelight/context-api/store/postgres/connection.ts";
import { openSqlite } from "@sidelight/context-api/store/sqlite.ts";
import { listEventRowsAfter } from "@sidelight/context-api/store/tables/events.ts";
import { transferTables } from "@sidelight/context-api/store/transfer.ts";
import { version } from "@sidelight/context-api/telemetry/version.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "@sidelight/test-support/postgres.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CapturedOutput, captureOutput } from "../harness/capturedOutput.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { allPlatforms } from "../harness/platforms.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

// The store starts as a file, so this does not run in the project that starts on PostgreSQL.
describe.skipIf(!hasPostgres || process.env["SIDELIGHT_STORE"] === "postgres")("sidelight migrate", () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.close());

  let harness: Harness;
  let database: string;
  let output: CapturedOutput;
  beforeEach(async () => {
    harness = await openHarness({ otherTenant: true, routes: true });
    database = server.newDatabase();
    output = captureOutput();
  });
  afterEach(async () => {
    output.restore();
    await harness.close();
  });

  const file = () => join(harness.directory, "sidelight.sqlite");
  const command = (env: Record<string, string> = {}): CommandContext => ({
    env: {
      SIDELIGHT_DATA: harness.directory,
      SIDELIGHT_CONFIG: join(harness.directory, "sidelight.yaml"),
      SIDELIGHT_DATABASE_URL: database,
      ...env,
    },
    clock: systemClock,
    platformNames: [],
    loadPlatforms: async () => allPlatforms,
  });
  const run = (env: Record<string, string> = {}) => migrate({ from: "sqlite", to: "postgres" }, command(env));
  const log = (tenant: string) => harness.runtime.tenants.get(tenant)!.tenant.log;
  const tenants = ["acme", "globex"];
  const digests = () => Promise.all(tenants.map((tenant) => projectionDigest(log(tenant))));
  const events = async () =>
    (await Promise.all(tenants.map((tenant) => listEventRowsAfter(log(tenant).store, { after: 0 }, 1_000_000)))).flat();
  const answers = async () => {
    const examples = tenants.flatMap((tenant) => {
      const { resolved, ambiguous, none, hierarchy } = harness.lab.tenants[tenant]!.examples;
      return [...resolved, ...ambiguous, ...none, ...hierarchy].map((ref) => ({ ref, tenant }));
    });
    return await Promise.all(examples.map(async ({ ref, tenant }) => (await harness.context(ref, { tenant })).text));
  };
  const sendTicket = () =>
    sendZendesk(harness, ticketEvent("created", { id: 424_242, requesterId: 1, updatedAt: harness.clock.now() }));

  it("moves every row of every tenant, and serve continues on the database with the same answers", async () => {
    expect((await sendTicket()).status).toBe(200);
    // Without pulls, which would confirm records in between.
    await harness.restart({ pull: false });
    const original = { answers: await answers(), digests: await digests(), events: await events() };
    await harness.stop();
    expect(await run()).toBe(0);
    for (const tenant of tenants)
      expect(output.text()).toMatch(
        new RegExp(`^${tenant} {2}\\d+ rows of \\d+ tables {2}digest [0-9a-f]{64} {2}rebuild equal$`, "m"),
      );
    expect(output.text()).toContain("Start sidelight serve");
    expect(output.text()).not.toContain(database);

    harness.databaseUrl = database;
    await harness.restart({ pull: false });
    expect(await digests()).toEqual(original.digests);
    expect(await events()).toEqual(original.events);
    expect(await answers()).toEqual(original.answers);
    await harness.restart();
    // The sender repeats what it sent before the move, and sends something new.
    expect((await sendTicket()).status).toBe(200);
    const { body } = await harness.request("/v1/events?limit=5", { role: "service" });
    expect(body.items[0].sequence).toBeGreaterThan(original.events.filter((event) => event.tenant === "acme").length);
  });

  it("keeps nothing when the rebuilt projections differ, and works when they were repaired", async () => {
    await harness.stop();
    const { raw, close } = openSqlite(file(), "rewrite");
    raw.exec("update records set digest = 'another' where rowid = (select max(rowid) from records)");
    await close();
    await expect(run()).rejects.toThrow("Nothing was kept. Run sidelight replay --rebuild");
    const fileEnv = { ...command().env };
    delete fileEnv["SIDELIGHT_DATABASE_URL"];
    await replay({ rebuild: true, since: "7d" }, { ...command(), env: fileEnv });
    expect(await run()).toBe(0);
    harness.databaseUrl = database;
    await harness.restart();
  });

  it("refuses a database that has a store", async () => {
    await harness.stop();
    await run();
    await expect(run()).rejects.toThrow("The database already has a store, of acme, globex.");
    harness.databaseUrl = database;
    await harness.restart();
    expect(await digests()).toHaveLength(2);
  });

  it("refuses without a database, with another master key, and while the store is served", async () => {
    await harness.stop();
    await expect(run({ SIDELIGHT_DATABASE_URL: "" })).rejects.toThrow("Set SIDELIGHT_DATABASE_URL to the empty database");
    const otherKey = randomBytes(32).toString("base64");
    await expect(run({ SIDELIGHT_MASTER_KEY: otherKey })).rejects.toThrow("not the one that the store was encrypted with");
    await expect(run({ SIDELIGHT_DATA: join(harness.directory, "empty") })).rejects.toThrow("There is no store at");
    const lock = await lockStore(harness.directory);
    await expect(run()).rejects.toThrow("in use by another sidelight command");
    lock.release();
    await harness.restart();
  });

  it("lets this release work on a database that a newer one has extended, and refuses one that it has changed", async () => {
    await harness.stop();
    await run();
    harness.databaseUrl = database;
    const pool = openPostgresPool({ url: database, maxConnections: 1, statementTimeoutMs: 5_000, applicationName: "test" });
    const client = await pool.connect(null);
    const apply = (name: string) => client.query("insert into kysely_migration values ($1, '2027-01-01')", [name]);
    try {
      await apply("p998-later");
      await harness.restart({ pull: false });
      expect((await sendTicket()).status).toBe(200);
      await harness.stop();
      await apply("p999-later-breaking");
      await expect(harness.restart({ pull: false })).rejects.toThrow("p999-later-breaking");
    } finally {
      client.release();
      await pool.close();
    }
  });

  it("without options brings the schema up to date, also beside a process that serves, and adds nothing", async () => {
    expect(await migrate({}, command())).toBe(0);
    expect(output.text()).toBe(`The schema of the store is that of Sidelight ${version}.\n`);
    await harness.stop();
    // The database has a schema and no tenant.
    expect(await run()).toBe(0);
    harness.databaseUrl = database;
    await harness.restart({ pull: false });
    expect(await migrate({}, command())).toBe(0);
    expect((await harness.request("/v1/connections")).status).toBe(200);
  });

  it("knows a key for each table of the store", async () => {
    const tables = await transferTables(file());
    const withoutKey = tables.filter(({ keyColumns }) => keyColumns.length === 0).map(({ name }) => name);
    expect(withoutKey.sort()).toEqual(["baselines", "config_pins", "identity_runs", "tenants"]);
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(["events", "deliveries", "api_keys", "subject_keys"]));
  });
});
