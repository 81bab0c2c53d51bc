import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

// The session of an operator in the console. The browser holds its token in a cookie that no script can read. The store holds a hash.

/** Without activity of the operator for this long, a session ends. */
export const consoleIdleMs = 30 * 60_000;
/** A session ends after this time, however active the operator is. */
export const maxConsoleSessionMs = 8 * 3_600_000;

const tokenPattern = /^slc_([a-z][a-z0-9-]{0,39})_[A-Za-z0-9_-]{43}$/;

export const newConsoleToken = (tenant: string): string => `slc_${tenant}_${randomBytes(32).toString("base64url")}`;

/** The tenant that a token names, before it is verified; null when it is no token of a console session. */
export const tenantOfConsoleToken = (token: string): string | null => tokenPattern.exec(token)?.[1] ?? null;

/** Under which the store has the session. The token has 256 random bits, so a fast hash is enough. */
export const consoleSessionId = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** Proves that a request comes from a page that could read the session's answer. It follows from the token, so nothing is stored. */
export const csrfTokenOf = (token: string): string => createHmac("sha256", token).update("csrf").digest("base64url");

export function isCsrfToken(token: string, presentedToken: string): boolean {
  const [expected, givenDigest] = [csrfTokenOf(token), presentedToken].map((text) =>
    createHash("sha256").update(text).digest(),
  ) as [Buffer, Buffer];
  return timingSafeEqual(expected, givenDigest);
}

/** Whether a stored session is valid now, epoch ms. A clock that was set back ends none. */
export const isConsoleSessionValid = (session: { used_at: number; expires_at: number }, now: number): boolean =>
  now < session.expires_at && now < session.used_at + consoleIdleMs;
