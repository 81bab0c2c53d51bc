import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newTenantKeys, openTenantKeys, unwrapDataKey, wrapDataKey } from "./keyring.ts";
import { keyedHash, keyOf, newKey, type SealContext, seal, unseal } from "./seal.ts";

const key = newKey();
const name = fc.string({ unit: "binary", maxLength: 12 });
const anyContext: fc.Arbitrary<SealContext> = fc.record({ tenant: name, table: name, id: name });
const bytes = fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b));

describe("a sealed value", () => {
  it("opens to what was sealed, text or bytes", () => {
    fc.assert(
      fc.property(anyContext, bytes, fc.string({ unit: "binary" }), (context, plain, text) => {
        expect(unseal(key, context, seal(key, context, plain))).toEqual(plain);
        expect(unseal(key, context, seal(key, context, text)).toString()).toBe(text);
      }),
    );
  });

  it("differs each time and reveals only the length of its content", () => {
    const context = { tenant: "acme", table: "records", id: "1" };
    const [a, b] = [seal(key, context, "ada@acme.com"), seal(key, context, "ada@acme.com")];
    expect(a.equals(b)).toBe(false);
    expect(a.toString("latin1")).not.toContain("ada@acme");
    expect(a).toHaveLength(1 + 12 + 12 + 16);
  });

  it("opens with no other context or key, nor when a single bit differs", () => {
    fc.assert(
      fc.property(anyContext, anyContext, bytes, fc.nat(), (context, otherContext, plain, n) => {
        const sealedValue = seal(key, context, plain);
        expect(() => unseal(newKey(), context, sealedValue)).toThrow();
        if (JSON.stringify(otherContext) !== JSON.stringify(context))
          expect(() => unseal(key, otherContext, sealedValue)).toThrow();
        const bit = n % (sealedValue.length * 8);
        const changedValue = Buffer.from(sealedValue);
        changedValue.writeUInt8(changedValue.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(() => unseal(key, context, changedValue)).toThrow();
        expect(() => unseal(key, context, sealedValue.subarray(0, n % sealedValue.length))).toThrow();
      }),
    );
  });

  it("does not open when a part of its context moves to the next part", () => {
    const sealedValue = seal(key, { tenant: "a", table: "b", id: "c" }, "x");
    for (const context of [
      { tenant: "ab", table: "", id: "c" },
      { tenant: 'a","b', table: "c", id: "" },
      { tenant: "a", table: 'b","c', id: "" },
    ])
      expect(() => unseal(key, context, sealedValue)).toThrow();
  });
});

describe("a keyed hash", () => {
  it("is equal only for the same value and key, and is URL-safe", () => {
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
  it("open only with their master key and tenant", () => {
    const [master, wrappedKeys] = [newKey(), newTenantKeys(key, "acme")];
    const keys = openTenantKeys(key, "acme", wrappedKeys);
    expect(keys.key.equals(keys.indexKey)).toBe(false);
    expect(() => openTenantKeys(master, "acme", wrappedKeys)).toThrow();
    expect(() => openTenantKeys(key, "globex", wrappedKeys)).toThrow();
    const swappedKeys = { wrapped_key: wrappedKeys.wrapped_index_key, wrapped_index_key: wrappedKeys.wrapped_key };
    expect(() => openTenantKeys(key, "acme", swappedKeys)).toThrow();
  });

  it("wrap a subject's key for that subject only", () => {
    const [keys, data] = [openTenantKeys(key, "acme", newTenantKeys(key, "acme")), newKey()];
    const wrappedKey = wrapDataKey(keys, "ada", data);
    expect(unwrapDataKey(keys, "ada", wrappedKey).equals(data)).toBe(true);
    expect(() => unwrapDataKey(keys, "bob", wrappedKey)).toThrow();
  });

  it("have 32 bytes", () => {
    expect(() => keyOf(Buffer.alloc(31))).toThrow("32 bytes");
    expect(newKey().symmetricKeySize).toBe(32);
  });
});
