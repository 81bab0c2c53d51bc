import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { Migrator } from "kysely/migration";
import { afterEach, expect, it } from "vitest";
import { migrationNames, migrations } from "../migrations.ts";
import { migrate, openSqlite } from "../sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "sidelight-refs-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("a store of an earlier release has no address of a written record left, neither in a row nor in unused pages", async () => {
  const address = "ada.lovelace@personal.example";
  const handle = openSqlite(join(folder, "store.sqlite"), "write");
  const previous = migrationNames[migrationNames.indexOf("m019-sealed-delivery-refs") - 1] ?? "";
  await new Migrator({ db: handle.db, provider: migrations }).migrateTo(previous);
  const insert = async (id: number): Promise<void> => {
    await sql`insert into deliveries (tenant, id, route, target, action, event_id, sequence, subject, state, attempts, next_at,
      created_at, ref, config, payload) values ('acme', ${`dlv_${id}`}, 'r', 't', 'a', 'e', ${id}, 's', 'done', 1, 0, 0,
      ${`mixpanel.user:${address}`}, 'v1', x'00')`.execute(handle.db);
  };
  for (let id = 0; id < 500; id++) await insert(id);
  await migrate(handle);
  const rows = handle.raw.prepare("select * from deliveries").all() as Record<string, unknown>[];
  expect(rows).toHaveLength(500);
  expect(rows[0]).toMatchObject({ id: "dlv_0", sealed_ref: null });
  expect(rows[0]).not.toHaveProperty("ref");
  handle.raw.pragma("wal_checkpoint(TRUNCATE)");
  await handle.close();
  for (const file of readdirSync(folder)) expect(readFileSync(join(folder, file), "latin1"), file).not.toContain(address);
});
