import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newTenantKeys, openTenantKeys, unwrapDataKey, wrapDataKey } from "./keyring.ts";
import { keyedHash, keyOf, newKey, type SealedAt, seal, unseal } from "./seal.ts";

const key = newKey();
const name = fc.string({ unit: "binary", maxLength: 12 });
const place: fc.Arbitrary<SealedAt> = fc.record({ tenant: name, table: name, id: name });
const bytes = fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b));

describe("a sealed value", () => {
  it("opens to what was sealed, text or bytes", () => {
    fc.assert(
      fc.property(place, bytes, fc.string({ unit: "binary" }), (at, plain, text) => {
        expect(unseal(key, at, seal(key, at, plain))).toEqual(plain);
        expect(unseal(key, at, seal(key, at, text)).toString()).toBe(text);
      }),
    );
  });

  it("never looks the same twice, and shows nothing of its content but the length", () => {
    const at = { tenant: "acme", table: "records", id: "1" };
    const [a, b] = [seal(key, at, "ada@acme.com"), seal(key, at, "ada@acme.com")];
    expect(a.equals(b)).toBe(false);
    expect(a.toString("latin1")).not.toContain("ada");
    expect(a).toHaveLength(1 + 12 + 12 + 16);
  });

  it("opens nowhere else, for no other key, and not when a single bit differs", () => {
    fc.assert(
      fc.property(place, place, bytes, fc.nat(), (at, other, plain, n) => {
        const sealed = seal(key, at, plain);
        expect(() => unseal(newKey(), at, sealed)).toThrow();
        if (JSON.stringify(other) !== JSON.stringify(at)) expect(() => unseal(key, other, sealed)).toThrow();
        const bit = n % (sealed.length * 8);
        const bent = Buffer.from(sealed);
        bent[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => unseal(key, at, bent)).toThrow();
        expect(() => unseal(key, at, sealed.subarray(0, n % sealed.length))).toThrow();
      }),
    );
  });

  it("belongs to its place whole: no part of the name can be pushed into the next", () => {
    const sealed = seal(key, { tenant: "a", table: "b", id: "c" }, "x");
    for (const at of [
      { tenant: "ab", table: "", id: "c" },
      { tenant: 'a","b', table: "c", id: "" },
      { tenant: "a", table: 'b","c', id: "" },
    ])
      expect(() => unseal(key, at, sealed)).toThrow();
  });
});

describe("a keyed hash", () => {
  it("is the same for the same value and key alone, and fit for a URL", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(keyedHash(key, a)).toMatch(/^[A-Za-z0-9_-]{22}$/);
        expect(keyedHash(key, a) === keyedHash(key, b)).toBe(a === b);
        expect(keyedHash(newKey(), a)).not.toBe(keyedHash(key, a));
      }),
    );
  });
});

describe("a tenant's keys", () => {
  it("open for their own master key and tenant only", () => {
    const [master, wrapped] = [newKey(), newTenantKeys(key, "acme")];
    const keys = openTenantKeys(key, "acme", wrapped);
    expect(keys.key.equals(keys.indexKey)).toBe(false);
    expect(() => openTenantKeys(master, "acme", wrapped)).toThrow();
    expect(() => openTenantKeys(key, "globex", wrapped)).toThrow();
    const swapped = { wrapped_key: wrapped.wrapped_index_key, wrapped_index_key: wrapped.wrapped_key };
    expect(() => openTenantKeys(key, "acme", swapped)).toThrow();
  });

  it("wrap each subject's key for that subject", () => {
    const [keys, data] = [openTenantKeys(key, "acme", newTenantKeys(key, "acme")), newKey()];
    const wrapped = wrapDataKey(keys, "ada", data);
    expect(unwrapDataKey(keys, "ada", wrapped).equals(data)).toBe(true);
    expect(() => unwrapDataKey(keys, "bob", wrapped)).toThrow();
  });

  it("have 32 bytes", () => {
    expect(() => keyOf(Buffer.alloc(31))).toThrow("32 bytes");
    expect(newKey().symmetricKeySize).toBe(32);
  });
});
