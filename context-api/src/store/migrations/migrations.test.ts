import { createHash } from "node:crypto";
import BetterSqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { describe, expect, it } from "vitest";
import { migrationNames, migrations } from "../migrations.ts";
import type { Database } from "../schema.ts";

/** SHA-256 of the SQL that each migration executes, in order. A released migration never changes: add another one instead. */
const frozenMigrations: Record<string, string> = {
  "2026-11-21-first-light": "f48b92af81da96ff8ed334983678bb8571143a39aa828350b0d42b3cf11e5e65",
  "2026-11-22-retention": "0e92ed2cb8c920860464e736cdff11135afc82df3d6865df6bec70832c92191a",
  "2026-11-23-hub": "f89e4c258fa64ef26e0915cf47eb468d7615e80c5f97936f40675857a156b384",
  "2026-11-24-cohorts": "d8cef1dff23854066a26f03a7c3ccbb0dc3f89cc9ad438b8a9f254de242fc0b0",
  "2026-11-25-alerts": "c29fd3ed1969c1b5c50a510c0a33990e5816fc9bfa87a148ae7e84baa7717678",
  "2026-11-26-deliveries": "60c0a397564735a4f1c9df45b6db21af5fdfac21c0e32354424fdfaa915e614f",
  "2026-11-27-held": "3113137a69aea8c1bb70cb13d7f94d8030aa466635ccebd3cf4a2bd08b703a0d",
  "2026-11-28-covering": "98420d1c839c1fc105045914f697a3c4d3cf345187f016514758e01a1ed86faa",
  "2026-11-28-counts": "b8d4d1c53f949607d051934c037927c0612e4459a9ef286abef56113270a7513",
  "2026-11-29-signals": "aebf1af907896b68f600a1b6341b5ecc434cdc32d8b94a803c98da86834569c4",
  "2026-11-30-config": "4f95292e8110752408f227d2d2918a0ebd97c500e49dbc20b6a442ac98812f9b",
  "2026-12-01-lists": "34c45313df7a755cc0b6c3b9be57c052e701920b428d4e750d803fbfadd1751c",
  "2026-12-02-names": "628bf1d24cd3ce72b45461a92cfa5572c6d3064211748c8de9332a8c31f3e2a9",
  "m014-plain-names": "e04fe35d28653f7816dc20475c5087fa1fa180f395c083ad6595307820a2d601",
  "m015-passed-over": "0a545d9e29ef2404bd3c57950a949bbd4931ffb19f3b0066823e4da369da08a7",
  "m016-alert-causes": "e1d7a82a9e42c440775cc73a316ebd1edebecf00de1c79019669d9e793941660",
  "m017-consent-and-alerts": "bcaed8e9b27cbdc4f47b2b785004d0c68693072eeabc9a29de8c5086861a31cb",
  "m018-written-values": "8aefed9acec52f919d1858728d3eddf8991f455c558192f0cb97fec84faf3bde",
  "m019-sealed-delivery-refs": "efd9c9174ceba3c1dce6619b73d96396b23030054ff781e02f5dc4da6bb14ffd",
  "m020-alert-actions": "db9bfdea662bb86ab7fa9a3f58bf8f49f8635b5ac7f8c102b5357d6cd841ca32",
  "m021-append-then-project": "c02d8f59f449821155f6f55b7a49107cfacbfbe5424db1936454b9f62d09bc59",
  "m022-quota-use": "6d01904cc4ddf177af7efd162fa338927c17c4aef44aadc18b588cd39ab55b47",
  "m023-projection-version": "19cc3515c7bc0c835cdb4889a2cc1b6a8d09ff3fa1cfe180d44e03e85c6eba71",
  "m024-open-deliveries": "6d9a1107963cf85888698b20e70363accf5cf9aea5b03349133f1c0af60b4b55",
  "m025-quality-measurements": "b03f48cba2a7203efbba854856c18441f0c7f7209866bbfb95cc1854da742b1e",
  "m026-fields": "0b825e3ad192efc18a416aad84b662f50417cd50c02839cd4ce414130bb574d6",
  "m027-identity-matching": "164c6e6628216fb921f4ed894fe05827930977a32e32f3619f68ce9d42bede39",
  "m028-actions": "f79a34fa83885c331ca13b373ed065249a5ea07a4af5c0e91d8f99bb098925e7",
  "m029-customer-overview": "b0ee4fabc35725265a512a76b04af67a742807122a85625402c722b7595f6e8f",
  "m030-used-tokens": "513ae1320969d5db67a45678f7ed988d0259fb55759d474651e17f61a9c1d03e",
  "m031-alert-messages": "66320183df4b07d79e70670c4d81d0b15eeb7f2a608109bdd2901eb88d9acc7a",
  "m032-call-log": "33179ae73ca9f378f6e021d3492cf273a6b903c10ef9e78c3239f375ac86d60b",
  "m033-console-tables": "644984a409674ca74a44486b4d26528f31a59008642866085bae7bdd7448fa3a",
  "m034-freshness-and-costs": "c93d2d6b0998c4e93231f606b98353dfe4020e51da31e4cea80b61df91b5ce7d",
  "m035-replays": "9e5782a5060d9103d14082585ba44662021b276873f5fdf27c0c2c1780c44315",
  "m036-canaries": "934b6f2517285bd3961a1f17cd965407bb1f12a8fb5d5926c688cd71557e1470",
};

describe("migrations", () => {
  it("execute the SQL that was released", async () => {
    const log: string[] = [];
    const db = new Kysely<Database>({
      dialect: new SqliteDialect({ database: new BetterSqlite(":memory:") }),
      log: ({ query }) => void log.push(JSON.stringify([query.sql, query.parameters])),
    });
    const hashes: Record<string, string> = {};
    for (const [name, migration] of Object.entries(await migrations.getMigrations())) {
      log.length = 0;
      await migration.up(db);
      hashes[name] = createHash("sha256").update(log.join("\n")).digest("hex");
    }
    await db.destroy();
    expect(hashes).toEqual(frozenMigrations);
  });

  it("sort by name in the order of their numbers and after the dated ones", () => {
    const numberedNames = migrationNames.filter((name) => /^m\d{3}-/.test(name));
    expect(migrationNames.slice(13)).toEqual(numberedNames);
    expect(numberedNames.map((name) => Number(name.slice(1, 4)))).toEqual(numberedNames.map((_, i) => 14 + i));
    expect([...migrationNames].sort((a, b) => a.localeCompare(b)).slice(13)).toEqual(numberedNames);
  });
});
