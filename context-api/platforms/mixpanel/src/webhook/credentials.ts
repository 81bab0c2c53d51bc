import { createHash, timingSafeEqual } from "node:crypto";

/** Verifies `Basic base64(user-id ":" password)` (RFC 7617) in constant time. An empty password never matches. */
export function isBasic(authorization: string, username: string, password: string): boolean {
  if (password === "") return false;
  const [, base64 = ""] = /^basic ([a-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  const credentials = Buffer.from(base64, "base64");
  // Canonical base64 only: otherwise several headers would match one password.
  return timingSafeEqual(digest(credentials), digest(`${username}:${password}`)) && credentials.toString("base64") === base64;
}

const digest = (text: Buffer | string): Buffer => createHash("sha256").update(text).digest();
