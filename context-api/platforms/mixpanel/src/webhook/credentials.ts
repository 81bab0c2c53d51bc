import { createHash, timingSafeEqual } from "node:crypto";

/** RFC 7617: `Basic base64(user-id ":" password)`. Takes the same time wherever they differ, and however long they are. */
export function isBasic(authorization: string, username: string, password: string): boolean {
  if (password === "") return false;
  const [, base64 = ""] = /^basic ([a-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  const given = Buffer.from(base64, "base64");
  // Only the canonical form: what decodes in several ways would be several passwords.
  return timingSafeEqual(digest(given), digest(`${username}:${password}`)) && given.toString("base64") === base64;
}

const digest = (text: Buffer | string): Buffer => createHash("sha256").update(text).digest();
