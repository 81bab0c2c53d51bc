import { startNetworkProxy } from "@sidelight/test-support/networkProxy.ts";
import { hasPostgres, startPostgres, type TestPostgres } from "@sidelight/test-support/postgres.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServeFolder, type ServeFolder } from "../harness/serveProcess.ts";

const events = 200;
/** The statements that create the tables have more. */
const schemaBytes = 10_000;
const command = ["migrate", "--from", "sqlite", "--to", "postgres"];

describe.skipIf(!hasPostgres)("a move to PostgreSQL", { timeout: scaled(180_000) }, () => {
  let postgres: TestPostgres;
  let served: ServeFolder;
  beforeAll(async () => {
    postgres = await startPostgres();
    served = createServeFolder();
    const serving = await served.start();
    for (let i = 0; i < events; i++) expect((await serving.webhook()).status).toBe(200);
    await serving.server.stop();
  });
  afterAll(async () => {
    served.remove();
    await postgres.close();
  });

  /** Runs the command, and kills it with SIGKILL when it has sent this many bytes to the database. */
  async function move(database: string, maxBytes: number) {
    let sentBytes = 0;
    const proxy = await startNetworkProxy(postgres.port, (bytes) => {
      sentBytes = bytes;
      if (bytes > maxBytes) running.child.kill("SIGKILL");
    });
    const url = new URL(database);
    url.port = String(proxy.port);
    const running = served.launch(command, { SIDELIGHT_DATABASE_URL: url.href });
    running.child.stdin.end();
    const code = await running.ended;
    await proxy.close();
    return { code, sentBytes, digest: /digest ([0-9a-f]{64})/.exec(running.out())?.[1], err: running.err() };
  }

  it("that is killed anywhere leaves nothing in the database, and the next one moves everything", async () => {
    const [first, database] = [postgres.newDatabase(), postgres.newDatabase()];
    const inSchema = await move(database, schemaBytes / 2);
    expect(inSchema.code).toBeNull();
    for (const url of [first, database]) expect((await served.run(["migrate"], { SIDELIGHT_DATABASE_URL: url })).code).toBe(0);
    const complete = await move(first, Number.POSITIVE_INFINITY);
    expect([complete.code, complete.err]).toEqual([0, ""]);
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const killed = await move(database, Math.floor(complete.sentBytes * share));
      expect(killed.code, `killed after ${share} of the bytes`).toBeNull();
    }
    const repeated = await move(database, Number.POSITIVE_INFINITY);
    expect([repeated.code, repeated.err, repeated.digest]).toEqual([0, "", complete.digest]);
  });
});
