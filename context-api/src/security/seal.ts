import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";

// A sealed value is: version (1 byte) | nonce (12) | ciphertext | tag (16), AES-256-GCM (NIST SP 800-38D).
const version = 1;
const nonceLength = 12;
const tagLength = 16;

/** What a sealed value belongs to. It is authenticated, so that a row moved elsewhere does not open. */
export interface SealedAt {
  tenant: string;
  table: string;
  id: string;
}

/** Seals `plain` under a 256-bit key. */
export function seal(key: KeyObject, at: SealedAt, plain: Buffer | string): Buffer {
  const nonce = newNonce();
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(associated(at));
  return Buffer.concat([Buffer.of(version), nonce, cipher.update(plain as string), cipher.final(), cipher.getAuthTag()]);
}

// Chance is drawn a page at a time: each draw has a price of its own, many times that of its bytes.
let drawn = Buffer.alloc(0);

/** Never the same bytes twice: a nonce that repeats under one key would give both texts away. */
function newNonce(): Buffer {
  if (drawn.length < nonceLength) drawn = randomBytes(4_096);
  const nonce = drawn.subarray(0, nonceLength);
  drawn = drawn.subarray(nonceLength);
  return nonce;
}

/**
 * Opens what {@link seal} made.
 * @throws when the key, the place or a single bit differs
 */
export function unseal(key: KeyObject, at: SealedAt, sealed: Buffer): Buffer {
  if (sealed[0] !== version || sealed.length < 1 + nonceLength + tagLength) throw new Error("not a sealed value");
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, 1 + nonceLength));
  decipher.setAAD(associated(at));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  const body = sealed.subarray(1 + nonceLength, sealed.length - tagLength);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

// Keys are key objects throughout: Node takes five times as long to use bytes, since it makes such an object of them each time.

/** A new 256-bit key. */
export const newKey = (): KeyObject => createSecretKey(randomBytes(32));

/** @throws when it is not 32 bytes */
export function keyOf(bytes: Buffer): KeyObject {
  if (bytes.length !== 32) throw new Error("a key has 32 bytes");
  return createSecretKey(bytes);
}

/** A keyed hash of 128 bits, URL-safe: the same value always, and nothing to be guessed without the key. */
export function keyedHash(key: KeyObject, value: string): string {
  return createHmac("sha256", key).update(value).digest().subarray(0, 16).toString("base64url");
}

function associated({ tenant, table, id }: SealedAt): Buffer {
  return Buffer.from(JSON.stringify([tenant, table, id]));
}
