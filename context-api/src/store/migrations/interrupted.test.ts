import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { Migrator } from "kysely/migration";
import { afterAll, describe, expect, it } from "vitest";
import { migrationNames, migrations } from "../migrations.ts";
import { migrate, openSqlite } from "../sqlite.ts";
import { openWriterStore } from "../writerStore.ts";

const folder = mkdtempSync(join(tmpdir(), "sidelight-interrupted-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A store of the released version, which ends with m014, with one delivery and one alert. */
async function releasedStore(name: string): Promise<string> {
  const file = join(folder, name);
  const handle = openSqlite(file, "write");
  await new Migrator({ db: handle.db, provider: migrations }).migrateTo("m014-plain-names");
  await sql`insert into deliveries (tenant, id, route, target, action, event_id, sequence, subject, state, attempts, next_at, created_at,
    ref, config, payload) values ('acme', 'dlv_1', 'r', 't', 'a', 'e', 1, 's', 'waiting', 0, 0, 0, null, 'v1', x'00')`.execute(
    handle.db,
  );
  handle.raw.pragma("wal_checkpoint(TRUNCATE)");
  await handle.close();
  return file;
}

const schemaOf = (file: string): unknown[] => {
  const { raw } = openSqlite(file, "read");
  const rows = raw.prepare("select type, name, sql from sqlite_master order by type, name").all();
  raw.close();
  return rows;
};

describe("a migration that is interrupted", () => {
  it.each([
    ["by a full disk", 1],
    ["by a full disk shortly before its end", 40],
  ])("%s leaves the store of the released version as it was, and the next start completes it", async (_, morePages) => {
    const file = await releasedStore(`full-${morePages}.sqlite`);
    const previousSchema = schemaOf(file);
    const handle = openSqlite(file, "rewrite");
    const pages = Number(handle.raw.pragma("page_count", { simple: true }));
    handle.raw.pragma(`max_page_count = ${pages + morePages}`);
    const migration = migrate(handle);
    if (morePages === 1) await expect(migration).rejects.toMatchObject({ code: "SQLITE_FULL" });
    else await migration.catch(() => {});
    await handle.close();
    if (morePages === 1) expect(schemaOf(file)).toEqual(previousSchema);
    const store = await openWriterStore(file, { mustExist: true });
    await store.close();
    const { raw } = openSqlite(file, "read");
    expect(raw.prepare("select name from kysely_migration").pluck().all()).toHaveLength(migrationNames.length);
    expect(raw.prepare("select id, state from deliveries").all()).toEqual([{ id: "dlv_1", state: "waiting" }]);
    raw.close();
  });

  it("by the end of the process leaves the store as it was, wherever it ended", async () => {
    const file = await releasedStore("killed.sqlite");
    const handle = openSqlite(file, "rewrite");
    let statements = 0;
    const { prepare } = handle.raw;
    const copies: string[] = [];
    // What a killed process would leave: the files at the moment of each statement.
    const copy = (): void => {
      const target = join(folder, `killed-${statements++}.sqlite`);
      for (const suffix of ["", "-wal"]) copyFileSync(`${file}${suffix}`, `${target}${suffix}`);
      copies.push(target);
    };
    handle.raw.prepare = ((text: string) => {
      if (/^(alter|create|drop|insert)/i.test(text)) copy();
      return prepare.call(handle.raw, text);
    }) as typeof prepare;
    await migrate(handle);
    handle.raw.prepare = prepare;
    await handle.close();
    expect(copies.length).toBeGreaterThan(10);
    for (const killedCopy of copies) {
      const store = await openWriterStore(killedCopy, { mustExist: true });
      await store.close();
      expect(schemaOf(killedCopy)).toEqual(schemaOf(file));
    }
  });
});

it("a first start that cannot write leaves no empty file, which would be taken for a damaged store", async () => {
  const file = join(folder, "new.sqlite");
  // SQLite cannot create its journal where a folder is.
  mkdirSync(`${file}-journal`);
  await expect(openWriterStore(file)).rejects.toMatchObject({ code: "store_unusable" });
  expect(existsSync(file)).toBe(false);
  rmSync(`${file}-journal`, { recursive: true });
  const store = await openWriterStore(file);
  await store.close();
});
