import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";

// A sealed value is: version (1 byte) | nonce (12) | ciphertext | tag (16), AES-256-GCM (NIST SP 800-38D).
const version = 1;
const versionByte = Buffer.of(version);
const nonceLength = 12;
const tagLength = 16;

/** The row that a sealed value belongs to. It is authenticated, so a value that was copied to another row does not open. */
export interface SealContext {
  tenant: string;
  table: string;
  id: string;
}

/** Seals `plain` under a 256-bit key. */
export function seal(key: KeyObject, context: SealContext, plain: Buffer | string): Buffer {
  const nonce = nextRandomBytes(nonceLength);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(associatedData(context));
  return Buffer.concat([versionByte, nonce, cipher.update(plain as string), cipher.final(), cipher.getAuthTag()]);
}

// Random bytes are drawn in pages, because one draw costs many times as much as its bytes.
let randomPage = Buffer.alloc(0);
let randomOffset = 0;

/** Uses no byte twice: a nonce that repeats under one key would reveal both texts. */
function nextRandomBytes(length: number): Buffer {
  if (randomPage.length - randomOffset < length) {
    randomPage = randomBytes(4_096);
    randomOffset = 0;
  }
  randomOffset += length;
  return randomPage.subarray(randomOffset - length, randomOffset);
}

/** A secure random number in steps of 1/256, from 0 to less than 1. */
export const randomFraction = (): number => (nextRandomBytes(1)[0] ?? 0) / 256;

/**
 * Opens a value of {@link seal}.
 * @throws when the key, the context or a single bit differs
 */
export function unseal(key: KeyObject, context: SealContext, sealedValue: Buffer): Buffer {
  if (sealedValue[0] !== version || sealedValue.length < 1 + nonceLength + tagLength) throw new Error("not a sealed value");
  const decipher = createDecipheriv("aes-256-gcm", key, sealedValue.subarray(1, 1 + nonceLength));
  decipher.setAAD(associatedData(context));
  decipher.setAuthTag(sealedValue.subarray(sealedValue.length - tagLength));
  const body = sealedValue.subarray(1 + nonceLength, sealedValue.length - tagLength);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

// Keys are key objects everywhere: Node takes five times as long with bytes, because it creates such an object on each use.

/** A new 256-bit key. Its bytes are in no page of others, which stays in memory. */
export const newKey = (): KeyObject => createSecretKey(randomBytes(32));

/** @throws when it is not 32 bytes */
export function keyOf(bytes: Buffer): KeyObject {
  if (bytes.length !== 32) throw new Error("a key has 32 bytes");
  return createSecretKey(bytes);
}

/** A keyed hash of 128 bits, URL-safe. It is deterministic, and cannot be guessed without the key. */
export function keyedHash(key: KeyObject, value: string): string {
  return createHmac("sha256", key).update(value).digest().subarray(0, 16).toString("base64url");
}

function associatedData({ tenant, table, id }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([tenant, table, id]));
}
