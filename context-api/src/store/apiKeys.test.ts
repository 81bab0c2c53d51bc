import BetterSqlite from "better-sqlite3";
import fc from "fast-check";
import { Kysely, SqliteDialect } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readKey } from "../security/apiKeys.ts";
import type { RoleName } from "../security/roles.ts";
import { listApiKeys, newApiKey, verifyKey } from "./apiKeys.ts";
import { bindTenant, queriesOf } from "./queries.ts";
import type { Database } from "./schema.ts";
import { migrate } from "./sqlite.ts";
import type { Statement } from "./statement.ts";
import { insertApiKey, listApiKeyRows, revokeApiKey } from "./tables/apiKeys.ts";
import type { TenantStore } from "./tenantStore.ts";

let raw: BetterSqlite.Database;
let db: Kysely<Database>;
let store: TenantStore;
beforeAll(async () => {
  raw = new BetterSqlite(":memory:");
  db = new Kysely<Database>({ dialect: new SqliteDialect({ database: raw }) });
  await migrate({ db, raw });
  store = bindTenant(db, "acme");
});
afterAll(() => db.destroy());

const write = (statement: Statement) => raw.prepare(statement.sql).run(...statement.parameters);

async function createKey(role: RoleName = "agent", now = 1_000) {
  const { token, keyId, statement } = newApiKey(store, role, "for a test", now);
  write(statement);
  const presentedKey = readKey(token);
  if (!presentedKey) throw new Error(`${token} is not an API key`);
  return { token, keyId, presented: presentedKey };
}

describe("an API key", () => {
  it("is parsed from its token", async () => {
    const { token, keyId, presented: presentedKey } = await createKey();
    expect(token).toMatch(/^slk_acme_[0-9a-f]{12}_[A-Za-z0-9]{43}$/);
    expect(presentedKey).toMatchObject({ tenant: "acme", keyId });
  });

  it("is not parsed from any other text, nor from a token with a character added, removed or changed", async () => {
    const { token } = await createKey();
    fc.assert(
      fc.property(fc.nat(token.length), fc.constantFrom("", "_", "\n", "é", "-", " "), fc.nat(1), (index, text, length) => {
        const changedToken = token.slice(0, index) + text + token.slice(index + length);
        if (changedToken === token) return;
        // Tenant names may contain a dash and may be shorter: the result is then the key of another tenant.
        const parsed = readKey(changedToken);
        if (parsed !== null) expect(parsed.tenant).not.toBe("acme");
      }),
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => readKey(text) === null));
  });

  it("is verified in its role when the secret is right", async () => {
    const { presented: presentedKey, keyId } = await createKey("rep");
    expect(await verifyKey(store, presentedKey, 2_000)).toEqual({ tenant: "acme", keyId, role: "rep", expiresAt: null });
  });

  it("is refused with another secret, another id or at another tenant", async () => {
    const [{ presented: presentedKey }, second] = [await createKey(), await createKey()];
    expect(await verifyKey(store, { ...presentedKey, secret: second.presented.secret }, 2_000)).toBeNull();
    expect(await verifyKey(store, { ...presentedKey, keyId: "000000000000" }, 2_000)).toBeNull();
    expect(await verifyKey(store, { ...presentedKey, secret: "" }, 2_000)).toBeNull();
    expect(await verifyKey(bindTenant(db, "globex"), presentedKey, 2_000)).toBeNull();
  });

  it("is refused after it was revoked, and no other key is", async () => {
    const [revokedKey, activeKey] = [await createKey(), await createKey()];
    write(revokeApiKey(store, revokedKey.keyId, 5_000));
    expect(await verifyKey(store, revokedKey.presented, 6_000)).toBeNull();
    expect(await verifyKey(store, activeKey.presented, 6_000)).not.toBeNull();
    const listedKeys = await listApiKeys(store);
    expect(listedKeys.find((k) => k.keyId === revokedKey.keyId)).toMatchObject({
      role: "agent",
      createdAt: 1_000,
      revokedAt: 5_000,
    });
  });

  it("is refused from the instant at which it expires", async () => {
    const { presented: presentedKey, keyId } = await createKey();
    const [row] = await queriesOf(store).from("api_keys").selectAll().where("key_id", "=", keyId).execute();
    if (!row) throw new Error("the key was not stored");
    const expiring = { ...row, key_id: "0123456789ab", expires_at: 3_000 };
    write(insertApiKey(store, expiring));
    const key = { ...presentedKey, keyId: expiring.key_id };
    expect(await verifyKey(store, key, 2_999)).toMatchObject({ expiresAt: 3_000 });
    expect(await verifyKey(store, key, 3_000)).toBeNull();
  });

  it("is not in the store, nor is its secret", async () => {
    const { token, presented: presentedKey } = await createKey();
    const rows = JSON.stringify([await queriesOf(store).from("api_keys").selectAll().execute(), await listApiKeyRows(store)]);
    expect(rows).toContain(presentedKey.keyId);
    for (const secret of [token, presentedKey.secret]) expect(rows).not.toContain(secret);
  });

  it("contains every letter equally often", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 500; i++) {
      const secret = readKey(newApiKey(store, "agent", "", 0).token)?.secret ?? "";
      for (const letter of secret) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    // 347 of each are expected with a standard deviation of 18. Nine deviations do not occur by chance.
    for (const [letter, n] of counts) expect(Math.abs(n - (500 * 43) / 62), letter).toBeLessThan(9 * 18.5);
  });
});
