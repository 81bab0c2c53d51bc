import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWriter, type WriterClient } from "../log/writer/client.ts";
import type { Statement } from "../store/statement.ts";
import { openStore, type Store, type TenantStore } from "../store/store.ts";
import { listApiKeys, newApiKey, readKey, revokeApiKey, verifyKey } from "./apiKeys.ts";
import type { RoleName } from "./roles.ts";
import { newKey } from "./seal.ts";

let folder: string;
let writer: WriterClient;
let opened: Store;
let store: TenantStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-keys-"));
  writer = startWriter({ file: join(folder, "keys.sqlite"), masterKey: newKey() });
  for (const tenant of ["acme", "globex"]) await writer.send({ kind: "ensureTenant", tenant, now: 0 });
  opened = openStore(join(folder, "keys.sqlite"));
  store = opened.forTenant("acme");
});
afterAll(async () => {
  await writer.close();
  await opened.close();
  rmSync(folder, { recursive: true });
});

const write = (...statements: Statement[]) =>
  writer.send({
    kind: "commit",
    tenant: "acme",
    events: [],
    records: [],
    quarantine: [],
    isBackfill: false,
    stages: null,
    statements,
    receivedAt: 0,
    correlationId: "test",
  });

async function made(role: RoleName = "agent", now = 1_000) {
  const { token, keyId, statement } = newApiKey(store, role, "for a test", now);
  await write(statement);
  return { token, keyId, presented: readKey(token)! };
}

describe("an API key", () => {
  it("is read back from its token", async () => {
    const { token, keyId, presented } = await made();
    expect(token).toMatch(/^slk_acme_[0-9a-f]{12}_[A-Za-z0-9]{43}$/);
    expect(presented).toMatchObject({ tenant: "acme", keyId });
  });

  it("is not read from anything else, nor from itself with a character more, less or other", async () => {
    const { token } = await made();
    fc.assert(
      fc.property(fc.nat(token.length), fc.constantFrom("", "_", "\n", "é", "-", " "), fc.nat(1), (at, text, cut) => {
        const bent = token.slice(0, at) + text + token.slice(at + cut);
        if (bent === token) return;
        // A dash may stand in a tenant's name, and a shorter name is one as well: it is another tenant's key then.
        const read = readKey(bent);
        if (read !== null) expect(read.tenant).not.toBe("acme");
      }),
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => readKey(text) === null));
  });

  it("lets in whoever holds its secret, in its role", async () => {
    const { presented, keyId } = await made("rep");
    expect(await verifyKey(store, presented, 2_000)).toEqual({ tenant: "acme", keyId, role: "rep", expiresAt: null });
  });

  it("lets nobody in with another secret, another id or at another tenant", async () => {
    const [{ presented }, other] = [await made(), await made()];
    expect(await verifyKey(store, { ...presented, secret: other.presented.secret }, 2_000)).toBeNull();
    expect(await verifyKey(store, { ...presented, keyId: "000000000000" }, 2_000)).toBeNull();
    expect(await verifyKey(store, { ...presented, secret: "" }, 2_000)).toBeNull();
    expect(await verifyKey(opened.forTenant("globex"), presented, 2_000)).toBeNull();
  });

  it("ends when it is revoked, and it alone", async () => {
    const [one, two] = [await made(), await made()];
    await write(revokeApiKey(store, one.keyId, 5_000));
    expect(await verifyKey(store, one.presented, 6_000)).toBeNull();
    expect(await verifyKey(store, two.presented, 6_000)).not.toBeNull();
    const listed = await listApiKeys(store);
    expect(listed.find((k) => k.keyId === one.keyId)).toMatchObject({ role: "agent", createdAt: 1_000, revokedAt: 5_000 });
  });

  it("ends at the instant at which it expires", async () => {
    const { presented, keyId } = await made();
    const { sql, parameters } = store.statements
      .updateTable("api_keys")
      .set({ expires_at: 3_000 })
      .where("key_id", "=", keyId)
      .compile();
    await write({ sql, parameters });
    expect(await verifyKey(store, presented, 2_999)).toMatchObject({ expiresAt: 3_000 });
    expect(await verifyKey(store, presented, 3_000)).toBeNull();
  });

  it("is nowhere in the store, nor is its secret", async () => {
    const { token, presented } = await made();
    const rows = JSON.stringify(await store.from("api_keys").selectAll().execute());
    expect(rows).toContain(presented.keyId);
    for (const secret of [token, presented.secret]) expect(rows).not.toContain(secret);
  });

  it("draws every letter as often as any other", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 500; i++) {
      for (const c of readKey(newApiKey(store, "agent", "", 0).token)!.secret) counts.set(c, (counts.get(c) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    // 347 each is expected, with a deviation of 18: nine of those either way happens to nobody.
    for (const [letter, n] of counts) expect(Math.abs(n - (500 * 43) / 62), letter).toBeLessThan(9 * 18.5);
  });
});
